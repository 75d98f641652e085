import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Action, can, type User } from '../../core/index.ts';
import { allowed, type ServerEnv } from '../context.ts';
import { notFound } from '../errors.ts';
import { markMasked } from '../masking.ts';
import { answers, idParam, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  difference,
  patchBatch,
  patchReply,
  returnInput,
  submitInput,
  task,
  taskListQuery,
  taskRow,
  taskRowsQuery,
  taskSummary,
} from '../schema/task.ts';
import { listing, pageQuery } from '../schema/vocabulary.ts';
import { allowedForTask, TASK } from '../task-access.ts';

/** My tasks, the cells to answer, answering, submitting, reviewing. */
export function taskRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  const allowedFor = (context: Context<ServerEnv>, id: string, actions: readonly Action[]): Promise<User> =>
    allowedForTask(context, ports, id, actions);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks',
      operationId: 'listTasks',
      tags: ['tasks'],
      summary: 'The tasks in my scope',
      request: { query: taskListQuery },
      responses: answers(listing(taskSummary).openapi('TaskList'), 'One page of tasks'),
    }),
    async (context) => {
      const user = allowed(context, 'campaign.read');
      const page = await ports.tasks.list(user, context.req.valid('query'));
      return context.json({ ...page, items: page.items.filter((item) => readable(user, item.org)) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}',
      operationId: 'readTask',
      tags: ['tasks'],
      summary: 'One task with its columns',
      request: { params: idParam },
      responses: answers(task, 'The task'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['campaign.read']);
      const found = await ports.tasks.find(user, id);
      if (!found) throw notFound(TASK, id);
      return context.json({ ...found, columns: markMasked(user, found.columns) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}/rows',
      operationId: 'listTaskRows',
      tags: ['tasks'],
      summary: 'The rows with cells to answer, each with its reasons and alternatives',
      request: { params: idParam, query: taskRowsQuery },
      responses: answers(listing(taskRow).openapi('TaskRowList'), 'One page of rows'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.answer', 'task.review']);
      return context.json(await ports.tasks.rows(user, id, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/patches',
      operationId: 'savePatches',
      tags: ['tasks'],
      summary: 'Save answers; each names the value it was made against',
      request: { params: idParam, body: takes(patchBatch) },
      responses: answers(patchReply, 'What was saved and what was not, and why'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.answer']);
      return context.json(await ports.patches.save(user, id, context.req.valid('json').patches), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/submit',
      operationId: 'submitTask',
      tags: ['tasks'],
      summary: 'Hand the task in',
      request: { params: idParam, body: takes(submitInput) },
      responses: answers(taskSummary, 'The task, submitted'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.answer']);
      const after = await ports.reviews.submit(user, id, context.req.valid('json'));
      return context.json(after, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}/differences',
      operationId: 'listDifferences',
      tags: ['tasks'],
      summary: 'What the answers changed, filled and confirmed',
      request: { params: idParam, query: pageQuery },
      responses: answers(listing(difference).openapi('DifferenceList'), 'One page of differences'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.review', 'task.answer']);
      return context.json(await ports.tasks.differences(user, id, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/approve',
      operationId: 'approveTask',
      tags: ['tasks'],
      summary: 'Approve a submitted task',
      request: { params: idParam },
      responses: answers(taskSummary, 'The task, approved'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.review']);
      const after = await ports.reviews.approve(user, id);
      return context.json(after, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/return',
      operationId: 'returnTask',
      tags: ['tasks'],
      summary: 'Send a submitted task back with a reason',
      request: { params: idParam, body: takes(returnInput) },
      responses: answers(taskSummary, 'The task, returned'),
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const user = await allowedFor(context, id, ['task.review']);
      const after = await ports.reviews.sendBack(user, id, context.req.valid('json').reason);
      return context.json(after, 200);
    },
  );
}

function readable(user: User, org: string): boolean {
  return can(user, 'campaign.read', { org });
}
