import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { type Measured, measuring } from './copy-file.ts';
import type { BackupTarget } from './target.ts';

/** Most of a backup is compressed already (Parquet); of the rest (NDJSON) higher levels take twice the time for a tenth of the size. */
const GZIP_LEVEL = 3;

/** A backup as one tar file, compressed when its name says so (`.gz`, `.tgz`). Written as a stream: memory does not grow with its size. */
export async function openTarTarget(to: string): Promise<BackupTarget> {
  const partial = `${to}.partial`;
  const scratch = `${to}.scratch`;
  const discard = async () => {
    for (const file of [partial, scratch]) await rm(file, { force: true });
  };
  await mkdir(dirname(to), { recursive: true });
  await discard();
  const tar = pack();
  const file = createWriteStream(partial, { mode: 0o600, flags: 'wx', flush: true });
  const compressed = /gz$/.test(to);
  const written = compressed
    ? pipeline(bytesOf(tar), createGzip({ level: GZIP_LEVEL }), file)
    : pipeline(bytesOf(tar), file);
  // It comes to light where the next bytes are added, or at the end.
  written.catch(() => undefined);

  async function add(path: string, bytes: number, content: Readable): Promise<Measured> {
    const meter = measuring();
    const entry = tar.entry({ name: path, size: bytes, mode: 0o600 });
    const packed = new Promise<void>((resolve, reject) => {
      entry.once('error', reject).once('finish', resolve);
    });
    packed.catch(() => undefined);
    for await (const chunk of content as AsyncIterable<Buffer>) {
      meter.add(chunk);
      if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), written, packed]);
    }
    entry.end();
    await Promise.race([packed, written.then(() => packed)]);
    return meter.measured();
  }

  async function put(path: string, from: string): Promise<Measured> {
    const handle = await open(from);
    try {
      // What is added to a file after its size was read is left out; one that became shorter ends the backup.
      const { size } = await handle.stat();
      const content = size === 0 ? Readable.from([]) : handle.createReadStream({ end: size - 1, autoClose: false });
      return await add(path, size, content);
    } finally {
      await handle.close();
    }
  }

  return {
    scratch,
    put,
    take: async (path) => {
      const measured = await put(path, scratch);
      await rm(scratch);
      return measured;
    },
    putText: (path, text) => add(path, Buffer.byteLength(text), Readable.from([Buffer.from(text)])),
    finish: async () => {
      tar.finalize();
      await written;
      await rename(partial, to);
    },
    discard: async () => {
      tar.destroy();
      await written.catch(() => undefined);
      await discard();
    },
  };
}

/** Its bytes, taken only as fast as they are wanted. */
async function* bytesOf(tar: Pack): AsyncGenerator<Buffer> {
  yield* tar;
}
