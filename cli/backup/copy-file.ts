import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Size and hash of what passed. */
export interface Measured {
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies a file, flushed to disk and readable by its owner only, and measures it on the way. */
export async function copyFile(from: string, to: string): Promise<Measured> {
  await mkdir(dirname(to), { recursive: true });
  const meter = measuring();
  await pipeline(
    createReadStream(from),
    meter.stream,
    createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }),
  );
  return meter.measured();
}

/** Reads a file and measures it. */
export async function measureFile(file: string): Promise<Measured> {
  const meter = measuring();
  await pipeline(createReadStream(file), meter.stream, async (source) => {
    for await (const _ of source);
  });
  return meter.measured();
}

function measuring(): { readonly stream: Transform; measured(): Measured } {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, measured: () => ({ bytes, sha256: hash.digest('hex') }) };
}
