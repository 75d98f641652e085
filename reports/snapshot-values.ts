import { ident } from '../warehouse/sql-text.ts';
import type { FormColumn } from './plan.ts';

/**
 * A column as canonical text in SQL: what {@link readValue} makes of the same value when it is typed. Only decimals differ
 * from DuckDB's own text: `75.0` is `75`.
 */
export function textSql(column: Pick<FormColumn, 'name' | 'type'>, alias = ''): string {
  const value = `${alias === '' ? '' : `${alias}.`}${ident(column.name)}`;
  if (column.type === 'text' || column.type === 'code') return value;
  if (column.type !== 'decimal') return `CAST(${value} AS VARCHAR)`;
  return `CASE WHEN ${value} = trunc(${value}) AND abs(${value}) < 1e15 THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE CAST(${value} AS VARCHAR) END`;
}

/** Where a unit's rows lie in a file sorted by `org_path`: a range that skips row groups. `'0'` is the character after `'/'`. */
export const UNIT_RANGE = "(org_path = $1 OR (org_path >= $1 || '/' AND org_path < $1 || '0'))";

/** The unit whose task a row's doubtful cells become, from the row's path: its ancestor at the level, or the path itself above it. */
export function unitSql(level: number): string {
  return `array_to_string(string_split(org_path, '/')[1:${level}], '/')`;
}
