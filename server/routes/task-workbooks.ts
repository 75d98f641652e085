import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { attachment } from '../attachment.ts';
import type { ServerEnv } from '../context.ts';
import { answers, idParam, PROBLEMS } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { taskWorkbookApply, taskWorkbookPreview, taskWorkbookReply } from '../schema/task-workbook.ts';
import { allowedForTask } from '../task-access.ts';
import { UPLOAD_LIMIT_BYTES, type Uploads } from '../upload.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const LIMIT = `The request body is the workbook itself, at most ${UPLOAD_LIMIT_BYTES / 1_048_576} MB.`;
const WORKBOOK = { required: true, content: { [XLSX]: { schema: z.string().openapi({ format: 'binary' }) } } } as const;

/** A task taken home as a workbook, shown when it comes back, and applied. */
export function taskWorkbookRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports, uploads: Uploads): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}/workbook',
      operationId: 'exportTaskWorkbook',
      tags: ['tasks'],
      summary: 'The task as a workbook to fill in',
      request: { params: idParam },
      responses: {
        200: { description: 'The workbook', content: { [XLSX]: { schema: z.string() } } },
        ...PROBLEMS,
      },
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedForTask(context, ports, id, ['task.answer', 'task.review']);
      const { fileName, body } = await ports.taskWorkbooks.exportFile(user, id);
      return attachment(fileName, body);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/workbook',
      operationId: 'previewTaskWorkbook',
      tags: ['tasks'],
      summary: 'What a workbook that was brought back would change; nothing is saved',
      description: LIMIT,
      request: { params: idParam, body: WORKBOOK },
      responses: answers(taskWorkbookPreview, 'Changes, conflicts, and what cannot be taken and why'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedForTask(context, ports, id, ['task.answer']);
      const shown = await uploads.received(context.req.raw, (path) => ports.taskWorkbooks.preview(user, id, path));
      return context.json(shown, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/workbook/apply',
      operationId: 'applyTaskWorkbook',
      tags: ['tasks'],
      summary: 'Save the answers of a workbook as they were shown',
      description: LIMIT,
      request: { params: idParam, query: taskWorkbookApply, body: WORKBOOK },
      responses: answers(taskWorkbookReply, 'What was saved and what was not, and why'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedForTask(context, ports, id, ['task.answer']);
      const how = context.req.valid('query');
      const reply = await uploads.received(context.req.raw, (path) => ports.taskWorkbooks.apply(user, id, path, how));
      return context.json(reply, 200);
    },
  );
}
