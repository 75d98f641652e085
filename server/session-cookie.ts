import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ServerEnv } from './context.ts';
import { foreignWrite } from './errors.ts';
import type { Sessions } from './ports.ts';

export const SESSION_COOKIE = 'fillonce_session';

/** Reads the session of the request; an unknown or ended one counts as none. */
export function readSession(sessions: Sessions): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const token = getCookie(context, SESSION_COOKIE) ?? null;
    const session = token === null ? null : await sessions.find(token);
    context.set('session', session);
    context.set('token', session ? token : null);
    await next();
  };
}

/**
 * Refuses a write that lacks `X-Requested-With`: a form or script of another site cannot send that header without asking
 * first, and the server never allows it. SameSite=Lax is the other half.
 */
export function onlyOwnWrites(): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const reads = context.req.method === 'GET' || context.req.method === 'HEAD';
    if (!reads && !context.req.header('X-Requested-With')) throw foreignWrite();
    await next();
  };
}
