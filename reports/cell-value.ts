import { CHECKS, type CheckName, type ElementType, type Message } from '../core/index.ts';

/** What a column takes. */
export interface ValueRule {
  readonly type: ElementType;
  readonly codes?: readonly string[];
  readonly check?: CheckName;
  readonly unit?: string;
}

export type ReadValue = { readonly value: string | null } | { readonly problem: Message };

const MAX_TEXT = 2_000;
/** Units of things that are counted or measured: below zero there is nothing. */
const NEVER_NEGATIVE = new Set([
  '人',
  '户',
  '间',
  '张',
  '平方米',
  '立方米',
  '千瓦时',
  '元',
  '月',
  '部',
  '起',
  '件',
  '家',
  '个',
  '辆',
]);

/**
 * What a person typed or pasted, as canonical text: `２０２６/１１/２` becomes `2026-11-02`, ` 85.50 ` becomes `85.5`. Blank
 * becomes null: an explicit "there is none".
 *
 * @example readValue({ type: 'code', codes: ['空置', '出租'] }, '空房') // { problem: … names the two values … }
 */
export function readValue(rule: ValueRule, typed: string | null): ReadValue {
  const text = typed?.normalize('NFKC').trim() ?? '';
  if (text === '') return { value: null };
  if (rule.type === 'integer' || rule.type === 'decimal') return readNumber(rule, text);
  if (rule.type === 'date') return readDate(text);
  if (rule.type === 'timestamp') return readTimestamp(text);
  if (rule.type === 'boolean') return readBoolean(text);
  if (rule.type === 'code') return readCode(rule.codes ?? [], text);
  return readText(rule, text);
}

function readNumber({ type, unit }: ValueRule, text: string): ReadValue {
  const plain = text.replaceAll(',', '');
  if (!/^[+-]?\d{1,15}(\.\d{1,6})?$/.test(plain)) {
    return problem('应填数字，例如 85.5，不带单位。', 'takes a number such as 85.5, without its unit.');
  }
  const value = Number(plain);
  if (type === 'integer' && !Number.isInteger(value)) {
    return problem('应填整数。', 'takes a whole number.');
  }
  if (value < 0 && unit !== undefined && NEVER_NEGATIVE.has(unit)) {
    return problem('不能小于 0。', 'cannot be below 0.');
  }
  return { value: String(value === 0 ? 0 : value) };
}

function readDate(text: string): ReadValue {
  const parts = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (parts) {
    const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
    const date = new Date(Date.UTC(year, month - 1, day));
    const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    if (real && year >= 1900 && year <= 2100) return { value: date.toISOString().slice(0, 10) };
  }
  return problem('应填日期，例如 2026-11-22。', 'takes a date such as 2026-11-22.');
}

function readTimestamp(text: string): ReadValue {
  const parts = /^(\S+)[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  const date = parts ? readDate(parts[1]!) : null;
  if (
    parts &&
    date &&
    'value' in date &&
    Number(parts[2]) < 24 &&
    Number(parts[3]) < 60 &&
    Number(parts[4] ?? 0) < 60
  ) {
    return { value: `${date.value} ${parts[2]!.padStart(2, '0')}:${parts[3]}:${parts[4] ?? '00'}` };
  }
  return problem('应填日期和时间，例如 2026-11-22 09:30。', 'takes a date and time such as 2026-11-22 09:30.');
}

function readBoolean(text: string): ReadValue {
  if (/^(是|有|√|✓|✔|true|1|y|yes)$/i.test(text)) return { value: 'true' };
  if (/^(否|无|×|✗|✘|false|0|n|no)$/i.test(text)) return { value: 'false' };
  return problem('应填“是”或“否”。', 'takes 是 or 否.');
}

/** How a form's two boxes are ticked by hand. */
const TICKS: Readonly<Record<string, string | undefined>> = {
  '√': '是',
  '✓': '是',
  '✔': '是',
  '×': '否',
  '✗': '否',
  '✘': '否',
};

function readCode(codes: readonly string[], text: string): ReadValue {
  if (codes.includes(text)) return { value: text };
  const ticked = codes.length === 2 ? TICKS[text] : undefined;
  if (ticked !== undefined && codes.includes(ticked)) return { value: ticked };
  const list = codes.join('、');
  return problem(`应从下列值中选择：${list}。`, `takes one of: ${list}.`);
}

function readText({ check }: ValueRule, text: string): ReadValue {
  if (text.length > MAX_TEXT) {
    return problem(`最多 ${MAX_TEXT} 个字。`, `takes at most ${MAX_TEXT} characters.`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a paste may bring and no form can show.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) {
    return problem('含有不可见的控制字符，请重新输入。', 'holds invisible control characters; type it again.');
  }
  const value =
    check === 'phone' ? text.replaceAll(' ', '') : check === undefined ? text : text.replaceAll(' ', '').toUpperCase();
  if (check !== undefined && !CHECKS[check](value)) return WRONG_IDENTIFIER[check];
  return { value };
}

const WRONG_IDENTIFIER: Readonly<Record<CheckName, ReadValue>> = {
  idNumber: problem(
    '不是有效的身份证号：应为 18 位且校验码正确，请核对。',
    'is not a valid identity number: 18 characters with a right check digit.',
  ),
  creditCode: problem(
    '不是有效的统一社会信用代码：应为 18 位且校验码正确，请核对。',
    'is not a valid credit code: 18 characters with a right check digit.',
  ),
  phone: problem(
    '不是有效的电话号码：手机 11 位，座机可带区号。',
    'is not a phone number: a mobile has 11 digits, a landline may have an area code.',
  ),
};

function problem(zh: string, en: string): ReadValue {
  return { problem: { zh, en } };
}
