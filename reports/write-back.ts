import { civilTimestamp } from '../core/index.ts';
import { type Confirmation, markLanded, type Store, takeConfirmationBatch } from '../store/index.ts';
import type { Landing } from '../warehouse/index.ts';

export interface WriteBack {
  /**
   * Lands what campaigns have vouched for as batches of dataset `platform.confirmation`, so that the next campaign does not
   * ask again. Each confirmation lands once, whatever dies when: batch name and cursor are one, and a begun batch is finished
   * before a new one.
   *
   * @returns the landed batch ids, to be staged; empty when nothing waited
   * @throws FillOnceError `warehouse.landing.moved` (retryable) when another process wrote at the same moment
   */
  run(): Promise<{ readonly batches: readonly string[]; readonly confirmations: number }>;
}

const BATCH_SIZE = 20_000;

export function createWriteBack({
  store,
  landing,
}: {
  readonly store: Store;
  readonly landing: Pick<Landing, 'write' | 'lastManifest'>;
}): WriteBack {
  return {
    run: async () => {
      const batches: string[] = [];
      let confirmations = 0;
      for (;;) {
        const writer = landing.write('platform', 'confirmation');
        // The cursor is read before the batch is taken: were it older than another process's write, the commit would fail.
        const cursor = await writer.from();
        const taken = await store.system.transaction((tx) => takeConfirmationBatch(tx, BATCH_SIZE));
        if (!taken) {
          await writer.abort();
          return { batches, confirmations };
        }
        if (batchOf(cursor) === taken.batch) {
          // Landed before a crash kept it from being noted: only staging may still have to hear of it.
          await writer.abort();
          batches.push((await landing.lastManifest('platform', 'confirmation'))!.id);
        } else {
          await writer.append(taken.confirmations.map(toRecord));
          batches.push((await writer.commit({ batch: taken.batch })).id);
          confirmations += taken.confirmations.length;
        }
        await store.system.transaction((tx) => markLanded(tx, taken.batch));
      }
    },
  };
}

function batchOf(cursor: unknown): unknown {
  return typeof cursor === 'object' && cursor !== null && 'batch' in cursor ? cursor.batch : undefined;
}

/** The fields of the contract `platform.confirmation`. */
function toRecord({ entity, key, field, value, confirmedAt, confirmedBy, campaignId }: Confirmation) {
  return { entity, key, field, value, confirmedAt: civilTimestamp(confirmedAt), confirmedBy, campaign: campaignId };
}
