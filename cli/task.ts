import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TaskSummary } from '../server/schema/task.ts';
import type { TaskWorkbookPreview as Preview, TaskWorkbookReply as Reply } from '../server/schema/task-workbook.ts';
import type { Listing } from '../server/schema/vocabulary.ts';
import { identifyTask } from '../templates/xlsx/index.ts';
import { platformOptions, platformSession } from './asset-session.ts';
import type { Command, CommandContext } from './command.ts';
import { argumentMissing, fileThere, fileUnreadable } from './errors.ts';
import { textTable } from './sql-table.ts';

/** Lines of a preview on the terminal; `--json` has all that the platform tells. */
const MOST_LINES = 200;

const list: Command = {
  name: 'task list',
  usage: 'task list [--url URL] [--as USER] [--json]',
  summary: { zh: '列出我的填报任务，最多 500 项', en: 'list my tasks, at most 500' },
  options: platformOptions,
  examples: ['FILLONCE_PASSWORD=… fillonce task list --as clerk'],
  run: async (context) => {
    const session = await platformSession(context);
    const page = await session.get<Listing<TaskSummary>>('/api/tasks?limit=500');
    return tell(context, page, () =>
      textTable(
        ['task', 'form', 'unit', 'status', 'answered', 'doubtful', 'deadline'],
        page.items.map(({ id, title, orgName, status, answered, doubtful, deadline }) => [
          ...[id, title, orgName, status, answered, doubtful, deadline],
        ]),
      ),
    );
  },
};

const exportWorkbook: Command = {
  name: 'task workbook export',
  usage: 'task workbook export TASK [--out FILE] [--url URL] [--as USER] [--json]',
  summary: {
    zh: '把任务下载为工作簿，在 Excel 或 WPS 里填黄色的格；不覆盖已有的文件',
    en: 'download a task as a workbook, to fill its yellow cells anywhere; overwrites no file',
  },
  options: {
    ...platformOptions,
    out: {
      type: 'string',
      value: 'FILE',
      help: {
        zh: '文件或目录（默认按任务命名，放在当前目录）',
        en: 'file or folder (default: named after the task, here)',
      },
    },
  },
  examples: ['FILLONCE_PASSWORD=… fillonce task workbook export task_01kb2v7m8x3f9q2w7rjn --as clerk --out 台账.xlsx'],
  run: async (context) => {
    const task = context.args[0];
    if (task === undefined) throw argumentMissing(exportWorkbook.usage, { zh: '任务', en: 'TASK' });
    const session = await platformSession(context);
    const { bytes, fileName } = await session.download(`/api/tasks/${encodeURIComponent(task)}/workbook`);
    const out = typeof context.options.out === 'string' ? context.options.out : '.';
    const isFolder = await stat(out).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const file = isFolder ? join(out, basename(fileName)) : out;
    await writeFile(file, bytes, { flag: 'wx' }).catch((error: unknown) => {
      // Somebody may have filled it in already.
      throw (error as { code?: unknown }).code === 'EEXIST' ? fileThere(file) : error;
    });
    return tell(context, { task, file, bytes: bytes.byteLength }, () => `✓ ${file}\n`);
  },
};

const importWorkbook: Command = {
  name: 'task workbook import',
  usage: 'task workbook import FILE [--apply] [--confirm] [--task ID] [--url URL] [--as USER] [--json]',
  summary: {
    zh: '看填好的工作簿改了什么；加 --apply 才保存。全部收下时返回 0，有没收的返回 1',
    en: 'show what a filled workbook changes; saves it with --apply only. Exit 0: all of it was taken, 1: something was not',
  },
  options: {
    ...platformOptions,
    task: {
      type: 'string',
      value: 'ID',
      help: { zh: '任务（默认为文件自己记着的）', en: 'the task (default: the one the file itself names)' },
    },
    apply: { type: 'boolean', help: { zh: '保存，和在网页上填写一样', en: 'save, as if typed on the page' } },
    confirm: {
      type: 'boolean',
      help: { zh: '同时确认没有改动的待填格', en: 'also confirm the asked cells that were left as they are' },
    },
  },
  examples: ['FILLONCE_PASSWORD=… fillonce task workbook import 台账.xlsx --as clerk --apply'],
  run: async (context) => {
    const { options } = context;
    const file = context.args[0];
    if (file === undefined) throw argumentMissing(importWorkbook.usage, { zh: '文件', en: 'FILE' });
    const bytes = await readFile(file).catch((error: unknown) => {
      throw fileUnreadable(file, error);
    });
    const task = typeof options.task === 'string' ? options.task : (await identifyTask(bytes)).task;
    const session = await platformSession(context);
    const path = `/api/tasks/${encodeURIComponent(task)}/workbook`;
    const preview = await session.upload<Preview>(path, bytes);
    const query = new URLSearchParams({ digest: preview.digest, confirm: String(options.confirm === true) });
    const reply = options.apply ? await session.upload<Reply>(`${path}/apply?${query}`, bytes) : null;
    tell(context, { task, preview, applied: reply }, () => previewText(preview) + replyText(reply));
    const { change: _, ...notTaken } = preview.counts;
    const isWhole = Object.values(notTaken).every((count) => count === 0) && !reply?.rejected.length;
    return isWhole ? 0 : 1;
  },
};

/** `fillonce task …` */
export const taskCommands: readonly Command[] = [list, exportWorkbook, importWorkbook];

function previewText({ counts, items, same, confirmable, missingColumns, extraColumns }: Preview): string {
  const words = Object.entries({ ...counts, same, confirmable }).map(([what, count]) => `${what} ${count}`);
  const lines = [
    ...missingColumns.map((title) => `- ${title}`),
    ...extraColumns.map((title) => `+ ${title}`),
    ...(items.length > MOST_LINES ? [`… ${items.length - MOST_LINES}`] : []),
  ];
  const table =
    items.length === 0
      ? ''
      : textTable(
          ['what', 'at', 'row', 'column', 'task', 'file', 'note'],
          items
            .slice(0, MOST_LINES)
            .map(({ kind, at, rowTitle, columnTitle, now, value, message }) => [
              ...[
                kind,
                at?.slice(at.lastIndexOf('!') + 1) ?? null,
                rowTitle,
                columnTitle,
                now,
                value,
                kind === 'change' ? null : message.zh,
              ],
            ]),
        );
  return `${table}${[...lines, words.join('  ')].join('\n')}\n`;
}

function replyText(reply: Reply | null): string {
  if (reply === null) return '尚未保存；加 --apply 保存 · nothing saved yet: add --apply\n';
  const rejected = reply.rejected.map(
    ({ rowTitle, columnTitle, message }) => `✗ ${rowTitle} ${columnTitle}: ${message.zh}\n`,
  );
  return `${rejected.join('')}✓ saved ${reply.saved}, answered ${reply.answered}/${reply.doubtful}\n`;
}

function tell(context: CommandContext, value: unknown, asText: () => string): number {
  context.stdout.write(context.options.json ? `${JSON.stringify(value)}\n` : asText());
  return 0;
}
