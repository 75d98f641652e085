import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { BatchId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { createDocumentStore, type DocumentStore } from './landing-documents.ts';
import { landingCorrupt } from './landing-errors.ts';
import { type DatasetLog, names, openDatasetLog } from './landing-log.ts';
import { type BatchManifest, batchPlace, dataName, datasetFolder } from './landing-manifest.ts';
import { type BatchWriter, createBatchWriter } from './landing-writer.ts';
import { openSealingSpool, type SealingSpool, type SpoolOptions } from './spool.ts';

export interface ManifestFilter {
  readonly source?: string;
  readonly dataset?: string;
  /** Only batches after this place of their dataset. */
  readonly afterSeq?: number;
}

/** A backfill of a dataset may bring so many batches. */
const MOST_AGAIN = 1_000;

/** What sources brought, as immutable NDJSON batches: `<folder>/<source>/<dataset>/<seq>-<hash>.ndjson` and `<seq>.json`. */
export interface Landing {
  readonly folder: string;
  /** Starts a batch; it exists only once it is committed. */
  write(source: string, dataset: string): BatchWriter;
  /** The cursor of the newest batch; null when there is none. */
  lastCursor(source: string, dataset: string): Promise<Json>;
  /** The newest batch of a dataset; null when there is none. */
  lastManifest(source: string, dataset: string): Promise<BatchManifest | null>;
  /** Batches since the last news of their dataset, which brought again what had come before; at most the newest 1,000 of a dataset. */
  broughtAgain(): Promise<readonly string[]>;
  /** Null for an id that names no batch here. */
  manifest(id: string): Promise<BatchManifest | null>;
  /** Batches ordered by `receivedAt`, source, dataset, seq; within a dataset always by seq. */
  manifests(filter?: ManifestFilter): AsyncIterable<BatchManifest>;
  /** Absolute path of a batch's NDJSON. */
  dataFile(manifest: Pick<BatchManifest, 'id' | 'source' | 'dataset'>): string;
  /**
   * Reads a batch's file and compares it with its manifest.
   *
   * @throws FillOnceError `warehouse.landing.corrupt`
   */
  check(manifest: BatchManifest): Promise<void>;
  /** True when a batch's file is gone or not what its manifest says. @throws what else keeps it from being read */
  isDamaged(manifest: BatchManifest): Promise<boolean>;
  /** A spool for pushed records; seals what a crashed process left in this dataset first. */
  openSpool(source: string, dataset: string, options?: SpoolOptions): Promise<SealingSpool>;
  /** Original files (an inbox's workbooks), kept once by content. */
  readonly documents: DocumentStore;
}

/**
 * Opens the landing folder.
 *
 * @example
 * const landing = openLanding({ folder: join(dataFolder, 'landing'), clock: systemClock });
 * const writer = landing.write('grid', 'resident');
 * await writer.append(page.records);
 * const manifest = await writer.commit(page.cursor);
 */
export function openLanding(options: { folder: string; clock: Clock }): Landing {
  const { folder, clock } = options;
  const logs = new Map<string, DatasetLog>();

  function log(source: string, dataset: string): DatasetLog {
    const key = `${source}.${dataset}`;
    const existing = logs.get(key);
    if (existing) return existing;
    const made = openDatasetLog({ landingFolder: folder, source, dataset, clock });
    logs.set(key, made);
    return made;
  }

  async function* datasets(filter: ManifestFilter): AsyncIterable<{ source: string; dataset: string }> {
    for (const source of await names(folder)) {
      if (source === 'files' || (filter.source !== undefined && filter.source !== source)) continue;
      for (const dataset of await names(join(folder, source))) {
        if (filter.dataset === undefined || filter.dataset === dataset) yield { source, dataset };
      }
    }
  }

  /** The batch after a place; a lost one is passed over, so that those after it are not lost with it. Verification names it. */
  async function nextOf(of: DatasetLog, afterSeq: number): Promise<BatchManifest | null> {
    const next = await of.at(afterSeq + 1);
    if (next) return next;
    const last = (await of.head())?.seq ?? 0;
    for (let seq = afterSeq + 2; seq <= last; seq++) {
      const found = await of.at(seq);
      if (found) return found;
    }
    return null;
  }

  async function* manifests(filter: ManifestFilter = {}): AsyncIterable<BatchManifest> {
    const heads: { log: DatasetLog; next: BatchManifest }[] = [];
    for await (const { source, dataset } of datasets(filter)) {
      const of = log(source, dataset);
      const next = await nextOf(of, filter.afterSeq ?? 0);
      if (next) heads.push({ log: of, next });
    }
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => (isBefore(b.next, a.next) ? b : a));
      yield first.next;
      const next = await nextOf(first.log, first.next.seq);
      if (next) first.next = next;
      else heads.splice(heads.indexOf(first), 1);
    }
  }

  async function broughtAgain(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { source, dataset } of datasets({})) {
      const of = log(source, dataset);
      let batch = await of.head();
      for (let looked = 0; batch?.again && looked < MOST_AGAIN; looked++) {
        found.push(batch.id);
        batch = await of.at(batch.seq - 1);
      }
    }
    return found;
  }

  async function check(manifest: BatchManifest): Promise<void> {
    const file = join(datasetFolder(folder, manifest.source, manifest.dataset), dataName(manifest.id));
    const sha256 = await fileHash(file);
    if (sha256 !== manifest.sha256) throw landingCorrupt(file, new Error(`sha256 ${sha256}, not ${manifest.sha256}`));
  }

  return {
    folder,
    write: (source, dataset) => createBatchWriter(log(source, dataset), `${source}.${dataset}`),
    lastCursor: async (source, dataset) => (await log(source, dataset).head())?.cursor ?? null,
    lastManifest: (source, dataset) => log(source, dataset).head(),
    broughtAgain,
    manifest: async (id) => {
      const place = batchPlace(id);
      if (!place) return null;
      const found = await log(place.source, place.dataset).at(place.seq);
      return found?.id === id ? found : null;
    },
    manifests,
    dataFile: ({ id, source, dataset }) => join(datasetFolder(folder, source, dataset), dataName(id as BatchId)),
    check,
    isDamaged: async (manifest) => {
      try {
        await check(manifest);
        return false;
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (code === 'warehouse.landing.corrupt' || code === 'ENOENT') return true;
        throw error;
      }
    },
    openSpool: (source, dataset, spoolOptions = {}) =>
      openSealingSpool({ log: log(source, dataset), where: `${source}.${dataset}`, clock, ...spoolOptions }),
    documents: createDocumentStore({ folder: join(folder, 'files'), clock }),
  };
}

function isBefore(a: BatchManifest, b: BatchManifest): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt < b.receivedAt;
  if (a.source !== b.source) return a.source < b.source;
  return a.dataset < b.dataset;
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  } catch (error) {
    throw landingCorrupt(file, error);
  }
  return hash.digest('hex');
}
