import { createHash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RawRecords } from '../connectors/connector.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { landingWrite } from './landing-errors.ts';
import { cursorFrom, type DatasetLog } from './landing-log.ts';
import type { BatchManifest } from './landing-manifest.ts';
import { ownedName } from './landing-owner.ts';

const BUFFER_BYTES = 1 << 20;

/** A batch in the making. Memory is bounded: an append returns when the disk has taken what does not fit the buffer. */
export interface BatchWriter {
  /** Records so far. */
  readonly records: number;
  readonly bytes: number;
  /** The cursor to pull from: the last one of the dataset when the writer was first used. */
  from(): Promise<Json>;
  append(records: readonly JsonObject[] | RawRecords): Promise<void>;
  /**
   * Makes what was appended the next batch of the dataset, together with the cursor.
   *
   * @param of `again`: what is in it had come before (a backfill, mended records), so that it is no news of the source
   * @throws FillOnceError `warehouse.landing.moved` when another pull moved the cursor meanwhile; the batch is gone.
   */
  commit(cursor: Json, of?: { readonly again: boolean }): Promise<BatchManifest>;
  /** Forgets what was appended; harmless after a commit. */
  abort(): Promise<void>;
}

export function createBatchWriter(log: DatasetLog, where: string): BatchWriter {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const hash = createHash('sha256');
  let used = 0;
  let records = 0;
  let bytes = 0;
  let state: 'open' | 'closed' = 'open';
  let start: { cursor: Json } | null = null;
  let file: { handle: FileHandle; path: string } | null = null;

  async function startingPoint(): Promise<Json> {
    start ??= { cursor: (await log.head())?.cursor ?? null };
    return start.cursor;
  }

  async function begin() {
    if (file) return file;
    await log.prepare();
    await startingPoint();
    const path = join(log.folder, ownedName('part'));
    file = { handle: await open(path, 'wx'), path };
    return file;
  }

  async function put(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    const { handle } = await begin();
    hash.update(chunk);
    await handle.writeFile(chunk);
    bytes += chunk.length;
  }

  async function flush(): Promise<void> {
    await put(buffer.subarray(0, used));
    used = 0;
  }

  async function appendRecords(list: readonly JsonObject[]): Promise<void> {
    for (const record of list) {
      const line = `${JSON.stringify(record)}\n`;
      // UTF-8 takes at most three bytes per UTF-16 unit.
      if (line.length * 3 > BUFFER_BYTES - used) await flush();
      if (line.length * 3 > BUFFER_BYTES) await put(Buffer.from(line));
      else used += buffer.write(line, used);
    }
    records += list.length;
  }

  async function appendRaw({ count, ndjson }: RawRecords): Promise<void> {
    if (ndjson.length > 0 && ndjson[ndjson.length - 1] !== 0x0a) throw new Error('Raw records must end with a newline');
    await flush();
    await put(ndjson);
    records += count;
  }

  async function discard(): Promise<void> {
    state = 'closed';
    if (!file) return;
    const { handle, path } = file;
    file = null;
    await handle.close();
    await unlink(path).catch(() => undefined);
  }

  async function guarded<T>(step: () => Promise<T>): Promise<T> {
    if (state !== 'open') throw new Error(`The batch of ${where} is closed`);
    try {
      return await step();
    } catch (error) {
      await discard();
      throw isSystemError(error) ? landingWrite(where, error) : error;
    }
  }

  return {
    get records() {
      return records;
    },
    get bytes() {
      return bytes + used;
    },
    from: startingPoint,
    append: (list) =>
      guarded(async () => {
        await begin();
        await (isRaw(list) ? appendRaw(list) : appendRecords(list));
      }),
    commit: (cursor, { again } = { again: false }) =>
      guarded(async () => {
        await flush();
        const { handle, path } = await begin();
        await handle.datasync();
        state = 'closed';
        file = null;
        await handle.close();
        try {
          const finished = { path, records, bytes, sha256: hash.digest('hex') };
          return await log.commit(finished, cursorFrom(await startingPoint(), cursor, where), again);
        } catch (error) {
          await unlink(path).catch(() => undefined);
          throw error;
        }
      }),
    abort: discard,
  };
}

function isRaw(list: readonly JsonObject[] | RawRecords): list is RawRecords {
  return !Array.isArray(list);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
