import type { Message, User } from '../core/index.ts';
import type { TaskDiff } from '../templates/xlsx/index.ts';
import { readValue } from './cell-value.ts';
import type { FormColumn } from './plan.ts';
import type { SnapshotRow } from './snapshot-rows.ts';
import { isEditable, isMasked, MASK } from './task.ts';
import { type Answers, cellName, isAskedHere, standingIn, type WorkbookTask } from './workbook-rows.ts';
import {
  BLANKED,
  changedSince,
  DERIVED,
  DUPLICATE,
  HELD,
  HIDDEN,
  MISSING,
  UNKNOWN_COLUMN,
  UNKNOWN_ROW,
  WILL_SAVE,
} from './workbook-words.ts';

/**
 * What became of one cell or row of a workbook that came back: `change` will be saved; `conflict`: somebody answered it
 * meanwhile; `locked`: it is held and was changed anyway; `invalid`: it does not fit its column; `unknown`: a row the task
 * does not have; `duplicate`: a row that is there twice; `missing`: a row that is gone.
 */
export type WorkbookKind = 'change' | 'conflict' | 'locked' | 'invalid' | 'unknown' | 'duplicate' | 'missing';

export interface WorkbookItem {
  readonly kind: WorkbookKind;
  /** Where it stands in the file, for example `填报!C7`; null for what is not there. */
  readonly at: string | null;
  readonly rowKey: string | null;
  readonly rowTitle: string;
  readonly column: string | null;
  readonly columnTitle: string;
  /** What stands in the task now. */
  readonly now: string | null;
  /** What the file says. */
  readonly value: string | null;
  /** Conflicts: who answered meanwhile. */
  readonly by: string | null;
  /** What happens to it, and what to do next. */
  readonly message: Message;
}

/** An answer that the workbook makes: the value the file went out with, and the one it came back with. */
export interface WorkbookAnswer {
  readonly rowKey: string;
  readonly column: string;
  readonly base: string | null;
  readonly value: string | null;
  /** What stood when it was compared: makes the answer's operation id one for this answer on top of that one. */
  readonly over: string;
}

export interface WorkbookComparison {
  readonly items: readonly WorkbookItem[];
  readonly answers: readonly WorkbookAnswer[];
  /** Asked cells that nobody answered, filled and left as they were: the file may be taken to confirm them. */
  readonly confirmable: readonly WorkbookAnswer[];
  /** Changed cells that say what stands there already. */
  readonly same: number;
}

/** A workbook against its task: at the version it went out with, and now. */
export interface WorkbookSides {
  readonly of: WorkbookTask;
  readonly diff: TaskDiff;
  readonly then: Answers;
  readonly now: Answers;
  readonly people: ReadonlyMap<string, string>;
}

type Change = TaskDiff['changes'][number];
type Problem = TaskDiff['problems'][number];
type Found = Omit<WorkbookItem, 'kind' | 'message'>;

/**
 * Judges what came back row by row as the task's rows pass by. Whether a cell is asked, may be seen and what it takes is
 * asked of the task; what the file claims of it decides nothing.
 */
export function createComparison(sides: WorkbookSides, user: User) {
  const { of, diff, then, now, people } = sides;
  const items: WorkbookItem[] = [];
  const answers: WorkbookAnswer[] = [];
  const confirmable: WorkbookAnswer[] = [];
  let same = 0;

  const changes = groupByRow(diff.changes);
  const problems = groupByRow(diff.problems);
  const deleted = new Set(diff.deleted);
  const gone = new Set(diff.missingColumns);
  const twins = createTwins(of);

  const cellOf = (row: SnapshotRow, column: FormColumn, at: number, file: Change | Problem): Found => ({
    at: file.at,
    rowKey: row.rowKey,
    rowTitle: titleOf(row, of),
    column: column.name,
    columnTitle: column.title,
    now: isMasked(column, user) ? MASK : standingIn(now, row, column, at),
    value: 'value' in file ? file.value : null,
    by: null,
  });

  /** What keeps a cell from being answered, whatever the file says; undefined for one that may be. */
  const barred = (row: SnapshotRow, column: FormColumn, at: number): Message | undefined => {
    if (isMasked(column, user)) return HIDDEN;
    if (!isEditable(column)) return DERIVED;
    return isAskedHere(row, column, at) ? undefined : HELD;
  };

  const overOf = (row: SnapshotRow, column: FormColumn): string =>
    now.get(cellName({ rowKey: row.rowKey, column: column.name }))?.id ?? of.snapshot.id;

  const judge = (row: SnapshotRow, change: Change): void => {
    const at = of.plan.columns.findIndex(({ name }) => name === change.column);
    const column = of.plan.columns[at];
    if (!column) {
      items.push({ ...strangeCell(row, change), kind: 'locked', message: UNKNOWN_COLUMN });
      return;
    }
    const found = cellOf(row, column, at, change);
    const read = readValue(column, change.value);
    const stands = standingIn(now, row, column, at);
    const bar = barred(row, column, at);
    if (bar !== HIDDEN && 'value' in read && read.value === stands) same++;
    else if (bar) items.push({ ...found, kind: 'locked', message: bar });
    else if ('problem' in read) items.push({ ...found, kind: 'invalid', message: read.problem });
    else if (read.value === null && !column.optional) items.push({ ...found, kind: 'invalid', message: BLANKED });
    else {
      const base = standingIn(then, row, column, at);
      const value = read.value;
      if (base === stands) {
        answers.push({ rowKey: row.rowKey, column: column.name, base, value, over: overOf(row, column) });
        items.push({ ...found, value, kind: 'change', message: WILL_SAVE });
        return;
      }
      const answer = now.get(cellName({ rowKey: row.rowKey, column: column.name }));
      const by = answer ? (people.get(answer.userId) ?? answer.userId) : null;
      items.push({ ...found, value, kind: 'conflict', by, message: changedSince(by, answer?.at ?? null, base) });
    }
  };

  const doubt = (row: SnapshotRow, problem: Problem): void => {
    const at = of.plan.columns.findIndex(({ name }) => name === problem.column);
    const column = of.plan.columns[at];
    if (!column) return;
    const bar = barred(row, column, at);
    const found = cellOf(row, column, at, problem);
    items.push({ ...found, kind: bar ? 'locked' : 'invalid', message: bar ?? problem.message });
  };

  /** Cells of a row that the file leaves as they were, where nobody has said anything yet. */
  const leftAsTheyWere = (row: SnapshotRow): void => {
    const touched = new Set(
      [...(changes.get(row.rowKey) ?? []), ...(problems.get(row.rowKey) ?? [])].map((c) => c.column),
    );
    for (const { column, at } of of.columns) {
      const name = column.name;
      const value = row.cells[at]!.value;
      if (touched.has(name) || gone.has(name) || value === null || !isAskedHere(row, column, at)) continue;
      if (now.has(cellName({ rowKey: row.rowKey, column: name }))) continue;
      confirmable.push({ rowKey: row.rowKey, column: name, base: value, value, over: of.snapshot.id });
    }
  };

  return {
    /** Takes one row of the task. */
    row: (row: SnapshotRow): void => {
      twins.know(row);
      for (const change of changes.get(row.rowKey) ?? []) judge(row, change);
      for (const problem of problems.get(row.rowKey) ?? []) doubt(row, problem);
      if (deleted.has(row.rowKey))
        items.push({ ...rowItem(row.rowKey, titleOf(row, of)), kind: 'missing', message: MISSING });
      else leftAsTheyWere(row);
      changes.delete(row.rowKey);
      problems.delete(row.rowKey);
    },
    /** All rows of the task have passed: what is left in the file is of no row of it. */
    end: (): WorkbookComparison => {
      for (const [rowKey, [first]] of changes) {
        items.push({ ...rowItem(rowKey, rowKey), at: first!.at, kind: 'unknown', message: UNKNOWN_ROW });
      }
      for (const { at, values } of diff.inserted) {
        const twin = twins.of(values);
        const title = Object.values(values)
          .filter((value) => value !== null)
          .slice(0, 3)
          .join(' · ');
        const kind = twin === undefined ? 'unknown' : 'duplicate';
        const message = twin === undefined ? UNKNOWN_ROW : DUPLICATE;
        items.push({ ...rowItem(null, twin ?? title), at, kind, message });
      }
      for (const problem of problems.get('') ?? []) {
        items.push({ ...strangeCell(undefined, problem), kind: 'invalid', message: problem.message });
      }
      return { items, answers, confirmable, same };
    },
  };
}

function rowItem(rowKey: string | null, rowTitle: string): Omit<Found, 'kind'> {
  return { at: null, rowKey, rowTitle, column: null, columnTitle: '', now: null, value: null, by: null };
}

function strangeCell(row: SnapshotRow | undefined, { at, column, ...file }: Change | Problem): Found {
  return {
    ...rowItem(row?.rowKey ?? null, ''),
    at,
    column,
    columnTitle: column,
    value: 'value' in file ? file.value : null,
  };
}

/** What tells a row from others, in words. */
function titleOf(row: SnapshotRow, { columns }: WorkbookTask): string {
  const told = columns.flatMap(({ column, at }) => {
    const value = row.cells[at]!.value;
    return column.identifying && value !== null ? [value] : [];
  });
  return told.length > 0 ? told.join(' · ') : row.rowKey;
}

/** Recognises a row that was copied: it has what tells rows apart from one of the task's. */
function createTwins({ columns }: WorkbookTask) {
  const telling = columns.filter(({ column }) => column.identifying);
  const titles = new Map<string, string>();
  const nameOf = (values: readonly (string | null | undefined)[]): string | undefined => {
    const plain = values.map((value) => value?.normalize('NFKC').trim() ?? '');
    return plain.some((value) => value !== '') ? plain.join('\u0000') : undefined;
  };
  return {
    know: (row: SnapshotRow): void => {
      const values = telling.map(({ at }) => row.cells[at]!.value);
      const name = nameOf(values);
      if (name !== undefined) titles.set(name, values.filter((value) => value !== null).join(' · '));
    },
    of: (values: Readonly<Record<string, string | null>>): string | undefined =>
      titles.get(nameOf(telling.map(({ column }) => values[column.name])) ?? ''),
  };
}

function groupByRow<Entry extends { readonly row: string | null }>(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = entry.row ?? '';
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return groups;
}
