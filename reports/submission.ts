import { can, type TaskId, type User } from '../core/index.ts';
import {
  addToOutbox,
  audit,
  createSubmission,
  lockTask,
  patchesOfTask,
  type Store,
  type Submission,
  type Task,
  type Tx,
  updateTask,
} from '../store/index.ts';
import { forbidden, incomplete, taskClosed } from './errors.ts';

export interface SubmitOptions {
  /** Hands in although cells have no answer: they stay as the snapshot has them. */
  readonly incomplete?: boolean;
  readonly note?: string;
}

export interface Submissions {
  /**
   * Freezes the answers of a task for review.
   *
   * @throws FillOnceError `reports.submission.incomplete` with the number of unanswered cells, `reports.task-status`,
   *   `reports.forbidden`, `store.not-found`
   */
  submit(user: User, taskId: TaskId, options?: SubmitOptions): Promise<Submission>;
}

export function createSubmissions({ store }: { readonly store: Store }): Submissions {
  return {
    submit: (user, taskId, options = {}) =>
      store.as(user).transaction(async (tx) => {
        const task = await lockTask(tx, taskId);
        if (!can(user, 'task.answer', { org: task.orgPath, theme: task.theme }))
          throw forbidden('task.answer', task.orgPath);
        if (task.status !== 'open' && task.status !== 'returned') throw taskClosed(taskId, task.status);
        const unanswered = task.cellCount - task.answered;
        if (unanswered > 0 && !options.incomplete) throw incomplete(taskId, unanswered);
        const patchCount = (await patchesOfTask(tx, taskId)).length;
        const submission = await createSubmission(tx, task, {
          userId: user.id,
          note: options.note ?? null,
          unanswered,
          patchCount,
        });
        await updateTask(tx, taskId, { status: 'submitted' });
        await audit(tx, {
          action: 'task.submit',
          subject: taskId,
          orgPath: task.orgPath,
          detail: { submission: submission.id, patches: patchCount, unanswered },
        });
        await announceTask(tx, task, 'submitted');
        return submission;
      }),
  };
}

/** Tells screens that a task moved on. */
export async function announceTask(tx: Tx, task: Task, change: string): Promise<void> {
  await addToOutbox(tx, 'events', task.id, {
    type: 'task',
    subject: task.id,
    org: task.orgPath,
    theme: task.theme,
    data: { change, campaign: task.campaignId },
  });
}
