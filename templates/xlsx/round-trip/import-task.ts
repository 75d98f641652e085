import { type Breath, createBreath } from '../../../core/breath.ts';
import { type OpenOptions, openWorkbook, type Workbook } from '../workbook.ts';
import { type BaseMarks, type BaseRows, readBaseMarks, readIdentity } from './base-marks.ts';
import { otherTask, sheetTwice } from './errors.ts';
import { locateTask, type TaskPlace } from './locate.ts';
import { matchRows } from './match-rows.ts';
import { readChanges, seenRows } from './sheet-changes.ts';
import type { TaskColumn, TaskDiff, TaskIdentity } from './task.ts';

export interface TaskImportOptions extends OpenOptions {
  /** Changes, inserted rows and problems together that are taken at most. */
  readonly mostChanges?: number;
  /** The rows that were exported, for a file whose hidden sheet somebody removed. */
  readonly baseRows?: BaseRows;
}

const MOST_CHANGES = 500_000;
/** Copies of the sheet inside one file that are compared. */
const MOST_COPIES = 8;

/** Which task and base a workbook is an export of. @throws `templates.xlsx.task.unknown` */
export async function identifyTask(source: string | Uint8Array, options: OpenOptions = {}): Promise<TaskIdentity> {
  return withWorkbook(source, options, readIdentity);
}

/**
 * What somebody changed in an exported task, whatever was done to the file: rows sorted (with or without their hidden
 * keys), inserted, deleted or copied, columns moved, hidden or taken out, cells merged, the sheet copied, the file saved
 * by another program, values pasted as text, in full-width digits, dates as text. Rows are known by their keys and,
 * where those are gone or another's, by what they hold; columns by id or title.
 *
 * @param columns the task's columns as the server has them
 * @throws `templates.xlsx.task.unknown`, `.sheet`, `.marks`, `.other`, `.copies`, and the refusals of a hostile file
 * @example
 * const { task, base } = await identifyTask(upload);
 * const diff = await importTask(upload, columnsOf(task));
 */
export async function importTask(
  source: string | Uint8Array,
  columns: readonly TaskColumn[],
  options: TaskImportOptions = {},
): Promise<TaskDiff> {
  return withWorkbook(source, options, async (workbook) => {
    const base = await readBaseMarks(workbook, columns, options.baseRows);
    const known = base.columns.map(
      (id) => columns.find((column) => column.id === id) ?? { id, title: id, type: 'text' as const },
    );
    const places = await locateTask(workbook, known);
    if (places.length > MOST_COPIES) throw sheetTwice(places.map(({ sheet }) => sheet));
    const breathe = createBreath(options.signal);
    const diffs: TaskDiff[] = [];
    for (const place of places)
      diffs.push(await readPlace(workbook, place, known, base, options.mostChanges ?? MOST_CHANGES, breathe));
    // A copy somebody kept for safety says nothing; two that say different things leave no choice to us.
    const [first = diffs[0]!, ...others] = diffs.filter(isChanged);
    if (others.some((other) => said(other) !== said(first))) throw sheetTwice(places.map(({ sheet }) => sheet));
    return first;
  });
}

async function withWorkbook<T>(
  source: string | Uint8Array,
  options: OpenOptions,
  use: (workbook: Workbook) => Promise<T>,
): Promise<T> {
  const workbook = await openWorkbook(source, options);
  try {
    return await use(workbook);
  } finally {
    await workbook.close();
  }
}

async function readPlace(
  workbook: Workbook,
  place: TaskPlace,
  columns: readonly TaskColumn[],
  base: BaseMarks,
  most: number,
  breathe: Breath,
): Promise<TaskDiff> {
  const seen = await seenRows(workbook, place, columns, base);
  const matches = await matchRows(base, seen, breathe);
  const strange = seen.filter(({ key }) => key !== '').length;
  if (matches.keys.size === 0 && base.rows.size > 0 && strange > 0) throw otherTask(base, strange);
  return {
    task: base.task,
    base: base.base,
    rows: matches.keys.size,
    ...(await readChanges(workbook, place, columns, base, matches, most)),
    deleted: matches.deleted,
    missingColumns: columns.filter((_, at) => place.columns[at] === undefined).map(({ id }) => id),
    extraColumns: place.extra,
  };
}

function isChanged({ changes, inserted, deleted, problems }: TaskDiff): boolean {
  return changes.length + inserted.length + deleted.length + problems.length > 0;
}

/** A difference without its addresses. */
function said({ changes, inserted, deleted, problems }: TaskDiff): string {
  return JSON.stringify([
    changes.map(({ row, column, value }) => [row, column, value]).sort(),
    inserted.map(({ values }) => values),
    [...deleted].sort(),
    problems.map(({ row, column }) => [row, column]),
  ]);
}
