import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Message } from '../../core/index.ts';
import { attachment } from '../attachment.ts';
import { allowed, type ServerEnv } from '../context.ts';
import { notFound } from '../errors.ts';
import { answers, PROBLEMS, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { assetDetail, assetList, backfillInput, backfillProgress, columnLineage, dictionary } from '../schema/asset.ts';
import { done, orNull } from '../schema/vocabulary.ts';

const ASSET: Message = { zh: '资产', en: 'asset' };
const COLUMN: Message = { zh: '字段', en: 'column' };
const SOURCE: Message = { zh: '来源', en: 'source' };
const TAGS = ['assets'];
const sourceParam = z.object({ source: z.string().min(1).max(64) });

/** What is made of what, how fresh it is, where a column comes from, what a word means, and bringing the past again. */
export function assetRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/assets',
      operationId: 'listAssets',
      tags: TAGS,
      summary: 'All assets with what they are made from, their freshness, cost and checks',
      responses: answers(assetList, 'Each asset after what it is made from'),
    }),
    async (context) => {
      allowed(context, 'source.read');
      return context.json(await ports.assets.list(), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/assets/{key}',
      operationId: 'readAsset',
      tags: TAGS,
      summary: 'One asset: checks, runs with logs, partitions, columns, backfill',
      request: { params: z.object({ key: z.string().min(1).max(200) }) },
      responses: answers(assetDetail, 'The asset'),
    }),
    async (context) => {
      allowed(context, 'source.read');
      const { key } = context.req.valid('param');
      const found = await ports.assets.find(key);
      if (!found) throw notFound(ASSET, key);
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/lineage',
      operationId: 'readLineage',
      tags: TAGS,
      summary: 'Where a column comes from and what is made of it',
      request: { query: z.object({ column: z.string().min(1).max(300) }) },
      responses: answers(columnLineage, 'The column, everything upstream and everything downstream'),
    }),
    async (context) => {
      allowed(context, 'mart.read');
      const { column } = context.req.valid('query');
      const found = await ports.assets.lineage(column);
      if (!found) throw notFound(COLUMN, column);
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/dictionary',
      operationId: 'readDictionary',
      tags: TAGS,
      summary: 'The data dictionary: every element with its sources, rules and where it appears',
      request: { query: z.object({ words: z.string().max(200).default('') }) },
      responses: answers(dictionary, 'Elements'),
    }),
    async (context) => {
      allowed(context, 'mart.read');
      const { words } = context.req.valid('query');
      return context.json({ items: [...(await ports.dictionary.search(words))] }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/dictionary/file',
      operationId: 'exportDictionary',
      tags: TAGS,
      summary: 'The data dictionary as a workbook or CSV',
      request: { query: z.object({ format: z.enum(['xlsx', 'csv']).default('xlsx') }) },
      responses: {
        200: { description: 'The file', content: { 'application/octet-stream': { schema: z.string() } } },
        ...PROBLEMS,
      },
    }),
    async (context) => {
      allowed(context, 'mart.read');
      const { fileName, contentType, body } = await ports.dictionary.file(context.req.valid('query').format);
      return attachment(fileName, body, contentType);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/backfills',
      operationId: 'startBackfill',
      tags: TAGS,
      summary: 'Ask a source again for days or months of one dataset',
      request: { body: takes(backfillInput) },
      responses: answers(backfillProgress, 'It is ordered; ask for its progress'),
    }),
    async (context) => {
      const user = allowed(context, 'source.manage');
      return context.json(await ports.backfills.start(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/backfills/{source}',
      operationId: 'readBackfill',
      tags: TAGS,
      summary: 'How far the backfill of a source is, or how the last one ended',
      request: { params: sourceParam },
      responses: answers(z.object({ backfill: orNull(backfillProgress) }).openapi('BackfillAnswer'), 'Its progress'),
    }),
    async (context) => {
      allowed(context, 'source.read');
      return context.json({ backfill: await ports.backfills.find(context.req.valid('param').source) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/backfills/{source}/cancel',
      operationId: 'cancelBackfill',
      tags: TAGS,
      summary: 'Cancel the backfill of a source',
      request: { params: sourceParam },
      responses: answers(done, 'What is under way is told to stop'),
    }),
    async (context) => {
      allowed(context, 'source.manage');
      const { source } = context.req.valid('param');
      if ((await ports.backfills.find(source)) === null) throw notFound(SOURCE, source);
      await ports.backfills.cancel(source);
      return context.json({ ok: true as const }, 200);
    },
  );
}
