import { columnName } from '../cell-reference.ts';
import { MAX_COLUMNS, MAX_ROWS } from '../limits.ts';

/** A rectangle of cells, 1-based, both ends inclusive. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** One corner of a reference as it is written; a missing coordinate means the whole row or column. */
export interface Corner {
  readonly row: number;
  readonly column: number;
  readonly rowFixed: boolean;
  readonly columnFixed: boolean;
}

/** How a reference is written: `A1`, `A1:B2`, `1:3`, `A:C`. */
export type Shape = 'cell' | 'area' | 'rows' | 'columns';

/** `A` → `1`, `ab` → `28`; letters only. */
export function columnNumber(name: string): number {
  let column = 0;
  for (let i = 0; i < name.length; i++) column = column * 26 + ((name.charCodeAt(i) & 0xdf) - 64);
  return column;
}

const AREA = /^\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6}))?$/;
const COLUMNS = /^\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})$/;
const ROWS = /^\$?([1-9]\d{0,6}):\$?([1-9]\d{0,6})$/;

/** A rectangle from `B3`, `B3:D9`, `B:D` or `3:9` (dollar signs are skipped); undefined for anything else. */
export function parseArea(text: string): Area | undefined {
  const area = AREA.exec(text);
  if (area) {
    const left = columnNumber(area[1]!);
    const top = Number(area[2]);
    return rectangle(top, left, area[4] ? Number(area[4]) : top, area[3] ? columnNumber(area[3]) : left);
  }
  const columns = COLUMNS.exec(text);
  if (columns) return rectangle(1, columnNumber(columns[1]!), MAX_ROWS, columnNumber(columns[2]!));
  const rows = ROWS.exec(text);
  if (rows) return rectangle(Number(rows[1]), 1, Number(rows[2]), MAX_COLUMNS);
  return undefined;
}

function rectangle(row: number, column: number, otherRow: number, otherColumn: number): Area | undefined {
  const area = {
    top: Math.min(row, otherRow),
    left: Math.min(column, otherColumn),
    bottom: Math.max(row, otherRow),
    right: Math.max(column, otherColumn),
  };
  return area.bottom <= MAX_ROWS && area.right <= MAX_COLUMNS ? area : undefined;
}

/** The relative notation of a rectangle: `B3`, `B3:D9`; whole columns as `B1:D1048576`, as attributes want them. */
export function printArea({ top, left, bottom, right }: Area): string {
  const start = columnName(left) + top;
  return top === bottom && left === right ? start : `${start}:${columnName(right)}${bottom}`;
}

export function sameArea(a: Area, b: Area): boolean {
  return a.top === b.top && a.left === b.left && a.bottom === b.bottom && a.right === b.right;
}

export function intersects(a: Area, b: Area): boolean {
  return a.top <= b.bottom && b.top <= a.bottom && a.left <= b.right && b.left <= a.right;
}

export function contains(outer: Area, inner: Area): boolean {
  return (
    outer.top <= inner.top && outer.bottom >= inner.bottom && outer.left <= inner.left && outer.right >= inner.right
  );
}

/** A sheet name as it must stand in a formula, before the `!`. */
export function quoteSheet(name: string): string {
  const plain =
    /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) && !/^\$?[A-Za-z]{1,3}\$?\d+$/.test(name) && !/^[RrCc]\d*$/.test(name);
  return plain ? name : `'${name.replaceAll("'", "''")}'`;
}
