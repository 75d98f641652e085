import pg from 'pg';
import type { Catalogue } from '../../core/catalogue.ts';
import { FillOnceError } from '../../core/errors.ts';
import { loadMartTitles } from '../history-mart.ts';
import type { Reader } from '../reader.ts';
import { ident } from '../sql-text.ts';
import { servingBusy, servingFailed, servingUnreachable } from './errors.ts';
import { install } from './install.ts';
import { inOwnersTransaction, loadMart, tableOf } from './load.ts';
import { type ServingNames, servingNames } from './names.ts';
import { grantReader, revokeReader, type ServingReader } from './reader-grant.ts';
import { type ServedMart, servedMarts } from './served-mart.ts';
import { isLockWait, type LoadedMart, retire, swap } from './swap.ts';

export interface ServingOptions {
  /** A database that may be shared with others: nothing outside two schemas of our own is touched. */
  readonly databaseUrl: string;
  readonly reader: Reader;
  readonly catalogue: Catalogue;
  /** Name of the schema of views; tables go to `<schema>_data`, roles begin with `<schema>_`. */
  readonly schema?: string;
  /** Transactions older than this lose the publication they began with. */
  readonly keepMs?: number;
  /** See `SwapOptions`. */
  readonly visibleAfterMs?: number;
}

export interface ServingProgress {
  readonly mart: string;
  /** Rows copied so far, of all marts, and to be copied. */
  readonly rows: number;
  readonly of: number;
}

export interface ServeResult {
  readonly publication: string;
  /** False when it was served already. */
  readonly changed: boolean;
  readonly marts: number;
  readonly rows: number;
  /** Rows of those marts that were not there already. */
  readonly copiedRows: number;
}

/** The curated marts in a Postgres database, for the tools people have. */
export interface Serving {
  /**
   * Copies what the current publication has new, then swaps. Safe to call again after any failure, and to kill at any moment.
   *
   * @throws FillOnceError `warehouse.serving.unreachable`, `.busy`, `.failed` (retryable), `.name_taken`, `.not_allowed`
   */
  serve(options?: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: ServingProgress) => void;
  }): Promise<ServeResult>;
  grant(reader: ServingReader): Promise<void>;
  revoke(role: string): Promise<void>;
}

const CONNECT_MS = 15_000;
const STATEMENT_MS = 10 * 60_000;
const KEEP_MS = 10 * 60_000;
const VISIBLE_AFTER_MS = 1_000;
const PIN = 'serving';

/**
 * Serving of a warehouse's publications to Postgres 15 or newer.
 *
 * @throws FillOnceError `warehouse.serving.schema_name`
 * @example
 * const serving = createServing({ databaseUrl, reader, catalogue });
 * await serving.serve();
 * await serving.grant({ role: 'bi_c05', scope: orgPath('310199/001/c05'), sensitivity: 'internal' });
 */
export function createServing(options: ServingOptions): Serving {
  const { databaseUrl, reader, catalogue, keepMs = KEEP_MS, visibleAfterMs = VISIBLE_AFTER_MS } = options;
  const names = servingNames(options.schema ?? 'fillonce');

  async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'fillonce-serving',
    });
    // A connection that breaks between two statements: the next statement fails and says so.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await alone(client, names);
      await install(client, names);
      return await work(client);
    } catch (error) {
      throw translated(error, databaseUrl);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  return {
    serve: ({ signal = new AbortController().signal, onProgress = () => undefined } = {}) =>
      withClient(async (client) => {
        const manifest = await reader.current();
        const marts = servedMarts(manifest, catalogue, loadMartTitles(catalogue));
        const rows = marts.reduce((sum, mart) => sum + mart.rows, 0);
        const result = { publication: manifest.id, marts: marts.length, rows };
        if ((await newestServed(client, names)) === servedMark(manifest.id, marts)) {
          await retire(client, names, keepMs);
          return { ...result, changed: false, copiedRows: 0 };
        }
        await reader.pin(manifest.id, PIN);
        let copiedRows = 0;
        try {
          const loaded: LoadedMart[] = [];
          const copied: ServedMart[] = [];
          await reader.withPublication(
            manifest.id,
            async (sql) => {
              for (const mart of marts) {
                const onRows = (more: number) => {
                  copiedRows += more;
                  onProgress({ mart: mart.id, rows: copiedRows, of: rows });
                };
                const { load, copied: now } = await loadMart({ client, names, mart, sql, signal, onRows });
                loaded.push({ mart, load });
                if (now) copied.push(mart);
              }
            },
            { signal },
          );
          signal.throwIfAborted();
          await swap({ client, names, publication: manifest.id, loaded, visibleAfterMs });
          await inOwnersTransaction(client, names, async () => {
            for (const mart of copied) await client.query(`ANALYZE ${tableOf(names, mart)}`);
          });
          await retire(client, names, keepMs);
        } finally {
          await reader.unpin(manifest.id, PIN);
        }
        return { ...result, changed: true, copiedRows };
      }),
    grant: (of) => withClient((client) => grantReader(client, names, of)),
    revoke: (role) => withClient((client) => revokeReader(client, names, role)),
  };
}

/** The publication that was served last, with what its views look like: the program may have changed since. */
async function newestServed(client: pg.Client, names: ServingNames): Promise<string | null> {
  const { rows } = await client.query<{ mark: string | null }>(
    names.fill(`SELECT (SELECT publication FROM {data}.publication ORDER BY seq DESC LIMIT 1) || ' ' ||
      (SELECT string_agg(mart || '=' || structure, ' ' ORDER BY mart COLLATE "C") FROM {data}.shown) AS mark`),
  );
  return rows[0]?.mark ?? null;
}

function servedMark(publication: string, marts: readonly { id: string; structure: string }[]): string {
  const shown = marts.map(({ id, structure }) => `${id}=${structure}`).sort();
  return `${publication} ${shown.join(' ')}`;
}

/** One process serves a schema at a time; the lock goes with its connection. */
async function alone(client: pg.Client, names: ServingNames): Promise<void> {
  const { rows } = await client.query<{ got: boolean }>(
    "SELECT pg_try_advisory_lock(hashtextextended('fillonce serving ' || $1, 0)) AS got",
    [names.app],
  );
  if (rows[0]?.got) return;
  throw servingBusy({
    zh: `另一进程正在更新模式 ${ident(names.app)}`,
    en: `another process is serving to the schema ${ident(names.app)}`,
  });
}

function translated(error: unknown, databaseUrl: string): unknown {
  if (error instanceof FillOnceError || !(error instanceof Error)) return error;
  if (error.name === 'AbortError') return error;
  const code = (error as { code?: unknown }).code;
  if (isLockWait(error)) {
    return servingBusy(
      { zh: '有读者长时间占用需要更新结构的视图', en: 'readers hold a view whose columns change for long' },
      error,
    );
  }
  const broken =
    code === undefined
      ? /connection|timeout|terminated/i.test(error.message)
      : /^(08|28|3D|57P|53|ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EHOST)/.test(String(code));
  return broken ? servingUnreachable(whereOf(databaseUrl), error) : servingFailed(error);
}

/** Host and database of a connection string, without its password. */
function whereOf(databaseUrl: string): string {
  try {
    const { host, pathname } = new URL(databaseUrl);
    return `${host}${pathname}`;
  } catch {
    return 'FILLONCE_SERVING_URL';
  }
}
