import type { Grid, RangeOperand } from './evaluate.ts';
import { type FormulaError, foldCase, isError, type Value } from './values.ts';

/** Sums over a range, as SUM, COUNT, MIN and their kin see its cells. */
export interface RangeStatistics {
  readonly sum: number;
  /** Cells that hold a number. */
  readonly numbers: number;
  /** Cells that hold anything. */
  readonly filled: number;
  readonly min: number;
  readonly max: number;
  readonly product: number;
  readonly error?: FormulaError;
}

/** Answers about ranges, kept because a column of formulas asks the same ones again and again. */
export interface RangeCache {
  statistics(range: RangeOperand): RangeStatistics;
  /** The numbers of a range, ascending. */
  sorted(range: RangeOperand): Float64Array;
  /** Positions (0-based, along the one row or column) of the cells that equal a value; undefined: look yourself. */
  positions(range: RangeOperand, value: Value): readonly number[] | undefined;
}

interface Running {
  bottom: number;
  sum: number;
  numbers: number;
  filled: number;
  min: number;
  max: number;
  product: number;
  error?: FormulaError;
}

/** Ranges shorter than this are scanned faster than indexed. */
const INDEX_FROM_CELLS = 48;
/** Kept answers; a sheet has few distinct ranges unless they grow by the row, and those are extended in place. */
const MOST_KEPT = 4_000;

export function createRangeCache(grid: Grid, spend: (cells: number) => void): RangeCache {
  const running = new Map<string, Running>();
  const sorted = new Map<string, Float64Array>();
  const asked = new Map<string, Map<string, number[]> | 'once'>();

  return {
    statistics: (range) => {
      const { sheet, area } = range;
      const bottom = lastRow(range);
      const right = Math.min(area.right, Math.max(grid.used(sheet).columns, area.left));
      // Keyed by its top: SUM(E$5:E9) goes on where SUM(E$5:E8) stopped.
      const key = `${sheet} ${area.top} ${area.left} ${right}`;
      let state = running.get(key);
      if (!state || state.bottom > bottom) {
        state = { bottom: area.top - 1, sum: 0, numbers: 0, filled: 0, min: Infinity, max: -Infinity, product: 1 };
      }
      spend(Math.max(0, bottom - state.bottom) * (right - area.left + 1) + 1);
      for (let row = state.bottom + 1; row <= bottom; row++) {
        for (let column = area.left; column <= right; column++) add(state, grid.value(sheet, row, column));
        state.bottom = row;
      }
      keep(running, key, state);
      return state;
    },
    sorted: (range) => {
      const key = keyOf(range);
      const known = sorted.get(key);
      if (known) return known;
      const numbers: number[] = [];
      for (const value of valuesOf(range)) if (typeof value === 'number') numbers.push(value);
      const result = Float64Array.from(numbers).sort();
      keep(sorted, key, result);
      return result;
    },
    positions: (range, value) => {
      const { top, left, bottom, right } = range.area;
      const isLine = top === bottom || left === right;
      if (!isLine || (bottom - top + 1) * (right - left + 1) < INDEX_FROM_CELLS) return undefined;
      const key = keyOf(range);
      const index = asked.get(key);
      if (index === undefined) {
        keep(asked, key, 'once');
        return undefined;
      }
      if (index !== 'once') return index.get(valueKey(value)) ?? [];
      const built = new Map<string, number[]>();
      let position = 0;
      for (const cell of valuesOf(range)) {
        const cellKey = valueKey(cell);
        const list = built.get(cellKey);
        if (list) list.push(position);
        else built.set(cellKey, [position]);
        position++;
      }
      asked.set(key, built);
      return built.get(valueKey(value)) ?? [];
    },
  };

  function lastRow({ sheet, area }: RangeOperand): number {
    return Math.min(area.bottom, Math.max(grid.used(sheet).rows, area.top));
  }

  function* valuesOf(range: RangeOperand): Generator<Value> {
    const { sheet, area } = range;
    const bottom = lastRow(range);
    const right = Math.min(area.right, Math.max(grid.used(sheet).columns, area.left));
    spend((bottom - area.top + 1) * (right - area.left + 1));
    for (let row = area.top; row <= bottom; row++) {
      for (let column = area.left; column <= right; column++) yield grid.value(sheet, row, column);
    }
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MOST_KEPT) map.clear();
  map.set(key, value);
}

function keyOf({ sheet, area: { top, left, bottom, right } }: RangeOperand): string {
  return `${sheet} ${top} ${left} ${bottom} ${right}`;
}

/** Equal to `=` exactly when the keys are equal; a blank equals nothing by lookup. */
function valueKey(value: Value): string {
  if (typeof value === 'string') return `s${foldCase(value)}`;
  if (typeof value === 'number') return `n${value}`;
  if (isError(value)) return `e${value.error}`;
  return value === null ? '' : `b${value}`;
}

function add(state: Running, value: Value): void {
  if (value === null) return;
  state.filled++;
  if (typeof value === 'number') {
    state.sum += value;
    state.numbers++;
    state.product *= value;
    if (value < state.min) state.min = value;
    if (value > state.max) state.max = value;
  } else if (isError(value)) state.error ??= value;
}
