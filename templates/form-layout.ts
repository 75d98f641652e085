import type { TemplateKind } from './binding.ts';
import type { FormGrid, GridCell } from './form-grid.ts';
import { type FormLine, readLines } from './form-lines.ts';
import { formText, oneLine, periodIn } from './form-text.ts';
import { columnName } from './xlsx/cell-reference.ts';

/** One column of a form: its headings from the top level down. */
export interface FormColumn {
  /** Sheet column, `C`. */
  readonly ref: string;
  readonly index: number;
  /** Headings as written, in one line each: `['户主信息', '家庭人口数（人）']`. */
  readonly path: readonly string[];
  /** True when the first data cell holds a formula of the form's own. */
  readonly formula: boolean;
  /** Choices of its drop-down. */
  readonly choices?: readonly string[];
}

/** Where things stand on a sheet that holds a form. Rows and columns from 1. */
export interface FormLayout {
  readonly sheet: string;
  readonly kind: TemplateKind;
  readonly title: string;
  /** What stands above the heading besides the title: attachment number, 填报单位, 表号 … */
  readonly notes: readonly string[];
  /** The period that the form names (`2026-10`), when it does. */
  readonly period?: string;
  readonly headerRows: readonly [first: number, last: number];
  /** Row of column numbers (甲, 乙, 1, 2 …). */
  readonly numberRow?: number;
  /** Row that upstream filled as an example. */
  readonly sampleRow?: number;
  readonly firstDataRow: number;
  /** Last row before totals, notes and signatures; undefined when the sheet was too long to see it. */
  readonly lastDataRow?: number;
  readonly columns: readonly FormColumn[];
  /** Indicator form and fixed-row cross-tab: one per line that is filled. */
  readonly lines: readonly FormLine[];
}

const NOT_A_FORM = /填[报表]说明|填写说明|编制说明|^说明$|字典|码表|代码表|选项|下拉|参数|目录|封面/;
const META =
  /^(?:.{0,14}(?:单位|机关|时间|日期|表号|文号|有效期至?|编号|代码|部门|填报人|审核人|联系人|电话|截止|负责人)(?:\(.{0,6}\))?[:：])/;
const FOOT =
  /^(?:注|备注|说明|填表说明|填报说明|主要审核关系|审核关系|[^:：]{0,8}(?:负责人|领导|审核人|填表人|制表人?|填报人|复核人?))[:：]/;
const TOTAL = /^(?:合计|总计|共计|合计数|其中.{0,8})$/;
const NUMBER_MARK = /^(?:[甲乙丙丁戊己庚辛壬癸子丑寅卯]|\(?\d{1,3}\)?|[A-Za-z]{1,2}|[①-⑳]|\d{1,3}=.+|[—\-－]+)$/u;

/** The form that a workbook holds: the sheet with the richest heading; undefined when no sheet has one. */
export function findForm(grids: readonly FormGrid[]): FormLayout | undefined {
  let best: { layout: FormLayout; worth: number } | undefined;
  for (const grid of grids) {
    const layout = layoutOf(grid);
    if (!layout) continue;
    const worth =
      layout.columns.length +
      layout.lines.length +
      (layout.title === '' ? 0 : 5) -
      (NOT_A_FORM.test(grid.sheet) ? 1_000 : 0);
    // Of sheets that look alike the first is the form: summaries and lists follow it.
    if (!best || worth > best.worth * 1.5) best = { layout, worth };
  }
  return best && best.worth > -500 ? best.layout : undefined;
}

/** Title, heading, data and foot of one sheet; undefined when nothing on it looks like a heading. */
export function layoutOf(grid: FormGrid): FormLayout | undefined {
  const first = headingStart(grid);
  if (first === undefined) return undefined;
  const last = headingEnd(grid, first);
  const numberRow = isNumberRow(grid, last + 1) ? last + 1 : undefined;
  const afterHeading = (numberRow ?? last) + 1;
  const sampleRow = isSample(grid, afterHeading) ? afterHeading : undefined;
  const firstDataRow = sampleRow === undefined ? afterHeading : sampleRow + 1;
  const lastDataRow = dataEnd(grid, afterHeading);
  const above = textsAbove(grid, first);
  const title = titleOf(above);
  const columns = columnsOf(grid, first, last, afterHeading);
  const { lines, kind } = readLines(grid, columns, firstDataRow, lastDataRow ?? grid.rows);
  const period = periodOfForm(above);
  return {
    sheet: grid.sheet,
    kind,
    title: oneLine(title?.text ?? ''),
    notes: above.filter((cell) => cell !== title).map(({ text }) => oneLine(text)),
    ...(period !== undefined && { period }),
    headerRows: [first, last],
    ...(numberRow !== undefined && { numberRow }),
    ...(sampleRow !== undefined && { sampleRow }),
    firstDataRow,
    ...(lastDataRow !== undefined && { lastDataRow }),
    columns,
    lines,
  };
}

/** The cells that begin in a row, left to right, each once. */
export function cellsOfRow(grid: FormGrid, row: number): GridCell[] {
  const cells: GridCell[] = [];
  for (let column = 1; column <= grid.columns; ) {
    const cell = grid.at(row, column);
    if (cell.top === row && cell.text.trim() !== '') cells.push(cell);
    column = Math.max(cell.right, column) + 1;
  }
  return cells;
}

function headingStart(grid: FormGrid): number | undefined {
  for (let row = 1; row <= Math.min(grid.rows, 60); row++) {
    const cells = cellsOfRow(grid, row);
    if (cells.length < Math.min(3, grid.columns) || cells.length < 2) continue;
    if (cells.some(({ text }) => META.test(plain(text)) || FOOT.test(plain(text)))) continue;
    const short = cells.filter(({ text, number }) => !number && plain(text).length <= 40);
    if (short.length < cells.length * 0.8) continue;
    const covered = cells.reduce((sum, { left, right }) => sum + right - left + 1, 0);
    if (covered >= grid.columns * 0.6) return row;
  }
  return undefined;
}

/** The heading goes on while its cells reach further down, or while a wide cell has narrower ones under it. */
function headingEnd(grid: FormGrid, first: number): number {
  let last = first;
  for (let row = first; row <= last && row < first + 8; row++) {
    const cells = cellsOfRow(grid, row);
    for (const cell of cells) last = Math.max(last, Math.min(cell.bottom, first + 7));
    if (row < last) continue;
    const opened = cells.filter((cell) => cell.right > cell.left && cell.bottom === row);
    const below = opened.map((cell) =>
      cellsOfRow(grid, row + 1).filter((under) => under.left >= cell.left && under.right <= cell.right),
    );
    const divided = (under: readonly GridCell[]) =>
      under.length >= 2 && under.every(({ text, number }) => !number && !NUMBER_MARK.test(plain(text)));
    if (opened.length > 0 && below.every(divided)) last = row + 1;
  }
  return last;
}

function isNumberRow(grid: FormGrid, row: number): boolean {
  const cells = cellsOfRow(grid, row);
  const texts = cells.filter(({ formula }) => !formula).map(({ text }) => plain(text));
  const covered = cells.reduce((sum, { left, right }) => sum + right - left + 1, 0);
  if (texts.length < 2 || covered < grid.columns * 0.5) return false;
  if (texts.filter((text) => NUMBER_MARK.test(text)).length < texts.length * 0.9) return false;
  const counted = texts.map((text) => /^\(?(\d{1,3})/.exec(text)?.[1]).filter((text) => text !== undefined);
  const rising = counted.every((text, index) => index === 0 || Number(text) > Number(counted[index - 1]));
  return rising && (texts.some((text) => /^[甲乙丙A-C]$/.test(text)) || Number(counted[0] ?? 99) <= 2);
}

function isSample(grid: FormGrid, row: number): boolean {
  return cellsOfRow(grid, row)
    .slice(0, 2)
    .some(({ text }) => /^(?:示例|样例|范例|举例|例[:：]?\d*|例如)$/.test(plain(text)));
}

/** The last row before totals, notes and signatures. */
function dataEnd(grid: FormGrid, first: number): number | undefined {
  for (let row = first; row <= grid.rows; row++) {
    const cells = cellsOfRow(grid, row);
    const lead = cells[0];
    if (!lead) continue;
    const text = plain(lead.text);
    const isFoot = FOOT.test(text) || (lead.left <= 3 && TOTAL.test(text) && row > first && !text.startsWith('其中'));
    if (isFoot) return row - 1;
  }
  return grid.more ? undefined : grid.rows;
}

function textsAbove(grid: FormGrid, first: number): GridCell[] {
  const cells: GridCell[] = [];
  for (let row = 1; row < first; row++) cells.push(...cellsOfRow(grid, row));
  return cells;
}

/** The period in a line of its own or in the title; failing that the day up to which the form counts. */
function periodOfForm(above: readonly GridCell[]): string | undefined {
  const own = above.filter(({ text }) => !META.test(plain(text)));
  const until = above.filter(({ text }) => /^截[止至]/.test(plain(text)));
  return [...own, ...until].map(({ text }) => periodIn(text)).find((period) => period !== undefined);
}

/** The title is the widest text above the heading that is neither a note nor a bare period. */
function titleOf(above: readonly GridCell[]): GridCell | undefined {
  const worth = ({ text, left, right }: GridCell) => {
    const short = plain(text);
    if (META.test(short) || /^附[件表]?\d*[:：]?$/.test(short) || short.length < 4) return 0;
    if (/^[([]?\d{4}年[^表]{0,16}$/.test(short.normalize('NFKC'))) return 0;
    return (
      (right - left + 1) * (/[表账册单]$/.test(short.replace(/[()（）\d年月季度第一二三四]+$/u, '')) ? 4 : 1) +
      short.length / 100
    );
  };
  return above.filter((cell) => worth(cell) > 0).sort((a, b) => worth(b) - worth(a))[0];
}

function columnsOf(grid: FormGrid, first: number, last: number, dataRow: number): FormColumn[] {
  const columns: FormColumn[] = [];
  for (let index = 1; index <= grid.columns; index++) {
    const path: string[] = [];
    let before: GridCell | undefined;
    for (let row = first; row <= last; row++) {
      const cell = grid.at(row, index);
      if (cell === before || cell.text.trim() === '') continue;
      path.push(formText(cell.text).shown);
      before = cell;
    }
    if (path.length === 0) continue;
    const choices = grid.choices(dataRow, index);
    columns.push({
      ref: columnName(index),
      index,
      path,
      formula: grid.at(dataRow, index).formula,
      ...(choices && choices.length > 0 && { choices }),
    });
  }
  return columns;
}

function plain(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, '');
}
