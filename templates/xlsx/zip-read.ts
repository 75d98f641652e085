import { pipeline, type TransformOptions } from 'node:stream';
import { createInflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { crc32 } from './crc32.ts';
import { noSuchPart, refusal } from './errors.ts';
import { withLimits, type XlsxLimits } from './limits.ts';
import { checkEncoding } from './plain-xml.ts';
import { readDirectory, type ZipEntry } from './zip-directory.ts';
import { openSource } from './zip-source.ts';

export type { ZipEntry } from './zip-directory.ts';

/** An entry as it lies in the package, for copying into another one without inflating it. */
export interface RawEntry {
  readonly name: string;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly size: number;
  readonly modified: number;
  readonly compressed: Buffer;
}

export interface ZipArchive {
  /** In the order of the central directory. */
  readonly entries: readonly ZipEntry[];
  has(name: string): boolean;
  /** The entry's name as it is written in the package: part names are equal without case (ECMA-376 part 2). */
  nameOf(name: string): string | undefined;
  /** The inflated part; at most `limits.partBytes`. */
  readBytes(name: string): Promise<Buffer>;
  /** The part as text: UTF-8 without its byte order mark; refuses another encoding and DOCTYPE. */
  readText(name: string): Promise<string>;
  /** The inflated part in pieces of up to 256 KB; inflating runs ahead on another thread. */
  stream(name: string): AsyncIterable<Buffer>;
  raw(name: string): Promise<RawEntry>;
  close(): Promise<void>;
}

export interface ZipOptions {
  readonly limits?: Partial<XlsxLimits>;
  readonly signal?: AbortSignal;
}

const PIECE_BYTES = 256 * 1024;
/** Room for two pieces, so that the next one inflates on another thread while the last is looked at. */
const AHEAD: ZlibOptions & TransformOptions = { chunkSize: PIECE_BYTES, highWaterMark: 2 * PIECE_BYTES };
/** Below this an inflate in place costs less than a trip to another thread. */
const SMALL_BYTES = 128 * 1024;

/**
 * Opens a zip package from a path or bytes under limits: the directory is proved against the local headers
 * first, and inflated bytes are counted as they come.
 *
 * @throws `templates.xlsx.*` refusals naming rule, part and limit.
 * @example
 * const zip = await openZip('report.xlsx');
 * const styles = await zip.readText('xl/styles.xml');
 * await zip.close();
 */
export async function openZip(source: string | Uint8Array, options: ZipOptions = {}): Promise<ZipArchive> {
  const limits = withLimits(options.limits);
  const { signal } = options;
  const bytes = await openSource(source, limits.fileBytes);
  try {
    const entries = await readDirectory(bytes, limits);
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    const byFoldedName = new Map(entries.map(({ name }) => [name.toLowerCase(), name]));
    const counted = new Map<string, number>();
    let inflated = 0;

    const find = (name: string): ZipEntry => {
      const entry = byName.get(name);
      if (!entry) throw noSuchPart(name);
      return entry;
    };

    /** Books `length` inflated bytes of an entry; reading a part twice counts once. */
    const count = (entry: ZipEntry, length: number): void => {
      const { name: part, size, compressedSize } = entry;
      if (length > size) throw refusal('size', { part, limit: size, found: `>${size}` });
      if (length > limits.ratioFloorBytes && length > compressedSize * limits.ratio)
        throw refusal('ratio', { part, limit: limits.ratio });
      const before = counted.get(part) ?? 0;
      if (length <= before) return;
      counted.set(part, length);
      inflated += length - before;
      if (inflated > limits.inflatedBytes) throw refusal('inflated', { part, limit: limits.inflatedBytes });
    };

    const finished = (entry: ZipEntry, length: number, crc: number): void => {
      if (length !== entry.size) throw refusal('size', { part: entry.name, limit: entry.size, found: length });
      if (crc !== entry.crc) throw refusal('checksum', { part: entry.name });
    };

    async function* stream(name: string): AsyncGenerator<Buffer> {
      const entry = find(name);
      let length = 0;
      let crc = 0;
      for await (const piece of pieces(entry)) {
        signal?.throwIfAborted();
        length += piece.length;
        count(entry, length);
        crc = crc32(piece, crc);
        yield piece;
      }
      finished(entry, length, crc);
    }

    async function* pieces(entry: ZipEntry): AsyncGenerator<Buffer> {
      if (entry.method === 0) yield* compressedPieces(entry);
      else if (entry.size <= SMALL_BYTES && entry.compressedSize <= SMALL_BYTES)
        yield inflateSmall(entry, await bytes.read(entry.dataOffset, entry.compressedSize));
      else yield* inflate(entry, compressedPieces(entry));
    }

    async function* compressedPieces({ dataOffset, compressedSize }: ZipEntry): AsyncGenerator<Buffer> {
      for (let done = 0; done < compressedSize; done += PIECE_BYTES) {
        yield await bytes.read(dataOffset + done, Math.min(PIECE_BYTES, compressedSize - done));
      }
    }

    async function readBytes(name: string): Promise<Buffer> {
      const entry = find(name);
      const tooLarge = entry.size > limits.partBytes;
      if (tooLarge) throw refusal('inflated', { part: name, limit: limits.partBytes, found: entry.size });
      const all: Buffer[] = [];
      for await (const piece of stream(name)) all.push(piece);
      return all.length === 1 ? all[0]! : Buffer.concat(all);
    }

    return {
      entries,
      has: (name) => byName.has(name),
      nameOf: (name) => byFoldedName.get(name.toLowerCase()),
      readBytes,
      readText: async (name) => decodePart(name, await readBytes(name)),
      stream,
      raw: async (name) => {
        const { method, crc, size, modified, dataOffset, compressedSize } = find(name);
        return { name, method, crc, size, modified, compressed: await bytes.read(dataOffset, compressedSize) };
      },
      close: () => bytes.close(),
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

function inflateSmall(entry: ZipEntry, compressed: Buffer): Buffer {
  try {
    return inflateRawSync(compressed, { maxOutputLength: Math.max(1, entry.size) });
  } catch (cause) {
    throw inflateError(entry, cause);
  }
}

async function* inflate(entry: ZipEntry, compressed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw(AHEAD);
  // Its failure destroys the inflater, which ends the loop below with it.
  pipeline(compressed, inflater, () => {});
  try {
    for await (const piece of inflater) yield piece as Buffer;
  } catch (cause) {
    throw inflateError(entry, cause);
  } finally {
    inflater.destroy();
  }
}

function inflateError({ name: part, size }: ZipEntry, cause: unknown): unknown {
  const code = (cause as { code?: string }).code;
  if (code === 'ERR_BUFFER_TOO_LARGE') return refusal('size', { part, limit: size, found: `>${size}` });
  return code?.startsWith('Z_') ? refusal('checksum', { part, cause }) : cause;
}

/** The text of an XML part; UTF-8 only, and none that brings its own grammar. */
export function decodePart(part: string, bytes: Buffer): string {
  checkEncoding(part, bytes);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal('encoding', { part, cause });
  }
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw refusal('doctype', { part });
  return text;
}
