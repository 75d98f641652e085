import type { Row } from '../row.ts';
import type { Workbook } from '../workbook.ts';
import { marksLost, notATask } from './errors.ts';
import {
  BASE_PROPERTY,
  createMarker,
  MARK_LENGTH,
  MARK_SHEET,
  MARK_VERSION,
  readKeyHeader,
  rowMarks,
  TASK_PROPERTY,
} from './marks.ts';
import type { TaskColumn, TaskIdentity, TaskRow } from './task.ts';

/** What the very hidden sheet remembers of the base. */
export interface BaseMarks extends TaskIdentity {
  readonly columns: readonly string[];
  readonly rows: ReadonlyMap<string, BaseRow>;
}

export interface BaseRow {
  /** The marks of its cells, one after the other. */
  readonly marks: string;
  /** `1` for a locked cell. */
  readonly locks: string;
}

/** The rows of a base as the server holds them; undefined when it does not. */
export type BaseRows = (identity: TaskIdentity) => Iterable<TaskRow> | AsyncIterable<TaskRow> | undefined;

/** Rows looked at for the header that says whose rows a copied sheet has. */
const HEADER_ROWS = 30;

/**
 * Which task a workbook is: by its document properties, by the hidden sheet where a program dropped them, or by the
 * header of the key column where the sheet was copied into another workbook.
 */
export async function readIdentity(workbook: Workbook): Promise<TaskIdentity> {
  const task = workbook.customProperties.get(TASK_PROPERTY);
  const base = workbook.customProperties.get(BASE_PROPERTY);
  if (typeof task === 'string' && typeof base === 'string') return { task, base };
  if (hasMarks(workbook)) {
    for await (const row of workbook.rows(MARK_SHEET, { limit: 1 })) {
      const [version, hiddenTask, hiddenBase] = textsOf(row);
      if (version === MARK_VERSION && hiddenTask && hiddenBase) return { task: hiddenTask, base: hiddenBase };
    }
  }
  for (const { name } of workbook.sheets) {
    for await (const row of workbook.rows(name, { limit: HEADER_ROWS })) {
      for (const text of textsOf(row)) {
        const identity = readKeyHeader(text);
        if (identity) return identity;
      }
    }
  }
  throw notATask();
}

/**
 * Reads the hidden sheet; it must be whole and of the same task as the file says. Where it is not, the base is what
 * the server holds.
 */
export async function readBaseMarks(
  workbook: Workbook,
  columns: readonly TaskColumn[],
  baseRows?: BaseRows,
): Promise<BaseMarks> {
  const identity = await readIdentity(workbook);
  const hidden = hasMarks(workbook) ? await readMarkSheet(workbook, identity) : undefined;
  if (hidden) return hidden;
  const held = baseRows?.(identity);
  if (!held) throw marksLost(identity);
  const marker = createMarker();
  const rows = new Map<string, BaseRow>();
  for await (const row of held) rows.set(row.key, rowMarks(row, columns, marker));
  return { ...identity, columns: columns.map(({ id }) => id), rows };
}

async function readMarkSheet(workbook: Workbook, identity: TaskIdentity): Promise<BaseMarks | undefined> {
  const rows = new Map<string, BaseRow>();
  let columns: string[] = [];
  let count = -1;
  for await (const row of workbook.rows(MARK_SHEET)) {
    const texts = textsOf(row);
    if (row.number === 1) {
      const [version, task, base, rowCount] = texts;
      if (version !== MARK_VERSION || task !== identity.task || base !== identity.base) return undefined;
      count = Number(rowCount);
    } else if (row.number === 2) columns = texts.filter((text) => text !== '');
    else if (texts[0] && texts[1]?.length === columns.length * MARK_LENGTH) {
      rows.set(texts[0], { marks: texts[1], locks: (texts[2] ?? '').slice(1) });
    }
  }
  return rows.size === count && columns.length > 0 ? { ...identity, columns, rows } : undefined;
}

function hasMarks(workbook: Workbook): boolean {
  return workbook.sheets.some(({ name }) => name === MARK_SHEET);
}

function textsOf({ values }: Row): string[] {
  return Array.from(values, (value) => (value === null || value === undefined ? '' : String(value)));
}
