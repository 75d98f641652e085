import { type DuckDBConnection, DuckDBInstance, type DuckDBMaterializedResult } from '@duckdb/node-api';
import { errorText } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { type Cell, cellOf } from './cell.ts';
import { fileDamaged, queryFailed, queryTimedOut, queryTooManyRows, warehouseClosed } from './errors.ts';

export type SqlParams = readonly Json[];
export type Row = Record<string, Cell>;

/** Up to 2,048 rows, column by column in the order of `names`. */
export interface Chunk {
  readonly names: readonly string[];
  readonly rowCount: number;
  readonly columns: readonly (readonly Cell[])[];
}

/**
 * One conversation with DuckDB; its statements run one after the other. Dates come as `YYYY-MM-DD`, timestamps as
 * `YYYY-MM-DD HH:MM:SS`, DECIMAL and BIGINT as numbers (BIGINT as text beyond 2^53). Parameters are written `$1`, `$2`.
 */
export interface SqlSession {
  run(sql: string, params?: SqlParams): Promise<void>;
  all<T extends object = Row>(sql: string, params?: SqlParams): Promise<T[]>;
  /** For results that are too large for one array: the loop breathes between chunks. */
  chunks(sql: string, params?: SqlParams): AsyncIterable<Chunk>;
  /** The tables a query reads, with their schemas. */
  tablesOf(sql: string): readonly string[];
}

export interface SessionLimits {
  /** A statement that runs longer is interrupted. */
  readonly timeoutMs?: number;
  /** A result with more rows is refused. */
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
}

export interface DuckDb {
  /** Runs `work` on a connection of its own, waiting for a free one. */
  use<T>(work: (sql: SqlSession) => Promise<T>, limits?: SessionLimits): Promise<T>;
  /** As `use`, inside BEGIN … COMMIT; any error rolls back. */
  transaction<T>(work: (sql: SqlSession) => Promise<T>): Promise<T>;
  /** Waits for what runs, then closes the file. */
  close(): Promise<void>;
}

export interface DuckDbOptions {
  readonly path: string;
  readonly memoryMb: number;
  readonly threads: number;
  /** Where DuckDB spills to. */
  readonly tempFolder?: string;
  /** Connections that may work at the same time: each busy one holds a thread of libuv's pool of four. */
  readonly connections: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** SQL that every new connection runs, for example temporary macros. */
  readonly prepare?: string;
}

const INTERRUPT_AGAIN_MS = 50;

/** What DuckDB says of a file whose checksums are wrong, or that ends too early. */
const DAMAGED = /Corrupt database file|Could not read enough bytes/;

/**
 * Opens a DuckDB database, `:memory:` or a file.
 *
 * @example
 * const db = await openDuckDb({ path: ':memory:', memoryMb: 256, threads: 2, connections: 2 });
 * await db.use((sql) => sql.all('SELECT $1::INTEGER + 1 AS n', [41])); // [{ n: 42 }]
 */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: `${options.memoryMb}MB`,
    threads: String(options.threads),
    ...(options.tempFolder === undefined ? {} : { temp_directory: options.tempFolder }),
    ...options.settings,
  });
  const idle: DuckDBConnection[] = [];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];
  const drained: (() => void)[] = [];
  let opened = 0;
  let busy = 0;
  let closed = false;

  async function take(): Promise<DuckDBConnection> {
    if (closed) throw warehouseClosed();
    busy++;
    const free = idle.pop();
    if (free) return free;
    if (opened >= options.connections) return new Promise((resolve) => waiting.push(resolve));
    opened++;
    try {
      const connection = await instance.connect();
      if (options.prepare !== undefined) await connection.run(options.prepare);
      return connection;
    } catch (error) {
      opened--;
      busy--;
      throw error;
    }
  }

  function give(connection: DuckDBConnection): void {
    busy--;
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
    if (busy === 0) for (const resolve of drained.splice(0)) resolve();
  }

  async function use<T>(work: (sql: SqlSession) => Promise<T>, limits: SessionLimits = {}): Promise<T> {
    const connection = await take();
    const session = createSession(connection, limits);
    try {
      return await work(session);
    } finally {
      session.end();
      give(connection);
    }
  }

  return {
    use,
    transaction: (work) => use((sql) => inTransaction(sql, () => work(sql))),
    close: async () => {
      if (closed) return;
      closed = true;
      if (busy > 0) await new Promise<void>((resolve) => drained.push(resolve));
      for (const connection of idle) connection.disconnectSync();
      instance.closeSync();
    },
  };
}

/** Runs `work` between BEGIN and COMMIT on a session; any error rolls back. */
export async function inTransaction<T>(sql: SqlSession, work: () => Promise<T>): Promise<T> {
  await sql.run('BEGIN');
  try {
    const result = await work();
    await sql.run('COMMIT');
    return result;
  } catch (error) {
    // A failed COMMIT has already rolled back; then this one fails and has nothing to add.
    await sql.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function createSession(connection: DuckDBConnection, limits: SessionLimits): SqlSession & { end(): void } {
  let ended = false;

  async function execute(sql: string, params: SqlParams): Promise<DuckDBMaterializedResult> {
    if (ended) throw warehouseClosed();
    if (limits.signal?.aborted) throw limits.signal.reason;
    let timedOut = false;
    let again: NodeJS.Timeout | undefined;
    // A statement that still waits for a thread of libuv's pool does not notice an interrupt: it is told until it ends.
    const interrupt = () => {
      connection.interrupt();
      again ??= setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
    };
    const timer =
      limits.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            interrupt();
          }, limits.timeoutMs);
    limits.signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return params.length === 0 ? await connection.run(sql) : await connection.run(sql, params.map(bindable));
    } catch (error) {
      if (timedOut) throw queryTimedOut(limits.timeoutMs ?? 0);
      if (limits.signal?.aborted) throw limits.signal.reason;
      throw DAMAGED.test(errorText(error)) ? fileDamaged(error) : queryFailed(error);
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      limits.signal?.removeEventListener('abort', interrupt);
    }
  }

  async function* chunks(sql: string, params: SqlParams = []): AsyncIterable<Chunk> {
    // Never connection.stream(): a query that fails half-way then ends like a short result (duckdb-node-neo#227).
    const result = await execute(sql, params);
    const names = result.deduplicatedColumnNames();
    let rows = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return;
      rows += chunk.rowCount;
      if (limits.maxRows !== undefined && rows > limits.maxRows) throw queryTooManyRows(limits.maxRows);
      yield { names, rowCount: chunk.rowCount, columns: chunk.convertColumns(cellOf) };
    }
  }

  return {
    run: async (sql, params = []) => void (await execute(sql, params)),
    all: async <T extends object>(sql: string, params: SqlParams = []) => {
      const rows: T[] = [];
      for await (const { names, rowCount, columns } of chunks(sql, params)) {
        for (let i = 0; i < rowCount; i++) {
          const row: Row = {};
          for (let c = 0; c < names.length; c++) row[names[c]!] = columns[c]![i]!;
          rows.push(row as T);
        }
      }
      return rows;
    },
    chunks,
    tablesOf: (sql) => connection.getTableNames(sql, true),
    end: () => {
      ended = true;
    },
  };
}

function bindable(value: Json): null | boolean | number | bigint | string {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 2 ** 31) return BigInt(value);
  return typeof value === 'object' ? (value === null ? null : JSON.stringify(value)) : value;
}
