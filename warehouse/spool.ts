import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Spool } from '../connectors/connector.ts';
import type { Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { landingWrite, spoolClosed, spoolFull } from './landing-errors.ts';
import type { DatasetLog } from './landing-log.ts';
import type { BatchManifest } from './landing-manifest.ts';
import { ownedName } from './landing-owner.ts';
import { recoverSegments } from './spool-recovery.ts';

export interface SpoolOptions {
  /** A segment becomes a batch at this age of its first record; 30 s unless told. */
  readonly sealAfterMs?: number;
  /** … or when it holds this many records; 50,000 unless told. */
  readonly sealAfterRecords?: number;
  /** Appends that wait for the disk are refused beyond this; 32 MiB unless told. */
  readonly maxWaitingBytes?: number;
  /** Told of each batch that the spool made, also of those recovered at opening. */
  readonly onSealed?: (manifest: BatchManifest) => void;
  /** Told when a segment could not be sealed; it stays on disk and is sealed by a later seal or at the next opening. */
  readonly onError?: (error: unknown) => void;
}

/** Takes pushed records one delivery at a time and turns them into batches. */
export interface SealingSpool extends Spool {
  /** Makes a batch of what was appended so far; null when there is nothing. */
  seal(): Promise<BatchManifest | null>;
  /** Seals and refuses further appends. */
  close(): Promise<void>;
  readonly status: SpoolStatus;
}

export interface SpoolStatus {
  /** Records acknowledged and not yet in a batch. */
  readonly open: number;
  readonly waitingBytes: number;
  readonly acknowledged: number;
  readonly batches: number;
}

interface Waiting {
  readonly chunk: Buffer;
  readonly records: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Segment {
  readonly handle: FileHandle;
  readonly path: string;
  readonly hash: Hash;
  bytes: number;
  records: number;
}

/**
 * Group commit: while one write and sync is under way, further appends gather; the next round takes them all. A write
 * that fails is cut off the segment again, so that a segment holds exactly what was acknowledged.
 */
export async function openSealingSpool(
  options: SpoolOptions & { log: DatasetLog; where: string; clock: Clock },
): Promise<SealingSpool> {
  const { log, where, clock, onSealed, onError } = options;
  const sealAfterMs = options.sealAfterMs ?? 30_000;
  const sealAfterRecords = options.sealAfterRecords ?? 50_000;
  const maxWaitingBytes = options.maxWaitingBytes ?? 32 << 20;

  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let segment: Segment | null = null;
  /** Full segments whose batch could not be committed yet. */
  let unsealed: Segment[] = [];
  let age: AbortController | null = null;
  let closed = false;
  let acknowledged = 0;
  let batches = 0;
  let running = false;
  /** Writing and sealing take turns, so that a segment is never sealed under a write. */
  let turn: Promise<unknown> = Promise.resolve();

  await log.prepare();
  for (const manifest of await recoverSegments(log, clock)) {
    batches += 1;
    onSealed?.(manifest);
  }

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = turn.then(step);
    turn = result.catch(() => undefined);
    return result;
  }

  async function currentSegment(): Promise<Segment> {
    if (segment) return segment;
    const path = join(log.folder, ownedName('open'));
    segment = { handle: await open(path, 'wx'), path, hash: createHash('sha256'), bytes: 0, records: 0 };
    startAge();
    return segment;
  }

  function startAge(): void {
    age = new AbortController();
    clock.sleep(sealAfterMs, age.signal).then(
      () => inTurn(sealSegment).catch((error) => onError?.(error)),
      () => undefined,
    );
  }

  async function writeRound(): Promise<void> {
    if (waiting.length === 0) return;
    const round = waiting;
    const roundBytes = waitingBytes;
    waiting = [];
    const chunk = round.length === 1 ? round[0]!.chunk : Buffer.concat(round.map((item) => item.chunk));
    let into: Segment | null = null;
    try {
      into = await currentSegment();
      await into.handle.writeFile(chunk);
      await into.handle.datasync();
    } catch (error) {
      const failure = landingWrite(where, error);
      if (into) await cutBack(into);
      waitingBytes -= roundBytes;
      for (const item of round) item.reject(failure);
      return;
    }
    into.hash.update(chunk);
    into.bytes += chunk.length;
    const records = round.reduce((sum, item) => sum + item.records, 0);
    into.records += records;
    acknowledged += records;
    waitingBytes -= roundBytes;
    for (const item of round) item.resolve();
    if (into.records >= sealAfterRecords) await sealSegment().catch((error) => onError?.(error));
  }

  /** After a failed write the segment ends where its last acknowledged record ends. */
  async function cutBack(into: Segment): Promise<void> {
    retire(into);
    try {
      await into.handle.truncate(into.bytes);
    } catch (error) {
      // Its acknowledged lines stay on disk; the recovery of the next opening keeps the whole lines and drops the torn one.
      unsealed = unsealed.filter((full) => full !== into);
      onError?.(landingWrite(into.path, error));
    }
    await into.handle.close().catch(() => undefined);
  }

  function retire(full: Segment): void {
    age?.abort();
    age = null;
    if (segment === full) segment = null;
    unsealed.push(full);
  }

  async function sealSegment(): Promise<BatchManifest | null> {
    if (segment) {
      const full = segment;
      retire(full);
      await full.handle.close();
    }
    let last: BatchManifest | null = null;
    while (unsealed.length > 0) {
      const full = unsealed[0]!;
      if (full.records === 0) {
        await unlink(full.path);
      } else {
        const { path, bytes, records } = full;
        last = await log.commit({ path, bytes, records, sha256: full.hash.copy().digest('hex') }, (cursor) => cursor);
        batches += 1;
        onSealed?.(last);
      }
      unsealed = unsealed.slice(1);
    }
    return last;
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (waiting.length > 0) await inTurn(writeRound);
    running = false;
  }

  function append(records: readonly JsonObject[]): Promise<void> {
    if (closed) return Promise.reject(spoolClosed(where));
    if (records.length === 0) return Promise.resolve();
    const chunk = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    if (waitingBytes + chunk.length > maxWaitingBytes && waiting.length > 0) {
      return Promise.reject(spoolFull(where, waitingBytes));
    }
    waitingBytes += chunk.length;
    return new Promise((resolve, reject) => {
      waiting.push({ chunk, records: records.length, resolve, reject });
      void run();
    });
  }

  function seal(): Promise<BatchManifest | null> {
    return inTurn(async () => {
      await writeRound();
      return await sealSegment();
    });
  }

  return {
    append,
    seal,
    close: async () => {
      closed = true;
      await seal();
    },
    get status() {
      const open = (segment?.records ?? 0) + unsealed.reduce((sum, full) => sum + full.records, 0);
      return { open, waitingBytes, acknowledged, batches };
    },
  };
}
