/** A heading as a person wrote it, taken apart for comparison. */
export interface FormText {
  /** The heading in one line, for showing. */
  readonly shown: string;
  /** Half-width, without spaces, punctuation, numbering, the unit and required marks. */
  readonly plain: string;
  /** `plain` without what stands in brackets; equal to `plain` when nothing does. */
  readonly bare: string;
  /** `plain` with common variants of wording made one (手机号码 → 电话). */
  readonly canonical: string;
  /** The unit in its brackets: `万元`. */
  readonly unit: string | undefined;
}

const UNITS =
  /^(?:计量)?(?:单位:?)?((?:元\/平方米\/天|[百千万亿]?元|人|户|套|间|张|平方米|m2|㎡|平米|%|‰|个|家|件|起|次|人次|车次|场|处|具|幢|栋|部|台|岁|周岁|月|年|天|日|立方米|m3|吨|千瓦时|度|辆|人\/户|小时|分|万人|万平方米|辆次)+)(?:\/(?:月|年|次))?$/;

const SAME_UNIT: Readonly<Record<string, string>> = {
  m2: '平方米',
  '㎡': '平方米',
  平米: '平方米',
  m3: '立方米',
  栋: '幢',
  度: '千瓦时',
  周岁: '岁',
};

/** Wording that differs between departments for the same thing, longest first. */
const VARIANTS: readonly (readonly [RegExp, string])[] = [
  [
    /公民身份号码|居民身份证号码?|有效身份证件号码?|身份证件号码?|有效证件号码?|证件号码|身份证号码|身份证号|证件号/g,
    '证件号',
  ],
  [/联系电话号码|移动电话|手机号码|手机号|联系号码|联系电话|联系方式|电话号码|手机|固定电话|座机/g, '电话'],
  [/法定代表人\(负责人\)|法定代表人|法人代表|法人姓名/g, '法人'],
  [/业主|房东|产权所有人|房屋产权人|权利人/g, '产权人'],
  [/租客|承租方|租户|房客/g, '承租人'],
  [/起始时间|起始日期|开始日期|开始时间|起租日期|起日期/g, '起'],
  [/终止时间|终止日期|截止日期|到期日期|结束日期|到期时间/g, '止'],
  [/周岁/g, '岁'],
  [/(\d+)岁以上(?:\(含\d*\))?/g, '$1岁及以上'],
  [/建筑面积/g, '面积'],
  [/噪音/g, '噪声'],
  [/栋/g, '幢'],
  [/类型|类别|种类/g, '类型'],
  [/总数量|总数|数量/g, '数'],
  [/人员(?=数|$)/g, ''],
];

/**
 * Takes a heading apart.
 *
 * @example formText('*家庭月人均收入\n（元）').plain // '家庭月人均收入', unit '元'
 */
export function formText(raw: string): FormText {
  const shown = oneLine(raw);
  let text = raw
    .normalize('NFKC')
    .replace(/\s+/gu, '')
    .replace(/^[*★☆●]+|[*★☆]+$/g, '')
    .replace(/[“”"'‘’《》〈〉「」]/g, '')
    .replace(/(\d)[—–\-－~～]+(\d)/g, '$1至$2')
    .replace(/^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d{1,2}[.、](?!\d)|[①-⑳])/u, '')
    .replace(/^其中[:：]?(?=.)/, '');
  let unit: string | undefined;
  text = text.replace(/[([【]([^)\]】]*)[)\]】]/g, (whole, inside: string) => {
    const match = UNITS.exec(inside);
    if (!match) return whole;
    unit ??= SAME_UNIT[match[1]!] ?? match[1]!;
    return '';
  });
  const bare = strip(text.replace(/[([【][^)\]】]*[)\]】]/g, ''));
  const plain = strip(text);
  let canonical = bare === '' ? plain : bare;
  for (const [pattern, one] of VARIANTS) canonical = canonical.replace(pattern, one);
  return { shown, plain, bare: bare === '' ? plain : bare, canonical: canonical === '' ? plain : canonical, unit };
}

/** Text in one line; between Chinese characters a break is only a break. */
export function oneLine(raw: string): string {
  return raw.trim().replace(/\s+/gu, (_, at: number, whole: string) => {
    const [before, after] = [whole.slice(0, at).at(-1) ?? '', whole.slice(at).trimStart()[0] ?? ''];
    return /[\x20-\x7e]/.test(before) && /[\x20-\x7e]/.test(after) ? ' ' : '';
  });
}

function strip(text: string): string {
  return text.replace(/[()[\]【】,，.。、;；:：!！?？/\\_\-—–+&·…]/g, '');
}

/** Likeness of two texts by shared pairs of characters: 0 none, 1 equal (Dice 1945). */
export function likeness(a: string, b: string): number {
  if (a === b) return 1;
  if (a.length < 2 || b.length < 2) return 0;
  const pairs = new Map<string, number>();
  for (let i = 0; i < a.length - 1; i++) {
    const pair = a.slice(i, i + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let shared = 0;
  for (let i = 0; i < b.length - 1; i++) {
    const pair = b.slice(i, i + 2);
    const left = pairs.get(pair) ?? 0;
    if (left > 0) {
      shared++;
      pairs.set(pair, left - 1);
    }
  }
  return (2 * shared) / (a.length + b.length - 2);
}

/** A title without what changes from one period or office to the next. */
export function titleCore(title: string): string {
  return formText(title)
    .plain.replace(
      /\d{2,4}年度?|第?[一二三四1-4]季度|(?:[1-9]|1[0-2])(?:至(?:[1-9]|1[0-2]))?月份?|(?:上|下)半年|\d{1,2}日/g,
      '',
    )
    .replace(/^.{2,8}?(?:街道|镇)(?:办事处)?/, '')
    .replace(/[0-9]/g, '');
}

/**
 * The reporting period that a line of a form names, as `core/period` writes it.
 *
 * @example periodIn('（2026年1—9月）') // '2026-Q3'
 */
export function periodIn(text: string): string | undefined {
  const plain = text.normalize('NFKC').replace(/\s+/gu, '');
  const year = /(\d{4})年/.exec(plain)?.[1];
  if (year === undefined) return undefined;
  const rest = plain.slice(plain.indexOf('年') + 1);
  const quarter = /第?([一二三四1-4])季度/.exec(rest)?.[1];
  const range = /^1[—–\-~至]+(\d{1,2})(月|季度)/.exec(rest);
  if (range) return range[2] === '季度' ? `${year}-Q${range[1]}` : monthsTo(year, Number(range[1]));
  if (quarter !== undefined)
    return `${year}-Q${'一二三四'.includes(quarter) ? '一二三四'.indexOf(quarter) + 1 : quarter}`;
  const month = Number(/^(\d{1,2})月/.exec(rest)?.[1] ?? 0);
  if (month >= 1 && month <= 12) return `${year}-${String(month).padStart(2, '0')}`;
  return /^(?:度|$)/.test(rest) ? year : undefined;
}

function monthsTo(year: string, month: number): string | undefined {
  if (month < 1 || month > 12) return undefined;
  return month % 3 === 0 ? `${year}-Q${month / 3}` : `${year}-${String(month).padStart(2, '0')}`;
}
