import type { Cell } from '../../warehouse/cell.ts';
import type { Chunk } from '../../warehouse/duckdb.ts';
import { createFlatBuffer, type Field, type FlatBuffer, type Placed } from './flat-buffer.ts';
import type { ResultColumn } from './protocol.ts';

/*
 * The Arrow IPC streaming format, https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format, and the numbers of its
 * Message.fbs and Schema.fbs.
 */
const VERSION_5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const CONTINUATION = 0xffffffff;
const MICROSECONDS = 2;
const DOUBLE = 2;

type Kind = 'int64' | 'float64' | 'bool' | 'date32' | 'timestamp' | 'utf8';

const TYPE_NUMBER: Readonly<Record<Kind, number>> = {
  int64: 2,
  float64: 3,
  utf8: 5,
  bool: 6,
  date32: 8,
  timestamp: 10,
};

/** Decimals become doubles; what Arrow has no plain type for is text, as the engine writes it. */
function kindOf(sqlType: string): Kind {
  if (/^(U?(TINYINT|SMALLINT|INTEGER)|BIGINT)$/.test(sqlType)) return 'int64';
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(sqlType)) return 'float64';
  if (sqlType === 'BOOLEAN') return 'bool';
  if (sqlType === 'DATE') return 'date32';
  if (/^TIMESTAMP(_S|_MS)?$/.test(sqlType)) return 'timestamp';
  return 'utf8';
}

/**
 * A result as an Arrow stream: one record batch per chunk.
 *
 * @example for await (const part of writeArrow(columns, files.stream(file))) response.write(part);
 */
export async function* writeArrow(
  columns: readonly ResultColumn[],
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Uint8Array> {
  const kinds = columns.map(({ sqlType }) => kindOf(sqlType));
  yield message(HEADER.schema, 0, (buffer) => {
    const fields = columns.map(({ name }, i) => {
      const kind = kinds[i]!;
      const title = buffer.text(name);
      const type = buffer.table(typeFields(kind));
      const none = buffer.vector([]);
      return buffer.table([
        { kind: 'at', value: title },
        { kind: 'u8', value: 1 },
        { kind: 'u8', value: TYPE_NUMBER[kind] },
        { kind: 'at', value: type },
        undefined,
        { kind: 'at', value: none },
      ]);
    });
    const list = buffer.vector(fields);
    return buffer.table([
      { kind: 'i16', value: 0 },
      { kind: 'at', value: list },
    ]);
  });
  for await (const chunk of chunks) {
    const parts = chunk.columns.map((column, i) => encodeColumn(kinds[i]!, column));
    const buffers = parts.flatMap((part) => part.buffers);
    let offset = 0;
    const places = buffers.map((buffer) => {
      const at = offset;
      offset += padded(buffer.length);
      return [BigInt(at), BigInt(buffer.length)] as const;
    });
    yield message(HEADER.recordBatch, offset, (flat) => {
      const nodes = flat.structs(parts.map(({ nulls }) => [BigInt(chunk.rowCount), BigInt(nulls)]));
      const list = flat.structs(places);
      return flat.table([
        { kind: 'i64', value: BigInt(chunk.rowCount) },
        { kind: 'at', value: nodes },
        { kind: 'at', value: list },
      ]);
    });
    const body = new Uint8Array(offset);
    for (const [i, buffer] of buffers.entries()) body.set(buffer, Number(places[i]![0]));
    yield body;
  }
  yield new Uint8Array(new Uint32Array([CONTINUATION, 0]).buffer);
}

function message(header: number, bodyLength: number, write: (buffer: FlatBuffer) => Placed): Uint8Array {
  const buffer = createFlatBuffer();
  const content = write(buffer);
  const metadata = buffer.finish(
    buffer.table([
      { kind: 'i16', value: VERSION_5 },
      { kind: 'u8', value: header },
      { kind: 'at', value: content },
      { kind: 'i64', value: BigInt(bodyLength) },
    ]),
  );
  const size = padded(metadata.length);
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setUint32(4, size, true);
  bytes.set(metadata, 8);
  return bytes;
}

function typeFields(kind: Kind): (Field | undefined)[] {
  if (kind === 'int64') {
    return [
      { kind: 'i32', value: 64 },
      { kind: 'u8', value: 1 },
    ];
  }
  if (kind === 'float64') return [{ kind: 'i16', value: DOUBLE }];
  if (kind === 'date32') return [{ kind: 'i16', value: 0 }];
  if (kind === 'timestamp') return [{ kind: 'i16', value: MICROSECONDS }];
  return [];
}

interface EncodedColumn {
  readonly nulls: number;
  /** Validity, then the type's own. */
  readonly buffers: readonly Uint8Array[];
}

function encodeColumn(kind: Kind, told: readonly Cell[]): EncodedColumn {
  const cells = told.map((cell) => (isSayable(kind, cell) ? cell : null));
  const validity = new Uint8Array(Math.ceil(cells.length / 8));
  let nulls = 0;
  for (const [i, cell] of cells.entries()) {
    if (cell === null) nulls++;
    else validity[i >> 3]! |= 1 << (i & 7);
  }
  return { nulls, buffers: [validity, ...valuesOf(kind, cells)] };
}

function valuesOf(kind: Kind, cells: readonly Cell[]): Uint8Array[] {
  switch (kind) {
    case 'int64': {
      const values = BigInt64Array.from(cells, (cell) => (cell === null ? 0n : BigInt(cell as number | string)));
      return [new Uint8Array(values.buffer)];
    }
    case 'float64':
      return [new Uint8Array(Float64Array.from(cells, (cell) => (cell === null ? 0 : Number(cell))).buffer)];
    case 'date32':
      return [new Uint8Array(Int32Array.from(cells, (cell) => daysOf(cell)).buffer)];
    case 'timestamp':
      return [new Uint8Array(BigInt64Array.from(cells, (cell) => microsOf(cell)).buffer)];
    case 'bool': {
      const bits = new Uint8Array(Math.ceil(cells.length / 8));
      for (const [i, cell] of cells.entries()) if (cell === true) bits[i >> 3]! |= 1 << (i & 7);
      return [bits];
    }
    case 'utf8': {
      const texts = cells.map((cell) => (cell === null ? '' : textOf(cell)));
      const offsets = new Int32Array(cells.length + 1);
      for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + Buffer.byteLength(text);
      // Encoded in one go: a call per cell would cost more than all the rest.
      return [new Uint8Array(offsets.buffer), Buffer.from(texts.join(''))];
    }
  }
}

function textOf(cell: Cell): string {
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Days since 1970-01-01; 0 for what is no plain date (infinity, before our era). */
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?$/;

/** A day or moment that ISO 8601 has no four-digit year for (an infinity, before our era) is left out rather than made another one. */
function isSayable(kind: Kind, cell: Cell): boolean {
  if (cell === null || (kind !== 'date32' && kind !== 'timestamp')) return true;
  return (kind === 'date32' ? DAY : MOMENT).test(String(cell));
}

function daysOf(cell: Cell): number {
  const at = Date.parse(`${String(cell)}T00:00:00Z`);
  return Number.isNaN(at) ? 0 : Math.round(at / 86_400_000);
}

function microsOf(cell: Cell): bigint {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?/.exec(String(cell));
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(at) ? 0n : BigInt(at) * 1_000n + BigInt((match?.[3] ?? '').padEnd(6, '0') || '0');
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
