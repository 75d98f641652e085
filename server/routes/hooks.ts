import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { Message } from '../../core/index.ts';
import type { ServerEnv } from '../context.ts';
import { notFound, tooLarge } from '../errors.ts';
import type { Ports } from '../ports.ts';

export const HOOK_LIMIT_BYTES = 8 * 1_048_576;

const HOOK: Message = { zh: '推送入口', en: 'webhook' };

/** Signed pushes of sources. No session: the receiver checks the signature over the untouched bytes. */
export function hookRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports): void {
  app.post(
    '/hooks/:source',
    bodyLimit({
      maxSize: HOOK_LIMIT_BYTES,
      onError: () => {
        throw tooLarge(HOOK_LIMIT_BYTES);
      },
    }),
    async (context) => {
      const source = context.req.param('source');
      const receive = ports.webhooks.receiver(source);
      if (!receive) throw notFound(HOOK, source);
      const body = new Uint8Array(await context.req.arrayBuffer());
      const reply = await receive({ headers: context.req.header(), body });
      return new Response(reply.body, {
        status: reply.status,
        headers: { 'Content-Type': reply.contentType ?? 'application/json; charset=utf-8' },
      });
    },
  );
}
