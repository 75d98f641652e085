import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { deleteCookie, setCookie } from 'hono/cookie';
import { type Action, can, civilTimestamp, THEMES } from '../../core/index.ts';
import type { Attempts } from '../attempts.ts';
import { clientAddress } from '../client-address.ts';
import { type ServerConfig, type ServerEnv, userOf } from '../context.ts';
import { notSignedIn, tooManyAttempts } from '../errors.ts';
import { answers, takes } from '../operation.ts';
import type { Ports, Session } from '../ports.ts';
import { credentials, me, sessionInfo } from '../schema/session.ts';
import { done } from '../schema/vocabulary.ts';
import { SESSION_COOKIE } from '../session-cookie.ts';

const ACTIONS: readonly Action[] = [
  'campaign.manage',
  'campaign.read',
  'task.answer',
  'task.review',
  'release.export',
  'mart.read',
  'sql.query',
  'source.read',
  'source.manage',
  'quarantine.read',
  'quarantine.decide',
  'incident.read',
  'incident.handle',
  'user.manage',
];

/** Sign in, sign out, who am I. */
export function sessionRoutes(
  app: OpenAPIHono<ServerEnv>,
  ports: Ports,
  config: ServerConfig,
  attempts: Attempts,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/session',
      operationId: 'readSession',
      tags: ['session'],
      summary: 'What the sign-in page needs to know',
      responses: answers(sessionInfo, 'Who is signed in, and the demonstration logins'),
    }),
    async (context) => {
      const session = context.get('session');
      return context.json(
        {
          subdistrict: config.subdistrict,
          me: session ? await describe(session) : null,
          demoLogins: config.demoLogins.map((login) => ({ ...login, roles: [...login.roles] })),
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session',
      operationId: 'signIn',
      tags: ['session'],
      summary: 'Sign in',
      request: { body: takes(credentials) },
      responses: answers(me, 'The person; the cookie holds the session'),
    }),
    async (context) => {
      const { login, password } = context.req.valid('json');
      const names = [`login:${login.toLowerCase()}`, `address:${clientAddress(context, config.trustProxy)}`];
      const waitSeconds = attempts.waitSeconds(names);
      if (waitSeconds > 0) {
        context.header('Retry-After', String(waitSeconds));
        throw tooManyAttempts(waitSeconds);
      }
      const user = await ports.users.signIn(login, password).catch((error: unknown) => {
        attempts.failed(names);
        throw error;
      });
      attempts.succeeded(names.slice(0, 1));
      const previous = context.get('token');
      if (previous) await ports.sessions.close(previous);
      const { token, expiresAt } = await ports.sessions.open(user);
      setCookie(context, SESSION_COOKIE, token, {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        secure: config.secureCookies,
        maxAge: Math.max(0, Math.floor((expiresAt.getTime() - config.clock.now().getTime()) / 1000)),
      });
      return context.json(await describe({ user, expiresAt }), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/session',
      operationId: 'signOut',
      tags: ['session'],
      summary: 'Sign out',
      responses: answers(done, 'The session is over'),
    }),
    async (context) => {
      const token = context.get('token');
      if (token) await ports.sessions.close(token);
      deleteCookie(context, SESSION_COOKIE, { path: '/' });
      return context.json({ ok: true as const }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/me',
      operationId: 'readMe',
      tags: ['session'],
      summary: 'Who is signed in, and what they may do',
      responses: answers(me, 'The person'),
    }),
    async (context) => {
      userOf(context);
      const session = context.get('session');
      if (!session) throw notSignedIn();
      return context.json(await describe(session), 200);
    },
  );

  async function describe({ user, expiresAt }: Session) {
    const unit = await ports.org.find(user.scope);
    return {
      id: user.id as string,
      login: user.login,
      name: user.name,
      roles: [...user.roles],
      scope: user.scope as string,
      scopeName: unit?.name ?? user.scope,
      themes: user.themes === '*' ? [...THEMES] : [...user.themes],
      sensitivity: user.sensitivity,
      actions: ACTIONS.filter((action) => can(user, action)),
      expiresAt: civilTimestamp(expiresAt),
    };
  }
}
