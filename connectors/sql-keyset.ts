import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely';
import type { SqlDataset } from './sql.ts';

/** Where a query begins: at a time, and at the place of the last row read. */
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
  const columns = columnsOf(dataset);
  const order = sql.join(columns);
  const filters = [
    ...columns.map((column) => sql`${column} is not null`),
    ...(from === null ? [] : [sql`${columns[0]!} >= cast(${from} as timestamptz)`]),
    ...(after === null ? [] : [sql`(${order}) >= (${sql.join(after.map((value) => sql`${value}`))})`]),
  ];
  const place = sql.join(columns.map((column) => sql`cast(${column} as text)`));
  return compiled(sql`
    select cast(row_to_json(t) as text), ${place}
    from ${sql.table(dataset.table)} as t
    where ${sql.join(filters, sql` and `)}
    order by ${order}
    limit ${limit}`);
}

/** The rows that have no place in the order, because their time or a part of their key is missing. */
export function placelessQuery(dataset: SqlDataset, limit: number): KeysetQuery {
  const missing = columnsOf(dataset).map((column) => sql`${column} is null`);
  return compiled(sql`
    select cast(row_to_json(t) as text) as line
    from ${sql.table(dataset.table)} as t
    where ${sql.join(missing, sql` or `)}
    order by line
    limit ${limit}`);
}

function columnsOf(dataset: SqlDataset) {
  return [dataset.observed, ...dataset.key].map((column) => sql.ref(`t.${column}`));
}

function compiled(query: RawBuilder<unknown>): KeysetQuery {
  const { sql: text, parameters } = query.compile(compiler());
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
