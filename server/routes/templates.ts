import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allowed, type ServerEnv } from '../context.ts';
import { answers } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { recognition, template } from '../schema/campaign.ts';
import { orgUnit } from '../schema/vocabulary.ts';
import { UPLOAD_LIMIT_BYTES, type Uploads } from '../upload.ts';

/** The forms that are known, what an uploaded workbook is, and the org units a campaign may be for. */
export function templateRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports, uploads: Uploads): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/templates',
      operationId: 'listTemplates',
      tags: ['templates'],
      summary: 'The upstream forms that are known',
      responses: answers(z.object({ items: z.array(template) }).openapi('TemplateList'), 'The templates'),
    }),
    async (context) => {
      allowed(context, 'campaign.read');
      return context.json({ items: await ports.templates.list() }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/templates/recognise',
      operationId: 'recogniseTemplate',
      tags: ['templates'],
      summary: 'Which form an uploaded workbook is',
      description: `The request body is the workbook itself, at most ${UPLOAD_LIMIT_BYTES / 1_048_576} MB.`,
      request: {
        query: z.object({ fileName: z.string().min(1).max(255) }),
        body: {
          required: true,
          content: {
            'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
              schema: z.string().openapi({ format: 'binary' }),
            },
          },
        },
      },
      responses: answers(recognition, 'The template, and how the upload differs from it'),
    }),
    async (context) => {
      allowed(context, 'campaign.manage');
      const { fileName } = context.req.valid('query');
      const found = await uploads.received(context.req.raw, (path) => ports.templates.recognise(path, fileName));
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/org',
      operationId: 'listOrgUnits',
      tags: ['templates'],
      summary: 'The org units in my scope',
      responses: answers(
        z.object({ items: z.array(orgUnit) }).openapi('OrgUnitList'),
        'Units in path order, at most 500',
      ),
    }),
    async (context) => {
      const user = allowed(context, 'campaign.read');
      const units = await ports.org.under(user.scope, 500);
      return context.json({ items: units.map((unit) => ({ ...unit, path: unit.path as string })) }, 200);
    },
  );
}
