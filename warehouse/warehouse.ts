import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue, Entity } from '../core/catalogue.ts';
import { civilDate } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { packageRoot } from '../core/paths.ts';
import { loadChecks } from './checks.ts';
import { type Contract, datasetName, loadContracts } from './contract.ts';
import { type DuckDb, openDuckDb, type SqlSession } from './duckdb.ts';
import { batchUnknown, contractUnknown } from './errors.ts';
import { eventDdl } from './event-select.ts';
import type { Landing } from './landing.ts';
import { loadMarts } from './marts.ts';
import { publish } from './publication.ts';
import {
  openPublicationFolder,
  type PublicationFolder,
  type PublicationManifest,
  type RetentionRule,
} from './publication-folder.ts';
import { acceptedBatches } from './quarantine.ts';
import { type GoldenPlan, goldenTable, type RefreshedEntity, refreshEntity } from './refresh.ts';
import { loadSourceCodes } from './source-codes.ts';
import { ident } from './sql-text.ts';
import { type LandedFile, type StagedBatch, stageBatches, stagedThrough } from './stage.ts';
import { prepareStagedTables } from './staged-tables.ts';
import { goldenDdl } from './survivorship.ts';

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
  /**
   * Stages landed batches, and those of the same datasets that landed before them. A batch that is staged already is left alone.
   */
  stage(batches: string | readonly string[]): Promise<StageResult>;
  /** Landed batches that the ledger does not have, by dataset, oldest first. */
  outstanding(limit: number): Promise<readonly OutstandingBatch[]>;
  /** Stages everything outstanding; returns the touched entities. */
  stageOutstanding(): Promise<StageResult>;
  /** Brings golden rows up to what is staged; all entities unless named. */
  refresh(entities?: readonly string[]): Promise<RefreshResult>;
  publish(): Promise<PublicationManifest>;
  /** Questions to the working file: ledger, quarantine, staged history. */
  query<T>(work: (sql: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const WORKING = 'working.duckdb';
const CHECKPOINT_ABOVE_BYTES = 64 * 1024 * 1024;
/** Readers hold a publication for a request; exports and prefills that need it longer pin it. */
const RETENTION: RetentionRule = { keep: 3, keepMs: 10 * 60_000 };

/** Batches of one dataset that share a pass over DuckDB, and their most records. */
const BATCHES_PER_PASS = 64;
const RECORDS_PER_PASS = 300_000;

/**
 * Opens the warehouse of a folder, making it when there is none. One process at a time.
 *
 * @throws FillOnceError `warehouse.owned` when another process has it open.
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const { folder, landing, catalogue, clock } = options;
  const contracts = loadContracts(catalogue);
  const sources = loadSourceCodes(contracts);
  const plan: GoldenPlan = { catalogue, contracts, sources };
  const marts = loadMarts({ catalogue, contracts, sources });
  const checks = loadChecks();
  await mkdir(join(folder, 'publications'), { recursive: true });
  const publications = openPublicationFolder(join(folder, 'publications'));
  await publications.sweep();
  const db = await openWorking(options);
  const workingId = await prepare(db, plan);
  let tail: Promise<unknown> = Promise.resolve();

  /** One writer: a call waits for the one before it, whether that one succeeded or not. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work, work);
    tail = result.catch(() => undefined);
    return result;
  }

  /** Everything landed of a dataset up to a place, as far as the ledger does not have it: passes never leave a gap. */
  async function stageDataset(contract: Contract, upTo: number): Promise<readonly StagedBatch[]> {
    const { source, dataset } = contract;
    const afterSeq = await db.use((sql) => stagedThrough(sql, contract));
    const accepted = await db.use((sql) => acceptedBatches(sql, contract));
    const results: StagedBatch[] = [];
    let pass: LandedFile[] = [];
    let records = 0;
    const flush = async () => {
      if (pass.length === 0) return;
      results.push(...(await db.use((sql) => stageBatches(sql, clock, contract, pass, accepted))));
      pass = [];
      records = 0;
    };
    for await (const manifest of landing.manifests({ source, dataset, afterSeq })) {
      if (manifest.seq > upTo) break;
      const full = pass.length >= BATCHES_PER_PASS || records + manifest.records > RECORDS_PER_PASS;
      if (full) await flush();
      pass.push({ manifest, file: landing.dataFile(manifest) });
      records += manifest.records;
    }
    await flush();
    return results;
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
    for (const [contract, seq] of upTo) batches.push(...(await stageDataset(contract, seq)));
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
    return contract?.dataset === 'confirmation' ? catalogue.entities.filter(isGolden).map(({ name }) => name) : [];
  }

  async function outstanding(limit: number): Promise<readonly OutstandingBatch[]> {
    const found: OutstandingBatch[] = [];
    for (const contract of contracts.values()) {
      const { source, dataset } = contract;
      const afterSeq = await db.use((sql) => stagedThrough(sql, contract));
      for await (const { id } of landing.manifests({ source, dataset, afterSeq })) {
        if (found.length >= limit) return found;
        found.push({ batch: id, source, dataset });
      }
    }
    return found;
  }

  /** After a publication, when nobody waits: folds the write-ahead log into the file, and deletes publications nobody needs. */
  async function tidy(): Promise<void> {
    const wal = await stat(join(folder, `${WORKING}.wal`)).catch(() => null);
    if (wal && wal.size > CHECKPOINT_ABOVE_BYTES) await db.use((sql) => sql.run('CHECKPOINT'));
    await publications.retire(options.retention ?? RETENTION, clock.now().getTime());
  }

  return {
    publications,
    stage: (batches) => inTurn(() => stage(typeof batches === 'string' ? [batches] : batches)),
    outstanding: (limit) => outstanding(limit),
    stageOutstanding: () =>
      inTurn(async () => {
        const batches: StagedBatch[] = [];
        for (const contract of contracts.values()) {
          batches.push(...(await stageDataset(contract, Number.POSITIVE_INFINITY)));
        }
        return stageResult(batches);
      }),
    refresh: (names) =>
      inTurn(async () => {
        const asOf = civilDate(clock.now());
        const wanted = catalogue.entities.filter(({ name }) => names === undefined || names.includes(name));
        const entities: RefreshedEntity[] = [];
        for (const entity of wanted) {
          entities.push(await db.transaction((sql) => refreshEntity(sql, plan, entity, asOf)));
        }
        return { entities, rows: entities.reduce((sum, { touched }) => sum + touched, 0) };
      }),
    publish: async () => {
      const asOf = civilDate(clock.now());
      const made = await inTurn(() => publish({ db, folder: publications, marts, checks, clock, asOf, workingId }));
      // The next call waits for this, the caller of this one does not.
      void inTurn(tidy).catch(() => undefined);
      return made;
    },
    query: (work) => db.use(work),
    close: async () => {
      await tail;
      await db.close();
    },
  };
}

function isGolden(entity: Entity): boolean {
  return entity.kind === 'golden';
}

async function openWorking(options: WarehouseOptions): Promise<DuckDb> {
  return openDuckDb({
    path: join(options.folder, WORKING),
    memoryMb: options.memoryMb,
    threads: options.threads,
    tempFolder: join(options.folder, 'spill'),
    connections: 2,
    prepare: sqlFile('macros.sql'),
    // Checkpoints are made after publications, when nobody waits; the default of 16 MB trips one in the middle of staging.
    settings: { checkpoint_threshold: '1GB' },
  });
}

/** Makes the tables that are missing; returns the identity of the working file. */
async function prepare(db: DuckDb, plan: GoldenPlan): Promise<string> {
  return db.transaction(async (sql) => {
    await sql.run(sqlFile('ledger.sql'));
    await prepareStagedTables(sql, plan.contracts);
    const existing = new Set(
      (await sql.all<{ name: string }>("SELECT schema_name || '.' || table_name AS name FROM duckdb_tables()")).map(
        ({ name }) => name,
      ),
    );
    for (const { theme } of plan.catalogue.themes) await sql.run(`CREATE SCHEMA IF NOT EXISTS ${ident(theme)}`);
    for (const entity of plan.catalogue.entities) {
      if (existing.has(`${entity.theme}.${entity.name}`)) continue;
      await sql.run(
        entity.kind === 'event' ? eventDdl(entity, goldenTable(entity)) : goldenDdl(entity, goldenTable(entity)),
      );
    }
    await sql.run('CREATE TABLE IF NOT EXISTS ledger.identity (id VARCHAR NOT NULL)');
    const [identity] = await sql.all<{ id: string }>('SELECT id FROM ledger.identity');
    if (identity) return identity.id;
    const id = randomUUID();
    await sql.run('INSERT INTO ledger.identity VALUES ($1)', [id]);
    return id;
  });
}

function sqlFile(name: string): string {
  return readFileSync(join(packageRoot(), 'warehouse', 'sql', name), 'utf8');
}
