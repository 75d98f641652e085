import { can, civilTimestamp, type TaskId, type User, type UserId } from '../core/index.ts';
import {
  audit,
  createDecision,
  type Decision,
  lastSubmission,
  lockTask,
  notify,
  orgUnitNames,
  type ReviewDecision,
  type Store,
  submissionPatches,
  type Task,
  updateTask,
  userNames,
} from '../store/index.ts';
import { forbidden, ownSubmission, reasonNeeded, taskClosed } from './errors.ts';
import type { Forms } from './form.ts';
import { isAsked } from './gate.ts';
import type { FormPlan } from './plan.ts';
import type { SnapshotRow, SnapshotRows } from './snapshot-rows.ts';
import { announceTask } from './submission.ts';
import { type DoubtClass, isMasked, MASK } from './task.ts';
import { taskContext } from './task-context.ts';

/** One answer as the reviewer sees it: what the form would have said, what it says now. */
export interface Difference {
  readonly rowKey: string;
  readonly rowTitle: string;
  readonly column: string;
  readonly columnTitle: string;
  /** Null for a cell that nobody had doubted. */
  readonly class: DoubtClass | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly kind: 'changed' | 'filled' | 'confirmed';
  readonly by: string;
  readonly at: string;
}

export interface Reviews {
  /** The answers of the last submission, by row. Empty before the first. */
  differences(
    user: User,
    taskId: TaskId,
    page: { limit: number; offset: number },
  ): Promise<{ items: Difference[]; total: number }>;
  /** @throws FillOnceError `reports.task-status`, `reports.review.own`, `reports.forbidden`, `store.not-found` */
  approve(user: User, taskId: TaskId): Promise<ReviewDecision>;
  /** Sends a task back to its clerks; their answers stay and can be changed. @throws also `reports.review.reason` */
  sendBack(user: User, taskId: TaskId, reason: string): Promise<ReviewDecision>;
}

export interface ReviewsOptions {
  readonly store: Store;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
}

export function createReviews({ store, forms, rows }: ReviewsOptions): Reviews {
  const decide = (user: User, taskId: TaskId, decision: Decision, reason: string | null) =>
    store.as(user).transaction(async (tx) => {
      const task = await lockTask(tx, taskId);
      if (!can(user, 'task.review', { org: task.orgPath, theme: task.theme }))
        throw forbidden('task.review', task.orgPath);
      const submission = await lastSubmission(tx, taskId);
      if (task.status !== 'submitted' || !submission) throw taskClosed(taskId, task.status);
      if (submission.userId === user.id) throw ownSubmission(taskId);
      const made = await createDecision(tx, submission, { decision, reason, userId: user.id });
      await updateTask(tx, taskId, { status: decision });
      await audit(tx, {
        action: decision === 'approved' ? 'task.approve' : 'task.return',
        subject: taskId,
        orgPath: task.orgPath,
        detail: { submission: submission.id, ...(reason === null ? {} : { reason }) },
      });
      await announceTask(tx, task, decision);
      return { made, task, submittedBy: submission.userId as UserId };
    });

  return {
    differences: async (user, taskId, page) => {
      const { campaign, snapshot, task, patches, total, people, units } = await store
        .as(user)
        .transaction(async (tx) => {
          const context = await taskContext(tx, taskId);
          const submission = await lastSubmission(tx, taskId);
          const patches = submission ? await submissionPatches(tx, submission.id, page) : [];
          const people = await userNames(
            tx,
            patches.map((patch) => patch.userId),
          );
          const units = await orgUnitNames(
            tx,
            patches.map((patch) => patch.rowKey),
          );
          return { ...context, patches, people, units, total: submission?.patchCount ?? 0 };
        });
      if (!can(user, 'campaign.read', { org: task.orgPath, theme: task.theme }))
        throw forbidden('campaign.read', task.orgPath);
      const plan = forms.plan(campaign);
      const found = await rows.byKey(
        snapshot,
        plan,
        patches.map((patch) => patch.rowKey),
      );
      const items = patches.map((patch): Difference => {
        const column = plan.column(patch.column)!;
        const row = found.get(patch.rowKey);
        const letter = row?.cells[plan.columns.indexOf(column)]?.class ?? '';
        const hidden = isMasked(column, user);
        return {
          rowKey: patch.rowKey,
          rowTitle: row ? rowTitle(plan, row, units) : patch.rowKey,
          column: column.name,
          columnTitle: column.title,
          class: isAsked(letter) ? WORDS[letter]! : null,
          before: hidden ? MASK : patch.snapshotValue,
          after: hidden ? MASK : patch.value,
          kind: patch.value === patch.snapshotValue ? 'confirmed' : patch.snapshotValue === null ? 'filled' : 'changed',
          by: people.get(patch.userId) ?? patch.userId,
          at: civilTimestamp(patch.at),
        };
      });
      return { items, total };
    },

    approve: async (user, taskId) => (await decide(user, taskId, 'approved', null)).made,

    sendBack: async (user, taskId, reason) => {
      if (reason.trim() === '') throw reasonNeeded();
      const { made, task, submittedBy } = await decide(user, taskId, 'returned', reason.trim());
      await store.system.transaction((tx) => notify(tx, [submittedBy], returnedMessage(task, made, reason.trim())));
      return made;
    },
  };
}

const WORDS: Readonly<Record<string, DoubtClass>> = { s: 'stale', c: 'conflicting', m: 'missing' };

function returnedMessage(task: Task, decision: ReviewDecision, reason: string) {
  return {
    kind: 'task.returned',
    title: { zh: '您提交的任务被退回', en: 'Your task was returned' },
    body: { zh: `退回原因：${reason}`, en: `Reason: ${reason}` },
    link: `/tasks/${task.id}`,
    dedupeKey: `returned:${decision.id}`,
  };
}

/**
 * What a person calls the row: the last of its lasting names, which is the most particular one; else, as in an indicator form,
 * the name of the unit that it is about; else its key.
 */
export function rowTitle(plan: FormPlan, row: SnapshotRow, units: ReadonlyMap<string, string>): string {
  const names = plan.columns.flatMap((column, i) =>
    column.identifying && row.cells[i]!.value !== null ? [row.cells[i]!.value!] : [],
  );
  return names.at(-1) ?? units.get(row.rowKey) ?? row.rowKey;
}
