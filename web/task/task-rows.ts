import type { Doubt, TaskColumn, TaskRow, TaskRowList } from '../api-types.ts';
import type { GridCell, GridColumn, GridSource } from '../grid/grid-model.ts';
import type { Outbox, Rejection } from '../outbox/outbox.ts';

const PAGE = 200;

/** Everything the screen shows about one cell. */
export interface CellDetail {
  readonly row: TaskRow;
  readonly column: TaskColumn;
  readonly doubt: Doubt | null;
  /** What stands there now, an answer that waits included. */
  readonly value: string | null;
  readonly prefilled: string | null;
  readonly state: GridCell['state'];
  readonly rejection: Rejection | null;
}

export interface TaskRows extends GridSource {
  /** Which rows: all that are in doubt, or those that fit. Forgets what was loaded. */
  filter(by: { class?: Doubt['class'] | undefined; q?: string | undefined }): Promise<void>;
  /** `asked`: only the columns with cells to answer and those that tell rows apart; `all`: the whole form. */
  show(columns: 'asked' | 'all'): void;
  detail(row: number, column: number): CellDetail | undefined;
  /** What tells a row from others, in words. */
  title(row: number): string;
}

/** The rows of a task for the grid: pages from the server with this machine's own answers laid over them. */
export function createTaskRows(options: {
  columns: readonly TaskColumn[];
  outbox: Outbox;
  /** False when the task is not open to this person: everything is shown, nothing can be changed. */
  editable: boolean;
  fetchPage: (query: { offset: number; limit: number; class?: Doubt['class']; q?: string }) => Promise<TaskRowList>;
  onProblem: (error: unknown) => void;
}): TaskRows {
  const { columns, outbox, editable, fetchPage, onProblem } = options;
  const listeners = new Set<() => void>();
  let rows: (TaskRow | undefined)[] = [];
  let total = 0;
  let pages = new Map<number, Promise<void>>();
  let filter: { class?: Doubt['class']; q?: string } = {};
  let shown: { index: number; column: GridColumn }[] = [];
  let which: 'asked' | 'all' = 'asked';
  let askedHere: Set<string> | null = null;

  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  outbox.onChange(changed);

  /** Columns that this task asks for: exactly, once all its rows have been here; before, those that the campaign asks for. */
  function asked(column: TaskColumn): boolean {
    return askedHere ? askedHere.has(column.id) : column.asked;
  }

  function choose(): void {
    // Of the columns that tell rows apart the last is the most particular; without any it is the first column, the key.
    const naming = Math.max(0, columns.map((column) => column.identifying).lastIndexOf(true));
    const isPinned = (entry: { index: number; column: TaskColumn }): boolean => entry.index === naming;
    const wanted = columns
      .map((column, index) => ({ index, column }))
      .filter((entry) => which === 'all' || asked(entry.column) || isPinned(entry));
    shown = [...wanted.filter(isPinned), ...wanted.filter((entry) => !isPinned(entry))].map((entry) => ({
      index: entry.index,
      column: gridColumn(entry.column, isPinned(entry), asked(entry.column)),
    }));
  }
  choose();

  async function fetchRows(page: number): Promise<void> {
    const of = filter;
    const list = await fetchPage({ offset: page * PAGE, limit: PAGE, ...of });
    if (of !== filter) return;
    total = list.total;
    list.items.forEach((row, i) => {
      rows[page * PAGE + i] = row;
    });
    changed();
  }

  function loadPage(page: number): Promise<void> {
    const standing = pages.get(page);
    if (standing) return standing;
    const of = pages;
    const loading = fetchRows(page).catch((error: unknown) => {
      // Asked for again the next time the rows come into sight.
      of.delete(page);
      onProblem(error);
    });
    pages.set(page, loading);
    return loading;
  }

  function detail(row: number, column: number): CellDetail | undefined {
    const at = rows[row];
    const entry = shown[column];
    if (!at || !entry) return undefined;
    const of = columns[entry.index]!;
    const doubt = at.doubts.find((candidate) => candidate.column === of.id) ?? null;
    const prefilled = at.values[entry.index] ?? null;
    const local = doubt ? outbox.cell(at.rowKey, of.id) : undefined;
    const base = { row: at, column: of, doubt, prefilled };
    if (local?.kind === 'rejected') {
      const state = local.rejection.reason === 'conflict' ? ('conflict' as const) : ('invalid' as const);
      return { ...base, value: local.value, state, rejection: local.rejection };
    }
    if (local) return { ...base, value: local.value, state: local.kind, rejection: null };
    const answer = doubt?.answer;
    return { ...base, value: answer ? answer.value : prefilled, state: answer ? 'saved' : 'open', rejection: null };
  }

  return {
    columns: () => shown.map((entry) => entry.column),
    rowCount: () => total,
    rowKey: (row) => rows[row]?.rowKey,
    cell: (row, column) => {
      const of = detail(row, column);
      if (!of) return undefined;
      return {
        value: of.value,
        doubt: of.doubt?.class ?? null,
        editable: editable && of.doubt !== null && !of.column.masked,
        state: of.state,
      };
    },
    load: async (from, to) => {
      const last = Math.max(0, Math.min(to, total || to) - 1);
      const loading: Promise<void>[] = [];
      for (let page = Math.floor(from / PAGE); page <= Math.floor(last / PAGE); page++) {
        if (page === 0 || page * PAGE < total) loading.push(loadPage(page));
      }
      await Promise.all(loading);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    filter: async (by) => {
      filter = { ...(by.class ? { class: by.class } : {}), ...(by.q ? { q: by.q } : {}) };
      rows = [];
      total = 0;
      pages = new Map();
      await loadPage(0);
      if (!by.class && !by.q && rows.length === total) {
        askedHere = new Set(rows.flatMap((row) => row?.doubts.map((doubt) => doubt.column) ?? []));
        choose();
      }
    },
    show: (columns) => {
      which = columns;
      choose();
    },
    detail,
    title: (row) =>
      columns
        .flatMap((column, i) => (column.identifying ? [rows[row]?.values[i]] : []))
        .filter((value) => value)
        .join(' · '),
  };
}

function gridColumn(column: TaskColumn, pinned: boolean, asked: boolean): GridColumn {
  const title = (column.title.length + (column.unit ? column.unit.length + 2 : 0)) * 14 + 24;
  const content = { code: 120, date: 120, timestamp: 170, integer: 80, decimal: 90, boolean: 80, text: 150 }[
    column.type
  ];
  const chip = asked ? 48 : 0;
  return {
    id: column.id,
    title: column.title,
    type: column.type,
    codes: column.codes,
    optional: column.optional,
    unit: column.unit,
    width: Math.min(320, Math.max(title, pinned && column.type === 'text' ? 210 : content + chip)),
    pinned,
  };
}
