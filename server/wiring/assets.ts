// Above the usual size: one answer is put together from the declarations, the ledger, the publication, the runs and the schedules.
import { stat } from 'node:fs/promises';
import { civilTimestamp, type ErrorBody, FillOnceError, type Json, type Message } from '../../core/index.ts';
import {
  latestChecks,
  listMaterialisations,
  listSourceStates,
  type Materialisation,
  type SourceState,
  type Store,
} from '../../store/index.ts';
import {
  type Asset,
  type AssetFreshness,
  assetFreshness,
  type Declared,
  datasetFreshness,
  loadMartTitles,
  type PublicationManifest,
  type Reader,
  type SqlSession,
} from '../../warehouse/index.ts';
import type { Repulls } from '../../workflows/index.ts';
import type { Assets, BackfillDesk } from '../ports-assets.ts';
import type { AssetDetail, AssetRun, AssetSummary } from '../schema/asset.ts';
import type { LineageSource } from './lineage.ts';

export interface AssetModules {
  readonly declared: Declared;
  readonly store: Store;
  readonly reader: Reader;
  readonly lineage: LineageSource;
  readonly backfills: BackfillDesk;
  readonly repulls: Repulls;
  /** Civil time now. */
  readonly now: () => string;
  /** Questions to the working file; without it the publication is asked, which is a little behind. */
  readonly working?: (<T>(work: (sql: SqlSession) => Promise<T>) => Promise<T>) | undefined;
  /** Batches that are no news of their source. */
  readonly broughtAgain: () => Promise<readonly string[]>;
  /** Bytes of each dataset in landing, by `<source>.<dataset>`. */
  readonly landedBytes: () => Promise<ReadonlyMap<string, number>>;
  readonly nextPulls: () => Promise<ReadonlyMap<string, Date>>;
}

const MOST_RUNS = 500;
const SHOWN_RUNS = 50;
const MOST_PARTITIONS = 240;
/** What the marts of the warehouse about itself are called. */
const PLATFORM_MARTS: Readonly<Record<string, Message>> = {
  'platform.source': { zh: '来源清单', en: 'Sources' },
  'platform.element': { zh: '数据元', en: 'Elements' },
  'platform.conflict': { zh: '冲突的值', en: 'Conflicting values' },
  'platform.confirmation': { zh: '确认', en: 'Confirmations' },
  'platform.org_unit': { zh: '组织', en: 'Org units' },
  'platform.batch': { zh: '批次', en: 'Batches' },
};
const PLATFORM: Message = { zh: '平台', en: 'Platform' };

/** Everything that is known of one moment, read once per answer. */
interface Known {
  readonly manifest: PublicationManifest | null;
  readonly bytes: ReadonlyMap<string, number>;
  /** Bytes of each dataset in landing. */
  readonly landed: ReadonlyMap<string, number>;
  readonly datasets: ReadonlyMap<string, { readonly rows: number; readonly staged: number }>;
  readonly freshness: ReadonlyMap<string, AssetFreshness>;
  readonly runs: readonly Materialisation[];
  readonly states: ReadonlyMap<string, SourceState>;
  readonly next: ReadonlyMap<string, Date>;
  readonly checks: ReadonlyMap<
    string,
    { readonly status: 'pass' | 'warn' | 'fail'; readonly measured: number | null; readonly at: Date }
  >;
}

/** The assets with what is known of them now. */
export function wireAssets(modules: AssetModules): Assets {
  const { declared, store, reader, lineage, repulls } = modules;
  const { plan, assets } = declared;
  const titles = loadMartTitles(plan.catalogue);
  const checkById = new Map(declared.checks.map((check) => [check.id, check]));

  const ask = <T>(work: (sql: SqlSession) => Promise<T>, otherwise: T): Promise<T> =>
    modules.working ? modules.working(work) : reader.withPublication('current', work).catch(() => otherwise);
  const batches = modules.working ? 'ledger.batch' : 'platform.batch';

  async function known(): Promise<Known> {
    const manifest = await currentManifest(reader);
    const again = await modules.broughtAgain();
    const [bytes, landed, datasets, freshness, next, stored] = await Promise.all([
      martBytes(reader, manifest),
      modules.landedBytes(),
      ask((sql) => sql.all<{ name: string; rows: number; staged: number }>(datasetSql(batches)), []),
      ask((sql) => datasetFreshness(sql, assets, modules.now(), batches, again), []),
      modules.nextPulls().catch(() => new Map<string, Date>()),
      store.system.transaction(async (tx) => ({
        runs: await listMaterialisations(tx, { limit: MOST_RUNS }),
        states: await listSourceStates(tx),
        checks: await latestChecks(tx),
      })),
    ]);
    return {
      manifest,
      bytes,
      landed,
      datasets: new Map(datasets.map((row) => [row.name, row])),
      freshness: new Map(assetFreshness(assets, freshness).map((one) => [one.asset, one])),
      runs: stored.runs,
      states: new Map(stored.states.map((state) => [`${state.source}.${state.dataset}`, state])),
      next,
      checks: new Map(stored.checks.map((check) => [check.name, check])),
    };
  }

  function titleOf({ key, kind }: Asset): Message {
    const name = key.slice(key.indexOf('.') + 1);
    if (kind === 'publication') return { zh: '发布', en: 'Publication' };
    if (kind === 'golden') return plan.catalogue.entity(name).title;
    if (kind === 'mart') {
      const entity = plan.catalogue.entities.find(({ theme, name: entity }) => `${theme}.${entity}` === name);
      return entity?.title ?? titles.get(name)?.title ?? PLATFORM_MARTS[name] ?? { zh: name, en: name };
    }
    const [source, dataset] = name.split('.') as [string, string];
    const title = plan.sources.get(source)?.title ?? { zh: source, en: source };
    return { zh: `${title.zh} · ${dataset}`, en: `${title.en} · ${dataset}` };
  }

  function themeOf({ key, kind }: Asset): string {
    const name = key.slice(key.indexOf('.') + 1);
    if (kind === 'publication') return 'platform';
    if (kind === 'mart') return name.split('.')[0]!;
    const entity = kind === 'golden' ? name : plan.contracts.get(name)?.entity;
    return entity ? plan.catalogue.entity(entity).theme : 'platform';
  }

  function summaryOf(asset: Asset, from: Known): AssetSummary {
    const { key, kind, owner } = asset;
    const name = key.slice(key.indexOf('.') + 1);
    const run = from.runs.find((one) => makes(one, asset));
    const state = kind === 'landing' ? from.states.get(name) : undefined;
    const next = kind === 'landing' ? from.next.get(name) : undefined;
    const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
    for (const id of asset.checks) counts[from.checks.get(id)?.status ?? 'unknown']++;
    return {
      key,
      kind,
      owner,
      theme: themeOf(asset),
      title: { ...titleOf(asset) },
      deps: [...asset.deps],
      codeVersion: assets.codeVersion(key),
      rows: rowsOf(asset, from),
      bytes: bytesOf(asset, from),
      tookMs: run?.tookMs ?? null,
      lastRun: state
        ? pullOf(state)
        : run
          ? { state: STATE[run.status], startedAt: civilTimestamp(run.startedAt), error: errorOf(run.error) }
          : null,
      nextRun: next ? civilTimestamp(next) : null,
      freshness: freshnessOf(from.freshness.get(key)),
      checks: counts,
    };
  }

  function bytesOf({ key, kind }: Asset, { bytes, landed }: Known): number | null {
    const name = key.slice(key.indexOf('.') + 1);
    if (kind === 'publication') return sum(bytes);
    return (kind === 'mart' ? bytes : kind === 'landing' ? landed : undefined)?.get(name) ?? null;
  }

  function rowsOf({ key, kind }: Asset, { manifest, datasets }: Known): number | null {
    const name = key.slice(key.indexOf('.') + 1);
    if (kind === 'landing') return datasets.get(name)?.rows ?? null;
    if (kind === 'staged') return datasets.get(name)?.staged ?? null;
    if (kind === 'publication') return manifest?.records ?? null;
    const mart = manifest?.marts.find((one) => (kind === 'mart' ? one.mart : one.name) === name);
    return mart?.rows ?? null;
  }

  async function partitionsOf(asset: Asset): Promise<AssetDetail['partitions']> {
    const name = asset.key.slice(asset.key.indexOf('.') + 1);
    const isDataset = asset.kind === 'landing' || asset.kind === 'staged';
    if (!isDataset || !modules.working || !plan.contracts.has(name)) return [];
    return modules.working((sql) => sql.all(partitionSql(name)));
  }

  return {
    list: async () => {
      const from = await known();
      return {
        items: assets.assets.map((asset) => summaryOf(asset, from)),
        themes: [
          ...plan.catalogue.themes.map(({ theme, title }) => ({ theme: String(theme), title: { ...title } })),
          { theme: 'platform', title: { ...PLATFORM } },
        ],
        publicationId: from.manifest?.id ?? null,
      };
    },

    find: async (key) => {
      const asset = assets.assets.find((one) => one.key === key);
      if (!asset) return null;
      const [from, columns, partitions] = await Promise.all([known(), lineage(), partitionsOf(asset)]);
      const runs = await store.system.transaction((tx) =>
        listMaterialisations(tx, { asset: runName(asset), limit: SHOWN_RUNS }),
      );
      const name = key.slice(key.indexOf('.') + 1);
      const repull = asset.kind === 'landing' ? repulls.get(name) : undefined;
      const [source = '', dataset = ''] = name.split('.');
      return {
        ...summaryOf(asset, from),
        about: declared.marts.find(({ id }) => asset.kind === 'mart' && id === name)?.about ?? null,
        checks: asset.checks.map((id) => {
          const last = from.checks.get(id);
          const { about, severity } = checkById.get(id)!;
          return {
            ...{ id, about, severity, state: last?.status ?? ('unknown' as const) },
            rows: last?.measured ?? null,
            since: last ? civilTimestamp(last.at) : null,
          };
        }),
        runs: runs.filter((run) => makes(run, asset)).map((run) => runOf(run, asset)),
        partitions,
        columns: columns.columns
          .filter((column) => column.asset === key)
          .map((column) => ({ ...column, from: [...column.from], counts: [...column.counts] })),
        upstream: assets.upstream(key).map((one) => one.key),
        downstream: assets.downstream(key).map((one) => one.key),
        repull: repull ? { source, dataset, by: [...repull.by], atOnce: repull.atOnce } : null,
        backfill: repull ? await modules.backfills.find(source) : null,
      };
    },

    lineage: async (column) => {
      const all = await lineage();
      const found = all.column(column);
      if (!found) return null;
      const plain = (one: typeof found) => ({ ...one, from: [...one.from], counts: [...one.counts] });
      return {
        column: plain(found),
        upstream: all.upstream(column).map(plain),
        downstream: all.downstream(column).map(plain),
      };
    },
  };
}

const STATE = { running: 'running', succeeded: 'done', failed: 'failed' } as const;

/** The name under which runs that make an asset are written down: entities are refreshed together, marts published together. */
function runName({ key, kind }: Asset): string {
  return kind === 'golden' ? 'golden' : kind === 'mart' ? 'publication' : key;
}

function makes(run: Materialisation, asset: Asset): boolean {
  if (run.asset !== runName(asset)) return false;
  if (asset.kind !== 'golden' || run.status !== 'succeeded') return true;
  return entries(run.log).some((entry) => `golden.${String(entry.entity)}` === asset.key && entry.mode !== 'none');
}

function runOf(run: Materialisation, asset: Asset): AssetRun {
  const log = entries(run.log);
  const own = asset.kind === 'golden' ? log.filter((entry) => `golden.${String(entry.entity)}` === asset.key) : log;
  const touched = asset.kind === 'golden' ? own[0]?.touched : undefined;
  return {
    id: run.id,
    partition: run.partition === 'current' ? null : run.partition,
    state: STATE[run.status],
    startedAt: civilTimestamp(run.startedAt),
    finishedAt: run.finishedAt && civilTimestamp(run.finishedAt),
    rows: typeof touched === 'number' ? touched : run.rows,
    tookMs: run.tookMs,
    error: errorOf(run.error),
    log: own,
  };
}

/** Without its details: they may name rows. */
function errorOf(error: ErrorBody | null): { code: string; message: Message } | null {
  return error && { code: error.code, message: { ...error.message } };
}

function pullOf(state: SourceState): AssetSummary['lastRun'] {
  if (!state.lastAttemptAt) return null;
  const failing = state.errorSince !== null;
  return {
    state: failing ? 'failed' : 'done',
    startedAt: civilTimestamp(state.lastAttemptAt),
    error: failing ? errorOf(state.lastError) : null,
  };
}

function entries(log: Json): Record<string, unknown>[] {
  return Array.isArray(log)
    ? (log.filter((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry)) as Record<
        string,
        unknown
      >[])
    : [];
}

function freshnessOf(known: AssetFreshness | undefined): AssetSummary['freshness'] {
  return {
    state: known?.state ?? 'unknown',
    since: civil(known?.since),
    receivedAt: civil(known?.receivedAt),
    withinHours: known?.freshWithinHours ?? null,
    because: known?.because ?? null,
  };
}

/** `2026-11-22 09:30:00` as the API writes it. */
function civil(text: string | null | undefined): string | null {
  return text ? `${text.replace(' ', 'T').slice(0, 19)}+08:00` : null;
}

async function currentManifest(reader: Reader): Promise<PublicationManifest | null> {
  try {
    return await reader.current();
  } catch (error) {
    if (error instanceof FillOnceError && error.code === 'warehouse.publication.unknown') return null;
    throw error;
  }
}

/** What each mart takes on disk as Parquet; a file that retention has taken away meanwhile counts as nothing. */
async function martBytes(reader: Reader, manifest: PublicationManifest | null): Promise<ReadonlyMap<string, number>> {
  const sizes = await Promise.all(
    (manifest?.marts ?? []).map(async ({ mart }) => {
      const size = await reader
        .parquetFile(manifest!.id, mart)
        .then((path) => stat(path))
        .then((file) => file.size)
        .catch(() => 0);
      return [mart, size] as const;
    }),
  );
  return new Map(sizes);
}

function sum(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((total, value) => total + value, 0);
}

function datasetSql(batches: 'ledger.batch' | 'platform.batch'): string {
  return `SELECT source || '.' || dataset AS name, sum(rows)::BIGINT AS rows, sum(staged)::BIGINT AS staged FROM ${batches} GROUP BY ALL`;
}

/** @param dataset the name of a contract, nothing that a person typed */
function partitionSql(dataset: string): string {
  return `SELECT strftime(_observed, '%Y-%m') AS "partition", count(*)::BIGINT AS rows FROM staged."${dataset}"
    GROUP BY 1 ORDER BY 1 DESC LIMIT ${MOST_PARTITIONS}`;
}
