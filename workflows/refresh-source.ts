import {
  ApplicationFailure,
  executeChild,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import {
  ANY_ENTITY,
  type ConnectorActivities,
  type DatasetRef,
  SIGNALS,
  type StageOutcome,
  TASK_QUEUES,
  type WarehouseActivities,
  WORKFLOW_IDS,
} from './contract.ts';
import { publishWarehouse } from './publish-warehouse.ts';

const connectors = proxyActivities<ConnectorActivities>({
  taskQueue: TASK_QUEUES.connectors,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 6 },
});
const warehouse = proxyActivities<WarehouseActivities>({
  taskQueue: TASK_QUEUES.warehouse,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/**
 * One pull of a source, started by its Schedule: every dataset side by side, each on its own: one that fails does not stop the
 * others. Tells the publication workflow when it starts and ends, so that a half-pulled source is not published in between.
 */
export async function refreshSource(input: {
  readonly source: string;
  readonly datasets: readonly string[];
}): Promise<void> {
  const pull = `${input.source}.${input.datasets.join('+')}`;
  await tellPublication(SIGNALS.sourceStarted, pull);
  const outcomes = await Promise.allSettled(
    input.datasets.map((dataset) =>
      executeChild(materialiseDataset, {
        workflowId: WORKFLOW_IDS.dataset(input.source, dataset),
        args: [{ source: input.source, dataset }],
        parentClosePolicy: ParentClosePolicy.TERMINATE,
      }),
    ),
  );
  await tellPublication(SIGNALS.sourceFinished, pull);
  const failed = input.datasets.filter((_, i) => outcomes[i]?.status === 'rejected');
  if (failed.length > 0) {
    throw ApplicationFailure.nonRetryable(`${input.source}: ${failed.join(', ')} could not be pulled`, 'SourceFailed');
  }
}

/**
 * Asset `staged.<source>.<dataset>`: pull, then stage everything of the dataset that is landed and not in the ledger, whichever
 * attempt or process landed it; also when the pull failed midway.
 */
export async function materialiseDataset(ref: DatasetRef): Promise<void> {
  try {
    await connectors.pullDataset(ref);
  } finally {
    await follow(await warehouse.stageOutstanding(ref));
  }
}

/** A batch that a push source sealed. */
export async function stageLanded(input: DatasetRef & { readonly batch: string }): Promise<void> {
  await follow(await warehouse.stageBatch({ batch: input.batch }));
}

/** Stages what is landed of a dataset that is not pulled. */
export async function stageDataset(ref: DatasetRef): Promise<void> {
  await follow(await warehouse.stageOutstanding(ref));
}

/** At every start: what landed and is not in the ledger is staged, oldest first. */
export async function sweepLanding(): Promise<void> {
  const outcome = await warehouse.stageOutstanding({});
  // What the process before this one staged may not have reached the golden layer.
  await follow({ ...outcome, entities: [...outcome.entities, ANY_ENTITY] });
}

/** What staging brings about: a publication, and the crowd rule where headcounts came. */
async function follow(outcome: StageOutcome): Promise<void> {
  if (outcome.entities.length > 0) await tellPublication(SIGNALS.touched, outcome.entities);
  if (!outcome.entities.includes('headcount')) return;
  for (const transition of await warehouse.evaluateCrowd({ batches: outcome.batches })) {
    const id = WORKFLOW_IDS.incident(transition.rule, transition.subject);
    await signalOrStart(id, SIGNALS.transition, transition, 'incident');
  }
}

/** Signals the one publication workflow, starting it when it is not running. */
async function tellPublication(signal: string, payload: string | readonly string[]): Promise<void> {
  await signalOrStart(WORKFLOW_IDS.publication(), signal, payload, publishWarehouse.name);
}

/**
 * Signal-with-start from inside a workflow: the SDK has it for clients only, so signal first and start on "not found". A start that
 * loses the race against another is signalled again.
 */
async function signalOrStart(workflowId: string, signal: string, payload: unknown, type: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await getExternalWorkflowHandle(workflowId).signal(signal, payload);
      return;
    } catch {
      try {
        await startChild(type, {
          workflowId,
          args: [{ signal, payload }],
          parentClosePolicy: ParentClosePolicy.ABANDON,
        });
        return;
      } catch (error) {
        log.debug('start lost a race, signalling again', { workflowId, error: String(error) });
      }
    }
  }
  throw ApplicationFailure.retryable(`${workflowId} could be neither signalled nor started`, 'SignalLost');
}
