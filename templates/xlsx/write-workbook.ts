import type { Writable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { type CellBytes, type ColumnType, createCellBytes } from './cell-bytes.ts';
import { columnName } from './cell-reference.ts';
import { badSheet } from './errors.ts';
import { MAX_COLUMNS, MAX_ROWS, MAX_STREAMED_BYTES } from './limits.ts';
import { createSheetNames } from './sheet-names.ts';
import { createStringTable } from './string-table.ts';
import { createStyleTable } from './style-table.ts';
import { type CustomProperty, frameParts, type WrittenSheet } from './workbook-frame.ts';
import { createZipWriter } from './zip-write.ts';

export interface SheetColumn {
  readonly header?: string;
  /** In characters. */
  readonly width?: number;
  /** Number format code, for example `#,##0.00` or `yyyy"年"m"月"d"日"`. */
  readonly format?: string;
  /** `text` keeps ids and phone numbers as text; unless told it goes by each value. */
  readonly type?: ColumnType;
  readonly hidden?: boolean;
}

/** Rows of values: string, number, bigint, boolean, Date (its UTC fields are shown), null or undefined for no cell. */
export type RowSource = AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>;

export interface SheetToWrite {
  readonly name: string;
  /** A header row is written when any column has a header. */
  readonly columns?: readonly SheetColumn[];
  readonly rows: RowSource;
  /** Rows that stay when scrolling; the header row unless told. */
  readonly freezeRows?: number;
  readonly freezeColumns?: number;
  readonly autoFilter?: boolean;
  readonly state?: 'visible' | 'hidden' | 'veryHidden';
}

export interface WriteProgress {
  readonly sheet: string;
  /** Rows of data so far, in all sheets. */
  readonly rows: number;
  /** Bytes handed to the target so far. */
  readonly bytes: number;
}

export interface WriteOptions {
  /** Called about once per quarter megabyte of XML. */
  readonly onProgress?: (progress: WriteProgress) => void;
  readonly signal?: AbortSignal;
  /** Deflate level 1 to 9. Unless told: 6 for the first megabytes of a sheet, then 1, where time is worth more than size. */
  readonly level?: number;
  readonly customProperties?: Readonly<Record<string, CustomProperty>>;
  /** Rows after which a sheet goes on as `name (2)`; the format's own limit unless told. */
  readonly rowsPerSheet?: number;
}

export interface WriteResult {
  readonly rows: number;
  readonly bytes: number;
  /** Names of the sheets as written, parts of split ones included. */
  readonly sheets: readonly string[];
}

/**
 * Writes a workbook as its rows come, in constant memory: the target's pace is the producer's. A sheet that is full goes
 * on in `name (2)`. Text that starts like a formula is text and marked so. A file appears only when it is complete.
 *
 * @throws `templates.xlsx.value` for NaN, an infinity, a text over 32,767 characters; `templates.xlsx.sheet` for a bad
 * name or too many columns; the signal's reason when cancelled; what the rows or the target throw.
 * @example
 * await writeWorkbook(response, [
 *   { name: '台账', columns: [{ header: '姓名', width: 12 }, { header: '证件号', type: 'text' }], rows },
 * ]);
 */
export async function writeWorkbook(
  target: string | Writable,
  sheets: Iterable<SheetToWrite> | AsyncIterable<SheetToWrite>,
  options: WriteOptions = {},
): Promise<WriteResult> {
  const { onProgress, signal, level, customProperties = {}, rowsPerSheet = MAX_ROWS } = options;
  signal?.throwIfAborted();
  const zip = createZipWriter(target, { signal });
  const names = createSheetNames();
  const styles = createStyleTable();
  const strings = createStringTable();
  const written: WrittenSheet[] = [];
  let rows = 0;

  async function writeSheet(sheet: SheetToWrite): Promise<void> {
    const { columns = [], state = 'visible' } = sheet;
    if (columns.length > MAX_COLUMNS)
      throw badSheet(sheet.name, `列数超过 ${MAX_COLUMNS}`, `more than ${MAX_COLUMNS} columns`);
    const source = openRows(sheet.rows);
    let closed = false;
    try {
      let name = names.take(sheet.name);
      for (let part = 1; ; part++) {
        written.push({ name, state });
        const cells = createCellBytes(name, columns, styles, strings);
        const { release } = cells;
        const pieces = sheetPieces(sheet, name, source, cells);
        await zip.addStream(`xl/worksheets/sheet${written.length}.xml`, pieces, {
          level: level ?? levelBySize,
          release,
        });
        closed = await source.ended();
        if (closed) return;
        name = names.takePart(sheet.name, part + 1);
      }
    } finally {
      if (!closed) await source.close();
    }
  }

  async function* sheetPieces(
    sheet: SheetToWrite,
    name: string,
    source: RowReader,
    cells: CellBytes,
  ): AsyncGenerator<Buffer> {
    const { columns = [] } = sheet;
    const hasHeader = columns.some(({ header }) => header !== undefined);
    cells.text(sheetHead(sheet, hasHeader, written.length === 1));
    let number = 0;
    let widest = columns.length;
    if (hasHeader)
      cells.header(
        ++number,
        columns.map(({ header }) => header ?? ''),
      );
    while (number < rowsPerSheet && cells.size < FULL_BYTES) {
      const next = source.next();
      const row = next instanceof Promise ? await next : next;
      if (row === undefined) break;
      if (row.length > widest) {
        if (columns.length > 0 || row.length > MAX_COLUMNS) {
          const limit = columns.length || MAX_COLUMNS;
          throw badSheet(
            name,
            `第 ${number + 1} 行有 ${row.length} 列，上限 ${limit}`,
            `row ${number + 1} has ${row.length} columns, limit ${limit}`,
          );
        }
        widest = row.length;
      }
      cells.row(++number, row);
      rows++;
      // Code that has just begun is slow: the first rows would hold the event loop for longer than all later ones.
      if (number <= WARMING_ROWS && number % ROWS_BETWEEN_BREATHS === 0) await breathe();
      const blocks = cells.takeBlocks();
      if (blocks.length === 0) continue;
      yield* blocks;
      onProgress?.({ sheet: name, rows, bytes: zip.bytes });
    }
    const filter = sheet.autoFilter && hasHeader ? `<autoFilter ref="A1:${columnName(columns.length)}${number}"/>` : '';
    cells.text(`</sheetData>${filter}</worksheet>`);
    yield* cells.finish();
    onProgress?.({ sheet: name, rows, bytes: zip.bytes });
  }

  try {
    const frame = frameParts(customProperties);
    for (const [name, xml] of frame.first) await zip.addBytes(name, xml);
    for await (const sheet of sheets) await writeSheet(sheet);
    if (!written.some(({ state }) => state === 'visible'))
      throw badSheet('*', '至少要有一张可见的工作表', 'a workbook needs a visible sheet');
    await zip.addBytes('xl/sharedStrings.xml', strings.xml());
    await zip.addBytes('xl/styles.xml', styles.xml());
    for (const [name, xml] of frame.last(written)) await zip.addBytes(name, xml);
    const bytes = await zip.finish();
    return { rows, bytes, sheets: written.map(({ name }) => name) };
  } catch (error) {
    await zip.abort(error);
    throw error;
  }
}

/** A sheet's XML stays below what a streamed zip entry can say of its size. */
const FULL_BYTES = MAX_STREAMED_BYTES - 64 * 1024 * 1024;
const WARMING_ROWS = 2_048;
const ROWS_BETWEEN_BREATHS = 256;
/** About ten thousand rows of twenty columns. */
const CAREFUL_BYTES = 8 * 1024 * 1024;

function levelBySize(bytesBefore: number): number {
  return bytesBefore < CAREFUL_BYTES ? 6 : 4;
}

function sheetHead(sheet: SheetToWrite, hasHeader: boolean, selected: boolean): string {
  const { columns = [], freezeRows = hasHeader ? 1 : 0, freezeColumns = 0 } = sheet;
  const pane =
    freezeRows > 0 || freezeColumns > 0
      ? `<pane${freezeColumns > 0 ? ` xSplit="${freezeColumns}"` : ''}${freezeRows > 0 ? ` ySplit="${freezeRows}"` : ''} topLeftCell="${columnName(freezeColumns + 1)}${freezeRows + 1}" activePane="${freezeColumns === 0 ? 'bottomLeft' : freezeRows === 0 ? 'topRight' : 'bottomRight'}" state="frozen"/>`
      : '';
  const cols = columns.map(({ width, hidden }, index) =>
    width === undefined && !hidden
      ? ''
      : `<col min="${index + 1}" max="${index + 1}" width="${Math.min(255, Math.max(0, width ?? 9))}" customWidth="1"${hidden ? ' hidden="1"' : ''}/>`,
  );
  const columnXml = cols.join('');
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView${selected ? ' tabSelected="1"' : ''} workbookViewId="0">${pane}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>${columnXml ? `<cols>${columnXml}</cols>` : ''}<sheetData>`;
}

interface RowReader {
  next(): readonly unknown[] | undefined | Promise<readonly unknown[] | undefined>;
  /** Whether there is no further row; the one looked at is kept for `next`. */
  ended(): Promise<boolean>;
  close(): Promise<void>;
}

function openRows(rows: RowSource): RowReader {
  const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  let done = false;
  let kept: readonly unknown[] | undefined;
  const take = (result: IteratorResult<readonly unknown[]>): readonly unknown[] | undefined => {
    if (!result.done) return result.value;
    done = true;
    return undefined;
  };
  const next: RowReader['next'] = () => {
    if (kept) {
      const row = kept;
      kept = undefined;
      return row;
    }
    if (done) return undefined;
    const result = iterator.next();
    return result instanceof Promise ? result.then(take) : take(result as IteratorResult<readonly unknown[]>);
  };
  return {
    next,
    async ended() {
      kept = await next();
      return kept === undefined;
    },
    async close() {
      if (!done) await iterator.return?.();
    },
  };
}
