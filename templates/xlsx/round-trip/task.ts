import type { Message } from '../../../core/errors.ts';
import type { ElementType } from '../../../core/index.ts';

/** A column of a task as it goes out and comes back. */
export interface TaskColumn {
  /** Stable, for example an element id. */
  readonly id: string;
  readonly title: string;
  readonly type: ElementType;
  /** What may be chosen, for a column of codes. */
  readonly codes?: readonly string[] | null;
  /** Shown in the header; taken off a number that is typed with it. */
  readonly unit?: string | null;
  /** In characters. */
  readonly width?: number;
}

/** A row of a task: canonical texts in the order of the columns. */
export interface TaskRow {
  /** Stable and unique in the task. */
  readonly key: string;
  readonly values: readonly (string | null)[];
  /** Columns that are asked, by id; the cells of all others are held, and locked. */
  readonly asked?: readonly string[];
  /** Where a value comes from or why it is doubted, by column id: a note on the cell. */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface TaskToExport {
  readonly task: string;
  /** The version of the base the rows are from: changes come back against it. */
  readonly base: string;
  readonly title: string;
  readonly columns: readonly TaskColumn[];
  readonly rows: Iterable<TaskRow> | AsyncIterable<TaskRow>;
}

export interface TaskExport {
  readonly rows: number;
  readonly bytes: number;
  readonly notes: number;
  /** Notes past the limit, left out. */
  readonly notesLeftOut: number;
}

export interface TaskIdentity {
  readonly task: string;
  readonly base: string;
}

/** A cell whose value is not the base's any more. */
export interface CellChange {
  readonly row: string;
  readonly column: string;
  /** Canonical text where it could be read as the column's type, otherwise as typed; null is blank. */
  readonly value: string | null;
  /** Where it stands now, for example `填报!C7`. */
  readonly at: string;
  /** The cell was held and locked: somebody took the protection off. */
  readonly locked: boolean;
}

export interface InsertedRow {
  readonly at: string;
  readonly values: Readonly<Record<string, string | null>>;
}

/** A cell that cannot be taken as it is. */
export interface CellProblem {
  readonly at: string;
  readonly row: string | null;
  readonly column: string;
  readonly message: Message;
}

/** What somebody did to an exported task. */
export interface TaskDiff extends TaskIdentity {
  /** Rows found again. */
  readonly rows: number;
  readonly changes: readonly CellChange[];
  readonly inserted: readonly InsertedRow[];
  /** Keys of rows that are gone or emptied. */
  readonly deleted: readonly string[];
  readonly problems: readonly CellProblem[];
  /** Columns that are gone: nothing is known about their cells. */
  readonly missingColumns: readonly string[];
  /** Headers of columns the task does not have. */
  readonly extraColumns: readonly string[];
  /** Cells that hold a formula; what it last showed is taken. */
  readonly formulas: readonly string[];
}
