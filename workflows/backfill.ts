import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  continueAsNew,
  defineQuery,
  defineSignal,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type BackfillActivities,
  type BackfillOrder,
  type BackfillProgress,
  type BackfillState,
  type FailedPartition,
  type PartitionRef,
  type PullOutcome,
  QUERIES,
  SIGNALS,
  TASK_QUEUES,
  WORKFLOW_IDS,
} from './contract.ts';
import { partitionAt, partitionCount } from './partition.ts';
import { stageDataset } from './refresh-source.ts';

const pulls = proxyActivities<BackfillActivities>({
  taskQueue: TASK_QUEUES.connectors,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  // What is hopeless says so itself (`asFailure`), and a source that asks to wait is waited for.
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 5 },
});

const cancelBackfill = defineSignal(SIGNALS.cancelBackfill);
const progressQuery = defineQuery<BackfillProgress>(QUERIES.progress);

/** Partitions after which the history is cut: each takes about ten events, a history bears some thousands. */
const PER_RUN = 250;
const MOST_FAILED = 200;
/** So many failures for one reason, one after the other: the reason lies in the source, not in the partitions. */
const STOP_AFTER = 3;

/** What a cut carries over. */
interface Carried {
  readonly next: number;
  readonly done: number;
  readonly records: number;
  readonly failed: readonly FailedPartition[];
  readonly failedCount: number;
  readonly startedMs: number;
  readonly streak: Streak;
}

interface Streak {
  readonly code: string;
  readonly count: number;
}

/**
 * Brings partitions of a dataset again, oldest first, through a sliding window: `atOnce` children at a time, the next one starts when
 * one ends. One partition that fails does not stop the others; STOP_AFTER in a row for one reason do. Signal `cancelBackfill` ends
 * it after what is under way was told to stop; query `progress` answers at any time, also afterwards.
 */
export async function backfill(order: BackfillOrder, carried?: Carried): Promise<BackfillProgress> {
  const { source, dataset, range, only, atOnce } = order;
  const total = only?.length ?? partitionCount(range);
  const partitionOf = (at: number) => only?.[at] ?? partitionAt(range, at);
  const running = new Map<string, Promise<void>>();
  const failed = [...(carried?.failed ?? [])];
  const startedMs = carried?.startedMs ?? Date.now();
  const scope = new CancellationScope();
  const first = carried?.next ?? 0;
  let { next, done, records, failedCount } = carried ?? { next: 0, done: 0, records: 0, failedCount: 0 };
  let streak: Streak = carried?.streak ?? { code: '', count: 0 };
  let state: BackfillState = 'running';
  let finishedMs: number | null = null;

  const progress = (): BackfillProgress => ({
    ...{ id: order.id, source, dataset, by: order.by, range, state, atOnce, total, done, records },
    ...{ running: [...running.keys()], failed, failedCount, startedMs, finishedMs },
  });
  const cancel = () => {
    if (state !== 'running') return;
    state = 'cancelling';
    scope.cancel();
  };
  setHandler(progressQuery, progress);
  setHandler(cancelBackfill, cancel);
  CancellationScope.current().cancelRequested.catch(cancel);

  async function one(partition: string): Promise<void> {
    try {
      const pulled = await scope.run(() => child({ source, dataset, partition }));
      done++;
      records += pulled.records;
      streak = { code: '', count: 0 };
    } catch (error) {
      if (isCancellation(error)) return;
      const failure = readFailure(error);
      failedCount++;
      if (failed.length < MOST_FAILED) failed.push({ partition, ...failure });
      streak = { code: failure.code, count: streak.code === failure.code ? streak.count + 1 : 1 };
      if (streak.count >= STOP_AFTER && state === 'running') state = 'stopped';
    } finally {
      running.delete(partition);
    }
  }

  const perRun = order.perRun ?? PER_RUN;
  const mayStart = () =>
    state === 'running' && next < total && next - first < perRun && !workflowInfo().continueAsNewSuggested;
  while (mayStart() || running.size > 0) {
    while (mayStart() && running.size < atOnce) {
      const partition = partitionOf(next++);
      running.set(partition, one(partition));
    }
    await Promise.race(running.values());
  }
  if (state === 'running' && next < total) {
    await continueAsNew<typeof backfill>(order, { next, done, records, failed, failedCount, startedMs, streak });
  }
  state = endOf(state);
  finishedMs = Date.now();
  return progress();
}

function endOf(state: BackfillState): BackfillState {
  return state === 'running' ? 'done' : state === 'cancelling' ? 'cancelled' : state;
}

function child(ref: PartitionRef): Promise<PullOutcome> {
  return executeChild(backfillPartition, {
    workflowId: WORKFLOW_IDS.partition(ref.source, ref.dataset, ref.partition),
    args: [ref],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** One partition: pulled again, landed, staged; records that are known already count as repeated and change nothing. */
export async function backfillPartition(ref: PartitionRef): Promise<PullOutcome> {
  const pulled = await pulls.pullPartition(ref);
  if (pulled.batches > 0) await stageDataset({ source: ref.source, dataset: ref.dataset });
  return pulled;
}

/** What a child failed with: the code and words that the activity gave it. */
function readFailure(error: unknown): Omit<FailedPartition, 'partition'> {
  let cause: unknown = error;
  while (!(cause instanceof ApplicationFailure) && cause instanceof Error && cause.cause) cause = cause.cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof ApplicationFailure)) {
    const code = error instanceof ChildWorkflowFailure ? 'workflows.partition' : 'workflows.unknown';
    return { code, message: { zh: text, en: text } };
  }
  const [body] = (cause.details ?? []) as readonly { readonly message?: FailedPartition['message'] }[];
  return { code: cause.type ?? 'workflows.unknown', message: body?.message ?? { zh: text, en: text } };
}
