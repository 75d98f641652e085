import { setImmediate as breathe } from 'node:timers/promises';
import { constants, deflateRaw } from 'node:zlib';
import { crc32 } from './crc32.ts';

/** A run of deflate blocks and the bytes it stands for. */
export interface DeflatedBlock {
  readonly compressed: Uint8Array;
  readonly size: number;
}

export interface DeflateTotals {
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
}

const BLOCK_BYTES = 256 * 1024;
/** Pieces may be made without ever waiting: the event loop gets its turn after so many bytes of them. */
const BYTES_BETWEEN_BREATHS = 64 * 1024;
/** Blocks being compressed at once: enough for two cores, few enough for constant memory. */
const IN_FLIGHT = 3;
/** An empty final block with fixed codes: closes a stream whose pieces all ended in a flush. */
const LAST_BLOCK = Buffer.from([0x03, 0x00]);

/**
 * Compresses pieces into one deflate stream. Blocks of a quarter megabyte go to zlib's thread pool side by side, each
 * ending byte-aligned (Z_SYNC_FLUSH) and starting with the 32 KB before it as its dictionary, so that they can simply
 * be laid end to end. The level may change with the bytes that went before. A piece goes to `release` when it is no
 * longer needed, so that its maker can fill it again. `emit` is awaited per block: a slow target slows down `pieces`.
 */
export async function deflateTo(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  level: number | ((bytesBefore: number) => number),
  emit: (block: Uint8Array) => Promise<void> | undefined,
  release: (piece: Uint8Array) => void = () => {},
): Promise<DeflateTotals> {
  let crc = 0;
  let size = 0;
  let compressedSize = 0;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let before: Uint8Array | undefined;
  const inFlight: Promise<Buffer>[] = [];

  const take = async (): Promise<void> => {
    const block = await inFlight.shift()!;
    compressedSize += block.length;
    await emit(block);
  };

  const launch = async (): Promise<void> => {
    const taken = gathered;
    const block = taken.length === 1 ? taken[0]! : Buffer.concat(taken, gatheredBytes);
    gathered = [];
    gatheredBytes = 0;
    crc = crc32(block, crc);
    const job = deflateBlock(block, typeof level === 'number' ? level : level(size), before).then((compressed) => {
      taken.forEach(release);
      return compressed;
    });
    job.catch(() => {});
    inFlight.push(job);
    before = Buffer.from(block.subarray(-32_768));
    size += block.length;
    if (inFlight.length >= IN_FLIGHT) await take();
  };

  try {
    let sinceBreath = 0;
    for await (const piece of pieces) {
      if (piece.length === 0) continue;
      gathered.push(piece);
      gatheredBytes += piece.length;
      sinceBreath += piece.length;
      if (sinceBreath >= BYTES_BETWEEN_BREATHS) {
        sinceBreath = 0;
        await breathe();
      }
      if (gatheredBytes >= BLOCK_BYTES) await launch();
    }
    if (gatheredBytes > 0) await launch();
    while (inFlight.length > 0) await take();
  } finally {
    // Their buffers belong to the pool until they are done.
    await Promise.allSettled(inFlight);
  }
  compressedSize += LAST_BLOCK.length;
  await emit(LAST_BLOCK);
  return { crc, size, compressedSize };
}

function deflateBlock(block: Uint8Array, level: number, dictionary: Uint8Array | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflateRaw(
      block,
      // At level 1 a dictionary gains nothing worth its time.
      {
        level,
        chunkSize: 128 * 1024,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(level > 1 && dictionary ? { dictionary } : {}),
      },
      (error, compressed) => (error ? reject(error) : resolve(compressed)),
    );
  });
}
