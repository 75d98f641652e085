import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { crc32 } from './crc32.ts';
import { deflateTo } from './deflate.ts';
import { entryTooLarge } from './errors.ts';
import { MAX_STREAMED_BYTES } from './limits.ts';
import type { RawEntry } from './zip-read.ts';
import { openTarget } from './zip-target.ts';

export interface ZipWriter {
  /** Bytes handed to the target so far. */
  readonly bytes: number;
  /** Copies an entry of another package, compressed bytes untouched. */
  addRaw(entry: RawEntry): Promise<void>;
  addBytes(name: string, bytes: Uint8Array | string, options?: EntryOptions): Promise<void>;
  /** Compresses as the pieces come; sizes follow the data in a descriptor. At most 4 GB. */
  addStream(
    name: string,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: StreamOptions,
  ): Promise<void>;
  /** Writes the directory and ends the target. Returns the size of the package. */
  finish(): Promise<number>;
  /** Gives up; an unfinished file is removed. */
  abort(error: unknown): Promise<void>;
}

export interface EntryOptions {
  /** Deflate level 0 to 9, 0 stores; 6 unless told. */
  readonly level?: number;
}

export interface StreamOptions {
  /** Deflate level 1 to 9, 6 unless told; or by the bytes that went before. */
  readonly level?: number | ((bytesBefore: number) => number);
  /** Gets each piece back when it may be filled again. */
  readonly release?: (piece: Uint8Array) => void;
}

export interface ZipWriterOptions {
  readonly signal?: AbortSignal;
}

interface WrittenEntry {
  readonly name: Buffer;
  readonly method: 0 | 8;
  readonly flags: number;
  readonly modified: number;
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/** 1980-01-01 00:00, the zero of DOS time and what Excel itself writes: the same workbook is the same bytes. */
const EPOCH = 0x0021_0000;
const UTF8_FLAG = 0x0800;
const DESCRIPTOR_FLAG = 0x0008;
const FULL32 = 0xffffffff;
const deflateWhole = promisify(deflateRaw) as (bytes: Uint8Array, options: { level: number }) => Promise<Buffer>;

/**
 * A streaming zip writer with constant memory: every add is awaited down to the target. Entries are written one after
 * the other, the next add only after the last has resolved.
 *
 * @example
 * const zip = createZipWriter(response);
 * await zip.addBytes('[Content_Types].xml', contentTypes);
 * await zip.addStream('xl/worksheets/sheet1.xml', sheetXml, { level: 1 });
 * await zip.finish();
 */
export function createZipWriter(target: string | Writable, { signal }: ZipWriterOptions = {}): ZipWriter {
  const out = openTarget(target);
  const written: WrittenEntry[] = [];

  const write = (piece: Uint8Array): Promise<void> | undefined => {
    signal?.throwIfAborted();
    return out.write(piece);
  };

  async function addWhole(entry: Omit<WrittenEntry, 'offset'>, data: Uint8Array): Promise<void> {
    const record = { ...entry, offset: out.bytes };
    await write(localHeader(record));
    if (data.length > 0) await write(data);
    written.push(record);
  }

  return {
    get bytes() {
      return out.bytes;
    },
    addRaw: (entry) =>
      addWhole(
        {
          name: Buffer.from(entry.name),
          method: entry.method,
          flags: nameFlag(entry.name),
          modified: entry.modified,
          crc: entry.crc,
          size: entry.size,
          compressedSize: entry.compressed.length,
        },
        entry.compressed,
      ),
    async addBytes(name, content, { level = 6 } = {}) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const deflated = level > 0 && bytes.length > 0 ? await deflateWhole(bytes, { level }) : bytes;
      const method = deflated.length < bytes.length ? 8 : 0;
      const data = method === 8 ? deflated : bytes;
      await addWhole(
        {
          name: Buffer.from(name),
          method,
          flags: nameFlag(name),
          modified: EPOCH,
          crc: crc32(bytes),
          size: bytes.length,
          compressedSize: data.length,
        },
        data,
      );
    },
    async addStream(name, pieces, { level = 6, release } = {}) {
      const offset = out.bytes;
      const head = {
        name: Buffer.from(name),
        method: 8 as const,
        flags: nameFlag(name) | DESCRIPTOR_FLAG,
        modified: EPOCH,
        offset,
      };
      await write(localHeader({ ...head, crc: 0, size: 0, compressedSize: 0 }));
      const totals = await deflateTo(bounded(name, pieces), level, write, release);
      await write(descriptor(totals));
      written.push({ ...head, ...totals });
    },
    async finish() {
      await write(directory(written, out.bytes));
      await out.finish();
      return out.bytes;
    },
    abort: (error) => out.abort(error),
  };
}

async function* bounded(
  name: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    // The descriptor's form is settled by the header before the size is known, and Excel dislikes the 64-bit one.
    if (size > MAX_STREAMED_BYTES) throw entryTooLarge(name, MAX_STREAMED_BYTES);
    yield piece;
  }
}

/** Names of plain ASCII need no flag; without it old readers take them for granted. */
function nameFlag(name: string): number {
  return /^[\x20-\x7e]*$/.test(name) ? 0 : UTF8_FLAG;
}

function localHeader(entry: WrittenEntry): Buffer {
  const wide = entry.size >= FULL32 || entry.compressedSize >= FULL32;
  const extra = wide ? wideExtra([entry.size, entry.compressedSize]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(wide ? 45 : 20, 4);
  header.writeUInt16LE(entry.flags, 6);
  header.writeUInt16LE(entry.method, 8);
  header.writeUInt32LE(entry.modified, 10);
  header.writeUInt32LE(entry.crc, 14);
  header.writeUInt32LE(wide ? FULL32 : entry.compressedSize, 18);
  header.writeUInt32LE(wide ? FULL32 : entry.size, 22);
  header.writeUInt16LE(entry.name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, entry.name, extra]);
}

function descriptor({ crc, size, compressedSize }: { crc: number; size: number; compressedSize: number }): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc, 4);
  bytes.writeUInt32LE(compressedSize, 8);
  bytes.writeUInt32LE(size, 12);
  return bytes;
}

function directory(entries: readonly WrittenEntry[], offset: number): Buffer {
  const records = Buffer.concat(entries.map(centralRecord));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 8);
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 10);
  end.writeUInt32LE(Math.min(records.length, FULL32), 12);
  end.writeUInt32LE(Math.min(offset, FULL32), 16);
  if (entries.length < 0xffff && offset < FULL32) return Buffer.concat([records, end]);
  return Buffer.concat([records, end64(entries.length, records.length, offset), end]);
}

function centralRecord(entry: WrittenEntry): Buffer {
  const fields = [entry.size, entry.compressedSize, entry.offset];
  const wide = fields.filter((field) => field >= FULL32);
  const extra = wide.length > 0 ? wideExtra(wide) : Buffer.alloc(0);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(wide.length > 0 ? 45 : 20, 4);
  record.writeUInt16LE(wide.length > 0 ? 45 : 20, 6);
  record.writeUInt16LE(entry.flags, 8);
  record.writeUInt16LE(entry.method, 10);
  record.writeUInt32LE(entry.modified, 12);
  record.writeUInt32LE(entry.crc, 16);
  record.writeUInt32LE(Math.min(entry.compressedSize, FULL32), 20);
  record.writeUInt32LE(Math.min(entry.size, FULL32), 24);
  record.writeUInt16LE(entry.name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(Math.min(entry.offset, FULL32), 42);
  return Buffer.concat([record, entry.name, extra]);
}

function wideExtra(fields: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + fields.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(fields.length * 8, 2);
  fields.forEach((field, index) => {
    extra.writeBigUInt64LE(BigInt(field), 4 + index * 8);
  });
  return extra;
}

function end64(count: number, length: number, offset: number): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(45, 12);
  bytes.writeUInt16LE(45, 14);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(length), 40);
  bytes.writeBigUInt64LE(BigInt(offset), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(offset + length), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}
