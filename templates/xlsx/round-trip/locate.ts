import type { Workbook } from '../workbook.ts';
import { plainText } from './cell-text.ts';
import { sheetLost } from './errors.ts';
import { CODE_SHEET, KEY_HEADER, MARK_SHEET } from './marks.ts';
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
 * position.
 *
 * @throws `templates.xlsx.task.sheet`
 */
export async function locateTask(workbook: Workbook, columns: readonly TaskColumn[]): Promise<TaskPlace> {
  let best: { place: TaskPlace; found: number } | undefined;
  for (const { name } of workbook.sheets) {
    if (name === MARK_SHEET || name === CODE_SHEET) continue;
    const place = await placeIn(workbook, name, columns);
    const found = place ? place.columns.filter((at) => at !== undefined).length : 0;
    if (place && found > (best?.found ?? 0)) best = { place, found };
  }
  if (!best || best.found * 2 < columns.length) throw sheetLost(columns.map(({ title }) => title));
  return best.place;
}

async function placeIn(
  workbook: Workbook,
  sheet: string,
  columns: readonly TaskColumn[],
): Promise<TaskPlace | undefined> {
  const heads: { row: number; texts: readonly string[] }[] = [];
  for await (const { number, values } of workbook.rows(sheet, { limit: HEADER_ROWS })) {
    if (number > HEADER_ROWS) break;
    heads.push({
      row: number,
      texts: values.map((value) => (typeof value === 'string' ? plainText(value) : String(value ?? ''))),
    });
  }
  const ids = bestRow(heads, columns, (column, text) => text === plainText(column.id));
  const titles = bestRow(heads, columns, (column, text) => sameTitle(column, text));
  const lead = ids && ids.found * 2 >= columns.length ? ids : titles;
  if (!lead) return undefined;
  const header = titles && titles.row > lead.row && titles.row - lead.row <= 2 ? titles : lead;
  // A column the one row does not name may still be named by the other.
  const positions = lead.positions.map((at, index) => at ?? (header === lead ? undefined : header.positions[index]));
  const keyAt = heads
    .find(({ row }) => row === lead.row)!
    .texts.findIndex((text) => text === plainText(KEY_HEADER) || text === '行标识');
  const shown = heads.find(({ row }) => row === header.row)!.texts;
  const extra = shown.filter((text, at) => text !== '' && at !== keyAt && text !== '行标识' && !positions.includes(at));
  return { sheet, headerRow: header.row, keyColumn: keyAt < 0 ? undefined : keyAt, columns: positions, extra };
}

interface HeaderRow {
  readonly row: number;
  readonly found: number;
  readonly positions: readonly (number | undefined)[];
}

function bestRow(
  heads: readonly { readonly row: number; readonly texts: readonly string[] }[],
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
