import { can, civilTimestamp, type Message, SENSITIVITIES, type TaskId, type User } from '../core/index.ts';
import {
  insertPatches,
  lockTask,
  type NewPatch,
  type Patch,
  patchesMet,
  type Store,
  type Task,
  type Tx,
  updateTask,
  userNames,
} from '../store/index.ts';
import { readValue } from './cell-value.ts';
import { forbidden, taskClosed, tooManyPatches } from './errors.ts';
import type { Forms } from './form.ts';
import { isAsked } from './gate.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { SnapshotRow, SnapshotRows } from './snapshot-rows.ts';
import { isEditable, isMasked, MASK } from './task.ts';
import { createTaskContexts } from './task-context.ts';

export interface PatchInput {
  readonly rowKey: string;
  readonly column: string;
  /** The value the person saw; null is a blank. */
  readonly base: string | null;
  /** The answer: the same value confirms it, null says that there is none. */
  readonly value: string | null;
  /** Made once per answer in the browser; a repeat is recognised by it. */
  readonly clientOpId: string;
}

export interface PatchRejection {
  readonly clientOpId: string;
  /** `conflict`: someone else changed the cell; `unknown`: no such cell in the task; `invalid`: the value does not fit. */
  readonly reason: 'conflict' | 'invalid' | 'unknown';
  readonly message: Message;
  /** What stands there now. */
  readonly current: string | null;
  readonly currentBy: string | null;
}

export interface PatchReply {
  /** Client operation ids that are committed. */
  readonly saved: readonly string[];
  readonly rejected: readonly PatchRejection[];
  readonly answered: number;
  readonly doubtful: number;
}

export interface Patches {
  /**
   * Saves answers to cells of a task, at most 500 at once; resolves when the saved ones are committed. Each answer stands or
   * falls alone. A cell that changed since the person saw it is rejected with what stands there now.
   *
   * @throws FillOnceError `reports.patch.too-many`, `reports.task-status` once the task is handed in, `store.not-found`,
   *   `reports.forbidden`
   */
  save(user: User, taskId: TaskId, patches: readonly PatchInput[]): Promise<PatchReply>;
}

export const MOST_PATCHES = 500;

export interface PatchesOptions {
  readonly store: Store;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
}

export function createPatches({ store, forms, rows }: PatchesOptions): Patches {
  const contexts = createTaskContexts(store);
  return {
    save: async (user, taskId, patches) => {
      if (patches.length > MOST_PATCHES) throw tooManyPatches(patches.length, MOST_PATCHES);
      const { task, campaign, snapshot } = await contexts.get(taskId);
      if (!can(user, 'task.answer', { org: task.orgPath, theme: task.theme })) throw forbidden('task.answer', taskId);
      const plan = forms.plan(campaign);
      const found = await rows.byKey(
        snapshot,
        plan,
        patches.map((patch) => patch.rowKey),
      );
      const judged = patches.map((patch) => judge(patch, task, plan, found.get(patch.rowKey), user));
      return store.as(user).transaction((tx) => commit(tx, user, taskId, judged));
    },
  };
}

interface Answer {
  readonly patch: PatchInput;
  readonly column: FormColumn;
  readonly value: string | null;
  readonly snapshotValue: string | null;
  readonly doubtful: boolean;
}

type Judged = Answer | PatchRejection;

/** What can be said about an answer without knowing the other answers: does the cell exist, does the value fit. */
function judge(patch: PatchInput, task: Task, plan: FormPlan, row: SnapshotRow | undefined, user: User): Judged {
  const at = plan.columns.findIndex((column) => column.name === patch.column);
  const column = plan.columns[at];
  if (!column || row?.unit !== task.orgPath || !row.cells.some((cell) => isAsked(cell.class)))
    return reject(patch, 'unknown', NO_CELL);
  if (!isEditable(column)) return reject(patch, 'invalid', DERIVED, row.cells[at]!.value);
  if (isMasked(column, user)) return reject(patch, 'invalid', HIDDEN, MASK);
  const read = readValue(column, patch.value);
  const cell = row.cells[at]!;
  if ('problem' in read) {
    const { zh, en } = read.problem;
    return reject(patch, 'invalid', { zh: `“${column.title}”${zh}`, en: `'${column.title}' ${en}` }, cell.value);
  }
  return { patch, column, value: read.value, snapshotValue: cell.value, doubtful: isAsked(cell.class) };
}

async function commit(tx: Tx, user: User, taskId: TaskId, judged: readonly Judged[]): Promise<PatchReply> {
  const task = await lockTask(tx, taskId);
  const answers = judged.filter((each): each is Answer => 'patch' in each);
  const met = await patchesMet(
    tx,
    taskId,
    answers.map(({ patch }) => patch),
  );
  const known = new Map(met.repeated.map((patch) => [patch.clientOpId, patch]));
  const saved: string[] = [];
  const rejected: PatchRejection[] = judged.filter((each): each is PatchRejection => 'reason' in each);
  const fresh = answers.filter((answer) => {
    const before = known.get(answer.patch.clientOpId);
    if (!before) return true;
    if (isRepeat(before, answer)) saved.push(answer.patch.clientOpId);
    else rejected.push(reject(answer.patch, 'invalid', OP_REUSED, before.value));
    return false;
  });
  if (fresh.length > 0 && task.status !== 'open' && task.status !== 'returned') throw taskClosed(taskId, task.status);

  const standing = new Map(met.standing.map((patch) => [cellName(patch), patch]));
  const people = await userNames(
    tx,
    [...standing.values()].map((patch) => patch.userId),
  );
  const current = new Map(
    [...standing].map(([cell, patch]) => [
      cell,
      { value: patch.value, by: people.get(patch.userId) ?? patch.userId, at: patch.at },
    ]),
  );
  const accepted: NewPatch[] = [];
  let newlyAnswered = 0;
  for (const { patch, column, value, snapshotValue, doubtful } of fresh) {
    const cell = cellName(patch);
    const now = current.get(cell);
    const stands = now ? now.value : snapshotValue;
    if (!sees(column, patch.base, stands) && value !== stands) {
      rejected.push(reject(patch, 'conflict', now ? changedBy(now.by, now.at) : CHANGED, stands, now?.by ?? null));
      continue;
    }
    if (doubtful && !now) newlyAnswered++;
    current.set(cell, { value, by: user.name, at: tx.clock.now() });
    const { rowKey, clientOpId } = patch;
    const sensitivity = SENSITIVITIES.indexOf(column.sensitivity);
    accepted.push({ rowKey, column: column.name, sensitivity, snapshotValue, base: stands, value, clientOpId });
    saved.push(clientOpId);
  }
  await insertPatches(tx, task, user.id, accepted, met.standing);
  const answered = task.answered + newlyAnswered;
  if (newlyAnswered > 0) await updateTask(tx, taskId, { answered });
  return { saved, rejected, answered, doubtful: task.cellCount };
}

/** True when what the person saw is what stands there, however his screen wrote it. */
function sees(column: FormColumn, base: string | null, stands: string | null): boolean {
  if (base === stands) return true;
  const read = readValue(column.type === 'code' ? { type: 'text' } : { type: column.type }, base);
  return 'value' in read && read.value === stands;
}

function isRepeat(before: Patch, { patch, value }: Answer): boolean {
  return before.rowKey === patch.rowKey && before.column === patch.column && before.value === value;
}

function cellName({ rowKey, column }: { readonly rowKey: string; readonly column: string }): string {
  return `${rowKey}\u0000${column}`;
}

function reject(
  patch: PatchInput,
  reason: PatchRejection['reason'],
  message: Message,
  current: string | null = null,
  currentBy: string | null = null,
): PatchRejection {
  return { clientOpId: patch.clientOpId, reason, message, current, currentBy };
}

const NO_CELL: Message = {
  zh: '您的任务里没有这一格。请刷新页面。',
  en: 'Your task has no such cell. Reload the page.',
};
const DERIVED: Message = {
  zh: '这一格由其他格推算或标识本行，不能直接修改；请修改它所依据的格。',
  en: 'This cell follows from others or names the row and cannot be changed; change what it follows from.',
};
const HIDDEN: Message = {
  zh: '这一格的敏感级别高于您的权限，不能填写。请联系管理员。',
  en: 'This cell is more sensitive than you may see. Ask the administrator.',
};
const OP_REUSED: Message = {
  zh: '这个操作编号已用于另一处修订，没有保存。请刷新页面后重试。',
  en: 'This operation id was used for another answer; nothing was saved. Reload and try again.',
};
const CHANGED: Message = {
  zh: '您看到的值已不是最新的。请查看当前值后再答复。',
  en: 'What you saw is no longer what stands there. Look at the current value and answer again.',
};

function changedBy(by: string, at: Date): Message {
  const when = civilTimestamp(at).slice(0, 16).replace('T', ' ');
  return {
    zh: `${by} 在 ${when} 改过这一格。请查看当前值，再决定是否修改。`,
    en: `${by} changed this cell at ${when}. Look at the current value, then decide.`,
  };
}
