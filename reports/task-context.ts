import type { TaskId } from '../core/index.ts';
import {
  type Campaign,
  getCampaign,
  getSnapshot,
  getTask,
  type Snapshot,
  type Store,
  type Task,
  type Tx,
} from '../store/index.ts';

export interface TaskContext {
  readonly task: Task;
  readonly campaign: Campaign;
  readonly snapshot: Snapshot;
}

/** What every act on a task starts from. Rows outside the caller's scope do not exist for it. */
export async function taskContext(tx: Tx, id: TaskId): Promise<TaskContext> {
  const task = await getTask(tx, id);
  const campaign = await getCampaign(tx, task.campaignId);
  return { task, campaign, snapshot: await getSnapshot(tx, campaign.snapshotId!) };
}

/**
 * What does not change about tasks (place, campaign, snapshot), kept for the answers that come every few seconds. Read with
 * the platform's rights: whoever uses it asks the store again, as the user, before anything is told or changed.
 */
export interface TaskContexts {
  get(id: TaskId): Promise<TaskContext>;
}

const KEPT = 2_000;

export function createTaskContexts(store: Store): TaskContexts {
  const kept = new Map<TaskId, TaskContext>();
  return {
    get: async (id) => {
      const known = kept.get(id);
      if (known) return known;
      const read = await store.system.transaction((tx) => taskContext(tx, id));
      if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
      kept.set(id, read);
      return read;
    },
  };
}
