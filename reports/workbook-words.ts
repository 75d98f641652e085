import { civilTimestamp, type Message } from '../core/index.ts';

/* What is said to a clerk about the cells and rows of a workbook that came back. */

export const WILL_SAVE: Message = { zh: '将保存为答复。', en: 'Will be saved as an answer.' };

export const HELD: Message = {
  zh: '这一格已有可靠数据，不需要填，文件里的改动不会保存。如果系统的数据有误，请告诉审核员。',
  en: 'This cell is held and not asked for; the change is not saved. If what is held is wrong, tell the reviewer.',
};

export const DERIVED: Message = {
  zh: '这一格由其他格推算或标识本行，不能直接修改，改动不会保存；请修改它所依据的格。',
  en: 'This cell follows from others or names the row; the change is not saved. Change what it follows from.',
};

export const HIDDEN: Message = {
  zh: '这一列的敏感级别高于您的权限，改动不会保存。请由有权限的人带回这份文件。',
  en: 'This column is more sensitive than you may see; the change is not saved. Somebody who may see it has to bring the file back.',
};

export const UNKNOWN_COLUMN: Message = {
  zh: '任务里没有这一列，内容不会保存。请重新下载任务的文件后填写。',
  en: 'The task has no such column; nothing of it is saved. Download the task again and fill that file in.',
};

export const BLANKED: Message = {
  zh: '这一格被清空了，空着不算答复，不会保存。请填写；核实过确实没有的，请在任务页面上答“确实没有”。',
  en: 'This cell was emptied, which is no answer; nothing is saved. Fill it in, or answer "none" on the task\'s page.',
};

export const UNKNOWN_ROW: Message = {
  zh: '任务里没有这一行，不会保存。需要新增对象的，请告诉审核员。',
  en: 'The task has no such row; it is not saved. Tell the reviewer if something has to be added.',
};

export const DUPLICATE: Message = {
  zh: '这一行在文件里出现了两次，多出的这一份不会保存。请确认要填的内容在原来的那一行。',
  en: 'This row is in the file twice; the extra copy is not saved. See that the answers stand in the original row.',
};

export const MISSING: Message = {
  zh: '文件里没有这一行，任务里的这一行保持不变，也不算已填。',
  en: 'The file does not have this row any more; in the task it stays as it is, unanswered.',
};

/** @param base what the file went out with */
export function changedSince(by: string | null, at: Date | null, base: string | null): Message {
  const when = at === null ? '' : civilTimestamp(at).slice(0, 16).replace('T', ' ');
  const [zh, en] = [base ?? '（空）', base ?? '(blank)'];
  return {
    zh: `文件导出之后，${by ?? '有人'}${when === '' ? '' : `在 ${when} `}改过这一格（导出时是“${zh}”）。不会覆盖；请看当前值，再决定用哪个。`,
    en: `${by ?? 'Somebody'} changed this cell${when === '' ? '' : ` at ${when}`} after the file went out (it said '${en}' then). Nothing is overwritten: look at the current value, then decide.`,
  };
}
