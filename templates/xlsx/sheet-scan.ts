// One idea, over 150 lines: this is the loop in which reading spends its time, kept in one function so that the compiler
// sees it whole.
import { refusal } from './errors.ts';
import { MAX_COLUMNS, MAX_ROWS, type XlsxLimits } from './limits.ts';
import { createPendingBytes } from './pending-bytes.ts';
import { type CellError, type CellValue, Row } from './row.ts';
import { serialToDate } from './serial-date.ts';
import type { SharedStrings } from './shared-strings.ts';
import { endOfTag, lastStart, richText, textOf } from './text-bytes.ts';

export interface SheetScanOptions {
  readonly part: string;
  readonly limits: XlsxLimits;
  readonly strings: SharedStrings;
  /** By style index: 1 where a number is a date. */
  readonly dateStyles: Uint8Array;
  readonly date1904: boolean;
  /** Books filled cells and the widths of their rows, of the whole workbook; refuses past the limit. */
  readonly countCells: (filled: number, width: number) => void;
}

/** Feed it pieces; it gives the rows that are complete. */
export interface SheetScan {
  push(piece: Buffer): Row[];
  /** Refuses a sheet that ended too early. */
  finish(): void;
  /** Takes the head off the first bytes of the part: where the rows start, or -1 while it is not all there. */
  takeHead(bytes: Buffer): number;
  /** Markup before the first row, once it is all there. */
  readonly head: Buffer | undefined;
  /** Markup after the last row, once the rows have ended. */
  readonly tail: Buffer | undefined;
}

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const SPACE = 0x20;
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
const NUMBER = 0;
const SHARED = 1;
const INLINE = 2;
const TEXT = 3;
const BOOLEAN = 4;
const ERROR = 5;
const ISO_DATE = 6;
/** Views and 16,384 columns need less. */
const HEAD_BYTES = 4 * 1024 * 1024;
/** A gap between two cells up to this is filled, so that the array stays a plain one; a longer one stays a hole. */
const FILLED_GAP = 256;

/** Scans `<sheetData>` over bytes, without making strings of markup or numbers. */
export function createSheetScan(options: SheetScanOptions): SheetScan {
  const { part, limits, strings, dateStyles, date1904, countCells } = options;
  const errors = new Map<string, CellError>();
  const pending = createPendingBytes(() => (head ? [rowTag, `</${rowTag.slice(1, -3)}sheetData`] : ['sheetData']));
  let head: Buffer | undefined;
  let tail: Buffer[] | undefined;
  let tailBytes = 0;
  let prefix = 0;
  let rowTag = '<row';
  let rowNumber = 0;

  const bad = (at: string) => refusal('xml', { part, at });

  function push(piece: Buffer): Row[] {
    if (tail) {
      addTail(piece);
      return [];
    }
    const gathered = pending.take(piece);
    if (!gathered) {
      refuseLarge(pending.size);
      return [];
    }
    pending.keep(gathered.subarray(0, 0));
    let bytes = gathered;
    if (!head) {
      const start = takeHead(bytes);
      if (start < 0) {
        pending.keep(bytes);
        return [];
      }
      bytes = bytes.subarray(start);
      if (tail) {
        addTail(bytes);
        return [];
      }
    }
    const cut = lastStart(bytes, rowTag, 0);
    // Behind the last row's start only the end of the rows matters, once its tag is all there.
    const end = bytes.indexOf(`</${rowTag.slice(1, -3)}sheetData`, Math.max(0, cut), 'latin1');
    const ended = end >= 0 && bytes.indexOf(GREATER, end) >= 0;
    return scan(bytes, ended ? bytes.length : Math.max(0, cut));
  }

  function finish(): void {
    if (!head) throw bad('the end, no sheetData');
    if (!tail) throw bad('the end, sheetData not closed');
  }

  function addTail(bytes: Buffer): void {
    if (bytes.length === 0) return;
    tailBytes += bytes.length;
    if (tailBytes > limits.frameBytes) throw refusal('frame', { part, limit: limits.frameBytes });
    tail!.push(bytes);
  }

  function takeHead(bytes: Buffer): number {
    let at = -1;
    for (;;) {
      at = bytes.indexOf('sheetData', at + 1, 'latin1');
      if (at < 0) break;
      const open = bytes.lastIndexOf(LESS, at);
      const name = bytes.toString('latin1', open + 1, at + 10);
      const match = /^([\w.-]+:)?sheetData[\s>/]$/.exec(name);
      const close = match ? bytes.indexOf(GREATER, at) : -1;
      if (!match || close < 0) continue;
      head = bytes.subarray(0, open);
      prefix = match[1]?.length ?? 0;
      rowTag = `<${match[1] ?? ''}row`;
      if (bytes[close - 1] === SLASH) tail = [];
      return close + 1;
    }
    refuseLarge(bytes.length);
    return -1;
  }

  /** What is before the rows, or one row, may only be so large. */
  function refuseLarge(size: number): void {
    const most = Math.min(limits.frameBytes, HEAD_BYTES);
    if (!head && size > most) throw refusal('frame', { part, limit: most });
    if (head && size > limits.rowBytes)
      throw refusal('row', { part, at: `row ${rowNumber + 1}`, limit: limits.rowBytes });
  }

  function scan(bytes: Buffer, end: number): Row[] {
    const rows: Row[] = [];
    let filledBefore = 0;
    let filled = 0;
    let width = 0;
    let p = 0;
    for (;;) {
      while (p < end && bytes[p]! <= SPACE) p++;
      if (p >= end) break;
      if (bytes[p] !== LESS) throw bad(`text between rows after row ${rowNumber}`);
      if (bytes[p + 1] === QUESTION) {
        p = endOfTag(bytes, p, end, part);
        continue;
      }
      if (bytes[p + 1] === SLASH) {
        tail = [];
        addTail(bytes.subarray(endOfTag(bytes, p, end, part)));
        break;
      }
      const isRow = bytes[p + 1 + prefix] === 0x72 && bytes[p + 2 + prefix] === 0x6f && bytes[p + 3 + prefix] === 0x77;
      if (!isRow) throw bad(`an element that is no row after row ${rowNumber}`);
      p += 4 + prefix;

      // Attributes of <row>.
      let number = rowNumber + 1;
      let hidden = false;
      let empty = false;
      for (;;) {
        while (bytes[p]! <= SPACE && p < end) p++;
        const byte = bytes[p]!;
        if (byte === GREATER) break;
        if (byte === SLASH) {
          empty = true;
          p++;
          continue;
        }
        const name = p;
        while (p < end && bytes[p] !== 0x3d) p++;
        let nameEnd = p;
        while (nameEnd > name && bytes[nameEnd - 1]! <= SPACE) nameEnd--;
        while (p < end && bytes[p] !== 0x22 && bytes[p] !== 0x27) p++;
        const quote = bytes[p]!;
        const value = ++p;
        while (p < end && bytes[p] !== quote) p++;
        if (p >= end) throw bad(`row ${number}`);
        if (nameEnd - name === 1 && bytes[name] === 0x72) number = wholeNumber(bytes, value, p);
        else if (nameEnd - name === 6 && bytes[name] === 0x68 && bytes[name + 1] === 0x69)
          hidden = bytes[value] === 0x31 || bytes[value] === 0x74;
        p++;
      }
      p++;
      if (!(number > rowNumber && number <= MAX_ROWS))
        throw refusal('reference', { part, at: `row ${number}`, limit: MAX_ROWS });
      rowNumber = number;

      const values: (CellValue | undefined)[] = [];
      const styleIds: number[] = [];
      let formulas: Map<number, string> | undefined;
      let column = 0;
      while (!empty) {
        while (p < end && bytes[p] !== LESS) p++;
        if (p >= end) throw bad(`row ${number}, not closed`);
        if (bytes[p + 1] === SLASH) {
          p = endOfTag(bytes, p, end, part);
          break;
        }
        const after = bytes[p + 2 + prefix]!;
        if (bytes[p + 1 + prefix] !== 0x63 || !(after <= SPACE || after === GREATER || after === SLASH)) {
          p = skipElement(bytes, p, end);
          continue;
        }
        p += 2 + prefix;

        // Attributes of <c>: r is the place, s the style, t the type.
        column++;
        let style = 0;
        let type = NUMBER;
        let blank = false;
        for (;;) {
          while (bytes[p]! <= SPACE && p < end) p++;
          const byte = bytes[p]!;
          if (byte === GREATER) break;
          if (byte === SLASH) {
            blank = true;
            p++;
            continue;
          }
          const name = p;
          while (p < end && bytes[p] !== 0x3d) p++;
          const single = p - name === 1 || bytes[name + 1]! <= SPACE;
          while (p < end && bytes[p] !== 0x22 && bytes[p] !== 0x27) p++;
          const quote = bytes[p]!;
          const value = ++p;
          if (single && byte === 0x72) {
            column = 0;
            for (; bytes[p]! >= 0x41 && bytes[p]! <= 0x5a; p++) column = column * 26 + bytes[p]! - 0x40;
            let digits = 0;
            for (; bytes[p]! >= 0x30 && bytes[p]! <= 0x39; p++) digits = digits * 10 + bytes[p]! - 0x30;
            if (digits !== number || bytes[p] !== quote || column === 0 || column > MAX_COLUMNS)
              throw refusal('reference', {
                part,
                at: bytes.toString('latin1', value, Math.min(p + 1, value + 12)).replace(/["'<>].*$/s, ''),
                limit: `row ${number}, column XFD`,
              });
          } else if (single && byte === 0x73) {
            for (; bytes[p]! >= 0x30 && bytes[p]! <= 0x39; p++) style = style * 10 + bytes[p]! - 0x30;
          }
          while (p < end && bytes[p] !== quote) p++;
          if (p >= end) throw bad(`row ${number}, a cell not closed`);
          if (single && byte === 0x74) type = typeOf(bytes[value]!, p - value);
          p++;
        }
        p++;

        if (column > MAX_COLUMNS) throw refusal('reference', { part, at: `row ${number}`, limit: 'column XFD' });

        // Children of <c>: f, v, is.
        let value: CellValue = null;
        while (!blank) {
          while (p < end && bytes[p] !== LESS) p++;
          if (p >= end) throw bad(`row ${number}, a cell not closed`);
          if (bytes[p + 1] === SLASH) {
            if (bytes[p + 2 + prefix] !== 0x63) throw bad(`row ${number}, a cell closed by another tag`);
            p += 4 + prefix;
            if (bytes[p - 1] !== GREATER) p = endOfTag(bytes, p - 1, end, part);
            break;
          }
          const name = bytes[p + 1 + prefix]!;
          const nameEnd = bytes[p + 2 + prefix]!;
          const closed = nameEnd === GREATER;
          if (name === 0x76 && (closed || nameEnd <= SPACE || nameEnd === SLASH)) {
            p = closed ? p + 3 + prefix : endOfTag(bytes, p, end, part);
            if (bytes[p - 2] === SLASH) continue;
            const start = p;
            if (type === NUMBER) {
              const negative = bytes[p] === 0x2d;
              if (negative) p++;
              let digits = 0;
              let mantissa = 0;
              for (; bytes[p]! >= 0x30 && bytes[p]! <= 0x39; p++, digits++) mantissa = mantissa * 10 + bytes[p]! - 0x30;
              let decimals = 0;
              if (bytes[p] === 0x2e) {
                p++;
                for (; bytes[p]! >= 0x30 && bytes[p]! <= 0x39; p++, decimals++)
                  mantissa = mantissa * 10 + bytes[p]! - 0x30;
                digits += decimals;
              }
              // Up to fifteen digits both numbers are exact, so one division rounds correctly (Clinger 1990).
              if (bytes[p] === LESS && digits > 0 && digits <= 15) {
                const magnitude = decimals === 0 ? mantissa : mantissa / POWERS[decimals]!;
                value = negative ? -magnitude : magnitude;
              } else {
                while (p < end && bytes[p] !== LESS) p++;
                value = longNumber(bytes, start, p, number);
              }
              if (value !== null && dateStyles[style] === 1) value = serialToDate(value as number, date1904) ?? value;
            } else if (type === SHARED) {
              let index = 0;
              for (; bytes[p]! >= 0x30 && bytes[p]! <= 0x39; p++) index = index * 10 + bytes[p]! - 0x30;
              if (index >= strings.count || bytes[p] !== LESS || p === start)
                throw refusal('sharedStringIndex', {
                  part,
                  at: `row ${number}`,
                  found: bytes.toString('latin1', start, Math.min(p + 1, start + 16)).replace(/<.*$/s, ''),
                  limit: strings.count,
                });
              value = strings.get(index);
            } else {
              while (p < end && bytes[p] !== LESS) p++;
              value = typedValue(type, textOf(bytes, start, p, part), number);
            }
          } else if (name === 0x69 && nameEnd === 0x73) {
            const start = endOfTag(bytes, p, end, part);
            p = start;
            if (bytes[start - 2] === SLASH) continue;
            const rich = richText(bytes, start, end, prefix, part);
            if (type === INLINE) value = typedValue(TEXT, rich.text, number);
            p = rich.next;
          } else if (name === 0x66 && (closed || nameEnd <= SPACE || nameEnd === SLASH)) {
            const start = endOfTag(bytes, p, end, part);
            p = start;
            formulas ??= new Map();
            if (bytes[start - 2] === SLASH) {
              formulas.set(column - 1, '');
              continue;
            }
            while (p < end && bytes[p] !== LESS) p++;
            formulas.set(column - 1, textOf(bytes, start, p, part));
          } else {
            p = skipElement(bytes, p, end);
            continue;
          }
          // The closing tag of v or f; richText has passed its own.
          if (name === 0x69) continue;
          if (bytes[p + 1] !== SLASH || bytes[p + 2 + prefix] !== name) throw bad(`row ${number}, a value not closed`);
          p = endOfTag(bytes, p, end, part);
        }

        if (value !== null) filled++;
        const gap = column - 1 - values.length;
        if (gap === 0) {
          values.push(value);
          styleIds.push(style);
        } else {
          for (let fill = gap > FILLED_GAP ? 0 : gap; fill > 0; fill--) {
            values.push(undefined);
            styleIds.push(0);
          }
          values[column - 1] = value;
          styleIds[column - 1] = style;
        }
      }
      rows.push(new Row(number, hidden, values, styleIds, formulas, filled - filledBefore));
      filledBefore = filled;
      width += values.length;
    }
    if (!tail) {
      pending.keep(bytes.subarray(Math.min(p, end)));
      refuseLarge(pending.size);
    }
    countCells(filled, width);
    return rows;
  }

  /** Past an element that is none of the scanner's business, with all inside it. */
  function skipElement(bytes: Buffer, start: number, end: number): number {
    let depth = 0;
    let p = start;
    do {
      while (p < end && bytes[p] !== LESS) p++;
      const second = bytes[p + 1];
      p = endOfTag(bytes, p, end, part);
      if (second === SLASH) depth--;
      else if (second !== QUESTION && bytes[p - 2] !== SLASH) depth++;
      if (depth > limits.depth) throw refusal('depth', { part, limit: limits.depth });
    } while (depth > 0);
    return p;
  }

  function longNumber(bytes: Buffer, start: number, end: number, row: number): number | null {
    const text = bytes.toString('latin1', start, end).trim();
    if (text === '') return null;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw bad(`row ${row}, the number ${text.slice(0, 40)}`);
    return value;
  }

  function typedValue(type: number, text: string, row: number): CellValue {
    if (type === BOOLEAN) return text.trim() === '1' || text.trim() === 'true';
    if (type === ERROR) {
      let error = errors.get(text);
      if (!error) {
        error = Object.freeze({ error: text });
        if (errors.size < 100) errors.set(text, error);
      }
      return error;
    }
    if (type === ISO_DATE) {
      const date = new Date(/[Zz]|[+-]\d\d:?\d\d$/.test(text) || !text.includes('T') ? text : `${text}Z`);
      return Number.isNaN(date.getTime()) ? text : date;
    }
    if (text.length > limits.textLength)
      throw refusal('text', { part, at: `row ${row}`, limit: limits.textLength, found: text.length });
    return text;
  }

  return {
    push,
    finish,
    takeHead,
    get head() {
      return head;
    },
    get tail() {
      return tail && Buffer.concat(tail);
    },
  };
}

/** ST_CellType by its first letter and length: n, s, str, inlineStr, b, e, d. */
function typeOf(first: number, length: number): number {
  if (first === 0x73) return length === 1 ? SHARED : TEXT;
  if (first === 0x69) return INLINE;
  if (first === 0x62) return BOOLEAN;
  if (first === 0x65) return ERROR;
  if (first === 0x64) return ISO_DATE;
  return NUMBER;
}

function wholeNumber(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let p = start; p < end; p++) value = value * 10 + bytes[p]! - 0x30;
  return value;
}
