import { rm, writeFile } from 'node:fs/promises';
import type { Objects } from '../store/index.ts';
import type { SqlSession } from '../warehouse/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';

export type TextRecord = Readonly<Record<string, string | null>>;

/** Loads records into a temp table of text columns by way of a file: the quickest way into DuckDB, and it blocks nothing. */
export async function loadTextTable(
  sql: SqlSession,
  objects: Objects,
  table: string,
  columns: readonly string[],
  records: readonly TextRecord[],
): Promise<void> {
  const names = columns.map(ident).join(', ');
  if (records.length === 0) {
    const nothing = columns.map((name) => `NULL::VARCHAR AS ${ident(name)}`).join(', ');
    return sql.run(`CREATE OR REPLACE TEMP TABLE ${ident(table)} AS SELECT ${nothing} WHERE false`);
  }
  const file = await objects.draft('.ndjson');
  try {
    await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const types = columns.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
    await sql.run(`CREATE OR REPLACE TEMP TABLE ${ident(table)} AS SELECT ${names}
      FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {${types}})`);
  } finally {
    await rm(file, { force: true });
  }
}
