import type { Json, JsonObject } from '../core/json.ts';
import { fileHeader } from './errors.ts';

export type Cell = string | number | boolean | Date | null;

/** How to find the table in a sheet that people made: titles above, totals below. */
export interface TableLayout {
  /** Names that the header row holds, all of them (or one of their aliases each). */
  readonly headerContains: readonly string[];
  /** Other names of a column; used to find the header only, the records keep the names of the file. */
  readonly aliases?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Rows to leave out: those whose column is blank or says one of these. */
  readonly dropRowsWhere?: { readonly column: string; readonly blankOr: readonly string[] } | undefined;
}

/** The header is looked for in the first rows only. */
const HEADER_WITHIN = 50;

/**
 * The records of a table: the header row is the first that holds the wanted names; each row below it becomes a record
 * of its non-empty columns' names. Empty rows and totals are left out.
 *
 * @throws FillOnceError `connectors.file.header`
 */
export async function* tableRecords(
  rows: AsyncIterable<readonly Cell[]>,
  layout: TableLayout,
  where: string,
): AsyncIterable<JsonObject> {
  let header: (string | null)[] | null = null;
  let dropAt = -1;
  let looked = 0;
  for await (const row of rows) {
    if (header === null) {
      const names = row.map((cell) => squeeze(cell));
      if (layout.headerContains.every((name) => position(names, name, layout) >= 0)) {
        header = columnNames(row);
        dropAt = layout.dropRowsWhere ? position(names, layout.dropRowsWhere.column, layout) : -1;
      } else if (++looked >= HEADER_WITHIN) break;
      continue;
    }
    if (row.every((cell) => squeeze(cell) === '')) continue;
    if (dropAt >= 0) {
      const text = squeeze(row[dropAt] ?? null);
      if (text === '' || layout.dropRowsWhere?.blankOr.includes(text)) continue;
    }
    const record: Record<string, Json> = {};
    for (const [i, name] of header.entries()) if (name !== null) record[name] = value(row[i] ?? null);
    yield record;
  }
  if (header === null) throw fileHeader(where, layout.headerContains);
}

function position(names: readonly string[], wanted: string, layout: TableLayout): number {
  for (const name of [wanted, ...(layout.aliases?.[wanted] ?? [])]) {
    const at = names.indexOf(squeeze(name));
    if (at >= 0) return at;
  }
  return -1;
}

/** Names of the columns, line breaks and spaces taken out; a repeated name gets a number, a blank one is no column. */
function columnNames(row: readonly Cell[]): (string | null)[] {
  const used = new Map<string, number>();
  return row.map((cell) => {
    const name = squeeze(cell);
    if (name === '') return null;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/** Text without any white space and with full-width brackets, letters and digits as half-width: `合　计` is `合计`. */
function squeeze(cell: Cell): string {
  return cell === null ? '' : String(cell).normalize('NFKC').replaceAll(/\s/g, '');
}

function value(cell: Cell): Json {
  if (cell === null) return null;
  if (cell instanceof Date) return dateText(cell);
  if (typeof cell !== 'string') return cell;
  const text = cell.trim();
  return text === '' ? null : text;
}

/** A spreadsheet date has no zone: its UTC fields are what the cell shows. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19);
}
