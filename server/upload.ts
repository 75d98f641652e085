import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { type Clock, newId } from '../core/index.ts';
import { busy, invalidRequest, tooLarge } from './errors.ts';

export const UPLOAD_LIMIT_BYTES = 50 * 1_048_576;

export interface Uploads {
  /**
   * Writes the request's body to a file, hands its path over, and removes it afterwards.
   *
   * @throws FillOnceError 413 above the limit, 503 when too many uploads are in flight, 400 without a body.
   */
  received<Result>(request: Request, use: (path: string) => Promise<Result>): Promise<Result>;
}

/** Uploads go through files, never through memory; at most `concurrent` at a time. */
export function createUploads(options: {
  folder: string;
  clock: Clock;
  limitBytes?: number;
  concurrent?: number;
}): Uploads {
  const { folder, clock, limitBytes = UPLOAD_LIMIT_BYTES, concurrent = 4 } = options;
  let inFlight = 0;
  return {
    received: async (request, use) => {
      if (!request.body) throw invalidRequest('body', 'empty');
      if (Number(request.headers.get('Content-Length') ?? 0) > limitBytes) throw tooLarge(limitBytes);
      if (inFlight >= concurrent) throw busy();
      inFlight += 1;
      const path = join(folder, newId('upload', clock.now()));
      try {
        await mkdir(folder, { recursive: true });
        await pipeline(
          Readable.fromWeb(request.body as NodeReadableStream<Uint8Array>),
          limited(limitBytes),
          createWriteStream(path, { flags: 'wx' }),
          { signal: request.signal },
        );
        return await use(path);
      } finally {
        inFlight -= 1;
        await rm(path, { force: true });
      }
    },
  };
}

function limited(limitBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Uint8Array, _encoding, callback) => {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) callback(tooLarge(limitBytes));
      else callback(null, chunk);
    },
  });
}
