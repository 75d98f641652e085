import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { can, type Message, type Theme } from '../../core/index.ts';
import { allowed, type ServerEnv } from '../context.ts';
import { forbidden, invalidRequest, notFound } from '../errors.ts';
import { MASK, markMasked } from '../masking.ts';
import { answers } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  filter,
  type MartColumn,
  martDescription,
  martRows,
  martRowsQuery,
  statistic,
  statisticTable,
  themes,
} from '../schema/mart.ts';
import { theme as themeSchema } from '../schema/vocabulary.ts';

const MART: Message = { zh: '专题表', en: 'mart' };
const STATISTIC: Message = { zh: '统计', en: 'statistic' };
const martParam = z.object({ theme: themeSchema, mart: z.string().min(1).max(100) });

/** The published data: themes, dictionaries, rows; and the statistics over them. */
export function martRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/themes',
      operationId: 'listThemes',
      tags: ['data'],
      summary: 'The themes with their marts and counts, and the publication they come from',
      responses: answers(themes, 'The themes that the person may see'),
    }),
    async (context) => {
      const user = allowed(context, 'mart.read');
      const all = await ports.marts.themes(user);
      return context.json(
        { ...all, themes: all.themes.filter((entry) => can(user, 'mart.read', { theme: entry.theme })) },
        200,
      );
    },
  );

  async function martFor(context: Context<ServerEnv>, theme: Theme, name: string) {
    const user = allowed(context, 'mart.read', { theme });
    const found = await ports.marts.describe(user, theme, name);
    if (!found) throw notFound(MART, `${theme}.${name}`);
    if (!can(user, 'mart.read', { sensitivity: found.sensitivity })) throw forbidden('mart.read');
    return { user, found: { ...found, columns: markMasked(user, found.columns) } };
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/marts/{theme}/{mart}',
      operationId: 'readMart',
      tags: ['data'],
      summary: 'The dictionary of a mart',
      request: { params: martParam },
      responses: answers(martDescription, 'Its columns, what they mean, who answers for them'),
    }),
    async (context) => {
      const { theme, mart } = context.req.valid('param');
      return context.json((await martFor(context, theme, mart)).found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/marts/{theme}/{mart}/rows',
      operationId: 'listMartRows',
      tags: ['data'],
      summary: 'Rows of a mart in my scope, filtered and sorted',
      request: { params: martParam, query: martRowsQuery },
      responses: answers(martRows, 'One page; hidden values come as ***'),
    }),
    async (context) => {
      const { theme, mart } = context.req.valid('param');
      const { user, found } = await martFor(context, theme, mart);
      const query = context.req.valid('query');
      const byId = new Map(found.columns.map((column) => [column.id, column]));
      const columns = named(byId, list(query.columns) ?? found.columns.map((column) => column.id), 'columns');
      const filters = parseFilters(query.filter);
      const sort = (list(query.sort) ?? []).map((text) => ({
        column: text.replace(/^-/, ''),
        descending: text.startsWith('-'),
      }));
      // Filtering or sorting by a hidden column would give its values away one comparison at a time.
      for (const used of [
        ...named(
          byId,
          filters.map((f) => f.column),
          'filter',
        ),
        ...named(
          byId,
          sort.map((s) => s.column),
          'sort',
        ),
      ]) {
        if (used.masked) throw forbidden('mart.read');
      }
      const visible = columns.filter((column) => !column.masked);
      const page = await ports.marts.rows(user, {
        theme,
        mart,
        columns: visible.map((column) => column.id),
        filters,
        sort,
        offset: query.offset,
        limit: query.limit,
      });
      const at = columns.map((column) => (column.masked ? -1 : visible.indexOf(column)));
      return context.json(
        {
          columns: columns.map((column) => column.id),
          items: page.items.map((row) => at.map((i) => (i < 0 ? MASK : (row[i] ?? null)))),
          total: page.total,
          offset: query.offset,
          limit: query.limit,
          publicationId: page.publicationId,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/statistics',
      operationId: 'listStatistics',
      tags: ['data'],
      summary: 'The statistics that are kept',
      responses: answers(z.object({ items: z.array(statistic) }).openapi('StatisticList'), 'Their names and titles'),
    }),
    async (context) => {
      const user = allowed(context, 'mart.read');
      const items = await ports.statistics.list(user);
      return context.json(
        { items: items.filter((s) => can(user, 'mart.read', s.theme ? { theme: s.theme } : {})) },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/statistics/{name}',
      operationId: 'readStatistic',
      tags: ['data'],
      summary: 'The numbers of one statistic in my scope',
      request: { params: z.object({ name: z.string().min(1).max(100) }) },
      responses: answers(statisticTable, 'Dimensions and measures; null is suppressed'),
    }),
    async (context) => {
      const user = allowed(context, 'mart.read');
      const { name } = context.req.valid('param');
      const entry = (await ports.statistics.list(user)).find((s) => s.name === name);
      if (!entry) throw notFound(STATISTIC, name);
      if (entry.theme && !can(user, 'mart.read', { theme: entry.theme })) throw forbidden('mart.read');
      const table = await ports.statistics.table(user, name, context.req.query());
      if (!table) throw notFound(STATISTIC, name);
      return context.json(table, 200);
    },
  );
}

function list(text: string | undefined): string[] | null {
  return text === undefined || text === '' ? null : text.split(',');
}

function named(byId: ReadonlyMap<string, MartColumn>, ids: readonly string[], where: string): MartColumn[] {
  return ids.map((id) => {
    const column = byId.get(id);
    if (!column) throw invalidRequest(where, id.slice(0, 100));
    return column;
  });
}

function parseFilters(text: string | undefined) {
  if (text === undefined || text === '') return [];
  try {
    return z.array(filter).max(20).parse(JSON.parse(text));
  } catch (error) {
    throw invalidRequest('filter', error instanceof z.ZodError ? z.prettifyError(error) : 'JSON');
  }
}
