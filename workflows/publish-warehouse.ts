import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { SIGNALS, TASK_QUEUES, type WarehouseActivities } from './contract.ts';

const warehouse = proxyActivities<WarehouseActivities>({
  taskQueue: TASK_QUEUES.warehouse,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
});

const sourceStarted = defineSignal<[string]>(SIGNALS.sourceStarted);
const sourceFinished = defineSignal<[string]>(SIGNALS.sourceFinished);
const touched = defineSignal<[readonly string[]]>(SIGNALS.touched);

/** Quiet time after the last change before a publication is made. */
const QUIET = '1 second';
/** The longest that pulls under way may hold a publication back. */
const LONGEST_WAIT = '60 seconds';
/** Least time between two publications while data keeps trickling in. */
const BETWEEN = '20 seconds';

export interface PublishState {
  readonly pulling?: readonly string[];
  readonly entities?: readonly string[];
}

/**
 * The one place that publishes: collects what changed, waits for quiet, then golden → checks → publish. Started by the first
 * signal; ends when nothing is pending, so an idle platform has no running workflow.
 */
export async function publishWarehouse(
  input: PublishState & { signal?: string; payload?: string | readonly string[] } = {},
): Promise<void> {
  const pulling = new Set(input.pulling ?? []);
  const entities = new Set(input.entities ?? []);
  let changes = 0;
  const handlers: Record<string, (payload: never) => void> = {
    [SIGNALS.sourceStarted]: (source: string) => void pulling.add(source),
    [SIGNALS.sourceFinished]: (source: string) => void pulling.delete(source),
    [SIGNALS.touched]: (names: readonly string[]) => {
      changes++;
      for (const name of names) entities.add(name);
    },
  };
  if (input.signal !== undefined) handlers[input.signal]?.(input.payload as never);
  setHandler(sourceStarted, handlers[SIGNALS.sourceStarted] as (source: string) => void);
  setHandler(sourceFinished, handlers[SIGNALS.sourceFinished] as (source: string) => void);
  setHandler(touched, handlers[SIGNALS.touched] as (names: readonly string[]) => void);

  for (;;) {
    await condition(() => pulling.size === 0, LONGEST_WAIT);
    pulling.clear();
    if (entities.size === 0) break;
    let seen: number;
    do {
      seen = changes;
    } while (
      await condition(() => changes !== seen || pulling.size > 0, QUIET).then((more) => more && pulling.size === 0)
    );
    if (pulling.size > 0) continue;
    const batch = [...entities].sort();
    entities.clear();
    await warehouse.refreshGolden({ entities: batch });
    await warehouse.publish();
    if (entities.size > 0 && pulling.size === 0) await condition(() => pulling.size > 0, BETWEEN);
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof publishWarehouse>({ pulling: [...pulling], entities: [...entities] });
    }
  }
}
