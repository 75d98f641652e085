import type { DuckDb } from './duckdb.ts';
import { fingerprint } from './fingerprint.ts';
import { ident } from './sql-text.ts';

/** A table of the working file that a rebuild from landing makes otherwise. */
export interface TableDifference {
  /** `staged.grid.resident`. */
  readonly table: string;
  /** Of `ledger.batch`: the batches that differ, at most 100. */
  readonly batches: readonly string[];
}

const MOST_BATCHES = 100;

/**
 * What may differ although landing is the same: the order and time of staging in this file (`load`, `staged_at`, `seen_at`), and how
 * often an entity changed (`version`).
 */
const LEFT_OUT = new Set(['load', '_load', 'staged_at', 'seen_at', 'version']);

/** Compares the books, staged versions, quarantine and history of two working files, whatever the order of their rows. */
export async function tableDifferences(expected: DuckDb, found: DuckDb): Promise<readonly TableDifference[]> {
  const [one, other] = [await tables(expected), await tables(found)];
  const differing = [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name));
  const batches = differing.includes('ledger.batch') ? await batchDifferences(expected, found) : [];
  return differing.sort().map((table) => ({ table, batches: table === 'ledger.batch' ? batches : [] }));
}

function tables(db: DuckDb): Promise<ReadonlyMap<string, string>> {
  return db.use(async (sql) => {
    const all = await sql.all<{ schema: string; name: string; columns: string[] }>(
      `SELECT schema_name AS schema, table_name AS name, list(column_name ORDER BY column_index) AS columns FROM duckdb_columns()
       WHERE database_name = current_database() AND schema_name IN ('ledger', 'staged', 'quarantine', 'history') GROUP BY ALL`,
    );
    const made = new Map<string, string>();
    for (const { schema, name, columns } of all) {
      // The identity of a file is its own.
      if (`${schema}.${name}` === 'ledger.identity') continue;
      const kept = columns.filter((column) => !LEFT_OUT.has(column)).map(ident);
      const { content } = await fingerprint(sql, `SELECT ${kept.join(', ')} FROM ${ident(schema)}.${ident(name)}`);
      made.set(`${schema}.${name}`, content);
    }
    return made;
  });
}

async function batchDifferences(expected: DuckDb, found: DuckDb): Promise<readonly string[]> {
  const read = async (db: DuckDb) => {
    const rows = await db.use((sql) =>
      sql.all<{ id: string; h: string }>(
        'SELECT id, hash(b)::VARCHAR AS h FROM (SELECT * EXCLUDE (load, staged_at) FROM ledger.batch) b',
      ),
    );
    return new Map(rows.map(({ id, h }) => [id, h]));
  };
  const [one, other] = [await read(expected), await read(found)];
  const ids = new Set([...one.keys(), ...other.keys()]);
  return [...ids]
    .filter((id) => one.get(id) !== other.get(id))
    .sort()
    .slice(0, MOST_BATCHES);
}
