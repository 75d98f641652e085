import type { Message } from '../core/index.ts';

const RULES: Readonly<Record<string, Message>> = {
  required: { zh: '必填项为空', en: 'a required value is missing' },
  type: { zh: '类型不对', en: 'the type is wrong' },
  code: { zh: '不在码表中', en: 'not in the code list' },
  check: { zh: '校验位或格式不对', en: 'a check digit or format is wrong' },
  range: { zh: '超出合理范围', en: 'out of range' },
  pattern: { zh: '格式不对', en: 'the form is wrong' },
};

/** The column that a rule is about: `phone` of `phone:check`; null for a rule over several. */
export function ruleColumn(rule: string): string | null {
  return rule.includes(':') ? rule.slice(0, rule.lastIndexOf(':')) : null;
}

/** What a broken rule means. */
export function ruleWords(rule: string): Message {
  const kind = rule.split(':').at(-1) ?? rule;
  return RULES[kind] ?? { zh: `违反规则“${rule}”`, en: `breaks the rule '${rule}'` };
}

/** Why a batch was stopped as a whole, of the ledger's `share:0.500`, `unknown:mood`, `refused:unknown:mood`, `frozen`. */
export function stopWords(reason: string): Message {
  const [kind = '', ...rest] = reason.split(':');
  const what = rest.join(':');
  if (kind === 'share' && /^\d/.test(what)) {
    const percent = (Number(what) * 100).toFixed(1);
    return {
      zh: `${percent}% 的记录不符合契约，超过上限`,
      en: `${percent} % of its records break the contract, more than allowed`,
    };
  }
  if (kind === 'share') return { zh: `“${what}”一列坏值过多`, en: `too many bad values in '${what}'` };
  if (kind === 'unknown') return { zh: `出现契约没有的列：${what}`, en: `columns the contract does not have: ${what}` };
  if (kind === 'refused') {
    const column = rest.slice(1).join(':');
    return { zh: `“${column}”一列的变化已被拒绝`, en: `the change of column '${column}' was refused` };
  }
  if (kind === 'damaged') {
    return {
      zh: '落地文件已损坏，请先从备份恢复，再放行',
      en: 'its landed file is damaged: restore it from a backup, then release it',
    };
  }
  if (kind === 'frozen' && what !== '') {
    return { zh: `关键列“${what}”有坏值`, en: `a value of frozen column '${what}' is bad` };
  }
  return { zh: '关键列有坏值', en: 'a value of a frozen column is bad' };
}
