import { columnName } from '../cell-reference.ts';
import { refusal } from '../errors.ts';
import type { Row } from '../row.ts';
import { type OpenOptions, openWorkbook, type Workbook } from '../workbook.ts';
import { type BaseMarks, readBaseMarks, readIdentity } from './base-marks.ts';
import { type CellText, cellText } from './cell-text.ts';
import { locateTask, type TaskPlace } from './locate.ts';
import { createMarker, MARK_LENGTH } from './marks.ts';
import { matchRows, type RowMatches, type SeenRow } from './match-rows.ts';
import type { CellChange, CellProblem, InsertedRow, TaskColumn, TaskDiff, TaskIdentity } from './task.ts';

export interface TaskImportOptions extends OpenOptions {
  /** Changes, inserted rows and problems together that are taken at most. */
  readonly mostChanges?: number;
}

const MOST_CHANGES = 500_000;
/** Empty rows in a row after which a sheet is over, whatever its formats say. */
const MOST_EMPTY_ROWS = 2_000;

/** Which task and base a workbook is an export of. @throws `templates.xlsx.task.unknown` */
export async function identifyTask(source: string | Uint8Array, options: OpenOptions = {}): Promise<TaskIdentity> {
  return withWorkbook(source, options, readIdentity);
}

/**
 * What somebody changed in an exported task, whatever was done to the file: rows sorted, inserted, deleted or copied,
 * columns moved, hidden or taken out, the file saved by another program, values pasted as text, in full-width digits,
 * dates as text. Rows are known by their keys and, without them, by what they hold; columns by id or title.
 *
 * @param columns the task's columns as the server has them
 * @throws `templates.xlsx.task.unknown`, `templates.xlsx.task.sheet`, and the refusals of a hostile file
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
    const base = await readBaseMarks(workbook);
    const known = base.columns.map(
      (id) => columns.find((column) => column.id === id) ?? { id, title: id, type: 'text' as const },
    );
    const place = await locateTask(workbook, known);
    const matches = matchRows(base, await seenRows(workbook, place, known));
    const found = await readChanges(workbook, place, known, base, matches, options.mostChanges ?? MOST_CHANGES);
    return {
      task: base.task,
      base: base.base,
      rows: matches.keys.size,
      ...found,
      deleted: matches.deleted,
      missingColumns: known.filter((_, at) => place.columns[at] === undefined).map(({ id }) => id),
      extraColumns: place.extra,
    };
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

/** The rows below the header, until the sheet is over. */
async function* dataRows(workbook: Workbook, { sheet, headerRow }: TaskPlace): AsyncGenerator<Row> {
  let empty = 0;
  for await (const row of workbook.rows(sheet, { from: headerRow + 1 })) {
    empty = row.filled === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_ROWS) return;
    if (row.filled > 0) yield row;
  }
}

async function seenRows(workbook: Workbook, place: TaskPlace, columns: readonly TaskColumn[]): Promise<SeenRow[]> {
  const marker = createMarker();
  const seen: SeenRow[] = [];
  for await (const row of dataRows(workbook, place)) {
    const marks = columns.map((column, at) => {
      const position = place.columns[at];
      if (position === undefined) return undefined;
      const read = cellText(column, row.values[position]);
      return 'text' in read ? marker.of(read.text) : 'unreadable';
    });
    seen.push({ number: row.number, key: keyOf(row, place), marks });
  }
  return seen;
}

function keyOf({ values }: Row, { keyColumn }: TaskPlace): string {
  const value = keyColumn === undefined ? undefined : values[keyColumn];
  return value === null || value === undefined ? '' : typeof value === 'string' ? value.trim() : String(value);
}

interface Found {
  readonly changes: CellChange[];
  readonly inserted: InsertedRow[];
  readonly problems: CellProblem[];
  readonly formulas: string[];
}

async function readChanges(
  workbook: Workbook,
  place: TaskPlace,
  columns: readonly TaskColumn[],
  base: BaseMarks,
  matches: RowMatches,
  most: number,
): Promise<Found> {
  const marker = createMarker();
  const found: Found = { changes: [], inserted: [], problems: [], formulas: [] };
  for await (const row of dataRows(workbook, place)) {
    const key = matches.keys.get(row.number) ?? null;
    const isNew = key === null && matches.inserted.has(row.number);
    if (key === null && !isNew) continue;
    const known = key === null ? undefined : base.rows.get(key)!;
    const values: Record<string, string | null> = Object.create(null);
    for (const [at, column] of columns.entries()) {
      const position = place.columns[at];
      if (position === undefined) continue;
      const where = `${place.sheet}!${columnName(position + 1)}${row.number}`;
      if (row.formulas?.has(position)) found.formulas.push(where);
      const read: CellText = cellText(column, row.values[position]);
      if ('problem' in read) {
        found.problems.push({ at: where, row: key, column: column.id, message: read.problem });
        continue;
      }
      if (!known) values[column.id] = read.text;
      else if (marker.of(read.text) !== known.marks.slice(at * MARK_LENGTH, (at + 1) * MARK_LENGTH)) {
        found.changes.push({
          row: key!,
          column: column.id,
          value: read.text,
          at: where,
          locked: known.locks[at] === '1',
        });
      }
    }
    if (isNew) found.inserted.push({ at: `${place.sheet}!${row.number}`, values });
    const total = found.changes.length + found.inserted.length + found.problems.length;
    if (total > most) throw refusal('cells', { at: place.sheet, limit: most, found: total });
  }
  return found;
}
