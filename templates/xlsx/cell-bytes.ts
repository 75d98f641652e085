// One idea, over 150 lines: turning values into bytes of a sheet, the loop in which writing spends its time.

import { columnName } from './cell-reference.ts';
import { badValue } from './errors.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { dateToSerial } from './serial-date.ts';
import type { StringTable } from './string-table.ts';
import type { StyleTable } from './style-table.ts';

/** What a column holds; `auto` goes by each value. */
export type ColumnType = 'auto' | 'text' | 'number' | 'date' | 'datetime' | 'boolean';

export interface EncodedColumn {
  readonly type?: ColumnType;
  /** Number format code. */
  readonly format?: string;
}

/** Encodes rows of one sheet into blocks of XML. */
export interface CellBytes {
  /** One row of cells from column A on; undefined, null and '' leave a cell out. */
  row(number: number, values: readonly unknown[]): void;
  header(number: number, titles: readonly string[]): void;
  text(xml: string): void;
  /** Full blocks, to be taken after each row. */
  takeBlocks(): Buffer[];
  /** Takes a block back, to be filled again. */
  release(block: Uint8Array): void;
  /** What is left, at the end. */
  finish(): Buffer[];
  /** Bytes made so far. */
  readonly size: number;
}

interface ColumnCode {
  readonly name: Uint8Array;
  readonly type: ColumnType;
  readonly style: Uint8Array;
  readonly dateStyle: Uint8Array;
  readonly momentStyle: Uint8Array;
  readonly quotedStyle: Uint8Array;
  /** Strings seen and strings that were new, while the column is on trial for sharing its strings. */
  seen: number;
  fresh: number;
  inline: boolean;
}

const BLOCK_BYTES = 256 * 1024;
/** One character takes seven bytes at worst: `_x0001_`. */
const WORST_CHARACTER = 7;
/** Strings after which a column's habits are known. */
const TRIAL = 256;
const DAY_MS = 86_400_000;
/** Fifteen digits: beyond, Excel would round, so a whole number becomes text. */
const MOST_DIGITS = 999_999_999_999_999n;
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const CELL = ascii('<c r="');
const NUMBER = ascii('><v>');
const SHARED = ascii(' t="s"><v>');
const BOOLEAN = ascii(' t="b"><v>');
const VALUE_END = ascii('</v></c>');
const INLINE = ascii(' t="inlineStr"><is><t>');
const INLINE_SPACED = ascii(' t="inlineStr"><is><t xml:space="preserve">');
const INLINE_END = ascii('</t></is></c>');
const ROW = ascii('<row r="');
const ROW_OPEN = ascii('">');
const ROW_END = ascii('</row>');
const AMP = ascii('&amp;');
const LT = ascii('&lt;');
const GT = ascii('&gt;');

export function createCellBytes(
  sheet: string,
  columns: readonly EncodedColumn[],
  styles: StyleTable,
  strings: StringTable,
): CellBytes {
  let block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let at = 0;
  let size = 0;
  let full: Buffer[] = [];
  const idle: Buffer[] = [];
  const codes: ColumnCode[] = [];
  // The row number's digits stand in every cell of the row.
  const digits = new Uint8Array(7);
  let digitCount = 0;
  const headerStyle = ascii(`" s="${styles.header}"`);
  const quotedHeaderStyle = ascii(`" s="${styles.quotedHeader}"`);

  function makeCode(index: number): ColumnCode {
    const { type = 'auto', format } = columns[index] ?? {};
    const style = (id: number) => ascii(id === 0 ? '"' : `" s="${id}"`);
    return {
      name: ascii(columnName(index + 1)),
      type,
      style: style(styles.of(format)),
      dateStyle: style(styles.of(format ?? 'yyyy-mm-dd')),
      momentStyle: style(styles.of(format ?? 'yyyy-mm-dd hh:mm:ss')),
      quotedStyle: style(styles.of(format, true)),
      seen: 0,
      fresh: 0,
      inline: false,
    };
  }

  function codeOf(column: number): ColumnCode {
    codes[column] ??= makeCode(column);
    return codes[column];
  }

  function room(bytes: number): void {
    if (at + bytes <= block.length) return;
    flush();
    if (bytes > block.length) block = Buffer.allocUnsafeSlow(bytes);
  }

  function flush(): void {
    if (at > 0) {
      full.push(block.subarray(0, at));
      size += at;
      block = idle.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      at = 0;
    }
  }

  function put(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) block[at++] = bytes[i]!;
  }

  /** A whole number from 0 to 2^31. */
  function putWhole(value: number): void {
    let length = 1;
    for (let rest = (value / 10) | 0; rest > 0; rest = (rest / 10) | 0) length++;
    at += length;
    let p = at;
    let rest = value;
    do {
      const tenth = (rest / 10) | 0;
      block[--p] = 48 + rest - tenth * 10;
      rest = tenth;
    } while (rest > 0);
  }

  function putNumber(value: number): void {
    if (value === (value | 0) && value > -0x8000_0000) {
      if (value < 0) block[at++] = 0x2d;
      putWhole(Math.abs(value));
      return;
    }
    // Up to four decimals: when n / 10000 gives the value back, those digits name it exactly.
    const magnitude = Math.abs(value);
    const scaled = Math.round(magnitude * 1e4);
    if (magnitude < 0x7fff_ffff && scaled / 1e4 === magnitude) {
      const whole = Math.floor(magnitude);
      let part = scaled - whole * 1e4;
      if (value < 0) block[at++] = 0x2d;
      putWhole(whole);
      block[at++] = 0x2e;
      for (let unit = 1000; part > 0; unit /= 10) {
        const digit = Math.floor(part / unit);
        block[at++] = 48 + digit;
        part -= digit * unit;
      }
      return;
    }
    const text = String(value);
    for (let i = 0; i < text.length; i++) block[at++] = text.charCodeAt(i);
  }

  /** `_xHHHH_` at `place`; returns the place behind it. */
  function putEscape(code: number, place: number): number {
    const escaped = `_x${code.toString(16).toUpperCase().padStart(4, '0')}_`;
    for (let i = 0; i < 7; i++) block[place + i] = escaped.charCodeAt(i);
    return place + 7;
  }

  function putText(text: string): void {
    const { length } = text;
    let p = at;
    const out = block;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x80) {
        if (code === 0x26 || code === 0x3c || code === 0x3e) {
          at = p;
          put(code === 0x26 ? AMP : code === 0x3c ? LT : GT);
          p = at;
        } else if (code >= 0x20 ? code !== 0x5f : code === 0x09 || code === 0x0a) out[p++] = code;
        else if (code === 0x5f && !/^_x[0-9a-f]{4}/i.test(text.slice(i, i + 6))) out[p++] = code;
        else {
          // A control character, or a text that looks like the escape for one.
          p = putEscape(code, p);
        }
      } else if (code < 0x800) {
        out[p++] = 0xc0 | (code >> 6);
        out[p++] = 0x80 | (code & 0x3f);
      } else if (code < 0xd800 || (code > 0xdfff && code < 0xfffe)) {
        out[p++] = 0xe0 | (code >> 12);
        out[p++] = 0x80 | ((code >> 6) & 0x3f);
        out[p++] = 0x80 | (code & 0x3f);
      } else {
        const low = i + 1 < length ? text.charCodeAt(i + 1) : 0;
        if (code < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
          const point = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          out[p++] = 0xf0 | (point >> 18);
          out[p++] = 0x80 | ((point >> 12) & 0x3f);
          out[p++] = 0x80 | ((point >> 6) & 0x3f);
          out[p++] = 0x80 | (point & 0x3f);
          i++;
        } else {
          // Half a pair, or no character at all: XML cannot hold it.
          p = putEscape(code, p);
        }
      }
    }
    at = p;
  }

  function open(code: ColumnCode, style: Uint8Array): void {
    put(CELL);
    put(code.name);
    for (let i = 0; i < digitCount; i++) block[at++] = digits[i]!;
    put(style);
  }

  function numberCell(code: ColumnCode, value: number, style: Uint8Array, place: () => string): void {
    if (value - value !== 0) throw badValue(place(), `不是有限的数（${value}）`, `not a finite number (${value})`);
    room(128);
    open(code, style);
    put(NUMBER);
    putNumber(value);
    put(VALUE_END);
  }

  function booleanCell(code: ColumnCode, value: boolean): void {
    room(128);
    open(code, code.style);
    put(BOOLEAN);
    block[at++] = value ? 0x31 : 0x30;
    put(VALUE_END);
  }

  function dateCell(code: ColumnCode, ms: number, place: () => string): void {
    const serial = dateToSerial(ms);
    if (Number.isNaN(serial)) throw badValue(place(), '日期超出 1900 至 9999 年', 'a date outside 1900 to 9999');
    const withTime = code.type === 'datetime' || (code.type !== 'date' && ms % DAY_MS !== 0);
    numberCell(code, serial, withTime ? code.momentStyle : code.dateStyle, place);
  }

  function textCell(code: ColumnCode, text: string, style: Uint8Array, place: () => string): void {
    const { length } = text;
    if (length === 0) return;
    if (length > DEFAULT_LIMITS.textLength)
      throw badValue(
        place(),
        `文字长 ${length}，上限 ${DEFAULT_LIMITS.textLength}`,
        `a text of ${length} characters, limit ${DEFAULT_LIMITS.textLength}`,
      );
    room(length * WORST_CHARACTER + 192);
    const index = code.inline ? -1 : sharedIndex(code, text);
    open(code, startsLikeFormula(text) && style === code.style ? code.quotedStyle : style);
    if (index >= 0) {
      put(SHARED);
      putWhole(index);
      put(VALUE_END);
      return;
    }
    const spaced = text.charCodeAt(0) <= 0x20 || text.charCodeAt(length - 1) <= 0x20;
    put(spaced ? INLINE_SPACED : INLINE);
    putText(text);
    put(INLINE_END);
  }

  /** Index among the shared strings, or -1 for a text that goes into its cell. */
  function sharedIndex(code: ColumnCode, text: string): number {
    const known = strings.count;
    const index = strings.index(text);
    if (code.seen < TRIAL) {
      code.seen++;
      if (index < 0 || strings.count > known) code.fresh++;
      // A column of names and ids would fill the table with strings that never come again.
      if (code.seen === TRIAL) code.inline = code.fresh > TRIAL * 0.4;
    }
    return index;
  }

  function cell(code: ColumnCode, value: unknown, place: () => string): void {
    if (value === null || value === undefined) return;
    const { type } = code;
    switch (typeof value) {
      case 'number':
        if (type === 'text') textCell(code, plainNumber(value, place), code.style, place);
        else numberCell(code, value, code.style, place);
        return;
      case 'string':
        if (type === 'auto' || type === 'text') textCell(code, value, code.style, place);
        else typedText(code, value, place);
        return;
      case 'boolean':
        if (type === 'text') textCell(code, value ? 'TRUE' : 'FALSE', code.style, place);
        else booleanCell(code, value);
        return;
      case 'bigint':
        if (type === 'text' || value > MOST_DIGITS || value < -MOST_DIGITS)
          textCell(code, String(value), code.style, place);
        else numberCell(code, Number(value), code.style, place);
        return;
      default:
        if (!(value instanceof Date))
          throw badValue(place(), '不支持的值类型', `a value of an unsupported type (${typeof value})`);
        if (type === 'text') textCell(code, value.toISOString(), code.style, place);
        else dateCell(code, value.getTime(), place);
    }
  }

  /** A text in a column of numbers, days or truth values: what it says, when it says it plainly; else as it stands. */
  function typedText(code: ColumnCode, text: string, place: () => string): void {
    if (code.type === 'number' && isPlainNumber(text)) numberCell(code, Number(text), code.style, place);
    else if (code.type === 'boolean' && /^(true|false)$/i.test(text)) booleanCell(code, /^t/i.test(text));
    else if (code.type === 'date' || code.type === 'datetime') {
      const ms = momentOf(text);
      if (Number.isNaN(dateToSerial(ms))) textCell(code, text, code.style, place);
      else dateCell(code, ms, place);
    } else textCell(code, text, code.style, place);
  }

  function openRow(number: number): void {
    room(64);
    put(ROW);
    const before = at;
    putWhole(number);
    digitCount = at - before;
    for (let i = 0; i < digitCount; i++) digits[i] = block[before + i]!;
    put(ROW_OPEN);
  }

  function closeRow(): void {
    room(16);
    put(ROW_END);
  }

  return {
    get size() {
      return size + at;
    },
    row(number, values) {
      openRow(number);
      let column = 0;
      const place = () => `${sheet}!${columnName(column + 1)}${number}`;
      for (; column < values.length; column++) {
        const code = codeOf(column);
        cell(code, values[column], place);
      }
      closeRow();
    },
    header(number, titles) {
      openRow(number);
      titles.forEach((title, column) => {
        const code = codeOf(column);
        textCell(
          code,
          title,
          startsLikeFormula(title) ? quotedHeaderStyle : headerStyle,
          () => `${sheet}!${columnName(column + 1)}${number}`,
        );
      });
      closeRow();
    },
    text(xml) {
      const bytes = Buffer.from(xml);
      room(bytes.length);
      put(bytes);
    },
    takeBlocks() {
      if (full.length === 0) return full;
      const blocks = full;
      full = [];
      return blocks;
    },
    release(used) {
      if (used.buffer.byteLength === BLOCK_BYTES && idle.length < 8) idle.push(Buffer.from(used.buffer));
    },
    finish() {
      flush();
      return full;
    },
  };
}

/** Text that would become a formula when someone edits the cell; such a cell gets Excel's own `'` mark (quotePrefix). */
export function startsLikeFormula(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === 0x3d || first === 0x2b || first === 0x2d || first === 0x40 || first === 0x09 || first === 0x0d;
}

function plainNumber(value: number, place: () => string): string {
  if (!Number.isFinite(value)) throw badValue(place(), `不是有限的数（${value}）`, `not a finite number (${value})`);
  return String(value);
}

/** A number in plain notation that Excel keeps whole. */
function isPlainNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 15;
}

/** `2026-03-31` or `2026-03-31 08:15:30`; NaN for anything else. */
function momentOf(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?$/.exec(text);
  return match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}Z`) : Number.NaN;
}
