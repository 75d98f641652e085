import { columnName } from '../cell-reference.ts';
import { MAX_COLUMNS, MAX_ROWS } from '../limits.ts';
import { type Corner, columnNumber, quoteSheet, type Shape } from './reference.ts';

/** The sheet part of a reference: one sheet, a 3-D span, or another workbook. */
export interface SheetPrefix {
  /** As written, with the `!`. */
  readonly text: string;
  readonly first: string;
  /** The other end of a 3-D reference. */
  readonly last?: string;
  /** In another workbook: never shifted, never read. */
  readonly external: boolean;
}

export interface ReferenceToken {
  readonly kind: 'reference';
  readonly text: string;
  readonly sheet?: SheetPrefix;
  readonly shape: Shape;
  readonly from: Corner;
  readonly to: Corner;
  /** Some coordinates are offsets from the row (column) that holds the formula, not numbers. */
  readonly rolling?: Rolling;
}

/** Which coordinates of a reference follow the row (column) that a sample formula is copied to. */
export interface Rolling {
  readonly axis: 'row' | 'column';
  readonly from: boolean;
  readonly to: boolean;
}

export interface PlainToken {
  readonly kind:
    | 'space'
    | 'string'
    | 'number'
    | 'error'
    | 'function'
    | 'name'
    | 'structured'
    | 'operator'
    | 'open'
    | 'close'
    | 'comma'
    | 'semicolon'
    | 'arrayOpen'
    | 'arrayClose'
    | 'unknown';
  readonly text: string;
  readonly sheet?: SheetPrefix;
}

export type Token = ReferenceToken | PlainToken;

const SPACE = /[ \t\r\n]+/y;
const STRING = /"(?:[^"]|"")*"/y;
const ERROR =
  /#(?:REF!|N\/A|DIV\/0!|VALUE!|NAME\?|NULL!|NUM!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!)/iy;
const QUOTED_SHEET = /'((?:[^']|'')+)'!/y;
const PLAIN_SHEET = /((?:\[\d+\])?[^\s'!"#%&()*+,\-/:;<=>?@[\]^{|}~`$]*(?::[^\s'!"#%&()*+,\-/:;<=>?@[\]^{|}~`$]+)?)!/y;
const AREA =
  /(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})(?::(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6}))?(?![\p{L}\p{N}_.(!?\\[])/uy;
const CELL = /(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})(?![\p{L}\p{N}_.(!?\\[])/uy;
const COLUMNS = /(\$?)([A-Za-z]{1,3}):(\$?)([A-Za-z]{1,3})(?![\p{L}\p{N}_.(!$\\[])/uy;
const ROWS = /(\$?)([1-9]\d{0,6}):(\$?)([1-9]\d{0,6})(?![\p{L}\p{N}_.(!])/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?/y;
const WORD = /[\p{L}_\\][\p{L}\p{M}\p{N}_.\\?]*/uy;
const OPERATOR = /<>|<=|>=|[+\-*/^&=<>%:@#!|]/y;

/**
 * The tokens of a formula in A1 notation (without the leading `=`); joining their texts gives the formula back.
 *
 * @example tokenize("SUM('一月'!B2:B9)*2").map((token) => token.kind)
 * // ['function', 'open', 'reference', 'close', 'operator', 'number']
 */
export function tokenize(formula: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(formula);
  };
  while (at < formula.length) {
    const token = next(formula, at, take);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

type Take = (pattern: RegExp) => RegExpExecArray | null;

function next(formula: string, at: number, take: Take): Token {
  const char = formula[at]!;
  const space = take(SPACE);
  if (space) return { kind: 'space', text: space[0] };
  if (char === '"') return plain('string', take(STRING)?.[0] ?? formula.slice(at));
  if (char === '(') return plain('open', char);
  if (char === ')') return plain('close', char);
  if (char === ',') return plain('comma', char);
  if (char === ';') return plain('semicolon', char);
  if (char === '{') return plain('arrayOpen', char);
  if (char === '}') return plain('arrayClose', char);
  const error = take(ERROR);
  if (error) return plain('error', error[0]);

  const sheet = sheetPrefix(take);
  if (sheet) return afterSheet(formula, at, sheet);
  if (char === '[') return plain('structured', bracketed(formula, at));
  const reference = referenceAt(take, '');
  if (reference) return reference;
  const number = take(NUMBER);
  if (number) return plain('number', number[0]);
  const word = take(WORD);
  if (word) return wordToken(formula, at, word[0]);
  const operator = take(OPERATOR);
  return operator ? plain('operator', operator[0]) : plain('unknown', char);
}

function plain(kind: PlainToken['kind'], text: string): PlainToken {
  return { kind, text };
}

function sheetPrefix(take: Take): SheetPrefix | undefined {
  const quoted = take(QUOTED_SHEET);
  const match = quoted ?? take(PLAIN_SHEET);
  if (!match) return undefined;
  const name = quoted ? match[1]!.replaceAll("''", "'") : match[1]!;
  if (name === '') return undefined;
  if (name.includes('[') || name.includes(']')) return { text: match[0], first: name, external: true };
  const [first, last] = name.split(':');
  return { text: match[0], first: first!, ...(last === undefined ? {} : { last }), external: false };
}

function afterSheet(formula: string, at: number, sheet: SheetPrefix): Token {
  const start = at + sheet.text.length;
  const take: Take = (pattern) => {
    pattern.lastIndex = start;
    return pattern.exec(formula);
  };
  const reference = referenceAt(take, sheet.text);
  if (reference) return { ...reference, sheet };
  const error = take(ERROR);
  if (error) return { kind: 'error', text: sheet.text + error[0], sheet };
  const word = take(WORD);
  if (word)
    return { ...wordToken(formula, start, word[0]), text: sheet.text + wordToken(formula, start, word[0]).text, sheet };
  return { kind: 'unknown', text: sheet.text, sheet };
}

function wordToken(formula: string, at: number, word: string): PlainToken {
  const after = formula[at + word.length];
  if (after === '[') return plain('structured', word + bracketed(formula, at + word.length));
  if (after === '(') return plain('function', word);
  return plain('name', word);
}

/** A balanced `[…]`; `'` escapes the next character. */
function bracketed(formula: string, at: number): string {
  let depth = 0;
  for (let i = at; i < formula.length; i++) {
    const char = formula[i];
    if (char === "'") i++;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return formula.slice(at, i + 1);
  }
  return formula.slice(at);
}

function referenceAt(take: Take, prefix: string): ReferenceToken | undefined {
  const area = take(AREA) ?? take(CELL);
  if (area) {
    const from = corner(area[2]!, area[4]!, area[1] === '$', area[3] === '$');
    const to = area[6] ? corner(area[6], area[8]!, area[5] === '$', area[7] === '$') : from;
    if (!from || !to) return undefined;
    return { kind: 'reference', text: prefix + area[0], shape: area[6] ? 'area' : 'cell', from, to };
  }
  const columns = take(COLUMNS);
  if (columns) {
    const from = corner(columns[2]!, '1', columns[1] === '$', true);
    const to = corner(columns[4]!, String(MAX_ROWS), columns[3] === '$', true);
    if (from && to) return { kind: 'reference', text: prefix + columns[0], shape: 'columns', from, to };
  }
  const rows = take(ROWS);
  if (rows) {
    const from = corner('A', rows[2]!, true, rows[1] === '$');
    const to = corner(columnName(MAX_COLUMNS), rows[4]!, true, rows[3] === '$');
    if (from && to) return { kind: 'reference', text: prefix + rows[0], shape: 'rows', from, to };
  }
  return undefined;
}

function corner(letters: string, digits: string, columnFixed: boolean, rowFixed: boolean): Corner | undefined {
  const column = columnNumber(letters);
  const row = Number(digits);
  return column > MAX_COLUMNS || row > MAX_ROWS ? undefined : { row, column, rowFixed, columnFixed };
}

/** Joins tokens into a formula; rolling coordinates are counted from `index`, the row or column it stands in. */
export function printTokens(tokens: readonly Token[], index = 0): string {
  let text = '';
  for (const token of tokens) {
    text += token.kind === 'reference' && token.rolling ? printReference(settle(token, index)) : token.text;
  }
  return text;
}

/** A rolling reference at its place: every coordinate a number. */
export function settle(token: ReferenceToken, index: number): ReferenceToken {
  const { rolling, from, to, ...rest } = token;
  if (!rolling) return token;
  const move = (corner: Corner, moves: boolean): Corner => {
    if (!moves) return corner;
    return rolling.axis === 'row'
      ? { ...corner, row: corner.row + index }
      : { ...corner, column: corner.column + index };
  };
  return { ...rest, from: move(from, rolling.from), to: move(to, rolling.to) };
}

/** The text of a reference from its coordinates. */
export function printReference({ shape, from, to, sheet }: Omit<ReferenceToken, 'text' | 'kind'>): string {
  const prefix = sheet?.text ?? '';
  if (shape === 'rows') return `${prefix}${dollar(from.rowFixed)}${from.row}:${dollar(to.rowFixed)}${to.row}`;
  const left = dollar(from.columnFixed) + columnName(from.column);
  const right = dollar(to.columnFixed) + columnName(to.column);
  if (shape === 'columns') return `${prefix}${left}:${right}`;
  const start = `${prefix}${left}${dollar(from.rowFixed)}${from.row}`;
  return shape === 'cell' ? start : `${start}:${right}${dollar(to.rowFixed)}${to.row}`;
}

/** A reference token whose text follows its coordinates. */
export function referenceToken(token: Omit<ReferenceToken, 'text' | 'kind'>): ReferenceToken {
  return { kind: 'reference', ...token, text: token.rolling ? '' : printReference(token) };
}

/** The prefix that names one sheet. */
export function sheetPrefixOf(name: string): SheetPrefix {
  return { text: `${quoteSheet(name)}!`, first: name, external: false };
}

function dollar(fixed: boolean): string {
  return fixed ? '$' : '';
}
