import { badValue } from '../errors.ts';
import { dateToSerial } from '../serial-date.ts';

/** A value for a cell: null empties it (its style stays), undefined leaves the template's own content. */
export type CellInput = string | number | boolean | Date | null | undefined;

/** A value as it will be written; a date is its serial number, and the text for cells that hold text. */
export type CellContent = string | number | boolean | DateContent | null;

export interface DateContent {
  readonly serial: number;
  readonly iso: string;
  readonly withTime: boolean;
}

const MOST_CHARACTERS = 32_767;
/** Days between the 1900 and the 1904 system. */
const DAYS_TO_1904 = 1_462;
/** Signs that Excel takes for the start of a formula when the cell is edited. */
const FORMULA_SIGNS = /^[=+\-@]/;

/**
 * Checks a value and makes it what will be written.
 *
 * @throws `templates.xlsx.value` for NaN, infinities, dates outside 1900 to 9999, text past 32,767 characters, and
 * whatever is not a cell value.
 */
export function cellContent(value: CellInput, at: string, date1904: boolean): CellContent | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (value.length > MOST_CHARACTERS) {
      throw badValue(
        at,
        `文字有 ${value.length} 个字符，单元格最多 ${MOST_CHARACTERS} 个`,
        `the text has ${value.length} characters, a cell holds ${MOST_CHARACTERS}`,
      );
    }
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw badValue(at, `${value} 不是可写的数字`, `${value} is no number a cell can hold`);
    return value;
  }
  if (value instanceof Date) return dateContent(value, at, date1904);
  throw badValue(
    at,
    '只能写入文字、数字、布尔值、日期或空',
    'only text, numbers, booleans, dates and null can be written',
  );
}

/** A date by its UTC fields: a cell has no time zone. */
export function dateContent(date: Date, at: string, date1904: boolean): DateContent {
  const ms = date.getTime();
  const serial = dateToSerial(ms) - (date1904 ? DAYS_TO_1904 : 0);
  if (!(serial >= 0)) throw badValue(at, '日期不在 1900 年至 9999 年之间', 'the date is not within 1900 to 9999');
  const withTime = ms % 86_400_000 !== 0;
  const iso = date.toISOString();
  return { serial, withTime, iso: withTime ? iso.slice(0, 19).replace('T', ' ') : iso.slice(0, 10) };
}

export function isDateContent(content: CellContent | undefined): content is DateContent {
  return typeof content === 'object' && content !== null;
}

/** Whether text would turn into a formula when someone edits the cell. */
export function looksLikeFormula(text: string): boolean {
  return FORMULA_SIGNS.test(text);
}
