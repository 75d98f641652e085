import { type CampaignId, newId, type OrgPath, type PatchId, type SubmissionId, type TaskId } from '../core/index.ts';
import { notFound } from './errors.ts';
import type { Patch } from './patches.ts';
import type { Tx } from './store.ts';
import type { Task } from './tasks.ts';

export interface SubmissionTable {
  id: string;
  task_id: string;
  campaign_id: string;
  org_path: string;
  number: number;
  patch_count: number;
  unanswered: number;
  note: string | null;
  user_id: string;
  at: Date;
}

export interface SubmissionPatchTable {
  submission_id: string;
  patch_id: string;
  org_path: string;
}

export interface Submission {
  readonly id: SubmissionId;
  readonly taskId: TaskId;
  readonly campaignId: CampaignId;
  readonly orgPath: OrgPath;
  /** 1 for the first, 2 for the one after a return. */
  readonly number: number;
  readonly patchCount: number;
  readonly unanswered: number;
  readonly note: string | null;
  readonly userId: string;
  readonly at: Date;
}

/** Freezes the standing answers of a task. The caller holds the task's lock. */
export async function createSubmission(
  tx: Tx,
  task: Task,
  submission: {
    readonly userId: string;
    readonly note: string | null;
    readonly unanswered: number;
    readonly patchCount: number;
  },
): Promise<Submission> {
  const at = tx.clock.now();
  const last = await tx.db
    .selectFrom('submission')
    .select((eb) => eb.fn.max('number').as('number'))
    .where('task_id', '=', task.id)
    .executeTakeFirst();
  const row: Submission = {
    id: newId<SubmissionId>('submission', at),
    taskId: task.id,
    campaignId: task.campaignId,
    orgPath: task.orgPath,
    number: (last?.number ?? 0) + 1,
    at,
    ...submission,
  };
  await tx.db
    .insertInto('submission')
    .values({
      id: row.id,
      task_id: row.taskId,
      campaign_id: row.campaignId,
      org_path: row.orgPath,
      number: row.number,
      patch_count: row.patchCount,
      unanswered: row.unanswered,
      note: row.note,
      user_id: row.userId,
      at,
    })
    .execute();
  await tx.db
    .insertInto('submission_patch')
    .columns(['submission_id', 'patch_id', 'org_path'])
    .expression((eb) =>
      eb
        .selectFrom('patch')
        .select([eb.val(row.id).as('submission_id'), 'patch.id', 'patch.org_path'])
        .where('task_id', '=', task.id)
        .where('superseded_by', 'is', null),
    )
    .execute();
  return row;
}

/** @throws FillOnceError `store.not-found` */
export async function getSubmission(tx: Tx, id: SubmissionId): Promise<Submission> {
  const row = await tx.db.selectFrom('submission').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('submission', id);
  return row as Submission;
}

/** The last submission of a task, or null. */
export async function lastSubmission(tx: Tx, taskId: TaskId): Promise<Submission | null> {
  const row = await tx.db
    .selectFrom('submission')
    .select(COLUMNS)
    .where('task_id', '=', taskId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (row as Submission | undefined) ?? null;
}

/** The answers frozen in a submission, by row and column. */
export async function submissionPatches(
  tx: Tx,
  id: SubmissionId,
  page: { readonly limit: number; readonly offset: number },
): Promise<Patch[]> {
  const rows = await tx.db
    .selectFrom('submission_patch')
    .innerJoin('patch', 'patch.id', 'submission_patch.patch_id')
    .select([
      'patch.id',
      'task_id as taskId',
      'row_key as rowKey',
      'column_name as column',
      'snapshot_value as snapshotValue',
      'base',
      'value',
      'user_id as userId',
      'client_op_id as clientOpId',
      'at',
    ])
    .where('submission_id', '=', id)
    .orderBy('row_key')
    .orderBy('column_name')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return rows as Patch[];
}

/** One answer that a reviewer approved. */
export interface AcceptedPatch {
  readonly id: PatchId;
  readonly taskId: TaskId;
  readonly rowKey: string;
  readonly column: string;
  readonly snapshotValue: string | null;
  readonly base: string | null;
  readonly value: string | null;
  readonly userId: string;
  readonly at: Date;
}

/** Every answer of a campaign whose submission was approved; at most a million. */
export async function acceptedPatches(tx: Tx, campaignId: CampaignId): Promise<AcceptedPatch[]> {
  const rows = await tx.db
    .selectFrom('review_decision')
    .innerJoin('submission_patch', 'submission_patch.submission_id', 'review_decision.submission_id')
    .innerJoin('patch', 'patch.id', 'submission_patch.patch_id')
    .select([
      'patch.id',
      'patch.task_id as taskId',
      'patch.row_key as rowKey',
      'patch.column_name as column',
      'patch.snapshot_value as snapshotValue',
      'patch.base',
      'patch.value',
      'patch.user_id as userId',
      'patch.at',
    ])
    .where('review_decision.campaign_id', '=', campaignId)
    .where('review_decision.decision', '=', 'approved')
    .orderBy('patch.seq')
    .limit(1_000_000)
    .execute();
  return rows as AcceptedPatch[];
}

const COLUMNS = [
  'id',
  'task_id as taskId',
  'campaign_id as campaignId',
  'org_path as orgPath',
  'number',
  'patch_count as patchCount',
  'unanswered',
  'note',
  'user_id as userId',
  'at',
] as const;
