import { FillOnceError, type Message } from '../../../core/errors.ts';
import type { TaskIdentity } from './task.ts';

const NEXT: Message = {
  zh: '请从系统重新导出任务，在导出的文件里填写后再上传。',
  en: 'Export the task again and fill that file in.',
};

/** A workbook that does not come from an export of ours. */
export function notATask(): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.unknown',
    status: 422,
    message: {
      zh: '这不是从系统导出的任务文件，或其中的标记已被删除。',
      en: 'This is no task that was exported here, or its marks were removed.',
    },
    details: { next: NEXT },
  });
}

/** The hidden sheet that remembers the base is gone, cut short or of another task. */
export function marksLost({ task, base }: TaskIdentity): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.marks',
    status: 422,
    message: {
      zh: '任务文件里隐藏的基准表已被删除或改动，无法比对改了什么。',
      en: 'The hidden sheet of this task file was removed or altered: what changed cannot be told.',
    },
    details: { task, base, next: NEXT },
  });
}

/** The keys in the sheet belong to another task. */
export function otherTask({ task }: TaskIdentity, keys: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.other',
    status: 422,
    message: {
      zh: `填报表里的 ${keys} 行都不属于这个任务：可能是从另一份任务文件复制来的。`,
      en: `None of the ${keys} rows belongs to this task: they seem to be copied from another task's file.`,
    },
    details: { task, next: NEXT },
  });
}

/** The sheet was copied inside the file, and more than one copy was changed. */
export function sheetTwice(sheets: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.copies',
    status: 422,
    message: {
      zh: `填报表有多份，内容不同（${sheets.slice(0, 5).join('、')}），无法判断以哪一份为准。`,
      en: `The sheet to fill in is there more than once with different content (${sheets.slice(0, 5).join(', ')}); which one counts cannot be told.`,
    },
    details: {
      sheets,
      next: {
        zh: '请只保留要提交的一份，删除其余的，再上传。',
        en: 'Keep the one to hand in, delete the others, upload again.',
      },
    },
  });
}

/** The sheet with the rows cannot be found again. */
export function sheetLost(columns: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.sheet',
    status: 422,
    message: {
      zh: `找不到填报表：没有一张工作表带有任务的列（${columns.slice(0, 5).join('、')} 等）。`,
      en: `The sheet to fill in is gone: no sheet has the columns of the task (${columns.slice(0, 5).join(', ')} …).`,
    },
    details: { columns, next: NEXT },
  });
}

/** Something about a task that cannot be exported. */
export function badTask(where: string, zh: string, en: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.xlsx.task.export',
    status: 422,
    message: { zh: `无法导出任务：${zh}（${where}）。`, en: `The task cannot be exported: ${en} (${where}).` },
    details: { where },
  });
}
