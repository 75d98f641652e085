import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, realpathSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { unwritableFile } from './errors.ts';

/** Where bytes go, one awaited write after the other: the slowest reader at the far end sets the pace. */
export interface ZipTarget {
  readonly bytes: number;
  /** Resolves when the target takes more. */
  write(piece: Uint8Array): Promise<void> | undefined;
  /** Ends the target; a file appears under its name only now. */
  finish(): Promise<void>;
  /** Gives up: destroys a stream, removes the unfinished file. */
  abort(error: unknown): Promise<void>;
}

/**
 * A file path (written beside itself and renamed at the end; a link stays a link, a pipe or device is written to as it
 * is) or any Writable, such as an HTTP response.
 *
 * @throws the target's own error, at the next write or at the end.
 */
export function openTarget(target: string | Writable): ZipTarget {
  const path = typeof target === 'string' ? followed(target) : undefined;
  const partial =
    path === undefined || isSpecial(path)
      ? undefined
      : join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  const stream: Writable =
    typeof target === 'string'
      ? createWriteStream(partial ?? target, { flags: partial ? 'wx' : 'w', highWaterMark: 1 << 20 })
      : target;
  let failure: Error | undefined;
  let bytes = 0;
  const closed = new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.on('error', (error) => {
      failure ??= path ? unwritableFile(path, error) : error;
      resolve();
    });
  });

  const broken = (): Error => failure ?? new Error('the target was closed before the workbook was complete');
  const drained = async (): Promise<void> => {
    let listener: (() => void) | undefined;
    const drain = new Promise<void>((resolve) => {
      listener = resolve;
      stream.once('drain', resolve);
    });
    await Promise.race([drain, closed]);
    if (listener) stream.removeListener('drain', listener);
    if (failure || stream.destroyed) throw broken();
  };

  return {
    get bytes() {
      return bytes;
    },
    write(piece) {
      if (failure || stream.destroyed) return Promise.reject(broken());
      bytes += piece.length;
      return stream.write(piece) ? undefined : drained();
    },
    async finish() {
      if (failure || stream.destroyed) throw broken();
      const finished = once(stream, 'finish');
      finished.catch(() => {});
      stream.end();
      await Promise.race([finished, closed]);
      if (failure) throw failure;
      if (!stream.writableFinished) throw broken();
      if (path && partial) {
        await closed;
        await rename(partial, path).catch((cause: unknown) => {
          throw unwritableFile(path, cause);
        });
      }
    },
    async abort(error) {
      stream.destroy(error instanceof Error ? error : undefined);
      if (!partial) return;
      await closed;
      await rm(partial, { force: true });
    },
  };
}

/** The file a link leads to; the path itself where nothing is there yet. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A pipe or a device: a renamed file would take its place. */
function isSpecial(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}
