import {
  type CampaignId,
  can,
  civilTimestamp,
  type ElementType,
  type Message,
  parsePeriod,
  periodTitle,
  type Sensitivity,
  type TaskId,
  type User,
} from '../core/index.ts';
import {
  type Campaign,
  type ClassCounts,
  clerksOf,
  countTasks,
  getCampaign,
  getTask,
  listTasks,
  orgUnitNames,
  type Store,
  standingPatches,
  type Task,
  type TaskStanding,
  type TaskStatus,
  type Tx,
  taskStandings,
  userNames,
} from '../store/index.ts';
import { type Alternatives, loadAlternatives } from './alternatives.ts';
import { stateFor } from './as-of.ts';
import { reasonFor } from './doubt-reason.ts';
import type { Forms } from './form.ts';
import { isAsked } from './gate.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import type { SnapshotRow, SnapshotRows } from './snapshot-rows.ts';
import { taskContext } from './task-context.ts';

export type DoubtClass = 'stale' | 'conflicting' | 'missing';
export const DOUBT_LETTERS: Readonly<Record<DoubtClass, string>> = { stale: 's', conflicting: 'c', missing: 'm' };
const DOUBT_WORDS: Readonly<Record<string, DoubtClass>> = { s: 'stale', c: 'conflicting', m: 'missing' };

export interface DoubtCounts {
  readonly stale: number;
  readonly conflicting: number;
  readonly missing: number;
}

export interface TaskSummary {
  readonly id: TaskId;
  readonly campaignId: CampaignId;
  readonly title: string;
  readonly period: string;
  readonly periodTitle: string;
  readonly org: string;
  readonly orgName: string;
  readonly assignee: string | null;
  readonly status: TaskStatus;
  /** ISO 8601 with offset. */
  readonly deadline: string;
  readonly doubtful: number;
  readonly answered: number;
  readonly counts: DoubtCounts;
  readonly returnReason: string | null;
  readonly submittedAt: string | null;
}

export interface TaskColumn {
  readonly id: string;
  readonly title: string;
  readonly type: ElementType;
  readonly unit: string | null;
  readonly codes: readonly string[] | null;
  readonly check: FormColumn['check'] | null;
  readonly sensitivity: Sensitivity;
  readonly optional: boolean;
  /** The user's sensitivity hides the values: they come as `***`, and he is not asked for them. */
  readonly masked: boolean;
  readonly identifying: boolean;
  /** False for what is derived: it follows from other cells. */
  readonly editable: boolean;
}

export interface TaskDetail extends TaskSummary {
  readonly columns: readonly TaskColumn[];
}

export interface Alternative {
  readonly source: string;
  readonly sourceName: string;
  readonly value: string | null;
  readonly observed: string | null;
}

export interface Doubt {
  readonly column: string;
  readonly class: DoubtClass;
  readonly reason: Message;
  readonly observed: string | null;
  readonly source: string | null;
  readonly sourceName: string | null;
  readonly ttlDays: number | null;
  /** What other sources say. */
  readonly alternatives: readonly Alternative[];
  readonly answer: {
    readonly value: string | null;
    readonly by: string;
    readonly at: string;
    readonly confirmed: boolean;
  } | null;
}

export interface TaskRow {
  readonly rowKey: string;
  readonly org: string;
  readonly orgName: string;
  /** Prefilled values as canonical text, in the order of the task's columns. */
  readonly values: readonly (string | null)[];
  readonly doubts: readonly Doubt[];
}

export interface TaskRowsQuery {
  readonly class?: DoubtClass;
  /** Text to find in any value of the row. */
  readonly q?: string;
  readonly limit: number;
  readonly offset: number;
}

export interface TaskListQuery {
  readonly status?: TaskStatus;
  readonly campaignId?: CampaignId;
  readonly limit: number;
  readonly offset: number;
}

export interface Tasks {
  /** Tasks in the user's scope, by due time. */
  list(user: User, query: TaskListQuery): Promise<{ items: TaskSummary[]; total: number }>;
  /** @throws FillOnceError `store.not-found` also for a task outside the scope */
  get(user: User, id: TaskId): Promise<TaskDetail>;
  /** Rows with doubtful cells: those cells with the reason of the doubt, the others as context. */
  rows(user: User, id: TaskId, query: TaskRowsQuery): Promise<{ items: TaskRow[]; total: number }>;
}

export const MASK = '***';

export interface TasksOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
}

export function createTasks({ store, reader, forms, rows }: TasksOptions): Tasks {
  const sum = async (tx: Tx, tasks: readonly Task[]): Promise<Summing> => {
    const campaigns = new Map<CampaignId, Campaign>();
    for (const id of new Set(tasks.map((task) => task.campaignId))) campaigns.set(id, await getCampaign(tx, id));
    const paths = tasks.map((task) => task.orgPath);
    const names = await orgUnitNames(tx, paths);
    const standings = await taskStandings(
      tx,
      tasks.map((task) => task.id),
    );
    return { campaigns, names, standings, clerks: new Map() };
  };

  return {
    list: async (user, query) => {
      const filter = {
        ...(query.status === undefined ? {} : { status: [query.status] }),
        ...(query.campaignId === undefined ? {} : { campaignId: query.campaignId }),
      };
      const { tasks, total, found } = await store.as(user).transaction(async (tx) => {
        const tasks = await listTasks(tx, { ...filter, limit: query.limit, offset: query.offset });
        return { tasks, total: await countTasks(tx, filter), found: await sum(tx, tasks) };
      });
      const clerks = await store.system.transaction((tx) =>
        clerksOf(
          tx,
          tasks.map((task) => task.orgPath),
        ),
      );
      return { items: tasks.map((task) => summaryOf(task, { ...found, clerks })), total };
    },

    get: async (user, id) => {
      const { task, found } = await store.as(user).transaction(async (tx) => {
        const task = await getTask(tx, id);
        return { task, found: await sum(tx, [task]) };
      });
      const clerks = await store.system.transaction((tx) => clerksOf(tx, [task.orgPath]));
      const plan = forms.plan(found.campaigns.get(task.campaignId)!);
      return {
        ...summaryOf(task, { ...found, clerks }),
        columns: plan.columns.map((column) => columnOf(column, user)),
      };
    },

    rows: async (user, id, query) => {
      const { task, campaign, snapshot } = await store.as(user).transaction((tx) => taskContext(tx, id));
      const plan = forms.plan(campaign);
      const page = await rows.page(snapshot, plan, {
        unit: task.orgPath,
        classes: query.class === undefined ? ['m', 's', 'c'] : [DOUBT_LETTERS[query.class]],
        ...(query.q === undefined || query.q === '' ? {} : { text: query.q }),
        limit: query.limit,
        offset: query.offset,
      });
      const alternatives = await loadAlternatives(reader, stateFor(campaign, snapshot.publicationId), plan, page.rows);
      const shown = await store.as(user).transaction(async (tx) => {
        const cells = page.rows.flatMap((row) =>
          plan.columns
            .filter((_, i) => isAsked(row.cells[i]!.class))
            .map((column) => ({ rowKey: row.rowKey, column: column.name })),
        );
        const answers = await standingPatches(tx, task.id, cells);
        return {
          answers: new Map(answers.map((answer) => [`${answer.rowKey}\u0000${answer.column}`, answer])),
          people: await userNames(
            tx,
            answers.map((answer) => answer.userId),
          ),
          places: await orgUnitNames(
            tx,
            page.rows.map((row) => row.orgPath),
          ),
        };
      });
      const items = page.rows.map((row) => rowOf(row, plan, user, campaign.asOf, alternatives, shown));
      return { items, total: page.total };
    },
  };
}

interface Summing {
  readonly campaigns: ReadonlyMap<CampaignId, Campaign>;
  readonly names: ReadonlyMap<string, string>;
  readonly clerks: ReadonlyMap<string, string>;
  readonly standings: ReadonlyMap<TaskId, TaskStanding>;
}

function summaryOf(task: Task, found: Summing): TaskSummary {
  const campaign = found.campaigns.get(task.campaignId)!;
  const standing = found.standings.get(task.id);
  return {
    id: task.id,
    campaignId: task.campaignId,
    title: campaign.title,
    period: campaign.period,
    periodTitle: periodTitle(parsePeriod(campaign.period)),
    org: task.orgPath,
    orgName: found.names.get(task.orgPath) ?? task.orgPath,
    assignee: found.clerks.get(task.orgPath) ?? null,
    status: task.status,
    deadline: civilTimestamp(task.dueAt),
    doubtful: task.cellCount,
    answered: task.answered,
    counts: doubtCounts(task.counts),
    returnReason: task.status === 'returned' ? (standing?.returnReason ?? null) : null,
    submittedAt: standing?.submittedAt ? civilTimestamp(standing.submittedAt) : null,
  };
}

function doubtCounts({ s = 0, c = 0, m = 0 }: ClassCounts): DoubtCounts {
  return { stale: s, conflicting: c, missing: m };
}

function columnOf(column: FormColumn, user: User): TaskColumn {
  return {
    id: column.name,
    title: column.title,
    type: column.type,
    unit: column.unit ?? null,
    codes: column.codes ?? null,
    check: column.check ?? null,
    sensitivity: column.sensitivity,
    optional: column.optional,
    masked: isMasked(column, user),
    identifying: column.identifying,
    editable: isEditable(column),
  };
}

export function isMasked(column: FormColumn, user: User): boolean {
  return !can({ ...user, roles: ['clerk'] }, 'task.answer', { sensitivity: column.sensitivity });
}

/** True for cells that a person may answer: what is derived follows, and a key names the row. */
export function isEditable(column: FormColumn): boolean {
  if (column.source === 'manual' || column.source === 'indicator') return true;
  return (column.source === 'element' || column.source === 'measure') && column.asked;
}

interface Shown {
  readonly answers: ReadonlyMap<
    string,
    { value: string | null; snapshotValue: string | null; userId: string; at: Date }
  >;
  readonly people: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, string>;
}

function rowOf(
  row: SnapshotRow,
  plan: FormPlan,
  user: User,
  asOf: string,
  alternatives: Alternatives,
  shown: Shown,
): TaskRow {
  const masked = plan.columns.map((column) => isMasked(column, user));
  const doubts = plan.columns.flatMap((column, i): Doubt[] => {
    const cell = row.cells[i]!;
    if (!isAsked(cell.class) || masked[i]) return [];
    const answer = shown.answers.get(`${row.rowKey}\u0000${column.name}`);
    const source = cell.source === null ? undefined : alternatives.sources.get(cell.source);
    return [
      {
        column: column.name,
        class: DOUBT_WORDS[cell.class]!,
        reason: reasonFor(column, cell, asOf, source?.title),
        observed: cell.observed,
        source: source?.name ?? null,
        sourceName: source?.title.zh ?? null,
        ttlDays: column.ttlDays ?? null,
        alternatives: alternatives.of(row.rowKey, column),
        answer: answer
          ? {
              value: answer.value,
              by: shown.people.get(answer.userId) ?? answer.userId,
              at: civilTimestamp(answer.at),
              confirmed: answer.value === answer.snapshotValue,
            }
          : null,
      },
    ];
  });
  return {
    rowKey: row.rowKey,
    org: row.orgPath,
    orgName: shown.places.get(row.orgPath) ?? row.orgPath,
    values: row.cells.map((cell, i) => (masked[i] && cell.value !== null ? MASK : cell.value)),
    doubts,
  };
}
