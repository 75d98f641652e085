import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { ServerEnv } from './context.ts';

/** The address a request came from: the connection's, or the nearest proxy's word for it when that is trusted. */
export function clientAddress(context: Context<ServerEnv>, trustProxy: boolean): string {
  const forwarded = trustProxy ? context.req.header('X-Forwarded-For')?.split(',').at(-1)?.trim() : undefined;
  if (forwarded) return forwarded;
  // Without a socket (requests handed straight to `fetch`) there is no address to tell apart.
  const env = context.env as object | undefined;
  return env && 'incoming' in env ? (getConnInfo(context).remote.address ?? 'unknown') : 'direct';
}
