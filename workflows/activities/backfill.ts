import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { toErrorBody } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { finishMaterialisation, type Store, startMaterialisation } from '../../store/index.ts';
import type { BatchManifest, Landing } from '../../warehouse/index.ts';
import type { BackfillActivities, PartitionRef, PullOutcome } from '../contract.ts';
import { notRepullable, type Repull, type Repulls } from '../repull.ts';
import { asFailure } from './failure.ts';

const HEARTBEAT_EVERY_MS = 5_000;
/** Records that are held before they become a batch: the time in which another pull can move the cursor stays short. */
const RECORDS_PER_BATCH = 50_000;

/** Activities that bring a partition again; every attempt is written down in the store's `materialisation`. */
export function createBackfillActivities(deps: {
  readonly repulls: Repulls;
  readonly landing: Landing;
  readonly store: Store;
}): BackfillActivities {
  const { repulls, landing, store } = deps;

  /** Lands records beside the dataset's cursor, which stays what it is. */
  async function land({ source, dataset }: PartitionRef, records: readonly JsonObject[]): Promise<BatchManifest> {
    const writer = landing.write(source, dataset);
    try {
      const cursor = await writer.from();
      await writer.append(records);
      return await writer.commit(cursor, { again: true });
    } finally {
      await writer.abort();
    }
  }

  async function bring(ref: PartitionRef, repull: Repull): Promise<readonly BatchManifest[]> {
    const batches: BatchManifest[] = [];
    let held: JsonObject[] = [];
    let records = 0;
    const beat = setInterval(() => heartbeat({ records }), HEARTBEAT_EVERY_MS);
    try {
      for await (const page of repull.pages(ref.partition, cancellationSignal())) {
        for (const record of page) held.push(record);
        records += page.length;
        heartbeat({ records });
        if (held.length < RECORDS_PER_BATCH) continue;
        batches.push(await land(ref, held));
        held = [];
      }
      if (held.length > 0) batches.push(await land(ref, held));
      return batches;
    } finally {
      clearInterval(beat);
    }
  }

  return {
    pullPartition: async (ref): Promise<PullOutcome> => {
      const { source, dataset, partition } = ref;
      const { workflowExecution, attempt } = activityInfo();
      const run = await store.system.transaction((tx) =>
        startMaterialisation(tx, {
          asset: `landing.${source}.${dataset}`,
          partition,
          ...(workflowExecution ? { workflowId: workflowExecution.workflowId } : {}),
        }),
      );
      try {
        const repull = repulls.get(`${source}.${dataset}`);
        if (!repull) throw notRepullable(source, dataset);
        const batches = await bring(ref, repull);
        const rows = batches.reduce((sum, batch) => sum + batch.records, 0);
        const log = batches.map(({ id, records, bytes }) => ({ batch: id, records, bytes }));
        await store.system.transaction((tx) => finishMaterialisation(tx, run, { rows, log }));
        return { records: rows, batches: batches.length };
      } catch (error) {
        const log = [{ attempt, partition }];
        await store.system.transaction((tx) => finishMaterialisation(tx, run, { error: toErrorBody(error), log }));
        throw asFailure(error, attempt);
      }
    },
  };
}
