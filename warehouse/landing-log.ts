import { type FileHandle, link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { civilDate, civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { landingMoved, landingWrite } from './landing-errors.ts';
import {
  type BatchManifest,
  batchId,
  dataName,
  datasetFolder,
  manifestName,
  manifestSeq,
  readManifest,
} from './landing-manifest.ts';
import { isAbandoned, ownedName } from './landing-owner.ts';

/** A finished, synced file that is to become a batch. */
export interface FinishedFile {
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The batches of one dataset, in order. */
export interface DatasetLog {
  readonly folder: string;
  /** Makes the folder and sweeps what crashed processes left; once per process. */
  prepare(): Promise<void>;
  head(): Promise<BatchManifest | null>;
  /** Null when the dataset has no such batch. */
  at(seq: number): Promise<BatchManifest | null>;
  /**
   * Makes the file the next batch and removes its working name. `next` gets the last cursor and returns the new one;
   * it may throw to refuse.
   */
  commit(file: FinishedFile, next: (last: Json) => Json, again?: boolean): Promise<BatchManifest>;
}

/**
 * The commit of data and cursor together: the synced data file gets its final name, the folder is synced, then the
 * manifest, complete and synced, is linked to `<seq>.json`. `link` fails when the name exists, so of two processes
 * that commit at once one is the next batch and the other sees it and takes the place after it. A process killed
 * between the steps leaves working names and perhaps a data file without manifest: nothing that a reader looks at.
 */
export function openDatasetLog(options: {
  landingFolder: string;
  source: string;
  dataset: string;
  clock: Clock;
}): DatasetLog {
  const { source, dataset, clock } = options;
  const folder = datasetFolder(options.landingFolder, source, dataset);
  let known: BatchManifest | null = null;
  let prepared: Promise<void> | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  async function head(): Promise<BatchManifest | null> {
    if (known === null) {
      const last = Math.max(0, ...(await names(folder)).map((name) => manifestSeq(name) ?? 0));
      if (last === 0) return null;
      known = await readManifest(folder, last);
    }
    // Another process may have gone on since.
    while (known !== null) {
      const next: BatchManifest | null = await readManifest(folder, known.seq + 1);
      if (next === null) break;
      known = next;
    }
    return known;
  }

  async function commit(file: FinishedFile, next: (last: Json) => Json, again: boolean): Promise<BatchManifest> {
    for (;;) {
      const previous = await head();
      const cursor = next(previous?.cursor ?? null);
      const seq = (previous?.seq ?? 0) + 1;
      const now = clock.now();
      const stamp = civilTimestamp(now);
      const manifest: BatchManifest = {
        id: batchId(source, dataset, seq, previous?.id ?? null, file.sha256),
        source,
        dataset,
        partition: civilDate(now),
        seq,
        records: file.records,
        bytes: file.bytes,
        sha256: file.sha256,
        cursor,
        previous: previous?.id ?? null,
        receivedAt: previous !== null && previous.receivedAt > stamp ? previous.receivedAt : stamp,
        ...(again ? { again } : {}),
      };
      const data = join(folder, dataName(manifest.id));
      // A data file of this name is a crashed commit of the same content: the name holds its hash.
      await linkIfAbsent(file.path, data);
      await syncFolder(folder);
      const won = await publish(manifest);
      if (won) {
        known = manifest;
        await unlink(file.path);
        return manifest;
      }
      await unlink(data);
    }
  }

  async function publish(manifest: BatchManifest): Promise<boolean> {
    const part = join(folder, ownedName('part'));
    const handle = await open(part, 'wx');
    try {
      await handle.writeFile(JSON.stringify(manifest));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    const won = await linkIfAbsent(part, join(folder, manifestName(manifest.seq)));
    await unlink(part);
    await syncFolder(folder);
    return won;
  }

  async function prepare(): Promise<void> {
    try {
      await mkdir(folder, { recursive: true });
      const all = await names(folder);
      const now = clock.now();
      for (const name of all.filter((name) => name.endsWith('.part'))) {
        const found = await statOrNull(join(folder, name));
        if (found && isAbandoned(name, found.mtime, now)) await unlinkIfPresent(join(folder, name));
      }
      const committed = new Set(all.map(manifestSeq));
      for (const name of all.filter((name) => name.endsWith('.ndjson'))) {
        if (committed.has(Number(name.slice(0, name.indexOf('-'))))) continue;
        // A commit that is under way holds a second link to its data: only a file that nobody holds is a leftover.
        const found = await statOrNull(join(folder, name));
        if (found?.nlink === 1) await unlinkIfPresent(join(folder, name));
      }
    } catch (error) {
      throw landingWrite(folder, error);
    }
  }

  return {
    folder,
    head,
    at: (seq) => readManifest(folder, seq),
    prepare: () => {
      prepared ??= prepare().catch((error) => {
        prepared = null;
        throw error;
      });
      return prepared;
    },
    commit: (file, next, again = false) => {
      const result = queue.then(async () => {
        try {
          return await commit(file, next, again);
        } catch (error) {
          throw error instanceof FillOnceError ? error : landingWrite(folder, error);
        }
      });
      queue = result.catch(() => undefined);
      return result;
    },
  };
}

/** For a pull: refuses when the last cursor is not the one the pull started from. */
export function cursorFrom(start: Json, cursor: Json, where: string): (last: Json) => Json {
  return (last) => {
    if (JSON.stringify(last) !== JSON.stringify(start)) throw landingMoved(where);
    return cursor;
  };
}

/** True when the link was made, false when the name exists. */
export async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A new name in a folder survives a power cut only once the folder itself is synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file names of a folder; none when it does not exist. */
export async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function statOrNull(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function unlinkIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
