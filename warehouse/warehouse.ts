import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from '../core/catalogue.ts';
import { civilDate, civilTime } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { type AssetGraph, warehouseAssets } from './assets.ts';
import { loadChecks } from './checks.ts';
import { type Contract, datasetName, loadContracts } from './contract.ts';
import { type Drift, listDrift } from './drift.ts';
import { createDriftDesk, type DriftDesk } from './drift-desk.ts';
import type { Row, SqlSession } from './duckdb.ts';
import { batchUnknown, contractUnknown, landingIncomplete } from './errors.ts';
import { datasetFreshness, type Freshness } from './freshness.ts';
import { type Observation, observationsOf, rowsAsOf } from './history.ts';
import type { Landing } from './landing.ts';
import { type MissingBatch, missingBatches } from './landing-loss.ts';
import { loadMarts } from './marts.ts';
import { createMatchingDesk, loadMatchRules, type MatchingDesk } from './matching/index.ts';
import { publish } from './publication.ts';
import {
  openPublicationFolder,
  type PublicationFolder,
  type PublicationManifest,
  type RetentionRule,
} from './publication-folder.ts';
import { createQuarantineDesk, type QuarantineDesk } from './quarantine-desk.ts';
import { goldenPlan, type RefreshedEntity } from './refresh.ts';
import { loadSourceCodes } from './source-codes.ts';
import type { StagedBatch } from './stage.ts';
import { damagedBatches, differences, martFingerprints, publishedDifferences, type Verification } from './verify.ts';
import { tableDifferences } from './verify-tables.ts';
import { openWorking, replaceWorking, stagingOrder, type WarehouseNotice, type Working } from './working.ts';

export interface WarehouseOptions {
  /** `<folder>/working.duckdb` and `<folder>/publications`. */
  readonly folder: string;
  readonly landing: Landing;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly memoryMb: number;
  readonly threads: number;
  /** How long publications are kept when nobody pins them. */
  readonly retention?: RetentionRule;
  /** Hears of what went wrong although the work went on. */
  readonly onNotice?: (notice: WarehouseNotice) => void;
}

export interface OutstandingBatch {
  readonly batch: string;
  readonly source: string;
  readonly dataset: string;
}

/** What staging did, with the golden entities it touched. */
export interface StageResult {
  readonly batches: readonly StagedBatch[];
  readonly rows: number;
  readonly quarantined: number;
  readonly entities: readonly string[];
}

export interface RefreshResult {
  readonly entities: readonly RefreshedEntity[];
  readonly rows: number;
}

/** The single writer: owns the working DuckDB file. Calls are carried out one after the other. */
export interface Warehouse {
  readonly publications: PublicationFolder;
  /** Stages landed batches and those of the same datasets that landed before them. What is staged already is left alone. */
  stage(batches: string | readonly string[]): Promise<StageResult>;
  /** Landed batches that the ledger does not have, by dataset, oldest first. */
  outstanding(limit: number): Promise<readonly OutstandingBatch[]>;
  /** Stages everything outstanding. */
  stageOutstanding(): Promise<StageResult>;
  /** Brings golden rows up to what is staged; all entities unless named. */
  refresh(entities?: readonly string[]): Promise<RefreshResult>;
  /** @throws FillOnceError `warehouse.publication.checks`; the publication before then stays in place. */
  publish(): Promise<PublicationManifest>;
  /**
   * Refuses a landing that lacks batches, before anything is done that a rebuild would then not finish.
   *
   * @throws FillOnceError `warehouse.landing.incomplete`
   */
  requireWholeLanding(): Promise<void>;
  /**
   * Makes the working file anew from landing alone; then publish as after any refresh.
   *
   * @param options.withoutMissing a person gives up what landing has lost.
   * @throws FillOnceError `warehouse.landing.incomplete` when landing lacks a batch of the ledger or of its own sequence.
   */
  rebuild(options?: { readonly withoutMissing?: boolean }): Promise<void>;
  /** Reads landing, a rebuild of it, and the current publication, and compares them with what the working file says. */
  verify(): Promise<Verification>;
  readonly quarantine: QuarantineDesk;
  /** Records without a usable key, linked to their entities. */
  readonly matching: MatchingDesk;
  /** What people decide about columns that depart from their contract. */
  readonly driftDesk: DriftDesk;
  /** Datasets, entities, marts and the publication, with what each is made from. */
  readonly assets: AssetGraph;
  /** How late each dataset is. */
  freshness(): Promise<readonly Freshness[]>;
  /** Departures of datasets' columns from their contracts, newest first. */
  drift(limit?: number): Promise<readonly Drift[]>;
  /** Everything that was ever said of one field of one entity, newest first. */
  observations(entity: string, key: string, field: string): Promise<readonly Observation[]>;
  /** An entity's rows as they would have been published at an earlier moment (civil time, `2026-10-01 00:00:00`). */
  rowsAsOf(
    entity: string,
    page: { readonly until: string; readonly offset: number; readonly limit: number },
  ): Promise<readonly Row[]>;
  /** Questions to the working file: ledger, quarantine, staged history. */
  query<T>(work: (sql: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const WORKING = 'working.duckdb';
const CHECKPOINT_ABOVE_BYTES = 64 * 1024 * 1024;
/** Readers hold a publication for a request; exports and prefills that need it longer pin it. */
export const RETENTION: RetentionRule = { keep: 3, keepMs: 10 * 60_000 };

/**
 * Opens the warehouse of a folder, making it when there is none. One process at a time.
 *
 * @throws FillOnceError `warehouse.owned` when another process has it open, `warehouse.declaration` for a broken contract or model.
 * @example
 * const warehouse = await openWarehouse({ folder, landing, catalogue: loadCatalogue(), clock, memoryMb: 1024, threads: 2 });
 * await warehouse.stageOutstanding();
 * await warehouse.refresh();
 * await warehouse.publish();
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const { folder, landing, catalogue, clock } = options;
  const contracts = loadContracts(catalogue);
  const sources = loadSourceCodes(contracts);
  const plan = goldenPlan({ catalogue, contracts, sources });
  const marts = loadMarts(plan);
  const checks = loadChecks();
  const assets = warehouseAssets(plan, marts, checks);
  await mkdir(join(folder, 'publications'), { recursive: true });
  const publications = openPublicationFolder(join(folder, 'publications'));
  await publications.sweep();
  const path = join(folder, WORKING);
  let working = await open(path, options.memoryMb, options.threads);
  let tail: Promise<unknown> = Promise.resolve();

  function open(file: string, memoryMb: number, threads: number): Promise<Working> {
    const notice = options.onNotice ?? (() => undefined);
    return openWorking({ path: file, spillFolder: `${file}.spill`, landing, plan, clock, memoryMb, threads, notice });
  }

  /** One writer: a call waits for the one before it, whether that one succeeded or not. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work, work);
    tail = result.catch(() => undefined);
    return result;
  }

  async function stage(ids: readonly string[]): Promise<StageResult> {
    const upTo = new Map<Contract, number>();
    for (const id of ids) {
      const manifest = await landing.manifest(id);
      if (!manifest) throw batchUnknown(id);
      const contract = contracts.get(datasetName(manifest));
      if (!contract) throw contractUnknown(manifest.source, manifest.dataset);
      upTo.set(contract, Math.max(upTo.get(contract) ?? 0, manifest.seq));
    }
    const batches: StagedBatch[] = [];
    for (const [contract, seq] of upTo) batches.push(...(await working.stage(contract, seq)));
    return stageResult(batches);
  }

  function stageResult(batches: readonly StagedBatch[]): StageResult {
    const touched = new Set(batches.flatMap(({ batch, staged }) => (staged > 0 ? entitiesOf(batch) : [])));
    return {
      batches,
      rows: batches.reduce((sum, { staged }) => sum + staged, 0),
      quarantined: batches.reduce((sum, { quarantined }) => sum + quarantined, 0),
      entities: [...touched].sort(),
    };
  }

  /** A dataset of the platform may touch any entity: confirmations do. */
  function entitiesOf(batch: string): readonly string[] {
    const contract = contracts.get(batch.split('.').slice(0, 2).join('.'));
    if (contract?.entity) return [contract.entity];
    if (contract?.dataset !== 'confirmation') return [];
    return catalogue.entities.filter(({ kind }) => kind === 'golden').map(({ name }) => name);
  }

  async function outstanding(limit: number): Promise<readonly OutstandingBatch[]> {
    const found: OutstandingBatch[] = [];
    const through = await working.stagedThrough();
    for (const { source, dataset } of stagingOrder(contracts)) {
      const afterSeq = through.get(datasetName({ source, dataset })) ?? 0;
      for await (const { id } of landing.manifests({ source, dataset, afterSeq })) {
        if (found.length >= limit) return found;
        found.push({ batch: id, source, dataset });
      }
    }
    return found;
  }

  /** The day the golden layer stands for; today before the first refresh. */
  async function goldenDay(): Promise<string> {
    const [row] = await working.db.use((sql) =>
      sql.all<{ day: string | null }>('SELECT max(as_of) AS day FROM ledger.entity'),
    );
    return row?.day ?? civilDate(clock.now());
  }

  /** A working file made from landing alone, at a path of its own. */
  async function rebuilt(file: string, asOf: string): Promise<Working> {
    await rm(file, { force: true });
    await rm(`${file}.wal`, { force: true });
    // Nobody waits for it, but people read meanwhile: half the memory, and one core left to them.
    const fresh = await open(file, Math.max(512, Math.floor(options.memoryMb / 2)), Math.max(1, options.threads - 1));
    try {
      await fresh.stageAll();
      await fresh.refresh(undefined, asOf);
      return fresh;
    } catch (error) {
      await fresh.close();
      throw error;
    }
  }

  /** A ledger that cannot be read any more is no reason against a rebuild; holes in landing are seen without it. */
  async function lost(): Promise<readonly MissingBatch[]> {
    return working.db
      .use((sql) => missingBatches(landing, sql))
      .catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 'warehouse.file_damaged') throw error;
        return missingBatches(landing, null);
      });
  }

  async function requireWholeLanding(): Promise<void> {
    const missing = await lost();
    if (missing.length > 0) throw landingIncomplete(missing.map(({ batch }) => batch));
  }

  async function verify(): Promise<Verification> {
    const asOf = await goldenDay();
    const missing = await lost();
    const { batches, damaged } = await damagedBatches(landing);
    await working.stageAll();
    await working.refresh(undefined, asOf);
    const file = join(folder, 'verify.duckdb');
    const other = await rebuilt(file, asOf);
    try {
      const keptOtherwise = await tableDifferences(other.db, working.db);
      const rebuiltOtherwise = differences(
        await martFingerprints(other.db, marts, asOf),
        await martFingerprints(working.db, marts, asOf),
      );
      const current = await publications.currentId();
      const publishedOtherwise =
        current === null
          ? []
          : await publishedDifferences(other.db, publications, await publications.manifest(current), marts);
      const ok =
        damaged.length + missing.length + keptOtherwise.length + rebuiltOtherwise.length + publishedOtherwise.length ===
        0;
      return {
        ok,
        asOf,
        batches,
        damagedBatches: damaged,
        missingBatches: missing,
        keptOtherwise,
        rebuiltOtherwise,
        publishedOtherwise,
      };
    } finally {
      await other.close();
      await rm(file, { force: true });
    }
  }

  /** After a publication, when nobody waits: folds the write-ahead log into the file, and deletes publications nobody needs. */
  async function tidy(): Promise<void> {
    const wal = await stat(`${path}.wal`).catch(() => null);
    if (wal && wal.size > CHECKPOINT_ABOVE_BYTES) await working.db.use((sql) => sql.run('CHECKPOINT'));
    await publications.retire(options.retention ?? RETENTION, clock.now().getTime());
  }

  return {
    publications,
    stage: (batches) => inTurn(() => stage(typeof batches === 'string' ? [batches] : batches)),
    outstanding,
    stageOutstanding: () => inTurn(async () => stageResult(await working.stageAll())),
    refresh: (names) =>
      inTurn(async () => {
        const entities = await working.refresh(names, civilDate(clock.now()));
        return { entities, rows: entities.reduce((sum, { touched }) => sum + touched, 0) };
      }),
    publish: async () => {
      const made = await inTurn(async () => {
        const { db, id: workingId } = working;
        return publish({ db, folder: publications, marts, checks, clock, asOf: await goldenDay(), workingId });
      });
      // The next call waits for this, the caller of this one does not.
      void inTurn(tidy).catch(() => undefined);
      return made;
    },
    requireWholeLanding: () => inTurn(requireWholeLanding),
    rebuild: ({ withoutMissing = false } = {}) =>
      inTurn(async () => {
        if (!withoutMissing) await requireWholeLanding();
        const file = join(folder, 'rebuild.duckdb');
        const fresh = await rebuilt(file, civilDate(clock.now()));
        await fresh.close();
        await working.close();
        await replaceWorking(file, path);
        working = await open(path, options.memoryMb, options.threads);
      }),
    verify: () => inTurn(verify),
    quarantine: createQuarantineDesk({ working: () => working, landing, contracts, clock, inTurn }),
    matching: createMatchingDesk({
      working: () => working,
      landing,
      catalogue,
      contracts,
      rules: loadMatchRules(),
      clock,
      inTurn,
    }),
    driftDesk: createDriftDesk({ working: () => working, landing, contracts, clock, inTurn }),
    assets,
    freshness: async () => {
      const again = await landing.broughtAgain();
      return working.db.use((sql) => datasetFreshness(sql, assets, civilTime(clock.now()), 'ledger.batch', again));
    },
    drift: (limit) => working.db.use((sql) => listDrift(sql, limit)),
    observations: (entity, key, field) =>
      working.db.use((sql) => observationsOf(sql, plan, catalogue.entity(entity), key, field)),
    rowsAsOf: (entity, page) => working.db.use((sql) => rowsAsOf(sql, plan, catalogue.entity(entity), page)),
    query: (work) => working.db.use(work),
    close: async () => {
      await tail;
      await working.close();
    },
  };
}
