import { FillOnceError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { ApiSession } from './api-session.ts';

const PAGE = 500;

/** What a clerk who knows the area would answer; undefined: the clerk cannot know and leaves the cell. */
export type Answer = (rowKey: string, column: string) => string | null | undefined;

interface TaskSummary {
  readonly id: string;
  readonly doubtful: number;
}

interface TaskColumn {
  readonly id: string;
}

interface TaskRow {
  readonly rowKey: string;
  readonly values: readonly (string | null)[];
  readonly doubts: readonly { readonly column: string }[];
}

interface PatchReply {
  readonly saved: readonly string[];
  readonly rejected: readonly {
    readonly clientOpId: string;
    readonly reason: string;
    readonly message: { en: string };
  }[];
}

export interface ClerkWork {
  readonly patches: number;
  readonly answered: readonly { readonly rowKey: string; readonly column: string }[];
}

/** Answers every doubtful cell of one task from the truth and submits it, as a person would in the browser. */
export async function workThroughTask(api: ApiSession, taskId: string, answer: Answer, now: Date): Promise<ClerkWork> {
  const task = await api.get<{ columns: readonly TaskColumn[] }>(`/api/tasks/${taskId}`);
  const place = new Map(task.columns.map((column, at) => [column.id, at]));
  const answered: { rowKey: string; column: string }[] = [];
  const rejected: string[] = [];
  let patches = 0;
  for (let offset = 0; ; offset += PAGE) {
    const page = await api.get<{ items: readonly TaskRow[]; total: number }>(
      `/api/tasks/${taskId}/rows?offset=${offset}&limit=${PAGE}`,
    );
    const batch = page.items.flatMap((row) =>
      row.doubts.flatMap(({ column }) => {
        const value = answer(row.rowKey, column);
        if (value === undefined) return [];
        const base = row.values[place.get(column) ?? -1] ?? null;
        return [{ rowKey: row.rowKey, column, base, value, clientOpId: newId<string>('op', now) }];
      }),
    );
    for (let from = 0; from < batch.length; from += PAGE) {
      const sent = batch.slice(from, from + PAGE);
      const reply = await api.post<PatchReply>(`/api/tasks/${taskId}/patches`, { patches: sent });
      const refused = new Set(reply.rejected.map((each) => each.clientOpId));
      patches += reply.saved.length;
      for (const each of reply.rejected) {
        const patch = sent.find((one) => one.clientOpId === each.clientOpId);
        rejected.push(`${patch?.column} ← ${patch?.value}: ${each.reason}: ${each.message.en}`);
      }
      for (const each of sent)
        if (!refused.has(each.clientOpId)) answered.push({ rowKey: each.rowKey, column: each.column });
    }
    if (offset + PAGE >= page.total) break;
  }
  if (rejected.length > 0) throw answersRefused(taskId, rejected);
  await api.post(`/api/tasks/${taskId}/submit`);
  return { patches, answered };
}

function answersRefused(taskId: string, refused: readonly string[]): FillOnceError {
  const shown = refused.slice(0, 5).join('; ');
  return new FillOnceError({
    code: 'cli.demo_refused',
    status: 500,
    message: {
      zh: `任务 ${taskId} 有 ${refused.length} 处真值未被接受：${shown}`,
      en: `Task ${taskId} refused ${refused.length} true answers: ${shown}`,
    },
    details: { where: taskId },
  });
}

/** The person's tasks of a campaign that wait for answers. */
export async function openTasks(api: ApiSession, campaignId: string): Promise<readonly TaskSummary[]> {
  const tasks: TaskSummary[] = [];
  for (const status of ['open', 'returned']) {
    const page = await api.get<{ items: readonly TaskSummary[] }>(
      `/api/tasks?campaign=${campaignId}&status=${status}&limit=${PAGE}`,
    );
    tasks.push(...page.items);
  }
  return tasks;
}
