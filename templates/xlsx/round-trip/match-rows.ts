import type { BaseMarks, BaseRow } from './base-marks.ts';
import { BLANK_MARK, MARK_LENGTH } from './marks.ts';

/** A row of the sheet as it came back. */
export interface SeenRow {
  readonly number: number;
  readonly key: string;
  /** The marks of its cells in the order of the base; undefined where the column is gone. */
  readonly marks: readonly (string | undefined)[];
}

export interface RowMatches {
  /** Key of the base row, by row number. */
  readonly keys: ReadonlyMap<number, string>;
  /** Rows that are in no base. */
  readonly inserted: ReadonlySet<number>;
  readonly deleted: readonly string[];
}

/** A row without its key is taken for one of the base when this share of its filled cells agree. */
const LEAST_ALIKE = 0.6;
const LEAST_AGREEING = 2;
/** Candidates looked at for one row. */
const MOST_CANDIDATES = 200;

/**
 * Tells which row is which: by key; of rows that were copied with their key the most alike; rows that lost their key by
 * what they hold. Order means nothing.
 */
export function matchRows(base: BaseMarks, seen: readonly SeenRow[]): RowMatches {
  const byKey = new Map<string, SeenRow>();
  const loose: SeenRow[] = [];
  for (const row of seen) {
    const known = row.key === '' ? undefined : base.rows.get(row.key);
    // An emptied row gave its content away: what is found elsewhere is it.
    if (!known || isEmpty(row)) {
      if (!isEmpty(row)) loose.push(row);
      continue;
    }
    const rival = byKey.get(row.key);
    if (!rival) byKey.set(row.key, row);
    else if (alike(known, row) > alike(known, rival)) {
      byKey.set(row.key, row);
      loose.push(rival);
    } else loose.push(row);
  }
  const keys = new Map<number, string>([...byKey].map(([key, row]) => [row.number, key]));
  const free = new Map([...base.rows].filter(([key]) => !byKey.has(key)));
  const inserted = new Set<number>();
  for (const row of [...loose].sort((a, b) => a.number - b.number)) inserted.add(row.number);
  for (const [row, key] of resemblances(free, loose)) {
    keys.set(row, key);
    inserted.delete(row);
    free.delete(key);
  }
  return { keys, inserted, deleted: [...free.keys()] };
}

function isEmpty({ marks }: SeenRow): boolean {
  return marks.every((mark) => mark === undefined || mark === BLANK_MARK);
}

function markAt({ marks }: BaseRow, column: number): string {
  return marks.slice(column * MARK_LENGTH, (column + 1) * MARK_LENGTH);
}

/** Cells that agree. */
function alike(base: BaseRow, row: SeenRow): number {
  let agreeing = 0;
  for (const [column, mark] of row.marks.entries()) if (mark !== undefined && mark === markAt(base, column)) agreeing++;
  return agreeing;
}

/** Rows and the free base rows they resemble, the surest first; each is used once. */
function resemblances(free: ReadonlyMap<string, BaseRow>, loose: readonly SeenRow[]): [number, string][] {
  if (free.size === 0 || loose.length === 0) return [];
  const index = new Map<string, string[]>();
  for (const [key, row] of free) {
    for (let column = 0; column * MARK_LENGTH < row.marks.length; column++) {
      const mark = markAt(row, column);
      if (mark === BLANK_MARK) continue;
      const place = `${column} ${mark}`;
      const list = index.get(place);
      if (list) list.push(key);
      else index.set(place, [key]);
    }
  }
  const pairs: { row: number; key: string; share: number }[] = [];
  for (const row of loose) {
    const filled = row.marks.filter((mark) => mark !== undefined && mark !== BLANK_MARK).length;
    for (const [key, agreeing] of candidates(row, index)) {
      const share = agreeing / Math.max(filled, 1);
      if (agreeing >= Math.min(LEAST_AGREEING, filled) && share >= LEAST_ALIKE)
        pairs.push({ row: row.number, key, share });
    }
  }
  pairs.sort((a, b) => b.share - a.share || a.row - b.row);
  const rows = new Set<number>();
  const keys = new Set<string>();
  const chosen: [number, string][] = [];
  for (const { row, key } of pairs) {
    if (rows.has(row) || keys.has(key)) continue;
    rows.add(row);
    keys.add(key);
    chosen.push([row, key]);
  }
  return chosen;
}

/** Free rows by how many filled cells agree; the rare cells of a row point to few. */
function candidates(row: SeenRow, index: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const lists = row.marks
    .map((mark, column) => (mark === undefined || mark === BLANK_MARK ? undefined : index.get(`${column} ${mark}`)))
    .filter((list): list is string[] => list !== undefined)
    .sort((a, b) => a.length - b.length);
  const counts = new Map<string, number>();
  for (const list of lists) {
    for (const key of list) {
      const known = counts.get(key);
      if (known !== undefined) counts.set(key, known + 1);
      else if (counts.size < MOST_CANDIDATES) counts.set(key, 1);
    }
  }
  return counts;
}
