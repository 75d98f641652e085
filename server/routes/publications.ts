import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { allowed, type ServerEnv } from '../context.ts';
import { answers } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { compareQuery, publication, publicationComparison } from '../schema/publication.ts';
import { listing, pageQuery } from '../schema/vocabulary.ts';

/** What was published, who keeps it, and how two of them differ. */
export function publicationRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/publications',
      operationId: 'listPublications',
      tags: ['data'],
      summary: 'Publications, newest first: rows per mart, who keeps each and until when',
      request: { query: pageQuery },
      responses: answers(listing(publication).openapi('PublicationList'), 'One page of publications'),
    }),
    async (context) => {
      const user = allowed(context, 'source.read');
      return context.json(await ports.publications.list(user, context.req.valid('query')), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/publications/compare',
      operationId: 'comparePublications',
      tags: ['data'],
      summary: 'Rows added, removed and changed per mart between two publications, with a few keys',
      request: { query: compareQuery },
      responses: answers(publicationComparison, 'Marts that differ'),
    }),
    async (context) => {
      const user = allowed(context, 'source.read');
      return context.json(await ports.publications.compare(user, context.req.valid('query')), 200);
    },
  );
}
