import { type Clock, errorText } from '../../core/index.ts';
import type { ServerLog } from '../../server/index.ts';
import { type Store, sweepIdempotencyKeys, sweepOutbox, sweepSessions } from '../../store/index.ts';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** Delivered messages are kept for who looks into what happened last week. */
const OUTBOX_KEPT_MS = 7 * DAY_MS;
/** Longer than a clerk's tablet is away from the network with an order that it repeats. */
const KEYS_KEPT_MS = 30 * DAY_MS;

/** Every hour deletes what has had its time: sessions that ended, messages long delivered, keys of orders long carried out. */
export function startHousekeeping({
  store,
  clock,
  log,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<ServerLog, 'warn'>;
}): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(): Promise<void> {
    for (;;) {
      const isDue = await clock.sleep(EVERY_MS, signal).then(
        () => true,
        () => false,
      );
      if (!isDue) return;
      try {
        await store.system.transaction(async (tx) => {
          await sweepSessions(tx);
          await sweepOutbox(tx, OUTBOX_KEPT_MS);
          await sweepIdempotencyKeys(tx, KEYS_KEPT_MS);
        });
      } catch (error) {
        log.warn({ error: errorText(error) }, 'housekeeping is tried again in an hour');
      }
    }
  }

  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
