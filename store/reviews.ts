import { newId, type SubmissionId, type TaskId } from '../core/index.ts';
import type { Tx } from './store.ts';
import type { Submission } from './submissions.ts';

export type Decision = 'approved' | 'returned';

export interface ReviewDecisionTable {
  id: string;
  submission_id: string;
  task_id: string;
  campaign_id: string;
  org_path: string;
  decision: Decision;
  reason: string | null;
  user_id: string;
  at: Date;
}

export interface ReviewDecision {
  readonly id: string;
  readonly submissionId: SubmissionId;
  readonly taskId: TaskId;
  readonly decision: Decision;
  readonly reason: string | null;
  readonly userId: string;
  readonly at: Date;
}

export async function createDecision(
  tx: Tx,
  submission: Submission,
  decision: { readonly decision: Decision; readonly reason: string | null; readonly userId: string },
): Promise<ReviewDecision> {
  const at = tx.clock.now();
  const id = newId<string>('decision', at);
  await tx.db
    .insertInto('review_decision')
    .values({
      id,
      submission_id: submission.id,
      task_id: submission.taskId,
      campaign_id: submission.campaignId,
      org_path: submission.orgPath,
      decision: decision.decision,
      reason: decision.reason,
      user_id: decision.userId,
      at,
    })
    .execute();
  return { id, submissionId: submission.id, taskId: submission.taskId, at, ...decision };
}

/** The decisions over a task's submissions, oldest first. */
export async function decisionsOfTask(tx: Tx, taskId: TaskId): Promise<ReviewDecision[]> {
  const rows = await tx.db
    .selectFrom('review_decision')
    .select([
      'id',
      'submission_id as submissionId',
      'task_id as taskId',
      'decision',
      'reason',
      'user_id as userId',
      'at',
    ])
    .where('task_id', '=', taskId)
    .orderBy('at')
    .limit(200)
    .execute();
  return rows as ReviewDecision[];
}
