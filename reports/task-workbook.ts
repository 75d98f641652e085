import { can, contentHash, type TaskId, type User } from '../core/index.ts';
import { audit, getTask, lastAnswer, orgUnitNames, type Store, userNames } from '../store/index.ts';
import { exportTask, identifyTask, importTask } from '../templates/xlsx/index.ts';
import { forbidden, taskClosed, workbookBaseUnknown, workbookChanged, workbookOfOtherTask } from './errors.ts';
import type { Forms } from './form.ts';
import { MOST_PATCHES, type Patches, type PatchInput } from './patch.ts';
import type { ReportReader } from './prefill.ts';
import type { SnapshotRows } from './snapshot-rows.ts';
import { taskContext } from './task-context.ts';
import {
  createComparison,
  type WorkbookAnswer,
  type WorkbookComparison,
  type WorkbookItem,
  type WorkbookKind,
} from './workbook-comparison.ts';
import {
  cellName,
  isOpen,
  lastOf,
  pagesOf,
  readAnswers,
  versionOf,
  visibleColumns,
  type WorkbookTask,
  workbookColumns,
  workbookRows,
} from './workbook-rows.ts';

/** What bringing a workbook back would do. */
export interface WorkbookPreview {
  /** Stands for exactly these answers: applying names it, so that nothing is saved that was not shown. */
  readonly digest: string;
  readonly counts: Readonly<Record<WorkbookKind, number>>;
  /** At most 500 of each kind. */
  readonly items: readonly WorkbookItem[];
  /** Changed cells that say what stands there already. */
  readonly same: number;
  /** Asked cells that nobody answered, filled and left as they were in the file. */
  readonly confirmable: number;
  /** Cells whose value a formula gave. */
  readonly formulas: number;
  /** Titles of columns that are gone from the file, and of ones the task does not have. */
  readonly missingColumns: readonly string[];
  readonly extraColumns: readonly string[];
}

export interface WorkbookReply {
  readonly saved: number;
  /** What another answer in the same moment kept from being saved, at most 500. */
  readonly rejected: readonly WorkbookItem[];
  readonly answered: number;
  readonly doubtful: number;
}

export interface WorkbookWritten {
  /** `空置房台账（2026年11月） 春晓居民区 填报.xlsx` */
  readonly fileName: string;
  readonly rows: number;
  readonly bytes: number;
}

/** A task's way to a spreadsheet program and back into its answers. */
export interface TaskWorkbooks {
  /**
   * Writes the task as it stands now: what the user may see, asked cells open, the rest locked.
   *
   * @throws FillOnceError `store.not-found` also for a task outside the scope, `templates.xlsx.task.export`
   */
  write(user: User, taskId: TaskId, target: string): Promise<WorkbookWritten>;
  /**
   * What the workbook at `file` says that the task does not, against the task as it is now. The file must have been
   * inspected: it is read in this process.
   *
   * @throws FillOnceError `reports.workbook.task`, `reports.workbook.base`, `reports.task-status`, `reports.forbidden`,
   *   `store.not-found`, and what reading it throws (`templates.xlsx.task.*`)
   */
  compare(user: User, taskId: TaskId, file: string): Promise<WorkbookPreview>;
  /**
   * Saves the answers of the preview with this digest, as if they were typed on the screen: same checks, same conflicts;
   * a repeat saves nothing twice.
   *
   * @param how.confirm takes asked cells that were left as they are for confirmed
   * @throws FillOnceError `reports.workbook.changed` when the file or the task is not what was shown, and as `compare`
   */
  apply(
    user: User,
    taskId: TaskId,
    file: string,
    how: { readonly digest: string; readonly confirm: boolean },
  ): Promise<WorkbookReply>;
}

export interface TaskWorkbooksOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
  readonly patches: Patches;
}

const KINDS = ['change', 'conflict', 'locked', 'invalid', 'unknown', 'duplicate', 'missing'] as const;
const MOST_SHOWN = 500;
/** Cells with a value in a file: what the task's rows may have grown to, and room for what else lies in it. */
const SPARE_CELLS = 500_000;

export function createTaskWorkbooks({ store, reader, forms, rows, patches }: TaskWorkbooksOptions): TaskWorkbooks {
  const open = (user: User, taskId: TaskId) =>
    store.as(user).transaction(async (tx) => {
      const context = await taskContext(tx, taskId);
      const plan = forms.plan(context.campaign);
      const of: WorkbookTask = { ...context, plan, columns: visibleColumns(plan, user) };
      const now = await readAnswers(tx, taskId);
      const unit = (await orgUnitNames(tx, [of.task.orgPath])).get(of.task.orgPath) ?? of.task.orgPath;
      return {
        of,
        now,
        unit,
        people: await userNames(
          tx,
          [...now.values()].map(({ userId }) => userId),
        ),
      };
    });

  const read = async (user: User, taskId: TaskId, file: string) => {
    const { of, now, people } = await open(user, taskId);
    const { task } = of;
    if (!can(user, 'task.answer', { org: task.orgPath, theme: task.theme })) throw forbidden('task.answer', taskId);
    if (!isOpen(task)) throw taskClosed(taskId, task.status);
    const cells = SPARE_CELLS + 4 * task.rowCount * of.columns.length;
    const limits = { cells, width: 4 * cells };
    const identity = await identifyTask(file, { limits });
    if (identity.task !== taskId) throw await notThisTask(user, taskId, identity.task as TaskId);
    const last = lastOf(of.snapshot, identity.base);
    // The file may have been made by somebody who sees more answers than who brings it back.
    const newest = await store.system.transaction((tx) => lastAnswer(tx, taskId));
    if (last === undefined || last > newest) throw workbookBaseUnknown(taskId);
    const then = await store.as(user).transaction((tx) => readAnswers(tx, taskId, last));
    const baseRows = () => workbookRows({ reader, rows }, of, then);
    const diff = await importTask(file, workbookColumns(of), { limits, baseRows });
    if (diff.task !== taskId || diff.base !== identity.base) throw workbookBaseUnknown(taskId);
    const comparison = createComparison({ of, diff, then, now, people }, user);
    for await (const page of pagesOf(rows, of)) for (const row of page) comparison.row(row);
    return { of, now, diff, found: comparison.end() };
  };

  const notThisTask = async (user: User, taskId: TaskId, other: TaskId) => {
    const [here, there] = await store.as(user).transaction(async (tx) => {
      const task = await taskContext(tx, taskId);
      // A task outside the scope is no more to be told of than one that does not exist.
      const known = await getTask(tx, other).then(
        () => taskContext(tx, other),
        () => null,
      );
      const name = known && (await orgUnitNames(tx, [known.task.orgPath])).get(known.task.orgPath);
      return [task, known && { ...known, unit: name ?? known.task.orgPath }];
    });
    if (!there) return workbookOfOtherTask(taskId, null);
    const { campaign, unit } = there;
    return workbookOfOtherTask(taskId, {
      id: other,
      title: campaign.title,
      unit,
      isOtherCampaign: campaign.id !== here.campaign.id,
    });
  };

  return {
    write: async (user, taskId, target) => {
      const { of, now, unit } = await open(user, taskId);
      const { task, campaign, snapshot } = of;
      const written = await exportTask(
        {
          task: taskId,
          base: versionOf(snapshot, now),
          title: campaign.title,
          columns: workbookColumns(of),
          rows: workbookRows({ reader, rows }, of, now),
        },
        target,
      );
      await store.as(user).transaction((tx) =>
        audit(tx, {
          action: 'task.workbook.export',
          subject: taskId,
          orgPath: task.orgPath,
          detail: { rows: written.rows, bytes: written.bytes },
        }),
      );
      return { fileName: `${campaign.title} ${unit} 填报.xlsx`, rows: written.rows, bytes: written.bytes };
    },

    compare: async (user, taskId, file) => {
      const { of, diff, found } = await read(user, taskId, file);
      const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<WorkbookKind, number>;
      const items = found.items.filter(({ kind }) => counts[kind]++ < MOST_SHOWN);
      const titles = new Map(of.plan.columns.map(({ name, title }) => [name, title]));
      return {
        digest: digestOf(found),
        counts,
        items,
        same: found.same,
        confirmable: found.confirmable.length,
        formulas: diff.formulas.length,
        missingColumns: diff.missingColumns.map((name) => titles.get(name) ?? name),
        extraColumns: diff.extraColumns.slice(0, MOST_SHOWN),
      };
    },

    apply: async (user, taskId, file, { digest, confirm }) => {
      const { of, found, now } = await read(user, taskId, file);
      if (digestOf(found) !== digest) throw workbookChanged(taskId);
      const all = [...found.answers, ...(confirm ? found.confirmable : [])];
      const shown = new Map(
        found.items.map((item) => [cellName({ rowKey: item.rowKey ?? '', column: item.column ?? '' }), item]),
      );
      const rejected: WorkbookItem[] = [];
      let saved = 0;
      let standing = { answered: of.task.answered, doubtful: of.task.cellCount };
      for (let from = 0; from < all.length; from += MOST_PATCHES) {
        const inputs = all.slice(from, from + MOST_PATCHES).map((answer) => patchOf(taskId, answer));
        const byOp = new Map(inputs.map((input) => [input.clientOpId, input]));
        const reply = await patches.save(user, taskId, inputs);
        saved += reply.saved.length;
        standing = { answered: reply.answered, doubtful: reply.doubtful };
        for (const { clientOpId, reason, message, current, currentBy } of reply.rejected) {
          const input = byOp.get(clientOpId)!;
          const kind = reason === 'conflict' ? 'conflict' : 'invalid';
          const item = shown.get(cellName(input)) ?? bareItem(of, input);
          rejected.push({ ...item, kind, message, now: current, by: currentBy });
        }
      }
      await store.as(user).transaction((tx) =>
        audit(tx, {
          action: 'task.workbook.apply',
          subject: taskId,
          orgPath: of.task.orgPath,
          detail: { digest, base: versionOf(of.snapshot, now), saved, rejected: rejected.length, confirmed: confirm },
        }),
      );
      return { saved, rejected: rejected.slice(0, MOST_SHOWN), ...standing };
    },
  };
}

/** One id for one answer on top of what stood: the same file again, after a lost reply, saves nothing twice. */
function patchOf(taskId: TaskId, { rowKey, column, base, value, over }: WorkbookAnswer): PatchInput {
  const clientOpId = `workbook-${contentHash(JSON.stringify([taskId, rowKey, column, value, over])).slice(0, 40)}`;
  return { rowKey, column, base, value, clientOpId };
}

function bareItem(
  { plan }: WorkbookTask,
  { rowKey, column, value }: PatchInput,
): Omit<WorkbookItem, 'kind' | 'message'> {
  const columnTitle = plan.column(column)?.title ?? column;
  return { at: null, rowKey, rowTitle: rowKey, column, columnTitle, now: null, value, by: null };
}

function digestOf({ answers, confirmable }: WorkbookComparison): string {
  return contentHash(JSON.stringify([answers, confirmable])).slice(0, 32);
}
