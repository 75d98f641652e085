import { columnName } from '../cell-reference.ts';
import { refusal } from '../errors.ts';
import { columnNumber } from '../formula/reference.ts';
import { decodeEntities } from '../xml.ts';
import { escapeText, tagEnd } from './tree.ts';

export interface CellFormula {
  kind: 'normal' | 'shared' | 'array' | 'dataTable';
  text: string;
  /** The cells an array, shared or data table formula covers. */
  ref?: string;
  /** Group of a shared formula. */
  si?: string;
  /** Other attributes as written. */
  rest: string;
}

/** A cell of a template sheet, as it was read; what is not understood is kept as raw markup. */
export interface Cell {
  column: number;
  style: number;
  /** `s`, `n`, `b`, `e`, `str`, `inlineStr`, `d`; '' when absent. */
  type: string;
  /** Other attributes as written (`cm`, `vm`, `ph`). */
  extra: string;
  formula?: CellFormula;
  /** The inside of `v`, still escaped. */
  value?: string;
  /** The whole `is` element. */
  inline?: string;
  /** Anything else inside the cell. */
  rest: string;
}

const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The cells of a row's markup, by column. */
export function parseCells(body: string, prefix: string, part: string): Cell[] {
  const cells: Cell[] = [];
  const opening = `<${prefix}c`;
  const closing = `</${prefix}c>`;
  let column = 0;
  let at = 0;
  const bad = (place: number) => refusal('xml', { part, at: `character ${place}` });
  for (;;) {
    const start = body.indexOf(opening, at);
    if (start < 0) break;
    const afterName = body.charCodeAt(start + opening.length);
    if (afterName > 0x20 && afterName !== 0x3e && afterName !== 0x2f) {
      at = start + opening.length;
      continue;
    }
    const end = tagEnd(body, start + 1, bad);
    const empty = body[end - 2] === '/';
    const cell: Cell = { column: column + 1, style: 0, type: '', extra: '', rest: '' };
    readAttributes(cell, body.slice(start + opening.length, end - (empty ? 2 : 1)));
    at = end;
    if (!empty) {
      const close = body.indexOf(closing, end);
      if (close < 0) throw bad(start);
      readInside(cell, body.slice(end, close), prefix, part);
      at = close + closing.length;
    }
    if (cell.column <= column) throw refusal('reference', { part, at: columnName(cell.column) });
    column = cell.column;
    cells.push(cell);
  }
  return cells;
}

function readAttributes(cell: Cell, head: string): void {
  for (const [whole, name, double, single] of head.matchAll(ATTRIBUTE)) {
    const value = double ?? single!;
    if (name === 'r') cell.column = columnNumber(value.replace(/[^A-Za-z]/g, ''));
    else if (name === 's') cell.style = Number(value);
    else if (name === 't') cell.type = value;
    else cell.extra += whole;
  }
}

function readInside(cell: Cell, inside: string, prefix: string, part: string): void {
  const value = new RegExp(`<${prefix}v(?:\\s[^>]*)?>([^<]*)</${prefix}v>|<${prefix}v\\s*/>`).exec(inside);
  const formula = new RegExp(`<${prefix}f(\\s[^>]*?)?(?:/>|>([^<]*)</${prefix}f>)`).exec(inside);
  let rest = inside;
  if (formula) {
    cell.formula = readFormula(formula[1] ?? '', decodeEntities(formula[2] ?? '', part));
    rest = rest.replace(formula[0], '');
  }
  if (value) {
    if (value[1] !== undefined) cell.value = value[1];
    rest = rest.replace(value[0], '');
  }
  const inlineAt = rest.indexOf(`<${prefix}is`);
  if (inlineAt >= 0) {
    const closing = `</${prefix}is>`;
    const end = rest.indexOf(closing, inlineAt);
    if (end >= 0) {
      cell.inline = rest.slice(inlineAt, end + closing.length);
      rest = rest.slice(0, inlineAt) + rest.slice(end + closing.length);
    }
  }
  cell.rest = rest.trim();
}

function readFormula(head: string, text: string): CellFormula {
  const formula: CellFormula = { kind: 'normal', text, rest: '' };
  for (const [whole, name, double, single] of head.matchAll(ATTRIBUTE)) {
    const value = double ?? single!;
    if (name === 't')
      formula.kind = value === 'shared' || value === 'array' || value === 'dataTable' ? value : 'normal';
    else if (name === 'ref') formula.ref = value;
    else if (name === 'si') formula.si = value;
    else formula.rest += whole;
  }
  return formula;
}

/** The markup of a cell in a row. */
export function writeCell(cell: Cell, row: number, prefix: string): string {
  const { column, style, type, extra, formula, value, inline, rest } = cell;
  const head = `<${prefix}c r="${columnName(column)}${row}"${style ? ` s="${style}"` : ''}${type ? ` t="${type}"` : ''}${extra}`;
  if (formula === undefined && value === undefined && inline === undefined && rest === '') return `${head}/>`;
  const shown = value === undefined ? '' : `<${prefix}v>${value}</${prefix}v>`;
  return `${head}>${formula ? writeFormula(formula, prefix) : ''}${shown}${inline ?? ''}${rest}</${prefix}c>`;
}

function writeFormula({ kind, text, ref, si, rest }: CellFormula, prefix: string): string {
  const type = kind === 'normal' ? '' : ` t="${kind}"`;
  const head = `<${prefix}f${type}${ref === undefined ? '' : ` ref="${ref}"`}${si === undefined ? '' : ` si="${si}"`}${rest}`;
  return text === '' ? `${head}/>` : `${head}>${escapeText(text)}</${prefix}f>`;
}

/** Takes what a cell shows away; its style stays. */
export function clearCell(cell: Cell): void {
  cell.type = '';
  cell.extra = '';
  delete cell.formula;
  delete cell.value;
  delete cell.inline;
  cell.rest = '';
}
