import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { FillOnceError } from '../core/errors.ts';
import { type BackfillOrder, type BackfillProgress, QUERIES, SIGNALS, TASK_QUEUES, WORKFLOW_IDS } from './contract.ts';
import { MOST_PARTITIONS, partitionCount } from './partition.ts';

/** Ordering, watching and cancelling backfills. One runs at a time for each source. */
export interface Backfills {
  /** @throws FillOnceError `workflows.range`, `workflows.backfill_running` */
  startBackfill(order: BackfillOrder): Promise<void>;
  /** The one that runs, or the last that ran as long as Temporal keeps it; null when there is none. */
  backfillOf(source: string): Promise<BackfillProgress | null>;
  /** @throws FillOnceError `workflows.ended` when none runs */
  cancelBackfill(source: string): Promise<void>;
}

export function createBackfills(client: Client): Backfills {
  return {
    startBackfill: async (order) => {
      const total = order.only?.length ?? partitionCount(order.range);
      if (total === 0 || total > MOST_PARTITIONS) throw wrongRange(order);
      try {
        await client.workflow.start('backfill', {
          taskQueue: TASK_QUEUES.workflows,
          workflowId: WORKFLOW_IDS.backfill(order.source),
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
          args: [order],
        });
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyRunning(order.source, error);
        throw error;
      }
    },
    backfillOf: async (source) => {
      try {
        return await client.workflow.getHandle(WORKFLOW_IDS.backfill(source)).query<BackfillProgress>(QUERIES.progress);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
    cancelBackfill: async (source) => {
      try {
        await client.workflow.getHandle(WORKFLOW_IDS.backfill(source)).signal(SIGNALS.cancelBackfill);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw ended(source, error);
        throw error;
      }
    },
  };
}

function wrongRange({ range }: BackfillOrder): FillOnceError {
  const text = `${range.from} … ${range.to}`;
  return new FillOnceError({
    code: 'workflows.range',
    status: 400,
    message: {
      zh: `补数范围“${text}”不对：按${range.by === 'day' ? '日写成 2026-10-01' : '月写成 2026-10'}，起不晚于止，最多 ${MOST_PARTITIONS} 个分区。`,
      en: `The range '${text}' is wrong: write ${range.by === 'day' ? 'days like 2026-10-01' : 'months like 2026-10'}, the start not after the end, at most ${MOST_PARTITIONS} partitions.`,
    },
    details: { where: text },
  });
}

function alreadyRunning(source: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'workflows.backfill_running',
    status: 409,
    message: {
      zh: `来源“${source}”已有补数在进行；为不给对方加压，一个来源同时只做一个，请等它结束或先取消。`,
      en: `A backfill of source '${source}' is running; a source bears one at a time. Wait for its end or cancel it first.`,
    },
    details: { where: source },
    cause,
  });
}

function ended(source: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'workflows.ended',
    status: 409,
    message: {
      zh: `来源“${source}”没有进行中的补数，无需取消；请刷新查看结果。`,
      en: `No backfill of source '${source}' is running, so there is nothing to cancel; refresh to see how it ended.`,
    },
    details: { where: source },
    cause,
  });
}
