import { type CellRange, parseRange } from '../cell-reference.ts';
import type { CellValue, Row } from '../row.ts';

/** The cells of a row as a person sees them who merged some: an area shows what its first cell holds. */
export interface MergedCells {
  /** To be called once for every row, in order. */
  enter(row: Row): void;
  /** What the area shows a cell (position from 0) is covered by; undefined for a cell that stands for itself. */
  shown(position: number): { readonly value: CellValue | undefined } | undefined;
}

interface Area {
  readonly range: CellRange;
  value: CellValue | undefined;
}

/** Follows the merged areas that touch any of the given columns down a sheet. */
export function createMergedCells(merges: readonly string[], positions: readonly number[]): MergedCells {
  const coming = merges
    .map(parseRange)
    .filter((range): range is CellRange => range !== undefined)
    .sort((a, b) => b.top - a.top);
  const areas = new Map<number, Area>();
  let current = 0;
  return {
    enter({ number, values }) {
      current = number;
      for (let next = coming.at(-1); next && next.top <= number; next = coming.at(-1)) {
        coming.pop();
        if (next.bottom < number) continue;
        const area: Area = { range: next, value: next.top === number ? values[next.left - 1] : undefined };
        for (const at of positions) if (at + 1 >= next.left && at + 1 <= next.right) areas.set(at, area);
      }
    },
    shown(position) {
      const area = areas.get(position);
      if (!area || area.range.bottom < current) return undefined;
      const isFirst = area.range.top === current && area.range.left === position + 1;
      return isFirst ? undefined : { value: area.value };
    },
  };
}
