import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backupDamaged } from './errors.ts';

/** Size and hash of what passed. */
export interface Measured {
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies a file, flushed to disk and readable by its owner only, and measures it on the way. */
export function copyFile(from: string, to: string): Promise<Measured> {
  return writeContent(createReadStream(from), to);
}

/** The same for bytes that come from elsewhere. */
export async function writeContent(content: AsyncIterable<Buffer>, to: string): Promise<Measured> {
  await mkdir(dirname(to), { recursive: true });
  const meter = measuring();
  await pipeline(content, meter.through, createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }));
  return meter.measured();
}

/** Reads a file and measures it. */
export function measureFile(file: string): Promise<Measured> {
  return measure(createReadStream(file));
}

export async function measure(content: AsyncIterable<Buffer>): Promise<Measured> {
  const meter = measuring();
  for await (const chunk of content) meter.add(chunk);
  return meter.measured();
}

/** Counts and hashes what it is shown. */
export function measuring(): {
  add(chunk: Buffer): void;
  through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  measured(): Measured;
} {
  const hash = createHash('sha256');
  let bytes = 0;
  const add = (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  };
  return {
    add,
    through: async function* (chunks) {
      for await (const chunk of chunks) {
        add(chunk);
        yield chunk;
      }
    },
    measured: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}

/** @throws FillOnceError `cli.backup_damaged` when a file is not what the manifest says */
export function compare(expected: ({ readonly path: string } & Measured) | undefined, found: Measured): void {
  if (expected === undefined) return;
  if (found.bytes !== expected.bytes) {
    throw backupDamaged(expected.path, `${found.bytes} bytes, not ${expected.bytes}`);
  }
  if (found.sha256 !== expected.sha256) throw backupDamaged(expected.path, 'sha256');
}
