import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Message } from '../../core/index.ts';
import { allowed, type ServerEnv } from '../context.ts';
import { notFound } from '../errors.ts';
import { answers } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { quarantined, quarantineQuery, run, runQuery, sourceDataset } from '../schema/source.ts';
import { done, listing } from '../schema/vocabulary.ts';

const SOURCE: Message = { zh: '来源', en: 'source' };

/** What is known of each source, what ran, and what was held back. */
export function sourceRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sources',
      operationId: 'listSources',
      tags: ['sources'],
      summary: 'Each source and dataset: last success, what is wrong since when, what to do',
      responses: answers(z.object({ items: z.array(sourceDataset) }).openapi('SourceList'), 'The sources'),
    }),
    async (context) => {
      const user = allowed(context, 'source.read');
      return context.json({ items: await ports.sources.list(user) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/sources/{name}/pull',
      operationId: 'pullSource',
      tags: ['sources'],
      summary: 'Pull a source now',
      request: { params: z.object({ name: z.string().min(1).max(64) }) },
      responses: answers(done, 'The pull is ordered; progress comes over /api/events'),
    }),
    async (context) => {
      const user = allowed(context, 'source.manage');
      const { name } = context.req.valid('param');
      const known = (await ports.sources.list(user)).some((dataset) => dataset.source === name);
      if (!known) throw notFound(SOURCE, name);
      await ports.workflows.pullSource(name);
      return context.json({ ok: true as const }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/runs',
      operationId: 'listRuns',
      tags: ['sources'],
      summary: 'What the warehouse made, newest first',
      request: { query: runQuery },
      responses: answers(listing(run).openapi('RunList'), 'One page of runs'),
    }),
    async (context) => {
      const user = allowed(context, 'source.read');
      return context.json(await ports.sources.runs(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/quarantine',
      operationId: 'listQuarantine',
      tags: ['sources'],
      summary: 'Records that broke their contract, grouped by rule',
      request: { query: quarantineQuery },
      responses: answers(listing(quarantined).openapi('QuarantineList'), 'One page of groups'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.read');
      return context.json(await ports.sources.quarantine(user, context.req.valid('query')), 200);
    },
  );
}
