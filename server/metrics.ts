import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ServerEnv } from './context.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly contentType: string;
  readonly measure: MiddlewareHandler<ServerEnv>;
  text(): Promise<string>;
}

/** The numbers of one server; a registry of its own, so that two servers in one process do not mix. */
export function createMetrics(listeners: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'fillonce_http_request_seconds',
    help: 'Time to answer a request, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'fillonce_event_listeners',
    help: 'Open live-update streams',
    registers: [registry],
    collect() {
      this.set(listeners());
    },
  });
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    measure: async (context, next) => {
      const end = duration.startTimer();
      await next();
      // The pattern, not the path: ids in a label would make a series each.
      end({ method: context.req.method, route: routePath(context), status: String(context.res.status) });
    },
  };
}
