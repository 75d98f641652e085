import type { Connector } from '../connectors/connector.ts';
import type { Json } from '../core/json.ts';
import type { Landing } from './landing.ts';
import type { BatchManifest } from './landing-manifest.ts';

export interface PullToLanding {
  readonly landing: Landing;
  readonly connector: Connector;
  readonly source: string;
  readonly dataset: string;
  readonly signal: AbortSignal;
  /** A batch is committed at the first page end after this many records; 100,000 unless told. */
  readonly commitAfterRecords?: number;
  /** Stops after this many batches although the source has more; no limit unless told. */
  readonly maxBatches?: number;
  /** Told after each commit. */
  readonly onBatch?: (manifest: BatchManifest) => void;
  /** Told after each page how many records came so far: a sign of life for whoever watches. */
  readonly onPage?: (records: number) => void;
}

export interface PullResult {
  readonly batches: readonly BatchManifest[];
  readonly records: number;
  readonly cursor: Json;
  /** True when `maxBatches` stopped the pull before the source's end. */
  readonly more: boolean;
}

/**
 * Pulls a dataset from its last cursor to its end into landing. When the source fails midway, the pages that came are
 * committed with their cursor before the error goes on, so the next pull continues instead of starting over. Nothing
 * new makes no batch.
 *
 * @throws FillOnceError of the connector, or `warehouse.landing.moved`
 * @example const { batches } = await pullToLanding({ landing, connector, source: 'grid', dataset: 'resident', signal });
 */
export async function pullToLanding(pull: PullToLanding): Promise<PullResult> {
  const { landing, connector, source, dataset, signal, commitAfterRecords = 100_000 } = pull;
  const batches: BatchManifest[] = [];
  let writer = landing.write(source, dataset);
  let committed = await writer.from();
  let cursor = committed;
  let records = 0;
  let more = false;

  async function commit(): Promise<void> {
    if (writer.records === 0 && JSON.stringify(cursor) === JSON.stringify(committed)) return await writer.abort();
    const manifest = await writer.commit(cursor);
    committed = cursor;
    batches.push(manifest);
    pull.onBatch?.(manifest);
    writer = landing.write(source, dataset);
    await writer.from();
  }

  try {
    for await (const page of connector.pull({ dataset, cursor, signal })) {
      await writer.append(page.raw ?? page.records);
      cursor = page.cursor;
      records += page.raw?.count ?? page.records.length;
      pull.onPage?.(records);
      if (writer.records >= commitAfterRecords) await commit();
      more = batches.length >= (pull.maxBatches ?? Number.POSITIVE_INFINITY);
      if (more) break;
    }
  } catch (error) {
    // A page that failed to land has closed its writer; what a failed source brought before is whole.
    if (writer.records > 0) await commit().catch(() => undefined);
    await writer.abort();
    throw error;
  }
  await commit();
  return { batches, records, cursor, more };
}
