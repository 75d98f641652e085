import { refusal } from './errors.ts';
import type { XlsxLimits } from './limits.ts';
import type { ByteSource } from './zip-source.ts';

/** One entry of the package, as the central directory and its local header agree on it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** DOS date (high 16 bits) and time (low). */
  readonly modified: number;
  /** Where the compressed bytes begin. */
  readonly dataOffset: number;
}

interface DirectoryRecord extends ZipEntry {
  readonly flags: number;
  readonly offset: number;
  readonly rawName: Buffer;
}

const END_SIGNATURE = 0x06054b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const END64_SIGNATURE = 0x06064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const OLE_SIGNATURE = 0xe011cfd0;
const FULL16 = 0xffff;
const FULL32 = 0xffffffff;
const ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000;
const DESCRIPTOR_FLAG = 0x0008;

/**
 * The entries of a zip, proved: names safe and unique, sizes plausible, every local header equal to the
 * directory's, no two entries sharing bytes. What fails is refused before anything is inflated.
 */
export async function readDirectory(source: ByteSource, limits: XlsxLimits): Promise<ZipEntry[]> {
  await checkHead(source);
  const end = await findEnd(source);
  if (end.count > limits.entries) throw refusal('entries', { limit: limits.entries, found: end.count });
  // 46 bytes and a name: a directory longer than this is padded with something.
  const mostBytes = limits.entries * 1_024;
  if (end.length > mostBytes) throw refusal('entries', { limit: mostBytes, found: end.length });
  const records = parseCentral(await source.read(end.offset, end.length), end.count);
  checkNames(records);
  checkSizes(records, limits);
  return checkLocals(source, records, end.offset);
}

async function checkHead(source: ByteSource): Promise<void> {
  if (source.size < 22) throw refusal(source.size === 0 ? 'truncated' : 'notZip', { found: source.size });
  const head = (await source.read(0, 4)).readUInt32LE(0);
  if (head === OLE_SIGNATURE) throw refusal('oldFormat');
  if (head !== LOCAL_SIGNATURE) throw refusal('notZip');
}

async function findEnd(source: ByteSource): Promise<{ offset: number; length: number; count: number }> {
  const tailLength = Math.min(source.size, 22 + FULL16 + 20);
  const tailOffset = source.size - tailLength;
  const tail = await source.read(tailOffset, tailLength);
  let at = tailLength - 22;
  while (at >= 0 && !(tail.readUInt32LE(at) === END_SIGNATURE && at + 22 + tail.readUInt16LE(at + 20) === tailLength))
    at--;
  if (at < 0) throw refusal('truncated', { found: source.size });
  const end = {
    offset: tail.readUInt32LE(at + 16),
    length: tail.readUInt32LE(at + 12),
    count: tail.readUInt16LE(at + 10),
  };
  if (tail.readUInt16LE(at + 4) !== 0 && tail.readUInt16LE(at + 4) !== FULL16)
    throw refusal('header', { at: 'disk number' });
  let endsAt = tailOffset + at;
  if (at >= 20 && tail.readUInt32LE(at - 20) === END64_LOCATOR_SIGNATURE) {
    const end64At = safeInteger(tail, at - 12);
    const end64 = await source.read(end64At, 56);
    if (end64.readUInt32LE(0) !== END64_SIGNATURE) throw refusal('header', { at: 'zip64 end' });
    const wide = { offset: safeInteger(end64, 48), length: safeInteger(end64, 40), count: safeInteger(end64, 32) };
    // Two directories in one file is how readers are made to disagree: the narrow one must say the same or "look there".
    if (
      (end.offset !== FULL32 && end.offset !== wide.offset) ||
      (end.length !== FULL32 && end.length !== wide.length) ||
      (end.count !== FULL16 && end.count !== wide.count)
    )
      throw refusal('header', { at: 'zip64 end' });
    Object.assign(end, wide);
    endsAt = end64At;
  }
  if (end.offset + end.length !== endsAt)
    throw refusal('header', { at: 'central directory', found: end.offset + end.length, limit: endsAt });
  return end;
}

function parseCentral(bytes: Buffer, count: number): DirectoryRecord[] {
  const records: DirectoryRecord[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE)
      throw refusal('header', { at: `central directory entry ${i + 1}` });
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) throw refusal('truncated', { at: `central directory entry ${i + 1}` });
    const rawName = bytes.subarray(at + 46, nameEnd);
    // Some old writers on Windows put backslashes; what is unsafe in a path stays unsafe with them turned.
    const name = rawName.toString('utf8').replaceAll('\\', '/');
    const wide = wideFields(bytes.subarray(nameEnd, extraEnd), [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ]);
    const method = bytes.readUInt16LE(at + 10);
    const flags = bytes.readUInt16LE(at + 8);
    if (flags & ENCRYPTED_FLAGS) throw refusal('encrypted', { part: name });
    if (method !== 0 && method !== 8) throw refusal('method', { part: name, found: method, limit: 'deflate' });
    records.push({
      name,
      rawName,
      method,
      flags,
      crc: bytes.readUInt32LE(at + 16),
      size: wide[0]!,
      compressedSize: wide[1]!,
      offset: wide[2]!,
      modified: bytes.readUInt32LE(at + 12),
      dataOffset: 0,
    });
    at = next;
  }
  if (at !== bytes.length) throw refusal('header', { at: 'central directory', found: bytes.length, limit: at });
  return records;
}

/** Fields of 32 bits, each replaced by its 64-bit twin of the extra field when it says so by being full. */
function wideFields(extra: Buffer, narrow: number[]): number[] {
  if (!narrow.includes(FULL32)) return narrow;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let taken = 0;
    return narrow.map((value) => {
      if (value !== FULL32) return value;
      if (taken + 8 > field.length) throw refusal('header', { at: 'zip64 extra field' });
      taken += 8;
      return safeInteger(field, taken - 8);
    });
  }
  return narrow;
}

function checkNames(records: DirectoryRecord[]): void {
  const seen = new Set<string>();
  for (const { name, rawName } of records) {
    const unsafe =
      name === '' ||
      name.length > 512 ||
      name.includes('\uFFFD') ||
      /\p{Cc}/u.test(name) ||
      name.startsWith('/') ||
      /^[A-Za-z]:/.test(name) ||
      name
        .replace(/\/$/, '')
        .split('/')
        .some((step) => step === '' || step === '.' || step === '..');
    if (unsafe) throw refusal('entryName', { part: JSON.stringify(rawName.toString('latin1').slice(0, 120)) });
    // Part names are compared without case (ECMA-376 part 2), so a reader may take either of two such entries.
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw refusal('duplicate', { part: name });
    seen.add(folded);
  }
}

/** A first look at the declared sizes; the inflater counts again and goes by what it counts. */
function checkSizes(records: DirectoryRecord[], limits: XlsxLimits): void {
  let total = 0;
  for (const { name, size, compressedSize, method } of records) {
    if (method === 0 && size !== compressedSize)
      throw refusal('size', { part: name, limit: compressedSize, found: size });
    if (size > limits.ratioFloorBytes && size > compressedSize * limits.ratio)
      throw refusal('ratio', {
        part: name,
        limit: limits.ratio,
        found: Math.round(size / Math.max(1, compressedSize)),
      });
    total += size;
    if (total > limits.inflatedBytes)
      throw refusal('inflated', { part: name, limit: limits.inflatedBytes, found: total });
  }
}

async function checkLocals(
  source: ByteSource,
  records: DirectoryRecord[],
  directoryOffset: number,
): Promise<ZipEntry[]> {
  const byOffset = [...records].sort((a, b) => a.offset - b.offset);
  const entries = new Map<string, ZipEntry>();
  let free = 0;
  for (const record of byOffset) {
    const { name, offset } = record;
    if (offset < free) throw refusal('overlap', { part: name, at: `byte ${offset}` });
    if (offset + 30 > directoryOffset) throw refusal('truncated', { part: name });
    // Header, name and the extra fields that writers add in practice, in one read.
    const guess = Math.min(30 + record.rawName.length + 64, directoryOffset - offset);
    let header = await source.read(offset, guess);
    if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw refusal('header', { part: name });
    const headerLength = 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (offset + headerLength + record.compressedSize > directoryOffset) throw refusal('truncated', { part: name });
    if (headerLength > header.length) header = await source.read(offset, headerLength);
    checkLocal(header.subarray(0, headerLength), record);
    const dataOffset = offset + headerLength;
    free = dataOffset + record.compressedSize;
    entries.set(name, {
      name,
      method: record.method,
      crc: record.crc,
      compressedSize: record.compressedSize,
      size: record.size,
      modified: record.modified,
      dataOffset,
    });
  }
  return records.map((record) => entries.get(record.name)!);
}

function checkLocal(header: Buffer, record: DirectoryRecord): void {
  const part = record.name;
  const nameEnd = 30 + header.readUInt16LE(26);
  const flags = header.readUInt16LE(6);
  if (flags & ENCRYPTED_FLAGS) throw refusal('encrypted', { part });
  if (!header.subarray(30, nameEnd).equals(record.rawName)) throw refusal('header', { part, at: 'name' });
  if (header.readUInt16LE(8) !== record.method) throw refusal('header', { part, at: 'method' });
  if ((flags & DESCRIPTOR_FLAG) !== (record.flags & DESCRIPTOR_FLAG)) throw refusal('header', { part, at: 'flags' });
  const crc = header.readUInt32LE(14);
  const [size, compressedSize] = wideFields(header.subarray(nameEnd), [
    header.readUInt32LE(22),
    header.readUInt32LE(18),
  ]);
  const streamed = (flags & DESCRIPTOR_FLAG) !== 0;
  const differs = (local: number, central: number) =>
    local !== central && !(streamed && (local === 0 || local === FULL32));
  if (differs(crc, record.crc)) throw refusal('header', { part, at: 'checksum' });
  if (differs(size!, record.size) || differs(compressedSize!, record.compressedSize))
    throw refusal('header', { part, at: 'size' });
}

function safeInteger(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw refusal('header', { at: 'zip64 number' });
  return value;
}
