import type { GridColumn } from './grid-model.ts';

export const ROW_HEIGHT = 36;
export const HEADER_HEIGHT = 40;
export const NUMBER_WIDTH = 52;

export interface GridLayout {
  readonly width: number;
  /** Left edge of each column in the unscrolled table. */
  readonly left: readonly number[];
  readonly widths: readonly number[];
  /** Width of the row number and the pinned columns, which stay on screen. */
  readonly pinnedWidth: number;
}

/**
 * Where each column lies; pinned ones come first in the list of columns. Where the columns need less than `room`, the
 * rest is shared out among those that scroll.
 */
export function layoutOf(columns: readonly GridColumn[], room: number): GridLayout {
  const needed = columns.reduce((sum, column) => sum + column.width, NUMBER_WIDTH);
  const loose = columns.filter((column) => !column.pinned).length;
  const extra = loose > 0 ? Math.max(0, Math.min(120, Math.floor((room - needed) / loose))) : 0;
  const widths = columns.map((column) => (column.pinned ? column.width : column.width + extra));
  const left: number[] = [];
  let at = NUMBER_WIDTH;
  for (const width of widths) {
    left.push(at);
    at += width;
  }
  const pinned = columns.filter((column) => column.pinned).reduce((sum, column) => sum + column.width, NUMBER_WIDTH);
  return { width: at, left, widths, pinnedWidth: pinned };
}
