import { contentHash } from '../core/ids.ts';
import type { SqlSession } from './duckdb.ts';
import { ident } from './sql-text.ts';

export interface Fingerprint {
  readonly rows: number;
  /** The same for the same columns and the same rows, whatever their order. */
  readonly content: string;
}

/** Fingerprint of a query's rows: their number, the sum and the exclusive or of their 64-bit hashes. */
export async function fingerprint(sql: SqlSession, select: string): Promise<Fingerprint> {
  const columns = await sql.all<{ column_name: string; column_type: string }>(`DESCRIBE ${select}`);
  const hash = `hash(${columns.map(({ column_name }) => ident(column_name)).join(', ')})`;
  const [found] = await sql.all<{ n: number; sums: string }>(
    `SELECT count(*) AS n, format('{} {}', coalesce(sum(h), 0)::VARCHAR, coalesce(bit_xor(h), 0)::VARCHAR) AS sums
     FROM (SELECT ${hash}::HUGEINT AS h FROM (${select}))`,
  );
  const shape = columns.map(({ column_name, column_type }) => `${column_name} ${column_type}`).join('\n');
  const rows = found?.n ?? 0;
  return { rows, content: contentHash(`${shape}\n${rows} ${found?.sums}`) };
}
