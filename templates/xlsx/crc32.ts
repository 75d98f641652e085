import * as zlib from 'node:zlib';

/** CRC-32 of `bytes`, continuing from `start`. Node's own from 20.15 and 22.2 on, a table before that. */
export function crc32(bytes: Uint8Array, start = 0): number {
  return native ? native(bytes, start) : tableCrc32(bytes, start);
}

const native = (zlib as { crc32?: (bytes: Uint8Array, start: number) => number }).crc32;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

export function tableCrc32(bytes: Uint8Array, start = 0): number {
  let crc = ~start;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
