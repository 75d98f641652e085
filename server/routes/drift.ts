import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { allowed, type ServerEnv } from '../context.ts';
import { answers, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { columnDifference, deskOutcome, driftDecision, driftQuery } from '../schema/desk.ts';
import { listing } from '../schema/vocabulary.ts';

/** Columns that came otherwise than their contract says, and what a person says to it. */
export function driftRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/drift',
      operationId: 'listColumnDifferences',
      tags: ['quarantine'],
      summary: 'Columns that are new, missing, renamed or of another type, since when, with samples',
      request: { query: driftQuery },
      responses: answers(listing(columnDifference).openapi('ColumnDifferenceList'), 'One page of differences'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.read');
      return context.json(await ports.desk.differences(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/drift/decide',
      operationId: 'decideColumnDifference',
      tags: ['quarantine'],
      summary: 'Accept a difference, or refuse it: batches that show it from now on are stopped',
      request: { body: takes(driftDecision.openapi('DriftDecision')) },
      responses: answers(deskOutcome, 'Decided'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.desk.decideDifference(user, context.req.valid('json')), 200);
    },
  );
}
