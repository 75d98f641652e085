import { MAX_COLUMNS, MAX_ROWS } from './limits.ts';

/** A rectangle of cells; rows and columns from 1, both ends within. */
export interface CellRange {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** `1` → `A`, `28` → `AB`. */
export function columnName(column: number): string {
  let name = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

/** `AB12:C3`, `$A$1` or a single cell as a range; undefined when it is none, or outside a sheet. */
export function parseRange(text: string): CellRange | undefined {
  const match = /^\$?([A-Z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Z]{1,3})\$?([1-9]\d{0,6}))?$/i.exec(text);
  if (!match) return undefined;
  const [, left, top, right = left, bottom = top] = match;
  const columns = [columnNumber(left!), columnNumber(right!)];
  const rows = [Number(top), Number(bottom)];
  const range = {
    top: Math.min(...rows),
    left: Math.min(...columns),
    bottom: Math.max(...rows),
    right: Math.max(...columns),
  };
  return range.bottom <= MAX_ROWS && range.right <= MAX_COLUMNS ? range : undefined;
}

function columnNumber(letters: string): number {
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}
