import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Message } from '../../core/index.ts';
import { attachment } from '../attachment.ts';
import { allowed, type ServerEnv } from '../context.ts';
import { notFound, sqlAbsent } from '../errors.ts';
import { answers, idParam, PROBLEMS, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  savedSql,
  savedSqlInput,
  savedSqlList,
  sqlCheck,
  sqlCheckInput,
  sqlExportQuery,
  sqlHistory,
  sqlHistoryQuery,
  sqlPage,
  sqlPageQuery,
  sqlRun,
  sqlRunInput,
  sqlSchema,
} from '../schema/sql.ts';
import { done } from '../schema/vocabulary.ts';

const QUERY: Message = { zh: '查询', en: 'query' };
const SAVED: Message = { zh: '已保存的查询', en: 'saved query' };
const TAGS = ['sql'];

/** Statements over the marts: the schema one may ask, checking, running, paging, exporting, saving. */
export function sqlRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  const desk = () => {
    if (!ports.sql) throw sqlAbsent();
    return ports.sql;
  };

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sql/schema',
      operationId: 'sqlSchema',
      tags: TAGS,
      summary: 'The marts and columns that I may ask, with what they mean',
      responses: answers(sqlSchema, 'Themes, marts, columns, functions, limits'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      return context.json(await desk().schema(user), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/sql/check',
      operationId: 'checkSql',
      tags: TAGS,
      summary: 'What is wrong with a statement, and what running it would cost',
      request: { body: takes(sqlCheckInput) },
      responses: answers(sqlCheck, 'Problems with their places, parameters, tables, estimate'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      return context.json(await desk().check(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/sql/run',
      operationId: 'runSql',
      tags: TAGS,
      summary: 'Puts a statement into the queue',
      request: { body: takes(sqlRunInput) },
      responses: answers(sqlRun, 'Its id; ask for its pages next'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      return context.json(await desk().run(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sql/queries/{id}',
      operationId: 'sqlPage',
      tags: TAGS,
      summary: 'How far a query is, and a page of its rows',
      request: { params: idParam, query: sqlPageQuery },
      responses: answers(sqlPage, 'State, place in the queue, error, rows'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const { id } = context.req.valid('param');
      const page = await desk().page(user, id, context.req.valid('query'), context.req.raw.signal);
      if (!page) throw notFound(QUERY, id);
      return context.json(page, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/sql/queries/{id}',
      operationId: 'cancelSql',
      tags: TAGS,
      summary: 'Stops a query, or forgets its result',
      request: { params: idParam },
      responses: answers(done, 'It is stopped'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const { id } = context.req.valid('param');
      if (!(await desk().cancel(user, id))) throw notFound(QUERY, id);
      return context.json({ ok: true as const }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sql/export',
      operationId: 'exportSql',
      tags: TAGS,
      summary: 'The whole result of a query as a file',
      request: { query: sqlExportQuery },
      responses: {
        200: {
          description: 'The file',
          content: { 'application/octet-stream': { schema: z.string() } },
        },
        ...PROBLEMS,
      },
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const { queryId, ...how } = context.req.valid('query');
      const file = await desk().exportFile(user, queryId, how, context.req.raw.signal);
      if (!file) throw notFound(QUERY, queryId);
      const answer = attachment(file.fileName, file.body, file.contentType);
      answer.headers.set('X-Rows', String(file.rows));
      answer.headers.set('X-Rows-Truncated', String(file.truncated));
      return answer;
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sql/saved',
      operationId: 'listSavedSql',
      tags: TAGS,
      summary: 'My saved queries and those shared with me',
      responses: answers(savedSqlList, 'At most 500, by title'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      return context.json({ items: await desk().saved(user) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/sql/saved',
      operationId: 'saveSql',
      tags: TAGS,
      summary: 'Saves a query, or changes one of mine',
      request: { body: takes(savedSqlInput) },
      responses: answers(savedSql, 'As it is saved'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const input = context.req.valid('json');
      const saved = await desk().save(user, input);
      if (!saved) throw notFound(SAVED, input.id ?? input.title);
      return context.json(saved, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/sql/saved/{id}',
      operationId: 'deleteSavedSql',
      tags: TAGS,
      summary: 'Deletes one of my saved queries',
      request: { params: idParam },
      responses: answers(done, 'It is deleted'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const { id } = context.req.valid('param');
      if (!(await desk().deleteSaved(user, id))) throw notFound(SAVED, id);
      return context.json({ ok: true as const }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sql/history',
      operationId: 'sqlHistory',
      tags: TAGS,
      summary: 'What I asked lately',
      request: { query: sqlHistoryQuery },
      responses: answers(sqlHistory, 'Newest first'),
    }),
    async (context) => {
      const user = allowed(context, 'sql.query');
      const { limit } = context.req.valid('query');
      return context.json({ items: await desk().history(user, limit) }, 200);
    },
  );
}
