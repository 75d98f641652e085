import { parse } from 'yaml';
import { z } from 'zod';
import { sourceConfigWrong } from './errors.ts';
import { DEFAULT_PACE, type Pace } from './pace.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30s`, `5m`, `1h`, as milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'write a duration like 30s, 5m or 1h')
  .transform((text) => {
    const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) as unknown as [string, string, keyof typeof UNITS];
    return Number(count) * UNITS[unit];
  });

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'use lower-case letters, digits and underscores');
const count = z.number().int().positive();
const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a column name');

const head = {
  name,
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  limits: z.strictObject({ pageRecords: count, pageBytes: count, maxPages: count }).partial().default({}),
  deadlines: z.strictObject({ request: duration, retry: duration, overlap: duration }).partial().default({}),
};
/** How often a source is pulled. */
const pulled = { ...head, every: duration };
const url = z.url();
const secret = z.string().min(1);
const path = z.string().startsWith('/');
const headers = z.record(z.string(), z.string());

function datasets<Shape extends z.ZodType>(shape: Shape) {
  return z.record(name, shape).refine((value) => Object.keys(value).length > 0, 'name at least one dataset');
}

const sourceSchema = z.discriminatedUnion('protocol', [
  z.strictObject({
    ...pulled,
    protocol: z.literal('http-paging'),
    url,
    tokenPath: path,
    /** Where the source takes corrections; absent: it takes none. */
    correctionsPath: path.optional(),
    clientId: secret,
    clientSecret: secret,
    datasets: datasets(z.strictObject({ path, observed: z.string() })),
  }),
  z.strictObject({
    ...pulled,
    protocol: z.literal('http-pages'),
    url,
    apiKey: secret,
    datasets: datasets(z.strictObject({ path, observed: z.string() })),
  }),
  z.strictObject({
    ...pulled,
    protocol: z.literal('http-items'),
    url,
    headers: headers.default({}),
    datasets: datasets(z.strictObject({ path, items: z.string(), observed: z.string().optional() })),
  }),
  z.strictObject({
    ...pulled,
    protocol: z.literal('http-bins'),
    url,
    headers: headers.default({}),
    datasets: datasets(z.strictObject({ path, late: duration })),
  }),
  z.strictObject({
    ...pulled,
    protocol: z.literal('sql'),
    connection: secret,
    datasets: datasets(
      z.strictObject({
        table: z.string().regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/, 'write schema.table'),
        observed: identifier,
        key: z.array(identifier).min(1),
      }),
    ),
  }),
  z.strictObject({
    ...pulled,
    protocol: z.literal('files'),
    inbox: z.string().min(1),
    /** The layout of each file is in the contract of its dataset. */
    datasets: z.array(name).min(1),
  }),
  z.strictObject({
    ...head,
    protocol: z.literal('webhook'),
    secrets: z.array(secret).min(1),
    dataset: name,
  }),
  z.strictObject({
    ...head,
    protocol: z.literal('mqtt'),
    url,
    username: z.string().optional(),
    password: z.string().optional(),
    clientId: z.string().min(1),
    topics: z.array(z.string().min(1)).min(1),
    dataset: name,
  }),
]);

const listSchema = z.strictObject({ sources: z.array(sourceSchema).min(1) });

/** One way into one source. A source that both answers and pushes has an entry for each. */
export type SourceConfig = z.infer<typeof sourceSchema>;
export type PulledSource = Extract<SourceConfig, { every: number }>;
export type PushedSource = Exclude<SourceConfig, { every: number }>;

/**
 * Reads a source list (YAML). A value `env:NAME` is taken from the environment, so that the list can be kept with the
 * deployment and secrets cannot.
 *
 * @param where the file's name, for messages
 * @throws FillOnceError `connectors.config` naming every entry that is wrong; no message holds a secret
 */
export function parseSources(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  where = 'sources.yaml',
): readonly SourceConfig[] {
  const missing = new Set<string>();
  let document: unknown;
  try {
    document = resolveEnv(parse(text), env, missing);
  } catch (error) {
    throw sourceConfigWrong(where, error instanceof Error ? error.message : 'not YAML');
  }
  if (missing.size > 0) throw sourceConfigWrong(where, `not set: ${[...missing].join(', ')}`);
  const result = listSchema.safeParse(document);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw sourceConfigWrong(where, problems.join('; '));
  }
  const { sources } = result.data;
  const owners = new Set<string>();
  for (const source of sources) {
    for (const dataset of datasetNames(source)) {
      const id = `${source.name}.${dataset}`;
      if (owners.has(id)) throw sourceConfigWrong(where, `${id} is named twice`);
      owners.add(id);
    }
  }
  return sources;
}

/** True for a source that is asked; the others send by themselves. */
export function isPulled(source: SourceConfig): source is PulledSource {
  return 'every' in source;
}

export function datasetNames(source: SourceConfig): readonly string[] {
  if ('dataset' in source) return [source.dataset];
  return Array.isArray(source.datasets) ? source.datasets : Object.keys(source.datasets);
}

/** The source's limits and deadlines over the defaults. */
export function paceOf(source: SourceConfig): Pace {
  const { limits, deadlines } = source;
  return {
    pageRecords: limits.pageRecords ?? DEFAULT_PACE.pageRecords,
    pageBytes: limits.pageBytes ?? DEFAULT_PACE.pageBytes,
    maxPages: limits.maxPages ?? DEFAULT_PACE.maxPages,
    requestMs: deadlines.request ?? DEFAULT_PACE.requestMs,
    retryMs: deadlines.retry ?? DEFAULT_PACE.retryMs,
    overlapMs: deadlines.overlap ?? DEFAULT_PACE.overlapMs,
  };
}

function resolveEnv(value: unknown, env: Readonly<Record<string, string | undefined>>, missing: Set<string>): unknown {
  if (typeof value === 'string') {
    // Also inside a text, for headers: `Bearer ${env:TOKEN}`.
    const whole = /^env:(\w+)$/.exec(value)?.[1];
    const look = (variable: string) => {
      const found = env[variable];
      if (found === undefined || found === '') missing.add(variable);
      return found ?? '';
    };
    if (whole !== undefined) return look(whole);
    return value.replaceAll(/\$\{env:(\w+)\}/g, (_, variable: string) => look(variable));
  }
  if (Array.isArray(value)) return value.map((item) => resolveEnv(item, env, missing));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveEnv(item, env, missing)]));
  }
  return value;
}
