import { mkdir } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Clock } from '../core/index.ts';
import { ACQUIRE_DEADLINE_MS, ACQUIRE_QUEUE_LIMIT, type Engine } from './engine.ts';
import { unreadable } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { layNewDatabase, newDatabase } from './new-database.ts';
import { createTurn, type Turn } from './turn.ts';

/** Dates stay text (`2026-11-22`): a civil date is not an instant. */
const asText = (value: string) => value;
const DATE = 1082;
const INT8 = 20;

export interface PgliteEngineOptions {
  /** Folder of the database, or `memory` for one that ends with the process (tests). */
  readonly folder: string | 'memory';
  readonly clock: Clock;
}

/** Postgres compiled to WASM, in this process: one connection, so that transactions take turns. */
export async function openPgliteEngine({ folder, clock }: PgliteEngineOptions): Promise<Engine> {
  if (folder !== 'memory') await mkdir(folder, { recursive: true });
  const unlock = folder === 'memory' ? async () => undefined : await lockFolder(folder);
  let database: PGlite;
  try {
    const loadDataDir = folder === 'memory' ? await newDatabase() : undefined;
    if (folder !== 'memory') await layNewDatabase(`${folder}/pgdata`);
    database = await PGlite.create({
      ...(folder === 'memory' ? {} : { dataDir: `${folder}/pgdata` }),
      ...(loadDataDir === undefined ? {} : { loadDataDir }),
      parsers: { [DATE]: asText, [INT8]: Number },
    });
  } catch (cause) {
    await unlock();
    throw unreadable(folder, cause);
  }
  return pgliteEngine(database, clock, unlock);
}

/** @param closed called when the database is closed */
function pgliteEngine(database: PGlite, clock: Clock, closed: () => Promise<void>): Engine {
  const turn = createTurn({ clock, deadlineMs: ACQUIRE_DEADLINE_MS, queueLimit: ACQUIRE_QUEUE_LIMIT });
  return {
    name: 'pglite',
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PgliteDriver(database, turn),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    withScripts: async (work) => {
      const end = await turn.take();
      try {
        return await work({
          run: async (script) => {
            await database.exec(script);
          },
          query: async <Row>(text: string, parameters: readonly unknown[]) =>
            (await database.query<Row>(text, [...parameters])).rows,
        });
      } finally {
        end();
      }
    },
    waiting: turn.waiting,
    close: async () => {
      await database.close();
      await closed();
    },
  };
}

/** A database in memory that `prepare` brought to where new ones begin, as tar. */
export async function dumpNewDatabase(clock: Clock, prepare: (engine: Engine) => Promise<unknown>): Promise<Blob> {
  const database = await PGlite.create();
  const engine = pgliteEngine(database, clock, async () => undefined);
  try {
    await prepare(engine);
    await database.exec('CHECKPOINT');
    return await database.dumpDataDir('none');
  } finally {
    await engine.close();
  }
}

class PgliteConnection implements DatabaseConnection {
  readonly #database: PGlite;
  readonly release: () => void;

  constructor(database: PGlite, release: () => void) {
    this.#database = database;
    this.release = release;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#database.query<Row>(query.sql, [...query.parameters]);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; PGlite has no cursors through its query call.
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('PGlite does not stream; page with limit and a key instead');
  }
}

class PgliteDriver implements Driver {
  readonly #database: PGlite;
  readonly #turn: Turn;

  constructor(database: PGlite, turn: Turn) {
    this.#database = database;
    this.#turn = turn;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PgliteConnection> {
    return new PgliteConnection(this.#database, await this.#turn.take());
  }

  async beginTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin'));
  }

  async commitTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: PgliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: PgliteConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}
