import { Kysely, sql, type Transaction } from 'kysely';
import { type Clock, SENSITIVITIES, type User } from '../core/index.ts';
import { dumpTables, loadTables } from './dump.ts';
import { ACQUIRE_QUEUE_LIMIT, type Engine } from './engine.ts';
import { openPgliteEngine } from './engine-pglite.ts';
import { openPostgresEngine } from './engine-postgres.ts';
import { busy, translate, unavailable } from './errors.ts';
import { migrate, readMigrations } from './migrate.ts';
import type { Database } from './schema.ts';

/** One running transaction: what every function of this folder takes first. */
export interface Tx {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  /** The user whose rights the transaction has; null for the platform itself. */
  readonly user: User | null;
}

export interface TransactionRunner {
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Do not open a second one
   * inside: the embedded database has a single connection.
   *
   * @throws FillOnceError `store.busy` (retryable), `store.out-of-scope`, `store.unavailable`, and what `work` throws
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface Store {
  readonly engine: 'pglite' | 'postgres';
  readonly clock: Clock;
  /** The platform's own transactions: not narrowed by row-level security, but without the right to change history. */
  readonly system: TransactionRunner;
  /** Transactions with the rights of one user: rows outside his scope do not exist for them. */
  as(user: User): TransactionRunner;
  /**
   * Everything in it at one moment, as lines for a backup; `restoreStore` takes them. Others wait while the embedded database is read.
   */
  dump(write: (line: string) => Promise<void>): Promise<{ readonly rows: number }>;
  /** Callers waiting for a connection now, for `/metrics`. */
  waiting(): number;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Folder of the embedded database, `memory` in tests; ignored when `databaseUrl` is set. */
  readonly folder?: string | 'memory';
  readonly databaseUrl?: string;
  readonly clock: Clock;
  readonly maxConnections?: number;
}

/**
 * Opens the operational database and brings its schema up to date.
 *
 * @throws FillOnceError `store.unavailable`, `store.unreadable`, `store.folder-taken`, `store.migration-…`
 * @example
 * const store = await openStore({ folder: join(config.dataFolder, 'store'), clock: systemClock });
 * const tasks = await store.as(user).transaction((tx) => listTasks(tx, { campaignId }));
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options);
  const { clock } = options;
  try {
    await migrate(engine, await readMigrations(), clock);
  } catch (error) {
    await engine.close();
    throw asOpeningError(error, engine.name);
  }
  const db = new Kysely<Database>({ dialect: engine.dialect });

  const run = async <T>(user: User | null, settings: Settings, work: (tx: Tx) => Promise<T>): Promise<T> => {
    if (engine.waiting() >= ACQUIRE_QUEUE_LIMIT) throw busy();
    try {
      return await db.transaction().execute(async (transaction) => {
        await applySettings(transaction, settings);
        return work({ db: transaction, clock, user });
      });
    } catch (error) {
      throw translate(error);
    }
  };

  return {
    engine: engine.name,
    clock,
    system: { transaction: (work) => run(null, SYSTEM_SETTINGS, work) },
    as: (user) => ({ transaction: (work) => run(user, settingsOf(user), work) }),
    dump: (write) => dumpTables(engine, write),
    waiting: engine.waiting,
    close: async () => {
      await db.destroy();
      await engine.close();
    },
  };
}

/**
 * Makes an operational database from the lines of a dump, of either engine.
 *
 * @throws FillOnceError `store.restore-not-empty`, `store.dump-unreadable`, `store.migration-unknown`, and what `openStore` throws
 */
export async function restoreStore(
  options: StoreOptions,
  lines: AsyncIterable<string>,
): Promise<{ readonly rows: number }> {
  const engine = await openEngine(options);
  try {
    const migrations = await readMigrations();
    await migrate(engine, migrations, options.clock);
    return await loadTables(engine, migrations, lines);
  } catch (error) {
    throw asOpeningError(error, engine.name);
  } finally {
    await engine.close();
  }
}

async function openEngine({ folder, databaseUrl, clock, maxConnections = 10 }: StoreOptions): Promise<Engine> {
  if (databaseUrl !== undefined) return openPostgresEngine({ url: databaseUrl, maxConnections });
  return openPgliteEngine({ folder: folder ?? 'memory', clock });
}

function asOpeningError(error: unknown, where: string): unknown {
  const known = translate(error);
  if (known !== error) return known;
  const code = (error as { code?: unknown }).code;
  // Class 28 is a refused login, 3D a database that does not exist.
  return typeof code === 'string' && /^(28|3D)/.test(code) ? unavailable(where, error) : error;
}

type Settings = Readonly<Record<string, string>>;

const SYSTEM_SETTINGS: Settings = { role: 'fillonce_system', statement_timeout: '120s', lock_timeout: '15s' };

function settingsOf(user: User): Settings {
  return {
    role: 'fillonce_user',
    statement_timeout: '30s',
    lock_timeout: '15s',
    'app.user_id': user.id,
    'app.scope': user.scope,
    'app.roles': user.roles.join(','),
    'app.themes': user.themes === '*' ? '*' : user.themes.join(','),
    'app.sensitivity': String(SENSITIVITIES.indexOf(user.sensitivity)),
  };
}

/** `set_config(…, true)` is SET LOCAL with parameters: it ends with the transaction, and one round trip sets them all. */
async function applySettings(transaction: Transaction<Database>, settings: Settings): Promise<void> {
  const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await sql`SELECT ${sql.join(calls)}`.execute(transaction);
}
