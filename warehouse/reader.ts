import { join } from 'node:path';
import type { PublicationId } from '../core/ids.ts';
import { type DuckDb, openDuckDb, type Row, type SessionLimits, type SqlSession } from './duckdb.ts';
import { viewsAsOf } from './history-mart.ts';
import { type PageRequest, pageSql } from './page.ts';
import { createPageWindows, fitsWindow, type PageWindow } from './page-windows.ts';
import { openPublicationFolder, type PublicationManifest } from './publication-folder.ts';
import { ident, literal } from './sql-text.ts';

export interface ReaderOptions {
  /** The warehouse's folder; publications lie in `<folder>/publications`. */
  readonly folder: string;
  readonly memoryMb?: number;
  readonly threads?: number;
  /** Queries at the same time, over all publications. */
  readonly connections?: number;
  /** What a query gets when its caller names no limits. */
  readonly limits?: SessionLimits;
}

export interface Page {
  readonly publication: PublicationId;
  readonly rows: readonly Row[];
  /** Rows that the conditions leave, on all pages. */
  readonly total: number;
}

/** A publication with what was known at the end of an earlier civil day in the place of what is known now. */
export interface EarlierState {
  readonly publication: PublicationId | 'current';
  readonly asOf: string;
}

/** Reads publications; any number of readers in any number of processes. */
export interface Reader {
  /** The publication that the pointer names now. @throws FillOnceError `warehouse.publication.unknown` before the first one. */
  current(): Promise<PublicationManifest>;
  manifest(id: PublicationId | 'current'): Promise<PublicationManifest>;
  /**
   * Runs `work` over one publication, the same one from its first query to its last, as tables `<theme>.<mart>`. Of an earlier
   * state tables whose history is kept hold the rows of that day; the others are as they are.
   */
  withPublication<T>(
    id: PublicationId | 'current' | EarlierState,
    work: (sql: SqlSession, publication: PublicationManifest) => Promise<T>,
    limits?: SessionLimits,
  ): Promise<T>;
  page(id: PublicationId | 'current', request: PageRequest, limits?: SessionLimits): Promise<Page>;
  /** Keeps a publication until it is unpinned by the same name, for example by the campaign that was prefilled from it. */
  pin(id: PublicationId, by: string): Promise<void>;
  unpin(id: PublicationId, by: string): Promise<void>;
  /** Absolute path of a mart's Parquet copy. */
  parquetFile(id: PublicationId | 'current', mart: string): Promise<string>;
  close(): Promise<void>;
}

interface OpenPublication {
  readonly db: DuckDb;
  users: number;
  lastUsed: number;
}

/** Publications kept open after use: the current one, and one that was pinned or has just been replaced. */
const OPEN_AT_ONCE = 3;

/**
 * Opens a reader. Each publication gets an in-memory DuckDB instance with the themes' files attached READ_ONLY.
 *
 * @example
 * const reader = openReader({ folder: join(dataFolder, 'warehouse') });
 * await reader.withPublication('current', (sql) => sql.all('SELECT count(*) AS n FROM population.person'));
 */
export function openReader(options: ReaderOptions): Reader {
  const { memoryMb = 512, threads = 2, connections = 3 } = options;
  const limits: SessionLimits = options.limits ?? { timeoutMs: 60_000, maxRows: 2_000_000 };
  const publications = openPublicationFolder(join(options.folder, 'publications'));
  const open = new Map<string, Promise<OpenPublication>>();
  const manifests = new Map<PublicationId, PublicationManifest>();
  let uses = 0;

  async function manifest(id: PublicationId | 'current'): Promise<PublicationManifest> {
    const named = id === 'current' ? await publications.currentId() : id;
    const known = named === null ? undefined : manifests.get(named);
    if (known) return known;
    const found = await publications.manifest(named ?? 'current');
    if (manifests.size >= 32) manifests.clear();
    manifests.set(found.id, found);
    return found;
  }

  async function attach(of: PublicationManifest, asOf: string | null): Promise<OpenPublication> {
    const db = await openDuckDb({ path: ':memory:', memoryMb, threads, connections });
    try {
      await db.use(async (sql) => {
        for (const { theme, file } of of.themes) {
          const alias = ident(`at_${theme}`);
          await sql.run(`ATTACH ${literal(publications.pathOf(of.id, file))} AS ${alias} (READ_ONLY)`);
          await sql.run(`CREATE SCHEMA ${ident(theme)}`);
          const marts = of.marts.filter((mart) => mart.theme === theme);
          for (const { name } of marts) {
            const table = `${ident(theme)}.${ident(name)}`;
            await sql.run(`CREATE VIEW ${table} AS SELECT * FROM ${alias}.${table}`);
          }
        }
        if (asOf !== null) for (const view of viewsAsOf(of, asOf)) await sql.run(view);
      });
    } catch (error) {
      await db.close();
      manifests.delete(of.id);
      // Retired since its manifest was read: say so.
      await publications.manifest(of.id);
      throw error;
    }
    return { db, users: 0, lastUsed: 0 };
  }

  async function closeUnused(): Promise<void> {
    const settled = await Promise.all([...open].map(async ([id, opened]) => ({ id, opened: await opened })));
    const idle = settled
      .filter(({ opened }) => opened.users === 0)
      .sort((a, b) => a.opened.lastUsed - b.opened.lastUsed);
    for (const { id, opened } of idle.slice(0, Math.max(0, settled.length - OPEN_AT_ONCE))) {
      if (opened.users > 0) continue;
      open.delete(id);
      await opened.db.close();
    }
  }

  async function withPublication<T>(
    id: PublicationId | 'current' | EarlierState,
    work: (sql: SqlSession, publication: PublicationManifest) => Promise<T>,
    given: SessionLimits = limits,
  ): Promise<T> {
    const asOf = typeof id === 'string' ? null : id.asOf;
    const publication = await manifest(typeof id === 'string' ? id : id.publication);
    const key = asOf === null ? publication.id : `${publication.id} ${asOf}`;
    let opening = open.get(key);
    if (!opening) {
      opening = attach(publication, asOf);
      open.set(key, opening);
      opening.catch(() => open.delete(key));
    }
    const opened = await opening;
    opened.users++;
    opened.lastUsed = ++uses;
    try {
      return await opened.db.use((sql) => work(sql, publication), given);
    } finally {
      opened.users--;
      if (open.size > OPEN_AT_ONCE) await closeUnused();
    }
  }

  function readPage(id: PublicationId, request: PageRequest, given?: SessionLimits): Promise<PageWindow> {
    return withPublication(
      id,
      async (sql, publication) => {
        const { rows, count, params } = pageSql(publication, request);
        const [counted] = await sql.all<{ total: number }>(count, params);
        return { rows: await sql.all(rows, params), total: counted?.total ?? 0 };
      },
      given,
    );
  }

  const windows = createPageWindows({ read: readPage });

  return {
    current: () => manifest('current'),
    manifest,
    withPublication,
    page: async (id, request, given) => {
      const publication = await manifest(id);
      // Who may give up reads for himself: others may be waiting for the same window.
      const together = given?.signal === undefined && fitsWindow(request);
      const page = await (together ? windows.page : readPage)(publication.id, request, given);
      return { publication: publication.id, ...page };
    },
    pin: (id, by) => publications.pin(id, by),
    unpin: (id, by) => publications.unpin(id, by),
    parquetFile: async (id, mart) => {
      const publication = await manifest(id);
      return publications.pathOf(publication.id, `${mart}.parquet`);
    },
    close: async () => {
      for (const opening of open.values()) {
        const opened = await opening.catch(() => null);
        await opened?.db.close();
      }
      open.clear();
    },
  };
}
