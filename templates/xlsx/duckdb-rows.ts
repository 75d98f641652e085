import { incompleteRows } from './errors.ts';
import { dateToSerial } from './serial-date.ts';
import type { SheetColumn } from './write-workbook.ts';

/** The part of a DuckDB connection that is needed here; `DuckDBConnection` of @duckdb/node-api fits. */
export interface DuckdbConnection {
  run(sql: string, values?: DuckdbParameter[]): Promise<DuckdbResult>;
  stream(sql: string, values?: DuckdbParameter[]): Promise<DuckdbResult>;
}

/** A value for `$1`, `$2` in the query. */
export type DuckdbParameter = string | number | bigint | boolean | null;

export interface DuckdbResult {
  columnNames(): string[];
  columnTypes(): { toString(): string }[];
  fetchChunk(): Promise<DuckdbChunk | null>;
}

export interface DuckdbChunk {
  readonly rowCount: number;
  getColumnValues(column: number): unknown[];
}

export interface DuckdbRows {
  /** A header, a type and a width for each column of the result. */
  readonly columns: readonly SheetColumn[];
  /** The rows, as values that `writeWorkbook` takes. */
  readonly rows: AsyncIterable<readonly unknown[]>;
}

export interface DuckdbRowsOptions {
  /**
   * Rows the query will give. When told, the result is streamed in constant memory and the count checked at the end;
   * when not, DuckDB holds the whole result while it is written, because a stream that fails in the middle only ends.
   */
  readonly expectedRows?: number;
  readonly parameters?: readonly DuckdbParameter[];
}

/**
 * Runs a query for `writeWorkbook`. Whole numbers beyond fifteen digits and wide decimals become text, dates and
 * timestamps Dates, lists and structs their text.
 *
 * @throws what the query throws; `templates.xlsx.incompleteRows` when a stream ended early.
 * @example
 * const { columns, rows } = await duckdbRows(connection, 'from mart.person');
 * await writeWorkbook('person.xlsx', [{ name: '人口', columns, rows }]);
 */
export async function duckdbRows(
  connection: DuckdbConnection,
  sql: string,
  { expectedRows, parameters = [] }: DuckdbRowsOptions = {},
): Promise<DuckdbRows> {
  const result =
    expectedRows === undefined
      ? await connection.run(sql, [...parameters])
      : await connection.stream(sql, [...parameters]);
  const types = result.columnTypes().map(String);
  const columns = result.columnNames().map((header, index) => ({ header, ...columnOf(types[index]!) }));
  return { columns, rows: rowsOf(result, types, expectedRows) };
}

async function* rowsOf(
  result: DuckdbResult,
  types: readonly string[],
  expected: number | undefined,
): AsyncGenerator<unknown[]> {
  const converters = types.map(converterOf);
  let given = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    const rows: unknown[][] = Array.from({ length: chunk.rowCount }, () => new Array(types.length));
    converters.forEach((convert, column) => {
      const values = chunk.getColumnValues(column);
      for (let row = 0; row < values.length; row++) {
        const value = values[row];
        rows[row]![column] = typeof value === 'object' && value !== null ? convert(value) : value;
      }
    });
    given += rows.length;
    yield* rows;
  }
  if (expected !== undefined && given !== expected) throw incompleteRows(given, expected);
}

function columnOf(type: string): Pick<SheetColumn, 'type' | 'width'> {
  if (type === 'DATE') return { type: 'date', width: 12 };
  if (type.startsWith('TIMESTAMP')) return { type: 'datetime', width: 20 };
  return type === 'VARCHAR' ? { type: 'text' } : {};
}

/** Numbers, truth values and texts come as they are; these are for DuckDB's value objects, by the column's type. */
function converterOf(type: string): (value: object) => unknown {
  const field = (value: object, name: string) => Number((value as Record<string, unknown>)[name]);
  if (type === 'DATE') return (value) => momentOr(value, field(value, 'days') * 86_400_000);
  if (type === 'TIMESTAMP') return (value) => momentOr(value, field(value, 'micros') / 1_000);
  if (type === 'TIMESTAMP_S') return (value) => momentOr(value, field(value, 'seconds') * 1_000);
  if (type === 'TIMESTAMP_MS') return (value) => momentOr(value, field(value, 'millis'));
  if (type === 'TIMESTAMP_NS') return (value) => momentOr(value, field(value, 'nanos') / 1e6);
  // With a zone the text shows the connection's wall clock, and a cell shows a wall clock.
  if (type === 'TIMESTAMP WITH TIME ZONE') return (value) => momentOr(value, wallClock(String(value)));
  if (!type.startsWith('DECIMAL')) return String;
  return (value) => {
    const text = String(value);
    return text.replace(/\D/g, '').length <= 15 ? Number(text) : text;
  };
}

function wallClock(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(text);
  return match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
}

/** A day that Excel cannot show (before 1900, infinity) stays as its text. */
function momentOr(value: object, ms: number): Date | string {
  if ('isFinite' in value && !value.isFinite) return ms < 0 ? '-infinity' : 'infinity';
  return Number.isNaN(dateToSerial(ms)) ? String(value) : new Date(Math.round(ms));
}
