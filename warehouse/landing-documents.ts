import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { landingWrite } from './landing-errors.ts';
import { linkIfAbsent, syncFolder } from './landing-log.ts';
import { isAbandoned, ownedName } from './landing-owner.ts';

export interface KeptDocument {
  readonly sha256: string;
  readonly bytes: number;
  /** Absolute path of the kept copy; it never changes. */
  readonly path: string;
}

/** Original files, stored once by content: `files/<2 hex>/<sha256><extension>`. */
export interface DocumentStore {
  /**
   * Copies a file in; the copy is on disk when this resolves, and the same content twice is one file.
   *
   * @throws FillOnceError `warehouse.landing.write`
   */
  keep(path: string): Promise<KeptDocument>;
}

export function createDocumentStore(options: { folder: string; clock: Clock }): DocumentStore {
  const { folder, clock } = options;
  let swept: Promise<void> | null = null;

  async function sweep(): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const name of (await readdir(folder)).filter((name) => name.endsWith('.part'))) {
      const { mtime } = await stat(join(folder, name));
      if (isAbandoned(name, mtime, clock.now())) await unlink(join(folder, name));
    }
  }

  async function keep(path: string): Promise<KeptDocument> {
    swept ??= sweep();
    await swept;
    const hash = createHash('sha256');
    const part = join(folder, ownedName('part'));
    const handle = await open(part, 'wx');
    let bytes = 0;
    try {
      try {
        for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
          hash.update(chunk as Buffer);
          await handle.writeFile(chunk as Buffer);
          bytes += (chunk as Buffer).length;
        }
        await handle.datasync();
      } finally {
        await handle.close();
      }
      const sha256 = hash.digest('hex');
      const shelf = join(folder, sha256.slice(0, 2));
      await mkdir(shelf, { recursive: true });
      const kept = join(shelf, `${sha256}${extname(path).toLowerCase()}`);
      await linkIfAbsent(part, kept);
      await syncFolder(shelf);
      return { sha256, bytes, path: kept };
    } finally {
      await unlink(part).catch(() => undefined);
    }
  }

  return {
    keep: async (path) => {
      try {
        return await keep(path);
      } catch (error) {
        swept = null;
        throw landingWrite(path, error);
      }
    },
  };
}
