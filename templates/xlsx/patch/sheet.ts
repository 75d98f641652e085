import { refusal } from '../errors.ts';
import { MAX_ROWS } from '../limits.ts';
import { type Cell, parseCells, writeCell } from './cell.ts';
import { attribute, child, elements, parseTree, tagEnd, writeTree, type XmlElement, type XmlTree } from './tree.ts';

/** A row as it was read; its cells are parsed when somebody asks. */
export interface SheetRow {
  index: number;
  /** Attributes of the row except `r`, as written. */
  head: string;
  /** The markup of its cells, while nobody has parsed them. */
  body: string;
  cells?: Cell[];
  /** The row as it was read; gone once the row changed. */
  raw?: string;
}

/** A worksheet part: its rows apart from everything else. */
export interface SheetDocument {
  readonly part: string;
  /** The part without its rows, as it was read. */
  readonly around: string;
  /** The part with an empty `sheetData`. */
  readonly tree: XmlTree;
  readonly prefix: string;
  rows: SheetRow[];
}

const SPACED_END = /(<\/[\w.:-]+)\s+>/;
const SHEET_DATA = /<((?:[\w.-]+:)?)sheetData(?=[\s/>])/;

/** Splits a worksheet part; its rows must ascend. @throws `templates.xlsx.*` */
export function readSheet(part: string, original: string, depth: number): SheetDocument {
  const opening = SHEET_DATA.exec(original);
  const bad = (at: number) => refusal('xml', { part, at: `character ${at}` });
  if (!opening) throw bad(0);
  const prefix = opening[1]!;
  const start = opening.index;
  const inside = tagEnd(original, start + 1, bad);
  const empty = original[inside - 2] === '/';
  const close = empty ? inside : original.indexOf(`</${prefix}sheetData`, inside);
  if (close < 0) throw bad(start);
  const after = empty ? inside : tagEnd(original, close + 1, bad);
  const around = `${original.slice(0, start)}<${prefix}sheetData/>${original.slice(after)}`;
  const body = empty ? '' : plain(original.slice(inside, close));
  return { part, around, prefix, tree: parseTree(around, part, depth), rows: readRows(body, prefix, part) };
}

/** Without comments, instructions and CDATA, which may hide what looks like tags, and without spaces in closing tags. */
function plain(markup: string): string {
  const bare = /<[!?]/.test(markup)
    ? markup.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, text?: string) =>
        text === undefined ? '' : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      )
    : markup;
  return SPACED_END.test(bare) ? bare.replaceAll(new RegExp(SPACED_END, 'g'), '$1>') : bare;
}

function readRows(body: string, prefix: string, part: string): SheetRow[] {
  const rows: SheetRow[] = [];
  const opening = `<${prefix}row`;
  const closing = `</${prefix}row>`;
  const bad = (at: number) => refusal('xml', { part, at: `row data, character ${at}` });
  let last = 0;
  let at = 0;
  for (;;) {
    const start = body.indexOf(opening, at);
    if (start < 0) return rows;
    const end = tagEnd(body, start + 1, bad);
    const empty = body[end - 2] === '/';
    let head = body.slice(start + opening.length, end - (empty ? 2 : 1));
    let index = last + 1;
    head = head.replace(/\sr\s*=\s*(?:"(\d+)"|'(\d+)')/, (_, double?: string, single?: string) => {
      index = Number(double ?? single);
      return '';
    });
    const close = empty ? end : body.indexOf(closing, end);
    if (close < 0) throw bad(start);
    at = empty ? end : close + closing.length;
    if (index <= last || index > MAX_ROWS) throw refusal('reference', { part, at: `row ${index}` });
    last = index;
    rows.push({ index, head: head.trimEnd(), body: empty ? '' : body.slice(end, close), raw: body.slice(start, at) });
  }
}

/** The cells of a row, to read. */
export function cellsOf(row: SheetRow, sheet: SheetDocument): Cell[] {
  row.cells ??= parseCells(row.body, sheet.prefix, sheet.part);
  return row.cells;
}

/** The cells of a row, to change. */
export function changeCells(row: SheetRow, sheet: SheetDocument): Cell[] {
  const cells = cellsOf(row, sheet);
  delete row.raw;
  row.body = '';
  return cells;
}

/** The cell in a column, when it is there. */
export function findCell(cells: readonly Cell[], column: number): Cell | undefined {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[middle]!.column < column) low = middle + 1;
    else high = middle;
  }
  return cells[low]?.column === column ? cells[low] : undefined;
}

/** The cell in a column, made when it is not there. */
export function cellAt(cells: Cell[], column: number, style: number): Cell {
  const found = findCell(cells, column);
  if (found) return found;
  const cell: Cell = { column, style, type: '', extra: '', rest: '' };
  const at = cells.findIndex((other) => other.column > column);
  cells.splice(at < 0 ? cells.length : at, 0, cell);
  return cell;
}

/** The row of an index, made when it is not there. */
export function rowAt(sheet: SheetDocument, index: number): SheetRow {
  const at = rowPosition(sheet.rows, index);
  const found = sheet.rows[at];
  if (found?.index === index) return found;
  const row: SheetRow = { index, head: '', body: '', cells: [] };
  sheet.rows.splice(at, 0, row);
  return row;
}

/** Where a row of the index is, or would be. */
export function rowPosition(rows: readonly SheetRow[], index: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.index < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The markup of a row. */
export function writeRow(row: SheetRow, { prefix }: SheetDocument): string {
  if (row.raw !== undefined) return row.raw;
  const head = `<${prefix}row r="${row.index}"${row.head}`;
  const body = row.cells ? row.cells.map((cell) => writeCell(cell, row.index, prefix)).join('') : row.body;
  return body === '' ? `${head}/>` : `${head}>${body}</${prefix}row>`;
}

/** Everything before the first row and after the last, with the tags of `sheetData`. */
export function writeAround(sheet: SheetDocument): { readonly before: string; readonly after: string } {
  const text = writeTree(sheet.tree);
  const opening = SHEET_DATA.exec(text)!;
  const end = text.indexOf('>', opening.index) + 1;
  return {
    before: `${text.slice(0, opening.index)}<${sheet.prefix}sheetData>`,
    after: `</${sheet.prefix}sheetData>${text.slice(end)}`,
  };
}

/** The main element of the part. */
export function sheetRoot(sheet: SheetDocument): XmlElement {
  return sheet.tree.root;
}

/** The style new cells of a row take: the row's own, or the column's. */
export function defaultStyle(sheet: SheetDocument, row: SheetRow, column: number): number {
  const style = /\ss="(\d+)"/.exec(row.head);
  if (style && /\scustomFormat="(?:1|true)"/.test(row.head)) return Number(style[1]);
  const cols = child(sheet.tree.root, 'cols');
  if (!cols) return 0;
  for (const col of elements(cols, 'col')) {
    if (Number(attribute(col, 'min')) <= column && Number(attribute(col, 'max')) >= column) {
      return Number(attribute(col, 'style') ?? 0);
    }
  }
  return 0;
}

/** Whether the part reads differently now. */
export function isTouched(sheet: SheetDocument): boolean {
  return sheet.rows.some((row) => row.raw === undefined) || writeTree(sheet.tree) !== sheet.around;
}
