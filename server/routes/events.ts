import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type ServerEnv, userOf } from '../context.ts';
import type { EventStream } from '../event-stream.ts';
import { PROBLEMS } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { serverEvent } from '../schema/event.ts';

/** Live updates, one stream per open page. */
export function eventRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports, events: EventStream): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/events',
      operationId: 'listen',
      tags: ['events'],
      summary: 'What changes in my scope, as server-sent events',
      description:
        'Event names are the types of `ServerEvent`, and `resync`: something was missed, read everything anew.',
      request: { headers: z.object({ 'last-event-id': z.string().max(20).optional() }) },
      responses: {
        200: { description: 'A stream that does not end', content: { 'text/event-stream': { schema: serverEvent } } },
        ...PROBLEMS,
      },
    }),
    (context) => {
      const user = userOf(context);
      const token = context.get('token');
      const last = Number(context.req.header('Last-Event-ID'));
      const body = events.open(user, Number.isInteger(last) && last > 0 ? last : null, async () =>
        token === null ? false : (await ports.sessions.find(token)) !== null,
      );
      return new Response(body, {
        headers: {
          'Content-Type': 'text/event-stream; charset=utf-8',
          'Cache-Control': 'no-store',
          // nginx would otherwise hold the events back.
          'X-Accel-Buffering': 'no',
        },
      });
    },
  );
}
