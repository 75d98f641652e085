import type { TaskId, User } from '../core/index.ts';
import { answersAsOf, type Campaign, type NumberedPatch, type Snapshot, type Task, type Tx } from '../store/index.ts';
import type { TaskColumn, TaskRow } from '../templates/xlsx/index.ts';
import { type Alternatives, loadAlternatives } from './alternatives.ts';
import { stateFor } from './as-of.ts';
import { reasonFor } from './doubt-reason.ts';
import { isAsked } from './gate.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import type { SnapshotRow, SnapshotRows } from './snapshot-rows.ts';
import { isEditable, isMasked } from './task.ts';

/** What a workbook of a task is made of, and what one that comes back is held against. */
export interface WorkbookTask {
  readonly task: Task;
  readonly campaign: Campaign;
  readonly snapshot: Snapshot;
  readonly plan: FormPlan;
  /** The columns that the user may see, and where each stands in the plan. */
  readonly columns: readonly { readonly column: FormColumn; readonly at: number }[];
}

/** Answers by cell. */
export type Answers = ReadonlyMap<string, NumberedPatch>;

const PAGE = 1_000;
/** Other sources' values that a note names. */
const MOST_ALTERNATIVES = 5;

export function visibleColumns(plan: FormPlan, user: User): WorkbookTask['columns'] {
  return plan.columns.flatMap((column, at) => (isMasked(column, user) ? [] : [{ column, at }]));
}

/** True while the task takes answers. */
export function isOpen({ status }: Pick<Task, 'status'>): boolean {
  return status === 'open' || status === 'returned';
}

/** The version of a task's values: the snapshot, and the number of the last answer. */
export function versionOf(snapshot: Snapshot, answers: Answers): string {
  let last = 0;
  for (const { seq } of answers.values()) last = Math.max(last, seq);
  return `${snapshot.id}.${last}`;
}

/** The number of the last answer of a version of this snapshot; undefined for a version of anything else. */
export function lastOf(snapshot: Snapshot, version: string): number | undefined {
  const [, id, last] = /^(.+)\.(\d{1,15})$/.exec(version) ?? [];
  return id === snapshot.id ? Number(last) : undefined;
}

export async function readAnswers(tx: Tx, taskId: TaskId, last?: number): Promise<Answers> {
  return new Map((await answersAsOf(tx, taskId, last)).map((answer) => [cellName(answer), answer]));
}

export function cellName({ rowKey, column }: { readonly rowKey: string; readonly column: string }): string {
  return `${rowKey}\u0000${column}`;
}

/** What stands in a cell: its answer, without one what was prefilled. */
export function standingIn(answers: Answers, row: SnapshotRow, column: FormColumn, at: number): string | null {
  const answer = answers.get(cellName({ rowKey: row.rowKey, column: column.name }));
  return answer ? answer.value : row.cells[at]!.value;
}

/** Whether the task asks its clerk for this cell. */
export function isAskedHere(row: SnapshotRow, column: FormColumn, at: number): boolean {
  return isAsked(row.cells[at]!.class) && isEditable(column);
}

/** The task's columns as a workbook has them. */
export function workbookColumns({ columns }: WorkbookTask): TaskColumn[] {
  return columns.map(({ column }) => ({
    id: column.name,
    title: column.title,
    type: column.type,
    codes: column.codes ?? null,
    unit: column.unit ?? null,
  }));
}

/** The rows of a task in the order of the form, some at a time: a task may have ten thousand. */
export async function* pagesOf(
  rows: SnapshotRows,
  { task, snapshot, plan }: WorkbookTask,
): AsyncGenerator<SnapshotRow[]> {
  for (let offset = 0; ; offset += PAGE) {
    const query = { unit: task.orgPath, classes: ['m', 's', 'c'], limit: PAGE, offset };
    const page = await rows.page(snapshot, plan, query);
    if (page.rows.length > 0) yield page.rows;
    if (page.rows.length < PAGE) return;
  }
}

/** Rows for a workbook: values as they stand by these answers, asked cells open, each with the reason and its sources. */
export async function* workbookRows(
  { reader, rows }: { readonly reader: Pick<ReportReader, 'withPublication'>; readonly rows: SnapshotRows },
  of: WorkbookTask,
  answers: Answers,
): AsyncGenerator<TaskRow> {
  const { task, campaign, snapshot, plan, columns } = of;
  for await (const page of pagesOf(rows, of)) {
    const alternatives = await loadAlternatives(reader, stateFor(campaign, snapshot.publicationId), plan, page);
    for (const row of page) {
      const asked = columns.filter(({ column, at }) => isAskedHere(row, column, at));
      yield {
        key: row.rowKey,
        values: columns.map(({ column, at }) => standingIn(answers, row, column, at)),
        asked: isOpen(task) ? asked.map(({ column }) => column.name) : [],
        notes: Object.fromEntries(
          asked.map(({ column, at }) => [column.name, noteOf(row, column, at, campaign.asOf, alternatives)]),
        ),
      };
    }
  }
}

/** Why a cell is asked and what other sources say of it; the workbook is for the clerks of the office. */
function noteOf(row: SnapshotRow, column: FormColumn, at: number, asOf: string, alternatives: Alternatives): string {
  const cell = row.cells[at]!;
  const source = cell.source === null ? undefined : alternatives.sources.get(cell.source);
  const others = alternatives.of(row.rowKey, column).slice(0, MOST_ALTERNATIVES);
  return [
    reasonFor(column, cell, asOf, source?.title).zh,
    ...others.map(
      ({ sourceName, value, observed }) => `${sourceName}：${value ?? '（空）'}${observed ? `（${observed}）` : ''}`,
    ),
  ].join('\n');
}
