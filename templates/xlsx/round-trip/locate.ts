import type { Row } from '../row.ts';
import type { Workbook } from '../workbook.ts';
import { plainText } from './cell-text.ts';
import { sheetLost } from './errors.ts';
import { CODE_SHEET, MARK_SHEET, readKeyHeader } from './marks.ts';
import type { TaskColumn } from './task.ts';

/** Where the rows of a task are in a workbook that came back. */
export interface TaskPlace {
  readonly sheet: string;
  /** The last row of the header. */
  readonly headerRow: number;
  /** Position (from 0) of the column with the row keys; undefined when it is gone. */
  readonly keyColumn: number | undefined;
  /** Position of each of the task's columns; undefined when it is gone. */
  readonly columns: readonly (number | undefined)[];
  /** Headers of other columns that have one. */
  readonly extra: readonly string[];
}

/** Rows looked at for a header: somebody may have put a title above. */
const HEADER_ROWS = 30;

/**
 * Finds the sheet and the columns of a task by the hidden row of ids or, where it is gone, by the titles: never by
 * position. More than one when the sheet was copied inside the workbook.
 *
 * @throws `templates.xlsx.task.sheet`
 */
export async function locateTask(
  workbook: Workbook,
  columns: readonly TaskColumn[],
): Promise<readonly [TaskPlace, ...TaskPlace[]]> {
  const places: { place: TaskPlace; rank: number }[] = [];
  for (const { name } of workbook.sheets) {
    if (name === MARK_SHEET || name === CODE_SHEET) continue;
    const place = await placeIn(workbook, name, columns);
    const found = place ? place.columns.filter((at) => at !== undefined).length : 0;
    // A clerk's own list beside it may have the same titles, but not the keys.
    if (place && found * 2 >= columns.length)
      places.push({ place, rank: (place.keyColumn === undefined ? 0 : columns.length) + found });
  }
  const best = Math.max(...places.map(({ rank }) => rank));
  const [first, ...others] = places.filter(({ rank }) => rank === best).map(({ place }) => place);
  if (!first) throw sheetLost(columns.map(({ title }) => title));
  return [first, ...others];
}

/** Whether a row below the header is that header again: sorting may have taken it along. */
export function isHeaderRow(
  { values }: Row,
  { keyColumn, columns: at }: TaskPlace,
  columns: readonly TaskColumn[],
): boolean {
  const key = keyColumn === undefined ? undefined : values[keyColumn];
  if (typeof key === 'string' && readKeyHeader(key) !== undefined) return true;
  let named = 0;
  let present = 0;
  for (const [index, { id, title }] of columns.entries()) {
    const position = at[index];
    if (position === undefined) continue;
    present++;
    if (values[position] === id || values[position] === title) named++;
  }
  return named > 1 && named * 2 > present;
}

interface Head {
  readonly row: number;
  readonly texts: readonly string[];
}

async function placeIn(
  workbook: Workbook,
  sheet: string,
  columns: readonly TaskColumn[],
): Promise<TaskPlace | undefined> {
  const ids = new Set(columns.map(({ id }) => plainText(id)));
  const heads: Head[] = [];
  for await (const { number, values } of workbook.rows(sheet)) {
    const isDeep = number > HEADER_ROWS;
    // Sorted into the rows with everything else: only the row of ids is sure enough to be looked for down there.
    if (isDeep && (heads.length === 0 || placed(sheet, heads, columns))) break;
    if (isDeep && values.filter((value) => typeof value === 'string' && ids.has(value)).length * 2 < ids.size) continue;
    heads.push({
      row: number,
      texts: Array.from(values, (value) => (typeof value === 'string' ? plainText(value) : String(value ?? ''))),
    });
    if (isDeep) break;
  }
  return placed(sheet, heads, columns);
}

function placed(sheet: string, heads: readonly Head[], columns: readonly TaskColumn[]): TaskPlace | undefined {
  const ids = bestRow(heads, columns, (column, text) => text === plainText(column.id));
  const titles = bestRow(heads, columns, (column, text) => sameTitle(column, text));
  const lead = ids && ids.found * 2 >= columns.length ? ids : titles;
  if (!lead || lead.found * 2 < columns.length) return undefined;
  const header = titles && titles.row > lead.row && titles.row - lead.row <= 2 ? titles : lead;
  // A column the one row does not name may still be named by the other.
  const positions = lead.positions.map((at, index) => at ?? (header === lead ? undefined : header.positions[index]));
  const keyAt = heads.find(({ row }) => row === lead.row)!.texts.findIndex((text) => readKeyHeader(text) !== undefined);
  const shown = heads.find(({ row }) => row === header.row)!.texts;
  const extra = shown.filter((text, at) => text !== '' && at !== keyAt && !positions.includes(at));
  return { sheet, headerRow: header.row, keyColumn: keyAt < 0 ? undefined : keyAt, columns: positions, extra };
}

interface HeaderRow {
  readonly row: number;
  readonly found: number;
  readonly positions: readonly (number | undefined)[];
}

function bestRow(
  heads: readonly Head[],
  columns: readonly TaskColumn[],
  matches: (column: TaskColumn, text: string) => boolean,
): HeaderRow | undefined {
  let best: HeaderRow | undefined;
  for (const { row, texts } of heads) {
    const taken = new Set<number>();
    const positions = columns.map((column) => {
      const at = texts.findIndex((text, index) => text !== '' && !taken.has(index) && matches(column, text));
      if (at < 0) return undefined;
      taken.add(at);
      return at;
    });
    if (taken.size > (best?.found ?? 0)) best = { row, found: taken.size, positions };
  }
  return best;
}

/** Titles are compared without spaces, line breaks and the unit in brackets. */
function sameTitle({ title }: TaskColumn, text: string): boolean {
  const bare = (words: string): string =>
    plainText(words)
      .replace(/\([^()]*\)$/, '')
      .replaceAll(/\s/g, '');
  return bare(title) === bare(text);
}
