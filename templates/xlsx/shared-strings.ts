import { refusal } from './errors.ts';
import type { XlsxLimits } from './limits.ts';
import { createPendingBytes } from './pending-bytes.ts';
import { plainXml } from './plain-xml.ts';
import { endOfTag, lastStart, richText, textOf } from './text-bytes.ts';
import type { ZipArchive } from './zip-read.ts';

/** The workbook's shared strings, by index. */
export interface SharedStrings {
  readonly count: number;
  /** The text; the index must be below `count`. */
  get(index: number): string;
}

const SLAB_BYTES = 1 << 20;
const CACHE_SIZE = 1 << 16;
/** Strings decoded at once when a sheet walks through the table in order, as most do. */
const RUN = 64;
const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;

export const NO_SHARED_STRINGS: SharedStrings = { count: 0, get: () => '' };

/**
 * Reads the table as it streams by. The texts stay as UTF-8 in slabs outside the heap and become strings when a cell
 * asks: three million strings cost their bytes, not three million objects for the collector to walk.
 */
export async function readSharedStrings(zip: ZipArchive, part: string, limits: XlsxLimits): Promise<SharedStrings> {
  const table = createTable(part, limits);
  let prefix: number | undefined;
  let open = '<si';
  const pending = createPendingBytes(() => [open]);
  for await (const piece of plainXml(part, zip.stream(part))) {
    const bytes = pending.take(piece);
    if (!bytes) {
      refuseLarge(pending.size);
      continue;
    }
    let left: Buffer = bytes;
    let from = 0;
    if (prefix === undefined) {
      const root = /<([\w.-]+:)?sst[\s>/]/.exec(bytes.toString('latin1', 0, 4096));
      if (!root) {
        if (bytes.length > 4096) throw refusal('xml', { part, at: 'the root element' });
        pending.keep(bytes);
        continue;
      }
      prefix = root[1]?.length ?? 0;
      open = `<${root[1] ?? ''}si`;
      from = root.index + 4 + prefix;
    }
    const cut = lastStart(bytes, open, from);
    if (cut > 0) {
      scanStrings(bytes, from, cut, prefix, part, table, limits);
      left = bytes.subarray(cut);
    } else if (from > 0) left = bytes.subarray(from);
    pending.keep(left);
    refuseLarge(left.length);
  }
  const left = pending.rest();
  if (prefix === undefined) throw refusal('xml', { part, at: 'the root element' });
  const close = left.lastIndexOf('</', undefined, 'latin1');
  scanStrings(left, 0, Math.max(0, close), prefix, part, table, limits);
  return table.finish();

  function refuseLarge(size: number): void {
    if (size > limits.rowBytes) throw refusal('row', { part, limit: limits.rowBytes });
  }
}

function scanStrings(
  bytes: Buffer,
  start: number,
  end: number,
  prefix: number,
  part: string,
  table: ReturnType<typeof createTable>,
  limits: XlsxLimits,
): void {
  let p = start;
  for (;;) {
    while (p < end && bytes[p] !== LESS) p++;
    if (p >= end) return;
    const isItem = bytes[p + 1 + prefix] === 0x73 && bytes[p + 2 + prefix] === 0x69;
    if (!isItem) {
      p = endOfTag(bytes, p, end, part);
      continue;
    }
    p = endOfTag(bytes, p, end, part);
    if (bytes[p - 2] === SLASH) {
      table.addBytes(bytes, p, p);
      continue;
    }
    // The plain case, nearly all of them: <t>text</t></si> without anything to decode.
    if (bytes[p] === LESS && bytes[p + 1 + prefix] === 0x74) {
      let q = p + 2 + prefix;
      while (q < end && bytes[q] !== GREATER) q++;
      const textStart = q + 1;
      let special = bytes[q - 1] === SLASH;
      q = textStart;
      for (; q < end && bytes[q] !== LESS; q++) {
        const byte = bytes[q]!;
        if (byte === 0x26 || byte === 0x5f || byte === 0x0d) special = true;
      }
      const after = q + 4 + prefix;
      const closes = bytes[after] === LESS && bytes[after + 1] === SLASH && bytes[after + 2 + prefix] === 0x73;
      if (!special && closes) {
        if (q - textStart > limits.textLength) checkLength(textOf(bytes, textStart, q, part), part, limits);
        table.addBytes(bytes, textStart, q);
        p = after + 5 + prefix;
        continue;
      }
    }
    const rich = richText(bytes, p, end, prefix, part);
    checkLength(rich.text, part, limits);
    const encoded = Buffer.from(rich.text);
    table.addBytes(encoded, 0, encoded.length);
    p = rich.next;
  }
}

function checkLength(text: string, part: string, limits: XlsxLimits): void {
  if (text.length > limits.textLength) throw refusal('text', { part, limit: limits.textLength, found: text.length });
}

function createTable(part: string, limits: XlsxLimits) {
  const slabs: Buffer[] = [];
  const slabEnds: number[] = [];
  let slab = Buffer.alloc(0);
  let used = 0;
  let bytesTotal = 0;
  let count = 0;
  // Where each string starts: slab number in the high bits, place in the slab in the low twenty. A NUL, which XML cannot
  // hold, follows each string.
  let starts = new Uint32Array(1024);

  function addBytes(source: Buffer, from: number, to: number): void {
    const length = to - from;
    if (used + length + 1 > slab.length) {
      if (slabs.length > 0) slabEnds[slabs.length - 1] = used;
      slab = Buffer.allocUnsafeSlow(Math.min(SLAB_BYTES, Math.max(4096, 4 * bytesTotal, length + 1)));
      slabs.push(slab);
      used = 0;
    }
    if (count === starts.length) {
      const larger = new Uint32Array(count * 2);
      larger.set(starts);
      starts = larger;
    }
    starts[count++] = (slabs.length - 1) * SLAB_BYTES + used;
    if (length > 48) source.copy(slab, used, from, to);
    else for (let i = 0; i < length; i++) slab[used + i] = source[from + i]!;
    slab[used + length] = 0;
    used += length + 1;
    bytesTotal += length;
    if (count > limits.sharedStrings) throw refusal('sharedStrings', { part, limit: limits.sharedStrings });
    if (bytesTotal > limits.sharedStringBytes)
      throw refusal('sharedStrings', { part, limit: `${limits.sharedStringBytes} bytes` });
  }

  return {
    addBytes,
    finish(): SharedStrings {
      slabEnds[slabs.length - 1] = used;
      return createReader(slabs, slabEnds, starts, count);
    },
  };
}

function createReader(
  slabs: readonly Buffer[],
  slabEnds: readonly number[],
  starts: Uint32Array,
  count: number,
): SharedStrings {
  const size = Math.min(CACHE_SIZE, 2 ** Math.ceil(Math.log2(Math.max(2, count))));
  const mask = size - 1;
  const cached = new Int32Array(size).fill(-1);
  const texts = new Array<string>(size).fill('');
  let expected = -1;

  /** The end of string `index`, without its NUL. */
  const endAt = (index: number, slabNumber: number): number => {
    const next = index + 1 < count ? starts[index + 1]! : -1;
    return next >= 0 && Math.floor(next / SLAB_BYTES) === slabNumber
      ? (next % SLAB_BYTES) - 1
      : slabEnds[slabNumber]! - 1;
  };

  const decode = (index: number): string => {
    const start = starts[index]!;
    const slabNumber = Math.floor(start / SLAB_BYTES);
    const slab = slabs[slabNumber]!;
    let last = index;
    if (index === expected) {
      last = Math.min(index + RUN, count) - 1;
      while (Math.floor(starts[last]! / SLAB_BYTES) !== slabNumber) last--;
    }
    const text = slab.toString('utf8', start % SLAB_BYTES, endAt(last, slabNumber));
    expected = last + 1;
    if (last === index) {
      cached[index & mask] = index;
      texts[index & mask] = text;
      return text;
    }
    let from = 0;
    for (let i = index; i <= last; i++) {
      const nul = i === last ? text.length : text.indexOf('\0', from);
      texts[i & mask] = text.slice(from, nul);
      cached[i & mask] = i;
      from = nul + 1;
    }
    return texts[index & mask]!;
  };

  return {
    count,
    get: (index) => (cached[index & mask] === index ? texts[index & mask]! : decode(index)),
  };
}
