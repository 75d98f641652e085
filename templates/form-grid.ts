import { parseRange } from './xlsx/cell-reference.ts';
import { readSheet, type SheetContent } from './xlsx/read-sheet.ts';
import type { Workbook } from './xlsx/workbook.ts';

/** Rows that are looked at: headings stand in the first ones, and a filled form may have hundreds of thousands. */
const MAX_ROWS = 400;
const MAX_COLUMNS = 300;

export interface GridCell {
  /** Row and column of the merged range's first cell (its own when it is not merged), from 1. */
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  /** Text as shown, untrimmed; '' for an empty cell. */
  readonly text: string;
  readonly formula: boolean;
  readonly number: boolean;
}

/** One sheet as a person sees it: merged cells are one cell. */
export interface FormGrid {
  readonly sheet: string;
  /** Last row and column that hold something, merged cells included. */
  readonly rows: number;
  readonly columns: number;
  /** True when the sheet goes on below `rows`. */
  readonly more: boolean;
  /** The cell that covers a place. */
  at(row: number, column: number): GridCell;
  /** Choices of the drop-down on a cell; undefined when it has none or takes them from another sheet. */
  choices(row: number, column: number): readonly string[] | undefined;
}

/** Reads the visible sheets of a workbook, in order. */
export async function readGrids(workbook: Workbook): Promise<FormGrid[]> {
  const contents: SheetContent[] = [];
  for (const { name, state } of workbook.sheets) {
    if (state === 'visible')
      contents.push(await readSheet(workbook, name, { maxRows: MAX_ROWS, maxColumns: MAX_COLUMNS }));
  }
  const texts = new Map(contents.map((content) => [content.name, content]));
  return contents.map((content) => gridOf(content, texts));
}

function gridOf(content: SheetContent, sheets: ReadonlyMap<string, SheetContent>): FormGrid {
  const anchors = new Map<string, GridCell>();
  const own = new Map<string, GridCell>();
  let rows = 0;
  let columns = 0;
  for (const row of content.rows) {
    row.values.forEach((value, index) => {
      const formula = row.formulas?.has(index) ?? false;
      const text = textOf(value);
      if (text.trim() === '' && !formula) return;
      const column = index + 1;
      const place = { top: row.number, left: column, bottom: row.number, right: column };
      own.set(`${row.number},${column}`, { ...place, text, formula, number: typeof value === 'number' });
      rows = Math.max(rows, row.number);
      columns = Math.max(columns, column);
    });
  }
  const lastRow = content.rows.at(-1)?.number ?? 0;
  for (const merge of content.merges) {
    const range = parseRange(merge);
    if (!range || range.top > lastRow || range.left > MAX_COLUMNS) continue;
    const first = own.get(`${range.top},${range.left}`);
    const cell = {
      ...range,
      text: first?.text ?? '',
      formula: first?.formula ?? false,
      number: first?.number ?? false,
    };
    // A range is never walked cell by cell beyond what is read.
    const bottom = Math.min(range.bottom, lastRow);
    const right = Math.min(range.right, MAX_COLUMNS);
    for (let r = range.top; r <= bottom; r++) for (let c = range.left; c <= right; c++) anchors.set(`${r},${c}`, cell);
    if (cell.text !== '' && right > columns) columns = right;
    if (cell.text !== '' && bottom > rows) rows = bottom;
  }
  const lists = content.validations
    .filter(({ type }) => type === 'list')
    .map(({ ranges, choices, formula }) => ({
      ranges: ranges.split(/\s+/).flatMap((text) => parseRange(text) ?? []),
      choices: choices ?? choicesAt(formula, sheets),
    }));
  return {
    sheet: content.name,
    rows,
    columns,
    more: content.more,
    at: (row, column) =>
      anchors.get(`${row},${column}`) ??
      own.get(`${row},${column}`) ?? {
        top: row,
        left: column,
        bottom: row,
        right: column,
        text: '',
        formula: false,
        number: false,
      },
    choices: (row, column) =>
      lists.find(({ ranges }) =>
        ranges.some((r) => row >= r.top && row <= r.bottom && column >= r.left && column <= r.right),
      )?.choices,
  };
}

/** Choices that stand in another sheet: `字典!$A$2:$A$6`. */
function choicesAt(formula: string, sheets: ReadonlyMap<string, SheetContent>): readonly string[] | undefined {
  const match = /^=?'?([^'!]+)'?!(\$?[A-Z]{1,3}\$?\d+:\$?[A-Z]{1,3}\$?\d+)$/.exec(formula);
  const range = match && parseRange(match[2]!);
  const content = match && sheets.get(match[1]!);
  if (!range || !content) return undefined;
  return content.rows
    .filter((row) => row.number >= range.top && row.number <= range.bottom)
    .map((row) => textOf(row.values[range.left - 1]).trim())
    .filter((text) => text !== '');
}

function textOf(value: SheetContent['rows'][number]['values'][number]): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === 'object') return value.error;
  return String(value);
}
