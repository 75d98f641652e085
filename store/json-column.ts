import { type ColumnType, type RawBuilder, sql } from 'kysely';

/** A jsonb column: read as a value, written through {@link asJson}. */
export type JsonColumn<T> = ColumnType<T, T, T>;

/**
 * A value on its way into a jsonb column. Both drivers would guess otherwise: `pg` turns an array into a Postgres
 * array, and a plain string into invalid JSON.
 */
export function asJson<T>(value: T): RawBuilder<T> {
  return sql<T>`cast(${JSON.stringify(value)} as jsonb)`;
}

/** A list of records on its way into `jsonb_to_recordset`: one parameter however many rows. */
export function asRecords(rows: readonly object[]): RawBuilder<unknown> {
  return sql`cast(${JSON.stringify(rows)} as jsonb)`;
}
