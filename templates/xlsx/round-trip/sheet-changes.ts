import { columnName } from '../cell-reference.ts';
import { refusal } from '../errors.ts';
import type { Row } from '../row.ts';
import type { Workbook } from '../workbook.ts';
import type { BaseMarks, BaseRow } from './base-marks.ts';
import { type CellText, cellText, MERGED, plainText, UNCALCULATED } from './cell-text.ts';
import { isHeaderRow, type TaskPlace } from './locate.ts';
import { BLANK_MARK, createMarker, MARK_LENGTH, type Marker } from './marks.ts';
import type { RowMatches, SeenRow } from './match-rows.ts';
import { createMergedCells, type MergedCells } from './merged-cells.ts';
import type { CellChange, CellProblem, InsertedRow, TaskColumn } from './task.ts';

/** Empty rows in a row after which a sheet is over, whatever its formats say. */
const MOST_EMPTY_ROWS = 2_000;
/** Zeros in front that a text lost when some program took it for a number. */
const MOST_LOST_ZEROS = 8;

/** What became of the cells and rows of a task. */
export interface SheetChanges {
  readonly changes: CellChange[];
  readonly inserted: InsertedRow[];
  readonly problems: CellProblem[];
  readonly formulas: string[];
}

/** The rows of a task's sheet with the marks of what they hold now. */
export async function seenRows(
  workbook: Workbook,
  place: TaskPlace,
  columns: readonly TaskColumn[],
  base: BaseMarks,
): Promise<SeenRow[]> {
  const marker = createMarker();
  const merged = await mergedCells(workbook, place);
  const seen: SeenRow[] = [];
  for await (const row of dataRows(workbook, place, columns, base)) {
    merged.enter(row);
    const marks = columns.map((column, at) => {
      const position = place.columns[at];
      if (position === undefined) return undefined;
      const read = readCell(row, position, column, merged, workbook.date1904);
      return 'text' in read ? marker.of(read.text) : 'unreadable';
    });
    seen.push({ number: row.number, key: keyOf(row, place), marks });
  }
  return seen;
}

/** What differs from the base, by the rows that were matched. */
export async function readChanges(
  workbook: Workbook,
  place: TaskPlace,
  columns: readonly TaskColumn[],
  base: BaseMarks,
  matches: RowMatches,
  most: number,
): Promise<SheetChanges> {
  const marker = createMarker();
  const merged = await mergedCells(workbook, place);
  const found: SheetChanges = { changes: [], inserted: [], problems: [], formulas: [] };
  for await (const row of dataRows(workbook, place, columns, base)) {
    merged.enter(row);
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
      const read = readCell(row, position, column, merged, workbook.date1904);
      if (known && isSame(read, markOf(known, at), row, position, marker)) continue;
      if ('problem' in read) found.problems.push({ at: where, row: key, column: column.id, message: read.problem });
      else if (!known) values[column.id] = read.text;
      else if (merged.shown(position)) found.problems.push({ at: where, row: key, column: column.id, message: MERGED });
      else
        found.changes.push({
          row: key!,
          column: column.id,
          value: read.text,
          at: where,
          locked: known.locks[at] === '1',
        });
    }
    if (isNew) found.inserted.push({ at: `${place.sheet}!${row.number}`, values });
    const total = found.changes.length + found.inserted.length + found.problems.length;
    if (total > most) throw refusal('cells', { at: place.sheet, limit: most, found: total });
  }
  return found;
}

/** The rows below the header, until the sheet is over; above it only those the base knows. */
async function* dataRows(
  workbook: Workbook,
  place: TaskPlace,
  columns: readonly TaskColumn[],
  base: BaseMarks,
): AsyncGenerator<Row> {
  let empty = 0;
  for await (const row of workbook.rows(place.sheet)) {
    empty = row.filled === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_ROWS) return;
    const isData = row.number > place.headerRow || base.rows.has(keyOf(row, place));
    if (row.filled > 0 && isData && !isHeaderRow(row, place, columns)) yield row;
  }
}

async function mergedCells(workbook: Workbook, { sheet, columns }: TaskPlace): Promise<MergedCells> {
  return createMergedCells(
    await workbook.merges(sheet),
    columns.filter((at) => at !== undefined),
  );
}

function keyOf({ values }: Row, { keyColumn }: TaskPlace): string {
  const value = keyColumn === undefined ? undefined : values[keyColumn];
  return value === null || value === undefined ? '' : String(value).trim();
}

function readCell(row: Row, position: number, column: TaskColumn, merged: MergedCells, date1904: boolean): CellText {
  const own = row.values[position];
  const isBlank = own === null || own === undefined || own === '';
  // Some programs write a formula and leave its result to the next who opens the file.
  if (isBlank && row.formulas?.has(position) && own !== '') return { problem: UNCALCULATED };
  const shown = isBlank ? merged.shown(position) : undefined;
  return cellText(column, shown ? shown.value : own, date1904);
}

function markOf({ marks }: BaseRow, column: number): string {
  return marks.slice(column * MARK_LENGTH, (column + 1) * MARK_LENGTH);
}

/** Whether a cell says what it said, in another program's words. */
function isSame(read: CellText, mark: string, row: Row, position: number, marker: Marker): boolean {
  const value = row.values[position];
  const isBlank = value === null || value === undefined || value === '';
  if (isBlank && mark === BLANK_MARK && !row.formulas?.has(position)) return true;
  if ('problem' in read) return typeof value === 'string' && marker.of(plainText(value)) === mark;
  if (marker.of(read.text) === mark) return true;
  if (typeof value !== 'number' || read.text === null || !/^\d+$/.test(read.text)) return false;
  for (let zeros = 1; zeros <= MOST_LOST_ZEROS; zeros++)
    if (marker.of('0'.repeat(zeros) + read.text) === mark) return true;
  return false;
}
