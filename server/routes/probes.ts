import type { OpenAPIHono } from '@hono/zod-openapi';
import { type Clock, errorText } from '../../core/index.ts';
import type { ServerConfig, ServerEnv } from '../context.ts';
import type { Metrics } from '../metrics.ts';
import type { Ports, Probe } from '../ports.ts';

const PROBE_DEADLINE_MS = 2000;

/** For load balancers and monitoring: alive, ready, numbers. None of them shows data. */
export function probeRoutes(app: OpenAPIHono<ServerEnv>, ports: Ports, config: ServerConfig, metrics: Metrics): void {
  app.get('/healthz', (context) => context.json({ ok: true, version: config.version }));

  app.get('/readyz', async (context) => {
    const checks = await Promise.all(ports.probes.map((probe) => ask(probe, config)));
    const ready = checks.every((check) => check.ok);
    return context.json({ ok: ready, checks }, ready ? 200 : 503);
  });

  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  );
}

async function ask(probe: Probe, config: ServerConfig): Promise<{ name: string; ok: boolean }> {
  const patience = new AbortController();
  try {
    await Promise.race([probe.check(), deadline(config.clock, patience.signal)]);
    return { name: probe.name, ok: true };
  } catch (error) {
    // The reason goes to the log only: it may name hosts and accounts.
    config.log.warn({ probe: probe.name, error: errorText(error) }, 'not ready');
    return { name: probe.name, ok: false };
  } finally {
    patience.abort();
  }
}

async function deadline(clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(PROBE_DEADLINE_MS, signal);
  throw new Error(`no answer within ${PROBE_DEADLINE_MS} ms`);
}
