import { type FormText, formText } from './form-text.ts';

/** Which period of a quantity a column asks for. */
export type Moment = 'current' | 'previous' | 'previous-year' | 'cumulative' | 'change';

export interface Wording {
  readonly text: FormText;
  readonly weight: number;
  /** Made of a group's heading and the leaf: a name that only covers the group says nothing of the leaf. */
  readonly joined: boolean;
}

/** What a heading asks for, in the words it may be known by. */
export interface Question {
  /** Most telling first; the weight is what an equal name is worth. */
  readonly wordings: readonly Wording[];
  readonly leaf: FormText;
  readonly whole: string;
  readonly unit: string | undefined;
  readonly choices: readonly string[] | undefined;
}

/** Headings that say when, not what: 本期数, 上年同期数, 增减（%）. */
const MOMENTS: readonly (readonly [RegExp, Moment])[] = [
  [/^(?:同比|环比|增减|增幅|增长|较.{0,6}增|比.{0,6}增)/, 'change'],
  [/^(?:上年|去年)同[期月]数?值?$|^同期数?$/, 'previous-year'],
  [/^(?:上月|上期|上季度?|上年|上年末|期初)(?:末|累计)?(?:数|值|完成数?|实绩)?$/, 'previous'],
  [/^(?:年初累计|本年累计|累计|1至本月|年初至今)(?:数|值|完成数?)?$/, 'cumulative'],
  [
    /^(?:本月|本期|本季度?|本年|当月|当期|当年|期末|现状|第?[一二三四1-4]?季度|\d{1,2}月份?)(?:末|止)?(?:数|值|完成数?|实绩)?$/,
    'current',
  ],
];
const COUNT_LEAF = /^(?:人数|户数|套数|家数|件数|起数|次数|个数|幢数|处数|数量|总数|面积|金额|数|小计|合计)$/;
const COUNT_UNIT: Readonly<Record<string, string>> = {
  人数: '人',
  户数: '户',
  套数: '套',
  家数: '家',
  件数: '件',
  起数: '起',
  幢数: '幢',
  面积: '平方米',
  金额: '元',
};
const EMPTY_GROUP = /起止(?:时间|日期)?|信息|基本|情况|登记|填报|主要|有关|相关|资料|概况|关系$|明细|状况|构成/g;
/** The period that the innermost of a column's headings names. */
export function momentOf(path: readonly string[]): Moment {
  for (const text of [...path].reverse()) {
    const { plain } = formText(text);
    const found = MOMENTS.find(([pattern]) => pattern.test(plain));
    if (found) return found[1];
  }
  return 'current';
}

/** The wordings by which a heading may be known: its own, and those with the headings above it. */
export function questionOf(
  path: readonly string[],
  lineUnit: string | undefined,
  choices: Question['choices'],
): Question {
  const texts = path.map(formText);
  // 本期数, 上年同期数 say when, not what.
  let depth = texts.length - 1;
  while (depth > 0 && MOMENTS.some(([pattern]) => pattern.test(texts[depth]!.plain))) depth--;
  const leaf = texts[depth]!;
  const groups = texts
    .slice(0, depth)
    .reverse()
    .map(({ bare }) => bare.replace(EMPTY_GROUP, ''))
    .filter((group) => group !== '' && group !== '其中');
  const wordings: Wording[] = [];
  for (const group of groups) wordings.push({ text: formText(group + leaf.plain), weight: 1.05, joined: true });
  wordings.push({ text: leaf, weight: COUNT_LEAF.test(leaf.plain) ? 0.5 : 1, joined: false });
  if (COUNT_LEAF.test(leaf.plain) && groups[0])
    wordings.push({ text: formText(groups[0]), weight: 0.95, joined: false });
  const units = texts
    .slice(0, depth + 1)
    .map(({ unit }) => unit)
    .filter((unit) => unit !== undefined);
  return {
    wordings,
    leaf,
    whole: texts.map(({ canonical }) => canonical).join(''),
    unit: lineUnit ?? COUNT_UNIT[leaf.plain] ?? units.at(-1),
    choices,
  };
}
