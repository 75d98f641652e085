import { type CampaignId, newId, type OrgPath, type TaskId, type Theme } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { ClassCounts } from './snapshots.ts';
import type { Tx } from './store.ts';

export type TaskStatus = 'open' | 'submitted' | 'returned' | 'approved';

export interface TaskTable {
  id: string;
  campaign_id: string;
  org_path: string;
  theme: string;
  status: TaskStatus;
  row_count: number;
  cell_count: number;
  answered: number;
  counts: JsonColumn<ClassCounts>;
  due_at: Date;
  reminded_at: Date | null;
  escalated_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface Task {
  readonly id: TaskId;
  readonly campaignId: CampaignId;
  readonly orgPath: OrgPath;
  readonly theme: Theme;
  readonly status: TaskStatus;
  readonly rowCount: number;
  /** Doubtful cells, and how many of them have an answer. */
  readonly cellCount: number;
  readonly answered: number;
  /** Doubtful cells by class letter. */
  readonly counts: ClassCounts;
  readonly dueAt: Date;
  readonly remindedAt: Date | null;
  readonly escalatedAt: Date | null;
  readonly createdAt: Date;
}

export type NewTask = Pick<Task, 'campaignId' | 'orgPath' | 'theme' | 'rowCount' | 'cellCount' | 'counts' | 'dueAt'>;

/** Creates tasks; one that the campaign already has for the unit stays as it is, so that issuing twice does no harm. */
export async function createTasks(tx: Tx, tasks: readonly NewTask[]): Promise<void> {
  const now = tx.clock.now();
  for (let from = 0; from < tasks.length; from += 500) {
    const rows = tasks.slice(from, from + 500).map((task) => ({
      id: newId<TaskId>('task', now),
      campaign_id: task.campaignId,
      org_path: task.orgPath,
      theme: task.theme,
      status: 'open' as const,
      row_count: task.rowCount,
      cell_count: task.cellCount,
      answered: 0,
      counts: asJson(task.counts),
      due_at: task.dueAt,
      created_at: now,
      updated_at: now,
    }));
    await tx.db
      .insertInto('task')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['campaign_id', 'org_path']).doNothing())
      .execute();
  }
}

/** @throws FillOnceError `store.not-found` also for a task outside the user's scope */
export async function getTask(tx: Tx, id: TaskId): Promise<Task> {
  const row = await tx.db.selectFrom('task').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('task', id);
  return row as Task;
}

/** Like {@link getTask}, and keeps other answers to the task waiting until this transaction ends. */
export async function lockTask(tx: Tx, id: TaskId): Promise<Task> {
  const row = await tx.db.selectFrom('task').select(COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) throw notFound('task', id);
  return row as Task;
}

/** What happened to a task last: when and by whom it was handed in, and why it came back. */
export interface TaskStanding {
  readonly submittedAt: Date | null;
  readonly submittedBy: string | null;
  /** Why it was returned; null unless it stands returned. */
  readonly returnReason: string | null;
}

/** The standing of each of the tasks, by task id; tasks never handed in are absent. */
export async function taskStandings(tx: Tx, ids: readonly TaskId[]): Promise<Map<TaskId, TaskStanding>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.db
    .selectFrom('submission')
    .distinctOn('submission.task_id')
    .innerJoin('app_user_name as person', 'person.id', 'submission.user_id')
    .leftJoin('review_decision', 'review_decision.submission_id', 'submission.id')
    .select([
      'submission.task_id',
      'submission.at',
      'person.name',
      'review_decision.decision',
      'review_decision.reason',
    ])
    .where('submission.task_id', 'in', [...ids])
    .orderBy('submission.task_id')
    .orderBy('submission.number', 'desc')
    .execute();
  return new Map(
    rows.map((row) => [
      row.task_id as TaskId,
      { submittedAt: row.at, submittedBy: row.name, returnReason: row.decision === 'returned' ? row.reason : null },
    ]),
  );
}

export interface TaskFilter {
  readonly campaignId?: CampaignId;
  readonly status?: readonly TaskStatus[];
  /** Only tasks due before this moment. */
  readonly dueBefore?: Date;
  readonly limit: number;
  readonly offset: number;
}

export async function countTasks(tx: Tx, filter: Omit<TaskFilter, 'limit' | 'offset'>): Promise<number> {
  let query = tx.db.selectFrom('task').select((eb) => eb.fn.countAll<number>().as('count'));
  if (filter.campaignId !== undefined) query = query.where('campaign_id', '=', filter.campaignId);
  if (filter.status !== undefined) query = query.where('status', 'in', [...filter.status]);
  if (filter.dueBefore !== undefined) query = query.where('due_at', '<', filter.dueBefore);
  return Number((await query.executeTakeFirstOrThrow()).count);
}

/** Tasks by due time, then by place. */
export async function listTasks(tx: Tx, filter: TaskFilter): Promise<Task[]> {
  let query = tx.db
    .selectFrom('task')
    .select(COLUMNS)
    .orderBy('due_at')
    .orderBy('org_path')
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.campaignId !== undefined) query = query.where('campaign_id', '=', filter.campaignId);
  if (filter.status !== undefined) query = query.where('status', 'in', [...filter.status]);
  if (filter.dueBefore !== undefined) query = query.where('due_at', '<', filter.dueBefore);
  return (await query.execute()) as Task[];
}

export interface Progress {
  readonly tasks: Readonly<Record<TaskStatus, number>>;
  readonly cells: number;
  readonly answered: number;
}

/** How far the tasks of a campaign have come, over those the caller may see. */
export async function campaignProgress(tx: Tx, campaignId: CampaignId): Promise<Progress> {
  const rows = await tx.db
    .selectFrom('task')
    .select((eb) => [
      'status',
      eb.fn.countAll<number>().as('tasks'),
      eb.fn.sum<number>('cell_count').as('cells'),
      eb.fn.sum<number>('answered').as('answered'),
    ])
    .where('campaign_id', '=', campaignId)
    .groupBy('status')
    .execute();
  const tasks = { open: 0, submitted: 0, returned: 0, approved: 0 };
  let cells = 0;
  let answered = 0;
  for (const row of rows) {
    tasks[row.status] = Number(row.tasks);
    cells += Number(row.cells);
    answered += Number(row.answered);
  }
  return { tasks, cells, answered };
}

export async function updateTask(
  tx: Tx,
  id: TaskId,
  change: { readonly status?: TaskStatus; readonly answered?: number },
): Promise<void> {
  await tx.db
    .updateTable('task')
    .set({ ...change, updated_at: tx.clock.now() })
    .where('id', '=', id)
    .execute();
}

/** Notes that the holders of these tasks were reminded, or their superiors told; returns the ids noted for the first time. */
export async function noteTaskNudge(tx: Tx, ids: readonly TaskId[], kind: 'reminded' | 'escalated'): Promise<TaskId[]> {
  if (ids.length === 0) return [];
  const column = kind === 'reminded' ? 'reminded_at' : 'escalated_at';
  const rows = await tx.db
    .updateTable('task')
    .set({ [column]: tx.clock.now() })
    .where('id', 'in', [...ids])
    .where(column, 'is', null)
    .returning('id')
    .execute();
  return rows.map((row) => row.id as TaskId);
}

const COLUMNS = [
  'id',
  'campaign_id as campaignId',
  'org_path as orgPath',
  'theme',
  'status',
  'row_count as rowCount',
  'cell_count as cellCount',
  'answered',
  'counts',
  'due_at as dueAt',
  'reminded_at as remindedAt',
  'escalated_at as escalatedAt',
  'created_at as createdAt',
] as const;
