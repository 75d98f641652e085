import { badValue } from '../errors.ts';
import { serialToDate } from '../serial-date.ts';
import {
  type CellContent,
  type CellInput,
  cellContent,
  dateContent,
  isDateContent,
  looksLikeFormula,
} from './input.ts';

/** The rows that go in place of a sample, kept compactly until everything that depends on their number is known. */
export interface RowStore {
  readonly width: number;
  readonly count: number;
  append(values: readonly CellInput[]): void;
  /** undefined: the sample's own content. */
  get(row: number, column: number): CellContent | undefined;
  /** Whether a column holds text that starts like a formula, or dates. */
  needs(column: number): ColumnNeeds;
}

export interface ColumnNeeds {
  readonly quote: boolean;
  readonly date: boolean;
}

const KEEP = 0;
const BLANK = 1;
const NUMBER = 2;
const TRUE = 3;
const FALSE = 4;
const DATE = 5;
/** Text that many rows share, by number in a list. */
const WORD = 6;
/** Text kept as bytes, by its place in the pages. */
const TEXT = 7;

const CELLS_PER_CHUNK = 1 << 16;
const PAGE_BYTES = 1 << 20;
/** Distinct texts kept as strings; they are the community names and yes-or-no of every roster. */
const MOST_WORDS = 16_384;
const LONGEST_WORD = 64;

/**
 * A store of `width` columns: nine bytes a cell, plus the UTF-8 of texts that do not repeat. 100,000 rows of 42 columns
 * stay near 100 MB where arrays of strings need several times that.
 *
 * @param name of the sample, for messages.
 */
export function createRowStore(width: number, name: string, date1904: boolean): RowStore {
  const rowsPerChunk = Math.max(1, Math.floor(CELLS_PER_CHUNK / width));
  const kinds: Uint8Array[] = [];
  const numbers: Float64Array[] = [];
  const pages: Buffer[] = [];
  const words: string[] = [];
  const wordNumbers = new Map<string, number>();
  const quote = new Array<boolean>(width).fill(false);
  const date = new Array<boolean>(width).fill(false);
  let used = PAGE_BYTES;
  let count = 0;

  /** Place of the bytes of a text: page and offset in one number, its length in front. */
  const keepText = (text: string): number => {
    const most = text.length * 3 + 4;
    if (used + most > PAGE_BYTES) {
      pages.push(Buffer.allocUnsafe(PAGE_BYTES));
      used = 0;
    }
    const page = pages.at(-1)!;
    const length = page.write(text, used + 4, 'utf8');
    page.writeUInt32LE(length, used);
    const place = (pages.length - 1) * PAGE_BYTES + used;
    used += length + 4;
    return place;
  };

  const readText = (place: number): string => {
    const page = pages[Math.floor(place / PAGE_BYTES)]!;
    const at = place % PAGE_BYTES;
    return page.toString('utf8', at + 4, at + 4 + page.readUInt32LE(at));
  };

  const put = (
    content: CellContent | undefined,
    column: number,
    kind: Uint8Array,
    number: Float64Array,
    at: number,
  ): void => {
    if (content === undefined) return;
    if (content === null) kind[at] = BLANK;
    else if (typeof content === 'number') {
      kind[at] = NUMBER;
      number[at] = content;
    } else if (typeof content === 'boolean') kind[at] = content ? TRUE : FALSE;
    else if (isDateContent(content)) {
      kind[at] = DATE;
      number[at] = content.serial;
      date[column] = true;
    } else {
      if (looksLikeFormula(content)) quote[column] = true;
      const known = wordNumbers.get(content);
      if (known !== undefined || (words.length < MOST_WORDS && content.length <= LONGEST_WORD)) {
        kind[at] = WORD;
        number[at] = known ?? words.length;
        if (known === undefined) {
          wordNumbers.set(content, words.length);
          words.push(content);
        }
      } else {
        kind[at] = TEXT;
        number[at] = keepText(content);
      }
    }
  };

  return {
    width,
    get count() {
      return count;
    },
    append: (values) => {
      if (values.length > width) {
        throw badValue(
          `${name} #${count + 1}`,
          `该行有 ${values.length} 个值，样例只有 ${width} 个单元格`,
          `the row has ${values.length} values, the sample only ${width} cells`,
        );
      }
      const inChunk = count % rowsPerChunk;
      if (inChunk === 0) {
        kinds.push(new Uint8Array(rowsPerChunk * width));
        numbers.push(new Float64Array(rowsPerChunk * width));
      }
      const kind = kinds.at(-1)!;
      const number = numbers.at(-1)!;
      for (let column = 0; column < values.length; column++) {
        const value = values[column];
        if (value === undefined) continue;
        // The common kinds need no check but this one.
        const plain = typeof value === 'number' && Number.isFinite(value);
        const content = plain ? value : cellContent(value, `${name} #${count + 1}:${column + 1}`, date1904);
        put(content, column, kind, number, inChunk * width + column);
      }
      count++;
    },
    get: (row, column) => {
      const chunk = Math.floor(row / rowsPerChunk);
      const at = (row - chunk * rowsPerChunk) * width + column;
      const number = numbers[chunk]![at]!;
      switch (kinds[chunk]![at]) {
        case KEEP:
          return undefined;
        case BLANK:
          return null;
        case NUMBER:
          return number;
        case TRUE:
          return true;
        case FALSE:
          return false;
        case DATE:
          return dateContent(serialToDate(number, date1904)!, name, date1904);
        case WORD:
          return words[number]!;
        default:
          return readText(number);
      }
    },
    needs: (column) => ({ quote: quote[column]!, date: date[column]! }),
  };
}
