// Above the usual size: one table of how each protocol is asked again for a stretch of time.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connector, Page } from '../connectors/connector.ts';
import { datasetNames, isPulled, loadFileLayouts, paceOf, type SourceConfig } from '../connectors/index.ts';
import { FillOnceError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { type PartitionKind, windowOf } from './partition.ts';

/** How a dataset's past can be asked for again. */
export interface Repull {
  readonly by: readonly PartitionKind[];
  /** Partitions that the source bears at the same time. */
  readonly atOnce: number;
  /** The records of one partition, page by page. */
  pages(partition: string, signal: AbortSignal): AsyncIterable<readonly JsonObject[]>;
}

/** By `<source>.<dataset>`; what is missing cannot be asked again. */
export type Repulls = ReadonlyMap<string, Repull>;

const BOTH: readonly PartitionKind[] = ['day', 'month'];
/** Sources are other people's: few questions at the same time. SQL offices allow one connection; files are read from one disk. */
const AT_ONCE = { 'http-paging': 2, 'http-pages': 2, 'http-items': 2, 'http-bins': 3, sql: 1, files: 2 } as const;
const MINUTE_MS = 60_000;
const CIVIL_OFFSET_MS = 8 * 3_600_000;

/**
 * What of a source list can be asked for again. A stretch of time is an ordinary pull that begins at a cursor made for the occasion
 * and ends where the stretch does; the dataset's own cursor is not touched. Sources that push, and lists without a time, cannot.
 *
 * @param connectors one per dataset, named `<source>.<dataset>`
 * @example const repull = createRepulls({ configs, connectors }).get('signal.headcount');
 */
export function createRepulls(options: {
  readonly configs: readonly SourceConfig[];
  readonly connectors: ReadonlyMap<string, Connector>;
}): Repulls {
  const repulls = new Map<string, Repull>();
  for (const config of options.configs) {
    if (!isPulled(config)) continue;
    for (const dataset of datasetNames(config)) {
      const name = `${config.name}.${dataset}`;
      const connector = options.connectors.get(name);
      const repull = connector && repullOf(config, dataset, connector);
      if (repull) repulls.set(name, repull);
    }
  }
  return repulls;
}

/** @throws FillOnceError for a dataset that cannot be asked again. */
export function notRepullable(source: string, dataset: string): FillOnceError {
  const where = `${source}.${dataset}`;
  return new FillOnceError({
    code: 'workflows.not_repullable',
    status: 409,
    message: {
      zh: `“${where}”不能按时间重新采集：它由对方推送、没有时间字段，或未配置。请选择其他数据集，或请来源单位重新推送。`,
      en: `'${where}' cannot be asked again by time: it is pushed, has no time, or is not configured. Choose another dataset, or ask the source to send again.`,
    },
    details: { where },
  });
}

type Pulled = Extract<SourceConfig, { every: number }>;

function repullOf(config: Pulled, dataset: string, connector: Connector): Repull | null {
  const atOnce = AT_ONCE[config.protocol];
  const pull = (cursor: Json, signal: AbortSignal) => connector.pull({ dataset, cursor, signal });
  switch (config.protocol) {
    case 'http-paging':
    case 'http-pages':
    case 'http-items':
    case 'sql': {
      const observed: string | undefined = config.datasets[dataset]?.observed;
      if (observed === undefined) return null;
      const slackMs = Math.max(MINUTE_MS, paceOf(config).overlapMs);
      return {
        by: BOTH,
        atOnce,
        pages: (partition, signal) => {
          const { fromMs, untilMs } = windowOf(partition);
          return within(pull(CURSORS[config.protocol](fromMs), signal), observed, { fromMs, untilMs, slackMs });
        },
      };
    }
    case 'http-bins': {
      const lateMs = config.datasets[dataset]?.late;
      if (lateMs === undefined) return null;
      return {
        by: BOTH,
        atOnce,
        pages: (partition, signal) => bins(partition, lateMs, (cursor) => pull(cursor, signal)),
      };
    }
    case 'files': {
      const { pattern } = loadFileLayouts()(config.name, dataset);
      return {
        by: BOTH,
        atOnce,
        pages: (partition, signal) => files(config.inbox, pattern, partition, (cursor) => pull(cursor, signal)),
      };
    }
  }
}

/** Cursors that begin at a moment, in the form of each protocol. */
const CURSORS = {
  'http-paging': (from: number): Json => ({ from, seen: [], next: null }),
  'http-pages': (from: number): Json => ({ from, seen: [] }),
  'http-items': (from: number): Json => ({ from, seen: [], next: null }),
  sql: (from: number): Json => ({ from, seen: [], after: null, placeless: [] }),
} as const;

/**
 * The records of a stretch of time out of a list in order of time: what lies outside is left out, and the pull ends at a page that
 * lies wholly behind its end. A list is only nearly in order (a record is committed after the time it writes on it), hence the slack.
 */
async function* within(
  pages: AsyncIterable<Page>,
  observed: string,
  { fromMs, untilMs, slackMs }: { readonly fromMs: number; readonly untilMs: number; readonly slackMs: number },
): AsyncIterable<readonly JsonObject[]> {
  for await (const { records } of pages) {
    const times = records.map((record) => recordMs(record[observed]));
    yield records.filter((_, i) => times[i]! >= fromMs && times[i]! < untilMs);
    if (records.length > 0 && times.every((time) => time >= untilMs + slackMs)) return;
  }
}

/** Time bins are named by their start; the cursor's newest name is the bin just read. */
async function* bins(
  partition: string,
  lateMs: number,
  pull: (cursor: Json) => AsyncIterable<Page>,
): AsyncIterable<readonly JsonObject[]> {
  const { fromMs, untilMs } = windowOf(partition);
  // The connector lists from `late` before the newest name, and without that name itself.
  const cursor = { high: binName(fromMs - MINUTE_MS + lateMs), seen: [] };
  const end = binName(untilMs);
  try {
    for await (const page of pull(cursor)) {
      const { seen } = page.cursor as { readonly seen: readonly string[] };
      const name = seen.at(-1) ?? '';
      if (name.slice(0, end.length) >= end) return;
      if (name >= binName(fromMs)) yield page.records;
    }
  } catch (error) {
    // Only the first bin behind the end tells that the end is reached; that it cannot be had is its own partition's trouble.
    const failed = error instanceof FillOnceError ? /\d{8}T\d{4}/.exec(String(error.details.where))?.[0] : undefined;
    if (failed === undefined || failed < end) throw error;
  }
}

/** `20261122T0930` */
function binName(ms: number): string {
  return new Date(ms + CIVIL_OFFSET_MS).toISOString().slice(0, 16).replaceAll(/[-:]/g, '');
}

/** The files whose name carries the partition's date: for the pull, all others count as read. */
async function* files(
  inbox: string,
  pattern: string,
  partition: string,
  pull: (cursor: Json) => AsyncIterable<Page>,
): AsyncIterable<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  const suffix = pattern.slice(pattern.lastIndexOf('.'));
  for (const name of await readdir(inbox)) {
    if (!name.endsWith(suffix) || isOfPartition(name, partition)) continue;
    const { size, mtimeMs } = await stat(join(inbox, name));
    found.push({ name, size, mtimeMs: Math.round(mtimeMs), sha256: '' });
  }
  for await (const { records } of pull({ files: found })) yield records;
}

/** `tax-202610.xlsx`, `tax-2026-10-05.xlsx` are of month 2026-10, the second one of day 2026-10-05 too. */
export function isOfPartition(fileName: string, partition: string): boolean {
  const date = /(?<!\d)(\d{4})-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?(?!\d)/.exec(fileName);
  if (!date) return false;
  const [, year, month, day] = date;
  return partition === `${year}-${month}` || (day !== undefined && partition === `${year}-${month}-${day}`);
}

/** Times as sources write them: with an offset, civil time without, `yyyyMMddHHmmss`; NaN for anything else. */
function recordMs(value: Json | undefined): number {
  if (typeof value !== 'string') return Number.NaN;
  const digits = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(value);
  const text = digits
    ? `${digits[1]}-${digits[2]}-${digits[3]}T${digits[4]}:${digits[5]}:${digits[6]}`
    : value.replace(' ', 'T');
  if (/(Z|[+-]\d{2}(:?\d{2})?)$/.test(text.slice(10))) return Date.parse(text.replace(/([+-]\d{2})$/, '$1:00'));
  return Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`) - CIVIL_OFFSET_MS;
}
