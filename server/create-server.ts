import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';
import { errorText, FillOnceError, toErrorBody } from '../core/index.ts';
import { createAttempts } from './attempts.ts';
import { type ServerConfig, type ServerEnv, userOf } from './context.ts';
import { invalidRequest, notFound, tooLarge } from './errors.ts';
import { createEventStream } from './event-stream.ts';
import { createMetrics } from './metrics.ts';
import type { Ports } from './ports.ts';
import { assetRoutes } from './routes/assets.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { driftRoutes } from './routes/drift.ts';
import { eventRoutes } from './routes/events.ts';
import { hookRoutes } from './routes/hooks.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { martRoutes } from './routes/marts.ts';
import { matchingRoutes } from './routes/matching.ts';
import { probeRoutes } from './routes/probes.ts';
import { publicationRoutes } from './routes/publications.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { sessionRoutes } from './routes/session.ts';
import { sourceRoutes } from './routes/sources.ts';
import { sqlRoutes } from './routes/sql.ts';
import { taskWorkbookRoutes } from './routes/task-workbooks.ts';
import { taskRoutes } from './routes/tasks.ts';
import { templateRoutes } from './routes/templates.ts';
import { onlyOwnWrites, readSession } from './session-cookie.ts';
import { createUploads } from './upload.ts';
import { webApp } from './web-app.ts';

const JSON_LIMIT_BYTES = 2 * 1_048_576;
/** Whose body is a workbook: it goes through a file under the limit of uploads. */
const TAKES_FILES = /^\/api\/(?:templates\/recognise|tasks\/[^/]+\/workbook(?:\/apply)?)$/;

const SECURITY_HEADERS = {
  // Ant Design writes its styles into the page; scripts come from this server only.
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
} as const;

export interface FillOnceServer {
  /** Answers one request without a socket. */
  fetch(request: Request): Promise<Response>;
  /** Opens a port (0: any free one). @throws Error when the port is taken. */
  listen(at: { host: string; port: number }): Promise<{ url: string; port: number }>;
  /** The OpenAPI 3.1 document, as `/openapi.json` serves it. */
  openApi(): object;
  /** Stops taking requests, lets those in flight end within the grace time, then cuts them off. */
  close(): Promise<void>;
}

/**
 * The HTTP server: API, live updates, webhooks, probes, web app.
 *
 * @example
 * const server = createServer(ports, { ...config, clock: systemClock });
 * const { url } = await server.listen({ host: '127.0.0.1', port: 7070 });
 */
export function createServer(ports: Ports, config: ServerConfig): FillOnceServer {
  const events = createEventStream({ announcements: ports.announcements, clock: config.clock });
  const metrics = createMetrics(() => events.clients());
  const attempts = createAttempts({ clock: config.clock });
  const uploads = createUploads({ folder: config.uploadFolder, clock: config.clock });

  const app = new OpenAPIHono<ServerEnv>({
    defaultHook: (result, context) => {
      if (result.success) return;
      // Who is not signed in does not even hear what is wrong with the request.
      if (context.req.path.startsWith('/api/') && context.req.path !== '/api/session') userOf(context);
      throw invalid(result.error);
    },
  });
  app.onError((error, context) => {
    const body = toErrorBody(error instanceof FillOnceError ? error : httpError(error));
    if (body.status >= 500) {
      config.log.error(
        { path: context.req.path, code: body.code, error: errorText(error), stack: stackOf(error) },
        'failed',
      );
    }
    return context.json(body, body.status as ContentfulStatusCode);
  });
  app.notFound((context) => {
    const body = toErrorBody(notFound({ zh: '地址', en: 'address' }, context.req.path));
    return context.json(body, 404);
  });

  app.use('*', async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  app.use('*', metrics.measure);
  probeRoutes(app, ports, config, metrics);
  hookRoutes(app, ports);

  app.use('/api/*', async (context, next) => {
    await next();
    if (!context.res.headers.has('Cache-Control')) context.res.headers.set('Cache-Control', 'no-store');
  });
  app.use('/api/*', compress({ threshold: 1024, encoding: 'gzip' }));
  app.use('/api/*', onlyOwnWrites());
  const jsonLimit = bodyLimit({
    maxSize: JSON_LIMIT_BYTES,
    onError: () => {
      throw tooLarge(JSON_LIMIT_BYTES);
    },
  });
  app.use('/api/*', (context, next) => (TAKES_FILES.test(context.req.path) ? next() : jsonLimit(context, next)));
  app.use('/api/*', readSession(ports.sessions));

  sessionRoutes(app, ports, config, attempts);
  taskRoutes(app, ports);
  taskWorkbookRoutes(app, ports, uploads);
  templateRoutes(app, ports, uploads);
  campaignRoutes(app, ports);
  martRoutes(app, ports);
  sourceRoutes(app, ports);
  assetRoutes(app, ports);
  quarantineRoutes(app, ports);
  matchingRoutes(app, ports);
  driftRoutes(app, ports);
  publicationRoutes(app, ports);
  sqlRoutes(app, ports);
  incidentRoutes(app, ports);
  eventRoutes(app, ports, events);

  const describe = () =>
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Fill Once', version: config.version, license: { name: 'Apache-2.0' } },
    });
  app.get('/openapi.json', (context) => context.json(describe()));
  if (config.webFolder !== undefined) webApp(app, config.webFolder);

  const http = createAdaptorServer({ fetch: app.fetch });
  return {
    fetch: async (request) => app.fetch(request),
    openApi: describe,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          const address = http.address() as AddressInfo;
          const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
          resolve({ url: `http://${shown}:${address.port}`, port: address.port });
        });
      }),
    close: async () => {
      events.close();
      if (!http.listening) return;
      const patience = new AbortController();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      if ('closeIdleConnections' in http) http.closeIdleConnections();
      const cutOff = config.clock.sleep(config.graceMs, patience.signal).then(
        () => {
          if ('closeAllConnections' in http) http.closeAllConnections();
        },
        () => {},
      );
      await Promise.race([closed, cutOff]);
      patience.abort();
      await closed;
    },
  };
}

function invalid(error: ZodError): FillOnceError {
  const issue = error.issues[0];
  return invalidRequest(issue?.path.join('.') || 'body', issue?.message ?? '');
}

/** What Hono itself throws for a malformed body, as our own error. */
function httpError(error: unknown): unknown {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 0;
  if (status === 413) return tooLarge(JSON_LIMIT_BYTES);
  if (status >= 400 && status < 500) return invalidRequest('body', errorText(error));
  return error;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
