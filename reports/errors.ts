import { FillOnceError, type Message } from '../core/index.ts';

/** The acting user lacks the permission. */
export function forbidden(action: string, where: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.forbidden',
    status: 403,
    message: {
      zh: `您没有权限对 ${where} 执行此操作。如确需办理，请联系管理员调整角色或范围。`,
      en: `You may not do this to ${where}. Ask the administrator if your role or scope should change.`,
    },
    details: { where, action },
  });
}

/** A binding that cannot be prefilled: what is wrong stands in `problem`. */
export function bindingUnusable(template: string, problem: Message): FillOnceError {
  return new FillOnceError({
    code: 'reports.binding',
    status: 422,
    message: {
      zh: `报表模板 ${template} 的绑定无法用于预填：${problem.zh}。请修改绑定后重新发起。`,
      en: `The binding of template ${template} cannot be prefilled: ${problem.en}. Correct the binding and start again.`,
    },
    details: { where: template },
  });
}

export function wrongPeriod(template: string, period: string, wanted: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.period',
    status: 422,
    message: {
      zh: `报表 ${template} 的报告期类型是 ${wanted}，“${period}”不是这种报告期。请重新选择报告期。`,
      en: `Template ${template} is reported by ${wanted}; '${period}' is no such period. Choose another one.`,
    },
    details: { where: period },
  });
}

export function deadlinePast(deadline: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.deadline',
    status: 422,
    message: {
      zh: `截止时间 ${deadline} 已经过去。请选择一个将来的时间。`,
      en: `The deadline ${deadline} has passed. Choose a time in the future.`,
    },
    details: { where: deadline },
  });
}

/** A day that has not ended yet has no state that could be told. */
export function asOfFuture(day: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.as_of.future',
    status: 422,
    message: {
      zh: `数据日期 ${day} 还没有到。请选择今天或更早的日期，或留空使用现有数据。`,
      en: `The day ${day} has not come yet. Choose today or an earlier day, or leave it out to use what is held now.`,
    },
    details: { where: day },
  });
}

export function tooEarly(day: string, first: string | null): FillOnceError {
  return new FillOnceError({
    code: 'reports.as_of.early',
    status: 422,
    message: {
      zh: `数据仓库没有 ${day} 当日的数据：最早的记录从 ${first ?? '今天'} 开始。请选择不早于该日的日期，或留空使用现有数据。`,
      en: `The warehouse knew nothing on ${day}: what it holds begins on ${first ?? 'today'}. Choose that day or a later one, or leave it out to use what is held now.`,
    },
    details: { where: day, first },
  });
}

export function stateUnknown(template: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.as_of.unknown',
    status: 422,
    message: {
      zh: `报表 ${template} 用到的数据不保存历史，不能按过去的日期预填。请留空数据日期，使用现有数据。`,
      en: `Nothing that template ${template} reads keeps its history, so it cannot be prefilled for an earlier day. Leave the day out to use what is held now.`,
    },
    details: { where: template },
  });
}

/** A step that the campaign's status does not allow. */
export function wrongStep(campaign: string, status: string, step: Message): FillOnceError {
  return new FillOnceError({
    code: 'reports.step',
    status: 409,
    message: {
      zh: `填报批次目前的状态是“${status}”，不能${step.zh}。请刷新页面查看最新状态。`,
      en: `The campaign is '${status}' and cannot be ${step.en}. Reload to see where it stands.`,
    },
    details: { where: campaign, campaignStatus: status },
  });
}

/** A task that is not open for the act. */
export function taskClosed(task: string, status: string): FillOnceError {
  const words: Readonly<Record<string, Message>> = {
    submitted: { zh: '已提交，正在审核', en: 'submitted and under review' },
    approved: { zh: '已审核通过', en: 'approved' },
    open: { zh: '尚未提交', en: 'not submitted yet' },
    returned: { zh: '已退回，等待重新填报', en: 'returned and waiting for new answers' },
  };
  const word = words[status] ?? { zh: status, en: status };
  return new FillOnceError({
    code: 'reports.task-status',
    status: 409,
    message: {
      zh: `这个任务${word.zh}，现在不能执行此操作。请刷新页面查看最新状态。`,
      en: `This task is ${word.en}; this cannot be done now. Reload to see where it stands.`,
    },
    details: { where: task, taskStatus: status },
  });
}

export function tooManyPatches(count: number, limit: number): FillOnceError {
  return new FillOnceError({
    code: 'reports.patch.too-many',
    status: 413,
    message: {
      zh: `一次最多保存 ${limit} 处修订，收到 ${count} 处。请分批保存。`,
      en: `At most ${limit} answers are saved at once; ${count} came. Send them in parts.`,
    },
    details: { count, limit },
  });
}

export function incomplete(task: string, remaining: number): FillOnceError {
  return new FillOnceError({
    code: 'reports.submission.incomplete',
    status: 409,
    message: {
      zh: `还有 ${remaining} 处没有填报。请补齐后提交；确实没有的，请选择“无”作为答复。`,
      en: `${remaining} cells have no answer yet. Answer them and submit again; where there is no value, answer "none".`,
    },
    details: { where: task, remaining },
  });
}

export function ownSubmission(task: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.review.own',
    status: 403,
    message: {
      zh: '不能审核自己提交的任务。请由另一位审核员审核。',
      en: 'You may not review what you submitted yourself. Ask another reviewer.',
    },
    details: { where: task },
  });
}

export function reasonNeeded(): FillOnceError {
  return new FillOnceError({
    code: 'reports.review.reason',
    status: 422,
    message: {
      zh: '退回时请写明原因，填报员需要知道改哪里。',
      en: 'Say why it is returned: the clerk has to know what to change.',
    },
  });
}

export function openConflicts(campaign: string, count: number): FillOnceError {
  return new FillOnceError({
    code: 'reports.release.conflicts',
    status: 409,
    message: {
      zh: `还有 ${count} 处冲突没有裁定，不能上报。请先在“冲突”页逐条裁定。`,
      en: `${count} conflicts are still open, so the report cannot be released. Decide them first.`,
    },
    details: { where: campaign, count },
  });
}

export function openTasksLeft(campaign: string, count: number): FillOnceError {
  return new FillOnceError({
    code: 'reports.release.tasks',
    status: 409,
    message: {
      zh: `还有 ${count} 个任务没有审核通过，不能上报。请先完成审核；确需上报的，请写明原因。`,
      en: `${count} tasks are not approved, so the report cannot be released. Finish them, or give a reason to release without.`,
    },
    details: { where: campaign, count },
  });
}

export function mergeOutdated(campaign: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.release.merge-outdated',
    status: 409,
    message: {
      zh: '汇总之后又有新的答复或裁定，不能直接上报。请重新汇总一次。',
      en: 'There are answers or decisions newer than the merge. Merge again, then release.',
    },
    details: { where: campaign },
  });
}

export function conflictSettled(conflict: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.conflict.settled',
    status: 409,
    message: {
      zh: '这处冲突已经裁定或不再存在。请刷新页面查看。',
      en: 'This conflict was decided already or no longer stands. Reload to see.',
    },
    details: { where: conflict },
  });
}

/** An answer that does not fit its column. */
export function invalidValue(column: string, problem: Message): FillOnceError {
  return new FillOnceError({
    code: 'reports.value',
    status: 422,
    message: { zh: `“${column}”${problem.zh}`, en: `'${column}' ${problem.en}` },
    details: { where: column },
  });
}

export function cellUnknown(rowKey: string, column: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.cell-unknown',
    status: 404,
    message: {
      zh: `报表里没有 ${rowKey} 的“${column}”这一格，或者它不在您的任务内。`,
      en: `The report has no cell '${column}' of ${rowKey}, or it is not part of your task.`,
    },
    details: { where: `${rowKey} ${column}` },
  });
}

export function nothingToExport(campaign: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.export.nothing',
    status: 409,
    message: {
      zh: '这个批次还没有预填，没有可以导出的内容。请等预填完成。',
      en: 'This campaign is not prefilled yet, so there is nothing to export. Wait for the prefill.',
    },
    details: { where: campaign },
  });
}

/** A workbook that was exported from another task than the one it is brought back to. */
export function workbookOfOtherTask(
  task: string,
  /** The task it belongs to, where the user may see it. */
  other: {
    readonly id: string;
    readonly title: string;
    readonly unit: string;
    readonly isOtherCampaign: boolean;
  } | null,
): FillOnceError {
  const next: Message =
    other === null
      ? {
          zh: '请选择从本任务下载的文件，或重新下载。',
          en: 'Choose the file that was downloaded from this task, or download it again.',
        }
      : {
          zh: '请打开那个任务再带回，或选择从本任务下载的文件。',
          en: 'Open that task and bring it back there, or choose the file of this task.',
        };
  const of: Message =
    other === null
      ? { zh: '另一个任务', en: 'another task' }
      : {
          zh: `${other.isOtherCampaign ? '另一个填报批次' : '本批次的另一个任务'}“${other.title} ${other.unit}”`,
          en: `${other.isOtherCampaign ? 'another campaign' : 'another task of this campaign'}: '${other.title}', ${other.unit}`,
        };
  return new FillOnceError({
    code: other?.isOtherCampaign ? 'reports.workbook.campaign' : 'reports.workbook.task',
    status: 409,
    message: {
      zh: `这份文件属于${of.zh}，没有读取其中的内容。${next.zh}`,
      en: `This file belongs to ${of.en}. Nothing of it was taken. ${next.en}`,
    },
    details: { where: task, next, ...(other === null ? {} : { task: other.id }) },
  });
}

/** A workbook whose base this task never had. */
export function workbookBaseUnknown(task: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.workbook.base',
    status: 409,
    message: {
      zh: '这份文件依据的版本不是本任务的，无法比对改了什么。请重新下载任务的文件，在其中填写后再带回。',
      en: 'This file was made from a version that the task never had, so what changed cannot be told. Download the task again, fill that file in and bring it back.',
    },
    details: { where: task },
  });
}

/** Between preview and applying the file or the task became another. */
export function workbookChanged(task: string): FillOnceError {
  return new FillOnceError({
    code: 'reports.workbook.changed',
    status: 409,
    message: {
      zh: '预览之后文件或任务有了变化，没有保存。请查看新的预览后再应用。',
      en: 'The file or the task changed after the preview; nothing was saved. Look at the new preview, then apply.',
    },
    details: { where: task },
  });
}
