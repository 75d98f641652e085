import type { GridSource, Position } from './grid-model.ts';

export interface Search {
  readonly direction: 1 | -1;
  /** `row`: along the rows, as one reads; `column`: down the column first, then on as one reads. */
  readonly along: 'row' | 'column';
  /** Passes over cells that are answered already. */
  readonly openOnly: boolean;
}

/** Rows are loaded this many at a time while a search runs on past what is loaded. */
const STEP = 200;

/**
 * The next cell to answer after `from`, or null when there is none that way. Loads rows on the way.
 *
 * @example await nextDoubt(source, active, { direction: 1, along: 'row', openOnly: true })
 */
export async function nextDoubt(source: GridSource, from: Position, search: Search): Promise<Position | null> {
  if (search.along === 'column') {
    const below = await scan(source, from, search.direction, [from.column], search.openOnly, true);
    if (below) return below;
  }
  const columns = source.columns().map((_column, i) => i);
  return scan(source, from, search.direction, columns, search.openOnly, search.along === 'column');
}

async function scan(
  source: GridSource,
  from: Position,
  direction: 1 | -1,
  columns: readonly number[],
  openOnly: boolean,
  skipOwnRow: boolean,
): Promise<Position | null> {
  const ordered = direction === 1 ? columns : [...columns].reverse();
  const last = direction === 1 ? source.rowCount() - 1 : 0;
  for (let row = from.row + (skipOwnRow ? direction : 0); (last - row) * direction >= 0; row += direction) {
    if (source.rowKey(row) === undefined) {
      await source.load(direction === 1 ? row : Math.max(0, row - STEP), direction === 1 ? row + STEP : row + 1);
      if (source.rowKey(row) === undefined) return null;
    }
    for (const column of ordered) {
      if (row === from.row && (column - from.column) * direction <= 0) continue;
      const cell = source.cell(row, column);
      if (!cell?.editable) continue;
      if (openOnly && cell.state !== 'open') continue;
      return { row, column };
    }
  }
  return null;
}
