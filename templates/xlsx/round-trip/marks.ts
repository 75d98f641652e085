import { contentHash } from '../../../core/ids.ts';
import { cellText } from './cell-text.ts';
import type { TaskColumn, TaskIdentity, TaskRow } from './task.ts';

/** Custom document properties of an exported task. */
export const TASK_PROPERTY = 'FillOnceTask';
export const BASE_PROPERTY = 'FillOnceBase';
/** The sheet that remembers the base: nobody sees it, and programs that do not know "very hidden" make it hidden. */
export const MARK_SHEET = '_fillonce';
export const CODE_SHEET = '_fillonce_codes';
export const MARK_VERSION = 'fillonce-task-1';
/** Header of the hidden column that carries each row's key, followed by task and base: a sheet may be copied away. */
export const KEY_HEADER = '#row';
/** The title people see over that column when they unhide it. */
export const KEY_TITLE = '行标识';

/** Characters of one cell's mark: 48 bits, so that a changed cell passes for the same once in 10^14. */
export const MARK_LENGTH = 12;
export const BLANK_MARK = '-'.repeat(MARK_LENGTH);

export interface Marker {
  /** The mark of a canonical text. */
  of(text: string | null): string;
}

/** Marks texts; the ones that rosters repeat are hashed once. */
export function createMarker(): Marker {
  const known = new Map<string, string>();
  return {
    of: (text) => {
      if (text === null) return BLANK_MARK;
      let mark = known.get(text);
      if (mark === undefined) {
        mark = contentHash(text).slice(0, MARK_LENGTH);
        if (known.size >= 65_536) known.clear();
        known.set(text, mark);
      }
      return mark;
    },
  };
}

/** The canonical text of a base value, by the same rules as what comes back. */
export function baseText(column: TaskColumn, value: string | null): string | null {
  const read = cellText(column, value);
  return 'text' in read ? read.text : value;
}

/** What the hidden sheet says of a row: the marks of its cells, and `1` for each that is locked. */
export function rowMarks(
  { values, asked = [] }: TaskRow,
  columns: readonly TaskColumn[],
  marker: Marker,
): { readonly marks: string; readonly locks: string } {
  const open = new Set(asked);
  return {
    marks: columns.map((column, at) => marker.of(baseText(column, values[at] ?? null))).join(''),
    locks: columns.map(({ id }) => (open.has(id) ? '0' : '1')).join(''),
  };
}

export function keyHeader({ task, base }: TaskIdentity): string {
  return `${KEY_HEADER} ${JSON.stringify([task, base])}`;
}

/** The task and base a key column's header names; null for a header that names none, undefined for other text. */
export function readKeyHeader(text: string): TaskIdentity | null | undefined {
  if (text === KEY_HEADER || text === KEY_TITLE) return null;
  if (!text.startsWith(`${KEY_HEADER} [`)) return undefined;
  try {
    const [task, base] = JSON.parse(text.slice(KEY_HEADER.length)) as unknown[];
    return typeof task === 'string' && typeof base === 'string' ? { task, base } : null;
  } catch {
    return null;
  }
}
