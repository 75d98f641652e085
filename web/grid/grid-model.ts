import type { ValueRule } from './cell-value.ts';

export type DoubtClass = 'stale' | 'conflicting' | 'missing';

export interface GridColumn extends ValueRule {
  readonly id: string;
  readonly title: string;
  readonly unit: string | null;
  readonly width: number;
  /** Stays on screen when the rest scrolls sideways. */
  readonly pinned: boolean;
}

export interface GridCell {
  readonly value: string | null;
  /** Null: the cell is context and cannot be changed. */
  readonly doubt: DoubtClass | null;
  readonly editable: boolean;
  readonly state: 'open' | 'waiting' | 'saved' | 'conflict' | 'invalid';
}

/** The rows the grid shows; they come page by page. */
export interface GridSource {
  columns(): readonly GridColumn[];
  rowCount(): number;
  /** Undefined while the row is not loaded. */
  cell(row: number, column: number): GridCell | undefined;
  rowKey(row: number): string | undefined;
  /** Loads what is missing of the rows from `from` up to `to`. */
  load(from: number, to: number): Promise<void>;
  onChange(listener: () => void): () => void;
}

export interface Position {
  readonly row: number;
  readonly column: number;
}

export interface Range {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function rangeOf(a: Position, b: Position): Range {
  return {
    top: Math.min(a.row, b.row),
    bottom: Math.max(a.row, b.row),
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
  };
}

export function inRange(range: Range, row: number, column: number): boolean {
  return row >= range.top && row <= range.bottom && column >= range.left && column <= range.right;
}
