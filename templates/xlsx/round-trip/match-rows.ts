import { type Breath, createBreath } from '../../../core/breath.ts';
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

/** A row is taken for one of the base by what it holds when this share of the cells both have filled agree. */
const LEAST_ALIKE = 0.6;
const LEAST_AGREEING = 2;
/** From this share on no other row is looked for. */
const SURELY_ALIKE = 0.8;
/** Candidates looked at for one row. */
const MOST_CANDIDATES = 50;

/**
 * Tells which row is which: by key; of rows that were copied with their key the most alike; rows that lost their key, or
 * have another row's because somebody sorted or moved the cells beside it, by what they hold. Order means nothing.
 */
export async function matchRows(
  base: BaseMarks,
  seen: readonly SeenRow[],
  breathe: Breath = createBreath(),
): Promise<RowMatches> {
  const byKey = new Map<string, SeenRow>();
  const loose: SeenRow[] = [];
  for (const row of seen) {
    await breathe();
    // An emptied row gave its content away: what is found elsewhere is it.
    if (isEmpty(row)) continue;
    const known = base.rows.get(row.key);
    const rival = byKey.get(row.key);
    if (!known) loose.push(row);
    else if (!rival) byKey.set(row.key, row);
    else if (alike(known, row) > alike(known, rival)) {
      byKey.set(row.key, row);
      loose.push(rival);
    } else loose.push(row);
  }
  const strangers: [string, SeenRow][] = [];
  for (const [key, row] of byKey) {
    await breathe();
    if (isStranger(base.rows.get(key)!, row)) strangers.push([key, row]);
  }
  for (const [key, row] of strangers) {
    byKey.delete(key);
    loose.push(row);
  }
  const keys = new Map<number, string>([...byKey].map(([key, row]) => [row.number, key]));
  const free = new Map([...base.rows].filter(([key]) => !byKey.has(key)));
  const unmatched = new Set(loose.map(({ number }) => number).sort((a, b) => a - b));
  const take = (row: number, key: string): void => {
    keys.set(row, key);
    unmatched.delete(row);
    free.delete(key);
  };
  for (const [row, key] of await resemblances(base, free, loose, breathe)) take(row, key);
  // A row that is like no other is its own, rewritten.
  for (const [key, { number }] of strangers) if (unmatched.has(number) && free.has(key)) take(number, key);
  return { keys, inserted: unmatched, deleted: [...free.keys()] };
}

function isEmpty({ marks }: SeenRow): boolean {
  return marks.every((mark) => mark === undefined || mark === BLANK_MARK);
}

function markAt({ marks }: BaseRow, column: number): string {
  return marks.slice(column * MARK_LENGTH, (column + 1) * MARK_LENGTH);
}

/** Filled cells that agree. */
function alike(base: BaseRow, row: SeenRow): number {
  let agreeing = 0;
  for (const [column, mark] of row.marks.entries())
    if (mark !== undefined && mark !== BLANK_MARK && mark === markAt(base, column)) agreeing++;
  return agreeing;
}

/** Most of what nobody may change, or where nothing is locked most of all, differs from the row the key names. */
function isStranger(base: BaseRow, row: SeenRow): boolean {
  const filled = [...row.marks.keys()].filter((at) => row.marks[at] !== undefined && markAt(base, at) !== BLANK_MARK);
  const held = filled.filter((at) => base.locks[at] === '1');
  const looked = held.length > 0 ? held : filled;
  return looked.filter((at) => row.marks[at] === markAt(base, at)).length * 2 < looked.length;
}

/** Rows and the free base rows they resemble, the surest first; each is used once. */
async function resemblances(
  base: BaseMarks,
  free: ReadonlyMap<string, BaseRow>,
  loose: readonly SeenRow[],
  breathe: Breath,
): Promise<[number, string][]> {
  if (free.size === 0 || loose.length === 0) return [];
  const index = await freeRowsByCell(free, breathe);
  const isOnlyOnce = await cellsOfOneRow(base, index, breathe);
  const pairs: { row: number; key: string; agreeing: number; share: number }[] = [];
  for (const row of loose) {
    await breathe();
    const own = base.rows.get(row.key);
    const likeOwn = own ? alike(own, row) : 0;
    for (const [key, agreeing] of candidates(row, free, index)) {
      if (agreeing < likeOwn || (agreeing === likeOwn && key !== row.key)) continue;
      const share = likeness(free.get(key)!, row, agreeing, isOnlyOnce);
      if (share !== undefined) pairs.push({ row: row.number, key, agreeing, share });
    }
  }
  pairs.sort((a, b) => b.agreeing - a.agreeing || b.share - a.share || a.row - b.row);
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

/**
 * The share of cells that agree, of those both have filled; undefined when that is too little. Neighbours share street,
 * building and kind: where a row has cells that no other has, such as a name or a number, one of them must agree, and
 * where two or more do and none differs, they are enough.
 */
function likeness(
  base: BaseRow,
  row: SeenRow,
  agreeing: number,
  isOnlyOnce: (place: string) => boolean,
): number | undefined {
  let filled = 0;
  let both = 0;
  let telling = 0;
  let told = 0;
  for (const [column, mark] of row.marks.entries()) {
    const held = markAt(base, column);
    if (mark === undefined || held === BLANK_MARK) continue;
    filled++;
    if (mark === BLANK_MARK) continue;
    both++;
    if (!isOnlyOnce(`${column} ${held}`)) continue;
    telling++;
    if (mark === held) told++;
  }
  const share = agreeing / Math.max(both, 1);
  if (told >= LEAST_AGREEING && told === telling) return share;
  if (agreeing < Math.min(LEAST_AGREEING, filled) || share < LEAST_ALIKE) return undefined;
  if (telling > 0) return told > 0 ? share : undefined;
  return agreeing / filled < LEAST_ALIKE ? undefined : share;
}

async function freeRowsByCell(free: ReadonlyMap<string, BaseRow>, breathe: Breath): Promise<Map<string, string[]>> {
  const index = new Map<string, string[]>();
  for (const [key, row] of free) {
    await breathe();
    for (const place of places(row)) {
      const list = index.get(place);
      if (list) list.push(key);
      else index.set(place, [key]);
    }
  }
  return index;
}

/** Whether a cell of a free row is in no other row of the whole base. */
async function cellsOfOneRow(
  base: BaseMarks,
  index: ReadonlyMap<string, readonly string[]>,
  breathe: Breath,
): Promise<(place: string) => boolean> {
  const counts = new Map<string, number>();
  for (const row of base.rows.values()) {
    await breathe();
    for (const place of places(row)) if (index.has(place)) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return (place) => counts.get(place) === 1;
}

function* places(row: BaseRow): Generator<string> {
  for (let column = 0; column * MARK_LENGTH < row.marks.length; column++) {
    const mark = markAt(row, column);
    if (mark !== BLANK_MARK) yield `${column} ${mark}`;
  }
}

/** Free rows by how many filled cells agree; the rare cells of a row point to few. */
function candidates(
  row: SeenRow,
  free: ReadonlyMap<string, BaseRow>,
  index: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const lists = row.marks
    .map((mark, column) => (mark === undefined || mark === BLANK_MARK ? undefined : index.get(`${column} ${mark}`)))
    .filter((list): list is string[] => list !== undefined)
    .sort((a, b) => a.length - b.length);
  const counts = new Map<string, number>();
  let best = 0;
  for (const list of lists) {
    for (const key of list) {
      if (counts.size >= MOST_CANDIDATES) return counts;
      if (counts.has(key)) continue;
      const agreeing = alike(free.get(key)!, row);
      counts.set(key, agreeing);
      best = Math.max(best, agreeing);
    }
    // Cells that point to more rows would not point to a better one.
    if (best >= SURELY_ALIKE * lists.length) break;
  }
  return counts;
}
