import type { Cell } from '../../warehouse/cell.ts';
import { type Chunk, type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { ident, literal } from '../../warehouse/sql-text.ts';
import type { SqlScalar } from './grant.ts';
import type { ResultColumn } from './protocol.ts';

/** Reads the Parquet files that query processes wrote. */
export interface ResultFiles {
  /** Rows of one page, values in the order of the columns. */
  page(file: string, offset: number, limit: number): Promise<SqlScalar[][]>;
  /** The whole file, a chunk at a time, at the reader's pace. Holds a connection until it is read or left. */
  stream(file: string): AsyncGenerator<Chunk>;
  /** As `stream`, decimals as text: a double holds about sixteen of their digits. */
  exact(file: string, columns: readonly ResultColumn[]): AsyncGenerator<Chunk>;
  close(): Promise<void>;
}

const CONNECTIONS = 6;
const CHUNKS_AHEAD = 4;

/** @param tempFolder where DuckDB may spill; results are read in order, so it hardly does */
export function createResultFiles({ tempFolder }: { readonly tempFolder: string }): ResultFiles {
  let opening: Promise<DuckDb> | null = null;
  const database = () => {
    opening ??= openDuckDb({ path: ':memory:', memoryMb: 256, threads: 1, connections: CONNECTIONS, tempFolder });
    return opening;
  };
  const source = (file: string) => `SELECT * FROM read_parquet(${literal(file)})`;

  async function* reading(query: string): AsyncGenerator<Chunk> {
    const ahead: Chunk[] = [];
    const progress = { read: false, left: false };
    let failure: unknown = null;
    let moved = () => {};
    const next = () =>
      new Promise<void>((resolve) => {
        moved = resolve;
      });
    const db = await database();
    const filling = db
      .use(async (sql) => {
        for await (const chunk of sql.chunks(query)) {
          ahead.push(chunk);
          moved();
          while (ahead.length >= CHUNKS_AHEAD && !progress.left) await next();
          if (progress.left) return;
        }
      })
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        progress.read = true;
        moved();
      });
    try {
      for (;;) {
        const chunk = ahead.shift();
        if (chunk) {
          moved();
          yield chunk;
        } else if (progress.read) {
          if (failure !== null) throw failure;
          return;
        } else await next();
      }
    } finally {
      progress.left = true;
      moved();
      await filling;
    }
  }

  return {
    page: async (file, offset, limit) =>
      (await database()).use(async (sql) => {
        const rows: SqlScalar[][] = [];
        for await (const chunk of sql.chunks(`${source(file)} LIMIT ${limit} OFFSET ${offset}`)) {
          for (let i = 0; i < chunk.rowCount; i++) rows.push(chunk.columns.map((column) => flat(column[i] ?? null)));
        }
        return rows;
      }),

    stream: (file) => reading(source(file)),

    exact: (file, columns) => {
      const kept = columns.map(({ name, sqlType }) =>
        sqlType.startsWith('DECIMAL') ? `${ident(name)}::VARCHAR AS ${ident(name)}` : ident(name),
      );
      return reading(`SELECT ${kept.join(', ')} FROM read_parquet(${literal(file)})`);
    },

    close: async () => {
      await (await opening)?.close();
      opening = null;
    },
  };
}

/** Query processes write nested values as text already. */
function flat(cell: Cell): SqlScalar {
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}
