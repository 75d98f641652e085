import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import type { SqlDataset } from './sql.ts';

/** Where a query begins: at a time, and after the last row read. */
export interface KeysetPosition {
  /** ISO 8601 with offset; null from the first row. */
  readonly from: string | null;
  readonly after: readonly string[] | null;
}

export interface KeysetQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * The next rows of a table in the order (observed, key): the row as JSON, then its place as text. Text keeps the
 * microseconds that a JavaScript date would lose, and with them the place.
 */
export function keysetQuery(dataset: SqlDataset, { from, after }: KeysetPosition, limit: number): KeysetQuery {
  const columns = [dataset.observed, ...dataset.key].map((column) => sql.ref(`t.${column}`));
  const order = sql.join(columns);
  const filters = [
    ...(from === null ? [] : [sql`${columns[0]!} >= cast(${from} as timestamptz)`]),
    ...(after === null ? [] : [sql`(${order}) > (${sql.join(after.map((value) => sql`${value}`))})`]),
  ];
  const where = filters.length === 0 ? sql`` : sql` where ${sql.join(filters, sql` and `)}`;
  const place = sql.join(columns.map((column) => sql`cast(${column} as text)`));
  const { sql: text, parameters } = sql`
    select cast(row_to_json(t) as text), ${place}
    from ${sql.table(dataset.table)} as t${where}
    order by ${order}
    limit ${limit}`.compile(compiler());
  return { sql: text, parameters };
}

/** Kysely writes the SQL and quotes the names; it never connects. */
function compiler(): Kysely<Record<string, never>> {
  return new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
