import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { landingWrite } from './landing-errors.ts';
import { type DatasetLog, type FinishedFile, names } from './landing-log.ts';
import type { BatchManifest } from './landing-manifest.ts';
import { isAbandoned, ownedName } from './landing-owner.ts';

/** A crash falls between a batch's commit and the removal of its segment for the newest batches only. */
const BATCHES_TO_COMPARE = 64;

/**
 * Makes batches of the open segments that crashed processes left in a dataset. Whole lines are kept; a line that the
 * crash tore was never acknowledged and is dropped. A segment whose batch exists already is only removed.
 */
export async function recoverSegments(log: DatasetLog, clock: Clock): Promise<BatchManifest[]> {
  const made: BatchManifest[] = [];
  for (const name of (await names(log.folder)).filter((name) => name.endsWith('.open')).sort()) {
    const path = join(log.folder, name);
    try {
      if (!isAbandoned(name, (await stat(path)).mtime, clock.now())) continue;
      const finished = await wholeLines(log.folder, path);
      if (finished.records > 0 && !(await isCommitted(log, finished.sha256))) {
        made.push(await log.commit(finished, (cursor) => cursor));
      } else {
        await unlink(finished.path);
      }
      if (finished.path !== path) await unlink(path);
    } catch (error) {
      throw landingWrite(path, error);
    }
  }
  return made;
}

/** The segment itself when all its lines are whole, else a synced copy of those that are. */
async function wholeLines(folder: string, path: string): Promise<FinishedFile> {
  const asIs = await measure(path);
  if (asIs.torn === 0) return { path, records: asIs.records, bytes: asIs.bytes, sha256: asIs.sha256 };
  const copy = join(folder, ownedName('part'));
  const handle = await open(copy, 'wx');
  try {
    for await (const line of lines(path)) if (isWhole(line)) await handle.writeFile(line);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  const { records, bytes, sha256 } = await measure(copy);
  return { path: copy, records, bytes, sha256 };
}

async function measure(path: string) {
  const hash = createHash('sha256');
  let records = 0;
  let bytes = 0;
  let torn = 0;
  for await (const line of lines(path)) {
    hash.update(line);
    bytes += line.length;
    if (isWhole(line)) records += 1;
    else torn += 1;
  }
  return { records, bytes, torn, sha256: hash.digest('hex') };
}

/** The lines of a file, each with its newline; the last may lack it. */
async function* lines(path: string): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const block = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
      yield block.subarray(start, end + 1);
      start = end + 1;
    }
    rest = block.subarray(start);
  }
  if (rest.length > 0) yield rest;
}

function isWhole(line: Buffer): boolean {
  if (line[line.length - 1] !== 10) return false;
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}

async function isCommitted(log: DatasetLog, sha256: string): Promise<boolean> {
  const head = await log.head();
  if (!head) return false;
  for (let seq = head.seq; seq > Math.max(0, head.seq - BATCHES_TO_COMPARE); seq--) {
    if ((await log.at(seq))?.sha256 === sha256) return true;
  }
  return false;
}
