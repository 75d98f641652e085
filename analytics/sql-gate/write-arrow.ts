import type { Data, DataType } from 'apache-arrow';
import type { Cell } from '../../warehouse/cell.ts';
import type { Chunk } from '../../warehouse/duckdb.ts';
import type { ResultColumn } from './protocol.ts';

type Arrow = typeof import('apache-arrow');

/** A column of the stream: what Arrow calls its type, and how a chunk's cells become its buffers. */
interface ColumnForm {
  readonly type: DataType;
  encode(cells: readonly Cell[]): Data;
}

/**
 * A result in Arrow's streaming format (`.arrows`): one record batch per chunk, made when the reader asks for it. Decimals stay exact
 * when their cells are text (ResultFiles.exact); a day or moment that Arrow cannot say is left out.
 *
 * @example for await (const part of writeArrow(columns, files.exact(file, columns))) response.write(part);
 */
export async function* writeArrow(
  columns: readonly ResultColumn[],
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Uint8Array> {
  // Here and not above: most processes never write Arrow.
  const arrow = await import('apache-arrow');
  const forms = columns.map(({ sqlType }) => formOf(arrow, sqlType));
  const schema = new arrow.Schema(columns.map(({ name }, i) => new arrow.Field(name, forms[i]!.type, true)));
  // The library's own queue takes without bound; what is written goes on before the next chunk is read.
  const parts: Uint8Array[] = [];
  const sink = new arrow.AsyncByteQueue<Uint8Array>();
  sink.write = (part) => void parts.push(part as Uint8Array);
  const writer = new arrow.RecordBatchStreamWriter().reset(sink, schema);
  yield Buffer.concat(parts.splice(0));
  for await (const { rowCount, columns: cells } of chunks) {
    const children = cells.map((column, i) => forms[i]!.encode(column));
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rowCount, nullCount: 0, children });
    writer.write(new arrow.RecordBatch(schema, data));
    yield Buffer.concat(parts.splice(0));
  }
  writer.finish();
  yield Buffer.concat(parts.splice(0));
}

/** What Arrow has no plain type for is text, as the engine writes it. */
function formOf(arrow: Arrow, sqlType: string): ColumnForm {
  const { makeData } = arrow;
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(sqlType);
  if (decimal !== null) {
    const scale = Number(decimal[2]);
    const type = new arrow.Decimal(scale, Number(decimal[1]));
    return { type, encode: (cells) => makeData({ type, ...validity(cells), data: decimals(cells, scale) }) };
  }
  if (/^(U?(TINYINT|SMALLINT|INTEGER)|BIGINT)$/.test(sqlType)) {
    const type = new arrow.Int64();
    const numberOf = (cell: Cell) => (cell === null ? 0n : BigInt(cell as number | string));
    return {
      type,
      encode: (cells) => makeData({ type, ...validity(cells), data: BigInt64Array.from(cells, numberOf) }),
    };
  }
  if (/^(DOUBLE|FLOAT)$/.test(sqlType)) {
    const type = new arrow.Float64();
    return { type, encode: (cells) => makeData({ type, ...validity(cells), data: Float64Array.from(cells, Number) }) };
  }
  if (sqlType === 'BOOLEAN') {
    const type = new arrow.Bool();
    const isTrue = (cell: Cell) => cell === true;
    return { type, encode: (cells) => makeData({ type, ...validity(cells), data: bits(cells, isTrue) }) };
  }
  if (sqlType === 'DATE') {
    const type = new arrow.DateDay();
    return {
      type,
      encode: (told) => {
        const cells = told.map((cell) => sayable(DAY, cell));
        return makeData({ type, ...validity(cells), data: Int32Array.from(cells, daysOf) });
      },
    };
  }
  if (/^TIMESTAMP(_S|_MS)?$/.test(sqlType)) {
    const type = new arrow.TimestampMicrosecond();
    return {
      type,
      encode: (told) => {
        const cells = told.map((cell) => sayable(MOMENT, cell));
        return makeData({ type, ...validity(cells), data: BigInt64Array.from(cells, microsOf) });
      },
    };
  }
  const type = new arrow.Utf8();
  return { type, encode: (cells) => makeData({ type, ...validity(cells), ...texts(cells) }) };
}

function texts(cells: readonly Cell[]) {
  const all = cells.map((cell) => (cell === null ? '' : textOf(cell)));
  const valueOffsets = new Int32Array(cells.length + 1);
  for (const [i, text] of all.entries()) valueOffsets[i + 1] = valueOffsets[i]! + Buffer.byteLength(text);
  // Encoded in one go: a call per cell would cost more than all the rest.
  return { valueOffsets, data: Buffer.from(all.join('')) };
}

/** 128 bits each in two's complement, the low half first. */
function decimals(cells: readonly Cell[], scale: number): Uint32Array {
  const halves = new BigUint64Array(cells.length * 2);
  for (const [i, cell] of cells.entries()) {
    const value = cell === null ? 0n : unscaled(cell, scale);
    halves[2 * i] = BigInt.asUintN(64, value);
    halves[2 * i + 1] = BigInt.asUintN(64, value >> 64n);
  }
  return new Uint32Array(halves.buffer);
}

function validity(cells: readonly Cell[]) {
  const nullCount = cells.reduce<number>((all, cell) => all + (cell === null ? 1 : 0), 0);
  const nullBitmap = nullCount === 0 ? null : bits(cells, (cell) => cell !== null);
  return { length: cells.length, nullCount, nullBitmap };
}

/** One bit per cell, the lowest first. */
function bits(cells: readonly Cell[], isSet: (cell: Cell) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(cells.length / 8));
  for (const [i, cell] of cells.entries()) if (isSet(cell)) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
}

function textOf(cell: Cell): string {
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** @example unscaled('-12.50', 2) // -1250n */
function unscaled(cell: Cell, scale: number): bigint {
  const [whole = '', fraction = ''] = (typeof cell === 'number' ? cell.toFixed(scale) : String(cell)).split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?$/;

/** A day or moment that ISO 8601 has no four-digit year for (an infinity, before our era) is left out rather than made another one. */
function sayable(form: RegExp, cell: Cell): Cell {
  return cell !== null && form.test(String(cell)) ? cell : null;
}

/** Days since 1970-01-01. */
function daysOf(cell: Cell): number {
  return cell === null ? 0 : Math.round(Date.parse(`${String(cell)}T00:00:00Z`) / 86_400_000);
}

function microsOf(cell: Cell): bigint {
  const match = MOMENT.exec(String(cell));
  if (match === null) return 0n;
  return BigInt(Date.parse(`${match[1]}T${match[2]}Z`)) * 1_000n + BigInt((match[3] ?? '').padEnd(6, '0'));
}
