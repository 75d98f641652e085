/** An error that a formula shows, as a value. */
export interface FormulaError {
  readonly error: string;
}

/** What a cell holds; null is blank. */
export type Value = number | string | boolean | null | FormulaError;

/** Thrown (and caught inside this folder) when a result cannot be known for certain: the cached value is dropped. */
export class NotComputable extends Error {
  override readonly name = 'NotComputable';
}

export function isError(value: unknown): value is FormulaError {
  return typeof value === 'object' && value !== null && 'error' in value;
}

export const VALUE_ERROR: FormulaError = Object.freeze({ error: '#VALUE!' });
export const DIV_ERROR: FormulaError = Object.freeze({ error: '#DIV/0!' });
export const NA_ERROR: FormulaError = Object.freeze({ error: '#N/A' });
export const REF_ERROR: FormulaError = Object.freeze({ error: '#REF!' });
export const NUM_ERROR: FormulaError = Object.freeze({ error: '#NUM!' });
export const NAME_ERROR: FormulaError = Object.freeze({ error: '#NAME?' });

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Text that Excel may or may not read as a number, depending on its language: dates, percentages, grouped digits. */
const LOCAL_NUMBER = /^[\s(]*[+-]?[¥￥$€]?\d[\d,./:\-年月日时分秒%\s]*[年月日时分秒%)]?\s*(?:am|pm)?$/i;

/** The number that arithmetic makes of a value. */
export function toNumber(value: Value): number | FormulaError {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null) return 0;
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (PLAIN_NUMBER.test(text)) return Number(text);
  if (LOCAL_NUMBER.test(text)) throw new NotComputable('text read as a number by local rules');
  return VALUE_ERROR;
}

/** The text that `&` makes of a value. */
export function toText(value: Value): string | FormulaError {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  return value ?? '';
}

/** A number in the General format, 15 digits. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-9) throw new NotComputable('number shown by rules of width');
  const text = String(Number(value.toPrecision(15)));
  if (text.includes('e')) throw new NotComputable('number shown by rules of width');
  return text;
}

/** The truth that IF and AND make of a value. */
export function toBoolean(value: Value): boolean | FormulaError {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (value === null) return false;
  if (isError(value)) return value;
  const word = value.toUpperCase();
  if (word === 'TRUE') return true;
  return word === 'FALSE' ? false : VALUE_ERROR;
}

/** Order of two values as Excel compares them: numbers before text before booleans, text without case. */
export function compareValues(a: Value, b: Value): number {
  const left = a ?? blankLike(b);
  const right = b ?? blankLike(a);
  const rank = rankOf(left) - rankOf(right);
  if (rank !== 0) return rank;
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  return Number(left) - Number(right);
}

/** Whether two values are equal to `=`. */
export function equalValues(a: Value, b: Value): boolean {
  const left = a ?? blankLike(b);
  const right = b ?? blankLike(a);
  if (typeof left === 'string' && typeof right === 'string') return foldCase(left) === foldCase(right);
  return typeof left === typeof right && left === right;
}

/** Text as comparisons see it. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}

function blankLike(other: Value): Value {
  if (typeof other === 'string') return '';
  if (typeof other === 'boolean') return false;
  return 0;
}

function rankOf(value: Value): number {
  if (typeof value === 'number') return 0;
  return typeof value === 'string' ? 1 : 2;
}

function compareText(a: string, b: string): number {
  const left = foldCase(a);
  const right = foldCase(b);
  if (left === right) return 0;
  // Order past plain letters and digits depends on the language Excel runs in.
  if (!/^[a-z0-9 ]*$/.test(left) || !/^[a-z0-9 ]*$/.test(right)) throw new NotComputable('order of text');
  return left < right ? -1 : 1;
}
