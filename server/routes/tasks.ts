import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Action, can, type Message, type User } from '../../core/index.ts';
import { allowed, type ServerEnv, userOf } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';
import { MASK, markMasked, maskRow } from '../masking.ts';
import { answers, idParam, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  type Difference,
  difference,
  patchBatch,
  patchReply,
  returnInput,
  submitInput,
  type Task,
  type TaskRow,
  task,
  taskListQuery,
  taskRow,
  taskRowsQuery,
  taskSummary,
} from '../schema/task.ts';
import { listing, pageQuery } from '../schema/vocabulary.ts';

const TASK: Message = { zh: '任务', en: 'task' };

/** My tasks, the cells to answer, answering, submitting, reviewing. */
export function taskRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  /** The task, when the person may do at least one of the actions on its unit. */
  async function taskFor(context: Context<ServerEnv>, id: string, actions: readonly Action[]) {
    const user = userOf(context);
    const found = await ports.tasks.find(user, id);
    if (!found || !can(user, 'campaign.read', { org: found.org })) throw notFound(TASK, id);
    if (!actions.some((action) => can(user, action, { org: found.org }))) throw forbidden(actions[0]!);
    return { user, found: { ...found, columns: markMasked(user, found.columns) } };
  }

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
      const { found } = await taskFor(context, context.req.valid('param').id, [
        'task.answer',
        'task.review',
        'campaign.read',
      ]);
      return context.json(found, 200);
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.answer', 'task.review']);
      const page = await ports.tasks.rows(user, found.id, context.req.valid('query'));
      return context.json({ ...page, items: page.items.map((row) => maskTaskRow(found, row)) }, 200);
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.answer']);
      const { patches } = context.req.valid('json');
      const masked = new Set(found.columns.filter((column) => column.masked).map((column) => column.id));
      if (patches.some((patch) => masked.has(patch.column))) throw forbidden('task.answer');
      return context.json(await ports.patches.save(user, found.id, patches), 200);
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.answer']);
      const after = await ports.reviews.submit(user, found.id, context.req.valid('json'));
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.review', 'task.answer']);
      const page = await ports.tasks.differences(user, found.id, context.req.valid('query'));
      return context.json({ ...page, items: page.items.map((item) => maskDifference(found, item)) }, 200);
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.review']);
      const after = await ports.reviews.approve(user, found.id);
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
      const { user, found } = await taskFor(context, context.req.valid('param').id, ['task.review']);
      const after = await ports.reviews.sendBack(user, found.id, context.req.valid('json').reason);
      return context.json(after, 200);
    },
  );
}

function readable(user: User, org: string): boolean {
  return can(user, 'campaign.read', { org });
}

function maskTaskRow(of: Task, row: TaskRow): TaskRow {
  const masked = new Set(of.columns.filter((column) => column.masked).map((column) => column.id));
  if (masked.size === 0) return row;
  return {
    ...row,
    values: maskRow(of.columns, row.values),
    doubts: row.doubts.map((doubt) =>
      masked.has(doubt.column)
        ? {
            ...doubt,
            alternatives: doubt.alternatives.map((alternative) => ({ ...alternative, value: MASK })),
            answer: doubt.answer && { ...doubt.answer, value: MASK },
          }
        : doubt,
    ),
  };
}

function maskDifference(of: Task, item: Difference): Difference {
  const masked = of.columns.some((column) => column.id === item.column && column.masked);
  return masked
    ? { ...item, before: item.before === null ? null : MASK, after: item.after === null ? null : MASK }
    : item;
}
