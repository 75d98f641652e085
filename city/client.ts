import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../core/paths.ts';
import type { City, CityOptions } from './city.ts';
import type { CityEndpoints } from './endpoints.ts';
import { cityDidNotStart, cityRefused, NOT_BUILT, SEE_OUTPUT, TOO_SLOW } from './errors.ts';
import type { CityProgress } from './progress.ts';
import type { TruthRecord } from './truth/entities.ts';

export type CityProcessOptions = Omit<CityOptions, 'clock' | 'sources' | 'tokenSeconds'> & {
  /** What the child writes to its standard error; default: this process's standard error. */
  readonly log?: (line: string) => void;
  readonly startTimeoutMs?: number;
};

/** Two seconds on an idle machine; on one that is busy with something else much longer. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 5_000;

/**
 * Starts the city as a child process from the built package and resolves when its control server answers.
 * The child ends with this process: it watches its standard input.
 *
 * @throws FillOnceError `city.start` when it is not built, dies, or is not up within `startTimeoutMs` (two minutes).
 */
export async function startCity(options: CityProcessOptions): Promise<City> {
  const entry = join(packageRoot(), 'dist', 'city', 'main.js');
  if (!existsSync(entry)) throw cityDidNotStart(`${entry} is missing`, NOT_BUILT);
  const { log = (line: string) => process.stderr.write(`${line}\n`), startTimeoutMs = START_TIMEOUT_MS } = options;
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=32', '--liftoff-only', entry, '--with-parent', ...argumentsOf(options)],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  createInterface({ input: child.stderr }).on('line', log);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const output = createInterface({ input: child.stdout });
  const ready = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(cityDidNotStart(`not ready after ${startTimeoutMs / 1_000} s`, TOO_SLOW));
    }, startTimeoutMs);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    output.once('line', (line) => settle(() => resolve(line)));
    child.once('error', (error) => settle(() => reject(cityDidNotStart(error.message, SEE_OUTPUT))));
    child.once('exit', (code) => settle(() => reject(cityDidNotStart(`exit code ${code}`, SEE_OUTPUT))));
  });
  const { controlUrl } = JSON.parse(ready) as { controlUrl: string };
  const city = await connectCity(controlUrl);
  return {
    ...city,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** A city that runs elsewhere, by the URL of its control server; `stop` lets it be. */
export async function connectCity(controlUrl: string): Promise<City> {
  async function call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(
      controlUrl + path,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    );
    if (!response.ok) throw cityRefused(path, response.status, await response.text());
    return (await response.json()) as T;
  }
  return {
    controlUrl,
    endpoints: await call<CityEndpoints>('/endpoints'),
    today: () => call('/today'),
    advance: async (days) => {
      await call('/advance', { days });
    },
    push: async (platformUrl) => {
      await call('/push', { platformUrl });
    },
    progress: () => call<CityProgress>('/progress'),
    fault: async (change) => {
      await call('/fault', change);
    },
    truth: async function* (entity) {
      const response = await fetch(`${controlUrl}/truth/${entity}.ndjson`);
      if (!response.ok || !response.body)
        throw cityRefused(`/truth/${entity}.ndjson`, response.status, await response.text());
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as TruthRecord;
      }
    },
    truthByKey: async (entity, keys) => (await call<{ items: TruthRecord[] }>(`/truth/${entity}`, { keys })).items,
    stop: async () => {},
  };
}

function argumentsOf(options: CityProcessOptions): string[] {
  const { seed, scale, today, inbox, state, port, live } = options;
  const named = { seed, scale, today, inbox, state, port, live };
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
}
