import type { Message } from '../../../core/errors.ts';
import type { ElementType } from '../../../core/index.ts';
import type { CellValue } from '../row.ts';
import { serialToDate } from '../serial-date.ts';
import type { TaskColumn } from './task.ts';

/** A cell as canonical text; what cannot be read as the column's type stays as it was typed. */
export type CellText = { readonly text: string | null } | { readonly problem: Message };

type Rule = Pick<TaskColumn, 'type' | 'codes' | 'unit'>;

/** Whole numbers past this lost their last digits when somebody's program took them for numbers. */
const MOST_EXACT = 999_999_999_999_999;
/** A long number as a program shows it that took it for one. */
const SCIENTIFIC = /^\d(?:\.\d+)?E\+(?:1\d|2\d)$/i;
/** Serial days of 1954 and 2119: what else a five-digit number in a column of dates could be. */
const [EARLIEST_SERIAL, LATEST_SERIAL] = [20_000, 80_000];

const PRECISION: Message = {
  zh: '长数字被当作数值保存，末位已丢失；请把单元格设为“文本”后重新填写。',
  en: 'A long number was saved as a number and lost its last digits; set the cell to text and enter it again.',
};

/** A cell of a merged area whose base value the area does not show. */
export const MERGED: Message = {
  zh: '单元格已被合并，看不出这一行的值；请取消合并，在每行分别填写。',
  en: 'The cell is part of a merged area, which hides what this row says; unmerge it and fill in each row.',
};

export const UNCALCULATED: Message = {
  zh: '单元格是公式，文件里没有计算结果；请用 Excel 或 WPS 打开并保存，或改为直接填写的值。',
  en: 'The cell is a formula without a result in the file; open and save it in a spreadsheet program, or enter the value.',
};

/**
 * What a cell says, however it was entered: `２０２５年６月１日` in a date column, a date as a number or as text, `1,234人`
 * in a number column, `√` for yes.
 *
 * @param date1904 whether the workbook's serial days count from 1904
 * @example cellText({ type: 'date' }, '２０２５．６．１') // { text: '2025-06-01' }
 * @example cellText({ type: 'text' }, 110105194912310021) // { problem: … }
 */
export function cellText(rule: Rule, value: CellValue | undefined, date1904 = false): CellText {
  if (value === null || value === undefined) return { text: null };
  if (typeof value === 'number') return fromNumber(rule, value, date1904);
  if (typeof value === 'boolean') return { text: rule.type === 'boolean' ? String(value) : value ? '是' : '否' };
  if (value instanceof Date) return { text: rule.type === 'timestamp' ? momentText(value) : dayText(value, rule.type) };
  if (typeof value === 'object') {
    return {
      problem: {
        zh: `单元格是错误值 ${value.error}，请改为正确的值。`,
        en: `The cell shows the error ${value.error}; put a value there.`,
      },
    };
  }
  if (rule.type === 'text' && SCIENTIFIC.test(value.trim())) return { problem: PRECISION };
  return { text: fromText(rule, value, date1904) };
}

function fromText(rule: Rule, typed: string, date1904: boolean): string | null {
  const text = plainText(typed);
  if (text === '') return null;
  switch (rule.type) {
    case 'integer':
    case 'decimal':
      return numberFrom(text, rule.unit) ?? text;
    case 'date':
      return dayFrom(text, date1904) ?? text;
    case 'timestamp':
      return momentFrom(text, date1904) ?? text;
    case 'boolean':
      return truthFrom(text) ?? text;
    case 'code':
      return codeFrom(rule.codes ?? [], text);
    case 'text':
      return text;
  }
}

/** Half-width, without zero-width characters and spaces around; line ends as `\n`. */
export function plainText(text: string): string {
  // Printable ASCII and common Chinese characters, which is nearly all there is.
  if (/^[!-~\u4e00-\u9fff]*$/.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(/\u200b|\u200c|\u200d|\u2060|\ufeff/g, '')
    .replace(/\r\n?/g, '\n')
    .trim();
}

function fromNumber({ type, codes }: Rule, value: number, date1904: boolean): CellText {
  if (type === 'integer' || type === 'decimal') return { text: numberText(value) };
  if (type === 'date' || type === 'timestamp') {
    const day = value >= EARLIEST_SERIAL && value <= LATEST_SERIAL ? serialToDate(value, date1904) : undefined;
    if (day) return { text: type === 'date' ? day.toISOString().slice(0, 10) : momentText(day) };
    return { text: dayFrom(String(value), date1904) ?? String(value) };
  }
  if (type === 'boolean') return { text: value === 1 ? 'true' : value === 0 ? 'false' : String(value) };
  if (Math.abs(value) > MOST_EXACT) return { problem: PRECISION };
  return { text: type === 'code' ? codeFrom(codes ?? [], numberText(value)) : numberText(value) };
}

/** Fifteen digits are what the program behind the cell keeps. */
function numberText(value: number): string {
  const rounded = Number(value.toPrecision(15));
  if (rounded === 0) return '0';
  const text = String(rounded);
  return text.includes('e') ? BigInt(Math.round(rounded)).toString() : text;
}

function numberFrom(text: string, unit: string | null | undefined): string | undefined {
  const bare = unit && text.endsWith(plainText(unit)) ? text.slice(0, -plainText(unit).length).trim() : text;
  const digits = bare.replaceAll(/[,\s]/g, '');
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(digits)) return undefined;
  const plain = digits.replace(/^\+/, '');
  if (plain.replace(/\D/g, '').length > 15) return plain;
  return numberText(Number(plain));
}

const DAY = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+0{1,2}:00(?::00(?:\.0+)?)?Z?)?$/;

function dayFrom(text: string, date1904: boolean): string | undefined {
  const parts = DAY.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (parts) return realDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  const serial = /^\d{5}$/.test(text) ? Number(text) : 0;
  if (serial < EARLIEST_SERIAL || serial > LATEST_SERIAL) return undefined;
  return serialToDate(serial, date1904)?.toISOString().slice(0, 10);
}

function momentFrom(text: string, date1904: boolean): string | undefined {
  const parts = /^(.*?)[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?$/.exec(text);
  const day = dayFrom(parts ? parts[1]! : text, date1904);
  if (!day) return undefined;
  const [hours, minutes, seconds] = parts ? [Number(parts[2]), Number(parts[3]), Number(parts[4] ?? 0)] : [0, 0, 0];
  if (hours! > 23 || minutes! > 59 || seconds! > 59) return undefined;
  const two = (value: number | undefined): string => String(value).padStart(2, '0');
  return `${day} ${two(hours)}:${two(minutes)}:${two(seconds)}`;
}

function realDay(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1900 && year <= 9999;
  return isReal ? date.toISOString().slice(0, 10) : undefined;
}

/** A cell's date in a column that wants no moment: the day, with the time only where there is one. */
function dayText(date: Date, type: ElementType): string {
  const hasTime = date.getTime() % 86_400_000 !== 0;
  return hasTime && type !== 'date' ? momentText(date) : date.toISOString().slice(0, 10);
}

function momentText(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

function truthFrom(text: string): string | undefined {
  if (/^(?:是|有|对|√|✓|✔|true|yes|y|1)$/i.test(text)) return 'true';
  if (/^(?:否|无|错|×|✗|✘|x|false|no|n|0)$/i.test(text)) return 'false';
  return undefined;
}

/** The code that is meant: exactly, without case and spaces, as the number somebody's program made of it, or 是 or 否 ticked. */
function codeFrom(codes: readonly string[], text: string): string {
  if (codes.includes(text)) return text;
  const folded = fold(text);
  const like = codes.filter((code) => fold(code) === folded);
  if (like.length === 1) return like[0]!;
  const number = Number(text);
  const same = /^\d+$/.test(text) ? codes.filter((code) => /^\d+$/.test(code) && Number(code) === number) : [];
  if (same.length === 1) return same[0]!;
  const truth = codes.length === 2 && codes.includes('是') && codes.includes('否') ? truthFrom(text) : undefined;
  return truth === undefined ? text : truth === 'true' ? '是' : '否';
}

function fold(text: string): string {
  return plainText(text).replaceAll(/\s/g, '').toLowerCase();
}
