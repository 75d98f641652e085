import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allowed, type ServerEnv } from '../context.ts';
import { answers, takes } from '../operation.ts';
import type { Ports } from '../ports.ts';
import {
  matchDecision,
  matchDuplicate,
  matchHistory,
  matchLink,
  matchOutcome,
  matchPairList,
  matchPairQuery,
  matchQuery,
} from '../schema/matching.ts';

/** Records without a usable key: whose they are, with the reasons of the score, decided by people. */
export function matchingRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/matching/pairs',
      operationId: 'listMatchPairs',
      tags: ['matching'],
      summary: 'Records without a usable key beside the entities they resemble most',
      request: { query: matchPairQuery },
      responses: answers(matchPairList, 'Open pairs, and how many there are'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.matching.pairs(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/matching/duplicates',
      operationId: 'listMatchDuplicates',
      tags: ['matching'],
      summary: 'Golden records with keys of their own that look like one entity',
      request: { query: matchQuery },
      responses: answers(z.object({ items: z.array(matchDuplicate) }).openapi('MatchDuplicateList'), 'Likeliest first'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json({ items: await ports.matching.duplicates(user, context.req.valid('query').limit) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/matching/link',
      operationId: 'linkMatchPairs',
      tags: ['matching'],
      summary: 'Link every certain pair and publish',
      request: { body: takes(matchLink.openapi('MatchLink')) },
      responses: answers(matchOutcome, 'What was linked, and what is left'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.matching.link(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/matching/decide',
      operationId: 'decideMatchPair',
      tags: ['matching'],
      summary:
        'Say that a record is of an entity, or that two golden records are one, or are not; what stood is taken back',
      request: { body: takes(matchDecision.openapi('MatchDecision')) },
      responses: answers(matchOutcome, 'Decided'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json(await ports.matching.decide(user, context.req.valid('json')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/matching/history',
      operationId: 'listMatchHistory',
      tags: ['matching'],
      summary: 'Who linked or split what, when and why',
      request: { query: matchQuery },
      responses: answers(z.object({ items: z.array(matchHistory) }).openapi('MatchHistoryList'), 'Newest first'),
    }),
    async (context) => {
      const user = allowed(context, 'quarantine.decide');
      return context.json({ items: await ports.matching.history(user, context.req.valid('query').limit) }, 200);
    },
  );
}
