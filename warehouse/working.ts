import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import { packageRoot } from '../core/paths.ts';
import { mapAtOnce } from './concurrency.ts';
import { type Contract, DECISION, datasetName } from './contract.ts';
import { type DuckDb, inTransaction, openDuckDb, type SqlSession } from './duckdb.ts';
import { warehouseOwned } from './errors.ts';
import { eventDdl } from './event-select.ts';
import { historyDdl } from './history-spans.ts';
import { applyAliases } from './key-aliases.ts';
import type { Landing } from './landing.ts';
import { acceptedBatches } from './quarantine.ts';
import { type GoldenPlan, goldenTable, type RefreshedEntity, refreshEntity } from './refresh.ts';
import { ident } from './sql-text.ts';
import { type LandedFile, leaveOutDamaged, type StagedBatch, stageBatches, stagedThrough } from './stage.ts';
import { emptyDataset, prepareStagedTables } from './staged-tables.ts';
import { goldenDdl } from './survivorship.ts';

/** Something a person should hear of although the work went on. */
export interface WarehouseNotice {
  /**
   * `file_set_aside`: the working file or its log could not be read and was renamed; `dataset_emptied`: its contract changed;
   * `batch_blocked`: a batch broke its contract as a whole.
   */
  readonly kind: 'file_set_aside' | 'dataset_emptied' | 'batch_blocked';
  readonly subject: string;
  readonly reason: string;
}

export interface WorkingOptions {
  readonly path: string;
  readonly spillFolder: string;
  readonly landing: Landing;
  readonly plan: GoldenPlan;
  readonly clock: Clock;
  readonly memoryMb: number;
  readonly threads: number;
  readonly notice: (notice: WarehouseNotice) => void;
}

/** The working DuckDB file: ledger, staged versions, quarantine, golden tables. Everything in it comes from landing. */
export interface Working {
  readonly db: DuckDb;
  /** Identity of the file: another one after a rebuild. */
  readonly id: string;
  /** Per dataset, the place of the newest batch in the ledger; datasets without one are absent. */
  stagedThrough(): Promise<ReadonlyMap<string, number>>;
  /** Stages a dataset up to a place in landing, as far as the ledger does not have it. */
  stage(contract: Contract, upTo: number): Promise<readonly StagedBatch[]>;
  stageAll(): Promise<readonly StagedBatch[]>;
  /** Makes golden rows follow the merges that stand; stages anew what that touches. */
  applyMerges(): Promise<void>;
  /** Stages a dataset anew from landing. */
  restage(contract: Contract): Promise<readonly StagedBatch[]>;
  /** Brings golden tables up to what is staged and to a day; named entities, and all when the day is a new one. */
  refresh(names: readonly string[] | undefined, asOf: string): Promise<readonly RefreshedEntity[]>;
  close(): Promise<void>;
}

/** Datasets or entities at work at the same time: one alone leaves the second core idle half of its time. */
const LANES = 2;
/** A batch that came longer ago may have changed on disk since. */
const COMPARED_AFTER_MS = 3_600_000;
/** What DuckDB says of a file that another process has open. Not merely "lock": of a damaged one it says which block is bad. */
const HELD_ELSEWHERE = /could not set lock on file|used by another process/i;
/** Batches that share a pass over DuckDB, and their most records. */
const BATCHES_PER_PASS = 64;
const RECORDS_PER_PASS = 300_000;

/**
 * Opens the working file, making it when there is none. A file that cannot be read is renamed, loudly, and made anew: landing has
 * everything.
 *
 * @throws FillOnceError `warehouse.owned` when another process has it open.
 */
export async function openWorking(options: WorkingOptions): Promise<Working> {
  const { landing, plan, clock, notice } = options;
  const { contracts, catalogue } = plan;
  const db = await openFile(options);
  const id = await prepare(db, plan, notice);

  /**
   * Stages a pass without the files that were damaged on disk. What has lain for a while is compared with its hash first, because a value
   * that turned into another one reads as well as before; of what just came that is left to the reading.
   */
  async function stagePass(contract: Contract, pass: readonly LandedFile[]): Promise<readonly StagedBatch[]> {
    const whole = (files: readonly LandedFile[]) =>
      db.use(async (sql) => stageBatches(sql, clock, contract, files, await acceptedBatches(sql, contract)));
    const newest = clock.now().getTime() - COMPARED_AFTER_MS;
    const damaged = await damagedOf(pass.filter(({ manifest }) => Date.parse(manifest.receivedAt) < newest));
    if (damaged.size === 0) {
      try {
        return await whole(pass);
      } catch (error) {
        for (const file of await damagedOf(pass)) damaged.add(file);
        if (damaged.size === 0) throw error;
      }
    }
    const results: StagedBatch[] = [];
    for (const file of pass) {
      results.push(
        ...(damaged.has(file)
          ? await db.use((sql) => leaveOutDamaged(sql, clock, contract, file))
          : await whole([file])),
      );
    }
    return results;
  }

  async function damagedOf(files: readonly LandedFile[]): Promise<Set<LandedFile>> {
    const damaged = new Set<LandedFile>();
    for (const file of files) if (await landing.isDamaged(file.manifest)) damaged.add(file);
    return damaged;
  }

  async function stage(contract: Contract, afterSeq: number, upTo: number): Promise<readonly StagedBatch[]> {
    const { source, dataset } = contract;
    const results: StagedBatch[] = [];
    let pass: LandedFile[] = [];
    let records = 0;
    const flush = async () => {
      if (pass.length === 0) return;
      const staged = await stagePass(contract, pass);
      for (const { batch, state, reason } of staged) {
        if (state === 'blocked') notice({ kind: 'batch_blocked', subject: batch, reason: reason ?? '' });
      }
      results.push(...staged);
      pass = [];
      records = 0;
    };
    for await (const manifest of landing.manifests({ source, dataset, afterSeq })) {
      if (manifest.seq > upTo) break;
      if (pass.length >= BATCHES_PER_PASS || records + manifest.records > RECORDS_PER_PASS) await flush();
      pass.push({ manifest, file: landing.dataFile(manifest) });
      records += manifest.records;
    }
    await flush();
    return results;
  }

  return {
    db,
    id,
    stagedThrough: () => db.use(stagedThrough),
    stage: async (contract, upTo) => {
      const through = await db.use(stagedThrough);
      return stage(contract, through.get(datasetName(contract)) ?? 0, upTo);
    },
    stageAll: async () => {
      const before = await db.use(stagedThrough);
      const everything = (contract: Contract) =>
        stage(contract, through.get(datasetName(contract)) ?? 0, Number.POSITIVE_INFINITY);
      const [decisions, ...others] = stagingOrder(contracts);
      let through = before;
      const first = decisions ? await everything(decisions) : [];
      await db.transaction((sql) => applyAliases(sql, contracts));
      through = await db.use(stagedThrough);
      return [first, ...(await mapAtOnce(others, LANES, everything))].flat();
    },
    applyMerges: async () => {
      const emptied = await db.transaction((sql) => applyAliases(sql, contracts));
      for (const contract of emptied) await stage(contract, 0, Number.POSITIVE_INFINITY);
    },
    restage: async (contract) => {
      await db.transaction((sql) => emptyDataset(sql, contract));
      return stage(contract, 0, Number.POSITIVE_INFINITY);
    },
    refresh: async (names, asOf) => {
      const days = await db.use((sql) =>
        sql.all<{ entity: string }>('SELECT entity FROM ledger.entity WHERE as_of = $1::DATE', [asOf]),
      );
      const today = new Set(days.map(({ entity }) => entity));
      const wanted = catalogue.entities.filter(
        ({ name }) => names === undefined || names.includes(name) || !today.has(name),
      );
      return mapAtOnce(wanted, LANES, (entity) => db.transaction((sql) => refreshEntity(sql, plan, entity, asOf)));
    },
    close: () => db.close(),
  };
}

/** What people decided comes first: it says which batches pass. */
export function stagingOrder(contracts: ReadonlyMap<string, Contract>): readonly Contract[] {
  const all = [...contracts.values()];
  const first = (contract: Contract) => datasetName(contract) === DECISION;
  return [...all.filter(first), ...all.filter((contract) => !first(contract))];
}

async function openFile(options: WorkingOptions): Promise<DuckDb> {
  const open = () =>
    openDuckDb({
      path: options.path,
      memoryMb: options.memoryMb,
      threads: options.threads,
      tempFolder: options.spillFolder,
      connections: LANES + 1,
      prepare: sqlFile('macros.sql'),
      // Checkpoints are made after publications, when nobody waits; the default of 16 MB trips one in the middle of staging.
      settings: { checkpoint_threshold: '1GB' },
    });
  try {
    return await open();
  } catch (error) {
    if (HELD_ELSEWHERE.test(errorText(error))) throw warehouseOwned(options.path, error);
    // First the log alone: without it the file is what it was at the last checkpoint, and the rest is staged again.
    await setAside(`${options.path}.wal`, errorText(error), options);
  }
  try {
    return await open();
  } catch (error) {
    await setAside(options.path, errorText(error), options);
  }
  return open();
}

async function setAside(path: string, reason: string, { clock, notice }: WorkingOptions): Promise<void> {
  const aside = `${path}.unreadable-${clock.now().getTime()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  notice({ kind: 'file_set_aside', subject: aside, reason });
}

/** Puts a rebuilt file in the place of the working one; both must be closed. */
export async function replaceWorking(rebuilt: string, path: string): Promise<void> {
  await rm(`${path}.wal`, { force: true });
  await rename(rebuilt, path);
}

/** Makes the tables that are missing; returns the identity of the file. */
async function prepare(db: DuckDb, plan: GoldenPlan, notice: WorkingOptions['notice']): Promise<string> {
  return db.use(async (sql) => {
    const id = await inTransaction(sql, () => prepareTables(sql, plan, notice));
    // A write-ahead log that begins with the tables is one thing less that a replay can stumble over.
    await sql.run('CHECKPOINT');
    return id;
  });
}

async function prepareTables(sql: SqlSession, plan: GoldenPlan, notice: WorkingOptions['notice']): Promise<string> {
  await sql.run(sqlFile('ledger.sql'));
  for (const dataset of await prepareStagedTables(sql, plan.contracts)) {
    notice({ kind: 'dataset_emptied', subject: dataset, reason: 'contract changed' });
  }
  // Killed between a decision and what it brings about, the process left that to the next one.
  await applyAliases(sql, plan.contracts);
  const tables = await sql.all<{ name: string }>(
    "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE NOT temporary",
  );
  const existing = new Set(tables.map(({ name }) => name));
  for (const { theme } of plan.catalogue.themes) await sql.run(`CREATE SCHEMA IF NOT EXISTS ${ident(theme)}`);
  for (const entity of plan.catalogue.entities) {
    if (entity.history && !existing.has(`history.${entity.name}`)) {
      await sql.run(historyDdl(entity));
      // The next refresh makes the entity anew, and its history with it.
      await sql.run('DELETE FROM ledger.entity WHERE entity = $1', [entity.name]);
    }
    if (existing.has(`${entity.theme}.${entity.name}`)) continue;
    const table = goldenTable(entity);
    await sql.run(entity.kind === 'event' ? eventDdl(entity, table) : goldenDdl(entity, table));
  }
  const [identity] = await sql.all<{ id: string }>('SELECT id FROM ledger.identity');
  if (identity) return identity.id;
  const id = randomUUID();
  await sql.run('INSERT INTO ledger.identity VALUES ($1)', [id]);
  return id;
}

function sqlFile(name: string): string {
  return readFileSync(join(packageRoot(), 'warehouse', 'sql', name), 'utf8');
}
