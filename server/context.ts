import type { Context } from 'hono';
import { type Action, type Clock, can, type Resource, type User } from '../core/index.ts';
import { forbidden, notSignedIn } from './errors.ts';
import type { Session } from './ports.ts';

/** What a request carries through its handlers. */
export interface ServerEnv {
  Variables: { session: Session | null; token: string | null };
}

/** The log lines that the server writes; pino's logger fits. */
export interface ServerLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface ServerConfig {
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly version: string;
  readonly subdistrict: string;
  /** Folder of the built web app; absent: the API alone is served. */
  readonly webFolder?: string;
  /** Folder for uploads in flight. */
  readonly uploadFolder: string;
  /** True behind a TLS proxy: cookies are marked Secure. */
  readonly secureCookies: boolean;
  /** True behind a proxy that sets X-Forwarded-For: sign-in attempts are counted by that address. */
  readonly trustProxy: boolean;
  readonly demoLogins: readonly { login: string; password: string; name: string; roles: User['roles'] }[];
  /** How long `close` waits for requests in flight. */
  readonly graceMs: number;
}

/** @throws FillOnceError 401 when nobody is signed in. */
export function userOf(context: Context<ServerEnv>): User {
  const session = context.get('session');
  if (!session) throw notSignedIn();
  return session.user;
}

/**
 * The question before every read and write.
 *
 * @throws FillOnceError 401 when nobody is signed in, 403 when `can` says no.
 * @example const user = allowed(context, 'task.review', { org: task.org });
 */
export function allowed(context: Context<ServerEnv>, action: Action, resource: Resource = {}): User {
  const user = userOf(context);
  if (!can(user, action, resource)) throw forbidden(action);
  return user;
}
