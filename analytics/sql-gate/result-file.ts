import type { Cell } from '../../warehouse/cell.ts';
import { type Chunk, type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { literal } from '../../warehouse/sql-text.ts';
import type { SqlScalar } from './grant.ts';

/** Reads the Parquet files that query processes wrote. */
export interface ResultFiles {
  /** Rows of one page, values in the order of the columns. */
  page(file: string, offset: number, limit: number): Promise<SqlScalar[][]>;
  /** The whole file, a chunk at a time. */
  chunks<T>(file: string, work: (chunks: AsyncIterable<Chunk>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param tempFolder where DuckDB may spill; results are read in order and small, so it hardly does */
export function createResultFiles({ tempFolder }: { readonly tempFolder: string }): ResultFiles {
  let opening: Promise<DuckDb> | null = null;
  const database = () => {
    opening ??= openDuckDb({ path: ':memory:', memoryMb: 256, threads: 1, connections: 2, tempFolder });
    return opening;
  };
  const source = (file: string) => `SELECT * FROM read_parquet(${literal(file)})`;

  return {
    page: async (file, offset, limit) =>
      (await database()).use(async (sql) => {
        const rows: SqlScalar[][] = [];
        for await (const chunk of sql.chunks(`${source(file)} LIMIT ${limit} OFFSET ${offset}`)) {
          for (let i = 0; i < chunk.rowCount; i++) rows.push(chunk.columns.map((column) => flat(column[i] ?? null)));
        }
        return rows;
      }),
    chunks: async (file, work) => (await database()).use((sql) => work(sql.chunks(source(file)))),
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
