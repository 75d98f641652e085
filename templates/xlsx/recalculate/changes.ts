import type { Block } from '../expand/block.ts';
import type { Area } from '../formula/reference.ts';
import { MAX_COLUMNS } from '../limits.ts';
import type { Cell } from '../patch/cell.ts';
import type { SheetContent } from './content.ts';
import type { Changes } from './dependence.ts';

export interface ChangedThings {
  readonly contents: ReadonlyMap<number, SheetContent>;
  /** Cells that were set, and cells whose formula was shifted. */
  readonly changed: ReadonlySet<Cell>;
  readonly moved: ReadonlySet<Cell>;
  /** Areas of a sheet that were made by an expansion of columns. */
  readonly grown: ReadonlyMap<number, readonly Area[]>;
}

/** Functions whose result follows the place of things, not only their values. */
const PLACE_FUNCTIONS = /^(?:ROWS?|COLUMNS?|CELL|ADDRESS|INDIRECT|OFFSET|SHEETS?|AREAS)$/i;

/** Columns of the changed cells of one row. */
interface ChangedRow {
  readonly row: number;
  readonly columns: readonly number[];
}

/** Looks changes up by area. */
export function createChanges({ contents, changed, moved, grown }: ChangedThings): Changes {
  const areas = new Map<number, Area[]>();
  const rows = new Map<number, ChangedRow[]>();
  for (const [sheet, content] of contents) {
    areas.set(sheet, [...content.blocks.map(blockArea), ...(grown.get(sheet) ?? [])]);
    if (changed.size > 0) rows.set(sheet, changedRows(content, changed));
  }
  return {
    areas: (sheet) => areas.get(sheet) ?? [],
    touches: (sheet, { top, left, bottom, right }) => {
      const list = rows.get(sheet);
      if (!list) return false;
      for (let at = firstFrom(list, top); at < list.length && list[at]!.row <= bottom; at++) {
        if (list[at]!.columns.some((column) => column >= left && column <= right)) return true;
      }
      return false;
    },
    isSuspect: ({ sheet, cell, tokens }) => {
      const isRewritten = (areas.get(sheet)?.length ?? 0) > 0 || (rows.get(sheet)?.length ?? 0) > 0;
      // Saved without a result by a program that does not calculate; the sheet is written anew anyway.
      if (isRewritten && cell.value === undefined) return true;
      const hasMoved = moved.has(cell) || (areas.get(sheet)?.length ?? 0) > 0;
      return hasMoved && tokens.some((token) => token.kind === 'function' && PLACE_FUNCTIONS.test(token.text));
    },
  };
}

function blockArea({ start, count }: Block): Area {
  return { top: start, left: 1, bottom: start + count - 1, right: MAX_COLUMNS };
}

function changedRows({ document }: SheetContent, changed: ReadonlySet<Cell>): ChangedRow[] {
  const list: ChangedRow[] = [];
  for (const { index, cells } of document.rows) {
    const columns = (cells ?? []).filter((cell) => changed.has(cell)).map(({ column }) => column);
    if (columns.length > 0) list.push({ row: index, columns });
  }
  return list;
}

function firstFrom(list: readonly ChangedRow[], row: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.row < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
