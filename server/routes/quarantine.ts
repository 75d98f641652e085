import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allowed, type ServerEnv } from '../context.ts';
import { notFound } from '../errors.ts';
import { answers, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  batchDecision,
  decideInput,
  deskOutcome,
  deskProgress,
  fixInput,
  mendingPreview,
  openRule,
  previewInput,
  quarantinedRecord,
  recordQuery,
  stoppedBatch,
} from '../schema/desk.ts';
import { listing } from '../schema/vocabulary.ts';

/** The quarantine desk: look, mend one or a thousand by expression, try again, dismiss, let a stopped batch in. */
export function quarantineRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/quarantine/rules',
      operationId: 'listOpenRules',
      tags: ['quarantine'],
      summary: 'Rules that open records break, most broken first',
      responses: answers(z.object({ items: z.array(openRule) }).openapi('OpenRuleList'), 'Rules with their records'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.read');
      return context.json({ items: await ports.desk.rules(user) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/quarantine/records',
      operationId: 'listQuarantinedRecords',
      tags: ['quarantine'],
      summary: 'Quarantined records as their source sent them',
      request: { query: recordQuery },
      responses: answers(listing(quarantinedRecord).openapi('QuarantinedRecordList'), 'One page of records'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.read');
      return context.json(await ports.desk.records(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/quarantine/preview',
      operationId: 'previewMending',
      tags: ['quarantine'],
      summary: 'What an expression would do: how many pass, and a few before and after',
      request: { body: takes(previewInput.openapi('MendingPreviewInput')) },
      responses: answers(mendingPreview, 'Nothing is changed'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.desk.preview(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/quarantine/fix',
      operationId: 'mendRecords',
      tags: ['quarantine'],
      summary: 'Mend records by expression; those that then pass are let in and published',
      request: { body: takes(fixInput.openapi('MendingInput')) },
      responses: answers(deskOutcome, 'How many pass now'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.desk.fix(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/quarantine/replay',
      operationId: 'replayRecords',
      tags: ['quarantine'],
      summary: 'Hold records against their contract again, as they came',
      request: { body: takes(decideInput.openapi('DecideInput')) },
      responses: answers(deskOutcome, 'How many pass now'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.desk.replay(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/quarantine/dismiss',
      operationId: 'dismissRecords',
      tags: ['quarantine'],
      summary: 'Leave records out, with a reason',
      request: { body: takes(decideInput.openapi('DecideInput')) },
      responses: answers(deskOutcome, 'How many were dismissed'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.desk.dismiss(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/quarantine/orders/{key}',
      operationId: 'readDeskOrder',
      tags: ['quarantine'],
      summary: 'How far one of my orders has come',
      request: { params: z.object({ key: z.string().min(8).max(100) }) },
      responses: answers(deskProgress, 'Records done'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      const { key } = context.req.valid('param');
      const progress = ports.desk.progress(user, key);
      if (!progress) throw notFound({ zh: '处理', en: 'order' }, key);
      return context.json(progress, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/quarantine/batches',
      operationId: 'listStoppedBatches',
      tags: ['quarantine'],
      summary: 'Batches that broke their contract as a whole',
      responses: answers(z.object({ items: z.array(stoppedBatch) }).openapi('StoppedBatchList'), 'Open ones'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.read');
      return context.json({ items: await ports.desk.batches(user) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/quarantine/batches/{batch}/decide',
      operationId: 'decideStoppedBatch',
      tags: ['quarantine'],
      summary: 'Let a stopped batch in, or leave it out for good',
      request: {
        params: z.object({ batch: z.string().min(5).max(200) }),
        body: takes(batchDecision.openapi('BatchDecision')),
      },
      responses: answers(deskOutcome, 'Decided'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      const { batch } = context.req.valid('param');
      return context.json(await ports.desk.decideBatch(user, batch, context.req.valid('json')), 200);
    },
  );
}
