import type { Scalar, SqlResultColumn } from '../api-types.ts';

const LEAST_PX = 72;
const MOST_PX = 360;
const PX_PER_UNIT = 7.6;
/** A head is bold. */
const HEAD_SHARE = 1.12;
const PADDING_PX = 26;

/** Widths by the head and the first rows, so that they stay while rows come and go; a Chinese character counts two. */
export function columnWidths(columns: readonly SqlResultColumn[], rows: readonly (readonly Scalar[])[]): number[] {
  return columns.map((column, i) => {
    const units = rows.reduce((most, row) => Math.max(most, unitsOf(shown(row[i]))), HEAD_SHARE * unitsOf(column.name));
    return Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, units * PX_PER_UNIT + PADDING_PX)));
  });
}

/** A value as a cell shows it; null is for the caller to mark. */
export function shown(value: Scalar | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function unitsOf(text: string): number {
  let units = 0;
  for (const char of text.slice(0, 60)) units += char > '\u2e7f' ? 2 : 1;
  return units;
}
