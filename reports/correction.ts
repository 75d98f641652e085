import { toErrorBody } from '../core/index.ts';
import { acknowledgeCorrection, type Correction, dueCorrections, failCorrection, type Store } from '../store/index.ts';

export interface Corrections {
  /**
   * Sends the corrections of one source whose time has come. A correction that fails for a reason that may pass waits longer
   * each time; one that is refused for good stays for people to see.
   *
   * @param send hands one correction over and gives the receipt; `correction.id` serves as idempotency key
   */
  deliver(source: string, send: (correction: Correction) => Promise<{ readonly ackId: string }>): Promise<Delivery>;
}

export interface Delivery {
  readonly acknowledged: number;
  readonly failed: number;
}

const ROUND = 200;

export function createCorrections({ store }: { readonly store: Store }): Corrections {
  return {
    deliver: async (source, send) => {
      const due = await store.system.transaction((tx) => dueCorrections(tx, source, ROUND));
      let acknowledged = 0;
      for (const correction of due) {
        try {
          const { ackId } = await send(correction);
          await store.system.transaction((tx) => acknowledgeCorrection(tx, correction.id, ackId));
          acknowledged++;
        } catch (error) {
          await store.system.transaction((tx) => failCorrection(tx, correction, toErrorBody(error)));
        }
      }
      return { acknowledged, failed: due.length - acknowledged };
    },
  };
}
