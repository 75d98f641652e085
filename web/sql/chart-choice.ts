import type { Scalar, SqlResultColumn } from '../api-types.ts';

export const CHART_KINDS = ['bar', 'line', 'pie'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/** Which columns a chart draws, by their places in the result. */
export interface ChartChoice {
  readonly kind: ChartKind;
  readonly x: number;
  readonly y: readonly number[];
}

/** What is probably wanted: the first column that is no number against the numbers; dates as a line. Null without numbers. */
export function likelyChart(columns: readonly SqlResultColumn[]): ChartChoice | null {
  const numbers = columns.flatMap((column, i) => (isNumber(column) ? [i] : []));
  const label = columns.findIndex((column) => !isNumber(column));
  const x = label === -1 ? 0 : label;
  const y = numbers.filter((i) => i !== x).slice(0, 3);
  if (y.length === 0) return null;
  const type = columns[x]?.type;
  return { kind: type === 'date' || type === 'timestamp' ? 'line' : 'bar', x, y };
}

export function isNumber(column: SqlResultColumn): boolean {
  return column.type === 'integer' || column.type === 'decimal';
}

/** A value as a chart takes it; integers beyond 2^53 come as text. */
export function asNumber(value: Scalar | undefined): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
