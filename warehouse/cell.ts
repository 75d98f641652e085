import {
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
} from '@duckdb/node-api';

/** A value of a query's result, ready for JSON. */
export type Cell = null | boolean | number | string | Cell[] | { [key: string]: Cell };

/** What SqlSession says about types; DECIMAL(18,6) fits a double for every amount below a billion. */
export const cellOf: DuckDBValueConverter<Cell> = (
  value: DuckDBValue,
  type: DuckDBType,
  convert: DuckDBValueConverter<Cell>,
): Cell => {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  }
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBTimestampValue) return String(value).replace(/\.0+$/, '');
  if (value instanceof DuckDBListValue) return value.items.map((item) => convert(item, type, convert));
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, item]) => [key, convert(item, type, convert)]));
  }
  return String(value);
};
