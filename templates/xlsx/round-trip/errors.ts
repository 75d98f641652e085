import { FillOnceError, type Message } from '../../../core/errors.ts';

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
