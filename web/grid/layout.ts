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

/** Where each column lies; pinned ones come first in the list of columns. */
export function layoutOf(columns: readonly GridColumn[]): GridLayout {
  const left: number[] = [];
  let at = NUMBER_WIDTH;
  for (const column of columns) {
    left.push(at);
    at += column.width;
  }
  const pinned = columns.filter((column) => column.pinned).reduce((sum, column) => sum + column.width, NUMBER_WIDTH);
  return { width: at, left, widths: columns.map((column) => column.width), pinnedWidth: pinned };
}
