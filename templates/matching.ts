import type { Catalogue, ElementType } from '../core/index.ts';
import type { FormColumn, FormLayout } from './form-layout.ts';
import type { FormLine } from './form-lines.ts';
import { type FormText, formText, likeness } from './form-text.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Suggestion {
  /** Id of an element, of a derived column or of a measure. */
  readonly id: string;
  readonly source: 'element' | 'derived' | 'measure';
  readonly title: string;
  /** 1 and more: the very words; `ACCEPT` and more: taken unless a person says otherwise. */
  readonly score: number;
}

/** Which period of a quantity a column asks for. */
export type Moment = 'current' | 'previous' | 'previous-year' | 'cumulative' | 'change';

export interface Match {
  /**
   * - `serial` a running number
   * - `remarks` free text that may stay blank
   * - `label` names the line (an indicator, its unit, its code)
   * - `formula` the form computes it
   * - `value` to be filled
   */
  readonly role: 'serial' | 'remarks' | 'label' | 'formula' | 'value';
  readonly moment: Moment;
  /** Best first, at most three; empty when nothing that is held comes near: people are asked. */
  readonly suggestions: readonly Suggestion[];
}

export interface Matcher {
  /** A match per column of the layout, in its order. */
  columns(layout: FormLayout): readonly Match[];
  /** A match per line. */
  lines(layout: FormLayout): readonly Match[];
}

/** Score from which a suggestion is taken unless a person says otherwise. */
export const ACCEPT = 0.75;

/** The suggestion that is taken unless a person says otherwise; undefined: people are asked. */
export function accepted(match: Match): Suggestion | undefined {
  const best = match.suggestions[0];
  return best && best.score >= ACCEPT ? best : undefined;
}

interface Candidate {
  readonly id: string;
  readonly source: Suggestion['source'];
  readonly title: string;
  /** `person`, `dwelling` … */
  readonly subject: string;
  readonly names: readonly FormText[];
  readonly type: ElementType;
  readonly unit: string | undefined;
  readonly choices: readonly string[] | undefined;
}

interface Wording {
  readonly text: FormText;
  readonly weight: number;
  /** Made of a group's heading and the leaf: a name that only covers the group says nothing of the leaf. */
  readonly joined: boolean;
}

/** What a heading asks for, in the words it may be known by. */
interface Question {
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
const EMPTY_GROUP = /信息|基本|情况|登记|填报|主要|有关|相关|资料|概况|关系$|明细|状况|构成/g;
/** Words for somebody else than the row's own subject; an attribute belongs to whom the heading names. */
const OTHERS = ['户主', '产权人', '承租人', '监护人', '民警', '物业', '中介', '配偶', '代领人', '网格员', '联系人'];
const OTHER_IDS: Readonly<Record<string, string>> = { 网格员: '.visitor_', 联系人: '.contact_' };
const PERSONAL = /姓名|证件号|电话|性别|年龄|住址|地址|名称/;
const TITLE_SUBJECTS: readonly (readonly [RegExp, string])[] = [
  [/企业|税收|纳税|市场主体|经营主体/, 'enterprise'],
  [/房|住宅|租赁/, 'dwelling'],
  [/楼宇|楼幢/, 'building'],
  [/停车|车场|泊位/, 'lot'],
  [/案件|工单|网格事件/, 'case'],
  [/警情/, 'police_incident'],
  [/探头|监控|摄像/, 'camera'],
  [/人口|居民|群众|老人|老年|残疾|低保|人员|党员|独居|津贴/, 'person'],
];

/** Suggests what fills the columns and lines of a form, by names, synonyms, units, drop-downs and what the form is about. */
export function createMatcher(dependencies: { catalogue: Catalogue; vocabulary: Vocabulary }): Matcher {
  const { catalogue, vocabulary } = dependencies;
  const candidates = candidatesOf(catalogue, vocabulary);
  const ofRows = candidates.filter(({ source }) => source !== 'measure');
  const measures = candidates.filter(({ source }) => source === 'measure');

  function matchAll(questions: readonly (Question | undefined)[], among: readonly Candidate[], title: string) {
    const scored = questions.map((question) => (question ? scoreAll(question, among) : []));
    const affinity = subjectsOf(scored, title);
    return scored.map((list) =>
      list
        .map(({ candidate, score }) => ({
          candidate,
          score: score - 0.12 * (1 - (affinity.get(candidate.subject) ?? 0)),
        }))
        .sort((a, b) => b.score - a.score),
    );
  }

  return {
    columns: (layout) => {
      const roles = layout.columns.map((column) => roleOf(column, layout));
      const questions = layout.columns.map((column, index) =>
        roles[index] === 'serial' || roles[index] === 'remarks'
          ? undefined
          : questionOf(column.path, undefined, column.choices),
      );
      const among =
        layout.lines.length > 0 ? [...measures, ...ofRows.filter(({ source }) => source === 'derived')] : ofRows;
      const ranked = matchAll(
        layout.kind === 'indicator' ? questions.map(() => undefined) : questions,
        among,
        layout.title,
      );
      const matches = ranked.map((list, index) => ({
        role: roles[index]!,
        moment: momentOf(layout.columns[index]!.path),
        suggestions: suggestionsOf(list),
      }));
      return withoutThisVisit(matches, layout.columns);
    },
    lines: (layout) => {
      if (layout.kind !== 'indicator') {
        return layout.lines.map(() => ({ role: 'label', moment: 'current', suggestions: [] }));
      }
      const ranked = matchAll(
        layout.lines.map((line) => questionOf(line.path, line.unit, undefined)),
        measures,
        layout.title,
      );
      return ranked.map((list, index) => ({
        role: lineRole(layout.lines[index]!),
        moment: 'current',
        suggestions: suggestionsOf(list),
      }));
    },
  };
}

function candidatesOf(catalogue: Catalogue, vocabulary: Vocabulary): Candidate[] {
  const elements = catalogue.elements.map(
    ({ id, title, synonyms, entity, type, unit, codes }): Candidate => ({
      id,
      source: 'element',
      title: title.zh,
      subject: entity === 'tax_month' ? 'enterprise' : entity,
      names: [title.zh, ...synonyms, ...(vocabulary.synonyms.get(id) ?? [])].map(formText),
      type,
      unit,
      choices: codes === undefined ? undefined : [...catalogue.codeList(codes).values.keys()],
    }),
  );
  const derived = [...vocabulary.derived.values()].map(
    ({ id, title, synonyms, type, unit }): Candidate => ({
      id,
      source: 'derived',
      title,
      subject: id.split('.')[1]!,
      names: [title, ...synonyms].map(formText),
      type,
      unit,
      choices: undefined,
    }),
  );
  const measures = [...vocabulary.measures.values()].map(
    ({ id, title, synonyms, unit }): Candidate => ({
      id,
      source: 'measure',
      title,
      subject: id.split('.')[1]!,
      names: [title, ...synonyms].map(formText),
      type: 'decimal',
      unit,
      choices: undefined,
    }),
  );
  return [...elements, ...derived, ...measures];
}

function roleOf(column: FormColumn, layout: FormLayout): Match['role'] {
  const leaf = formText(column.path.at(-1)!).plain;
  if (/^(?:序号|编号|行号|顺序号)$/.test(leaf)) return 'serial';
  if (/^(?:备注|说明|其他需要说明的情况|附注)/.test(leaf)) return 'remarks';
  if (layout.lines.length > 0 && /^(?:指标名?称?|项目名?称?|统计项目|统计内容|计量单位|单位|代码|行次)$/.test(leaf))
    return 'label';
  if (layout.kind === 'crosstab' && layout.lines.length > 0 && /居民区|居委|社区|街道|网格|单位/.test(leaf))
    return 'label';
  return column.formula ? 'formula' : 'value';
}

function lineRole(line: FormLine): Match['role'] {
  return line.formula ? 'formula' : 'value';
}

function momentOf(path: readonly string[]): Moment {
  for (const text of [...path].reverse()) {
    const { plain } = formText(text);
    const found = MOMENTS.find(([pattern]) => pattern.test(plain));
    if (found) return found[1];
  }
  return 'current';
}

/** The wordings by which a heading may be known: its own, and those with the headings above it. */
function questionOf(path: readonly string[], lineUnit: string | undefined, choices: Question['choices']): Question {
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

function scoreAll(question: Question, among: readonly Candidate[]): { candidate: Candidate; score: number }[] {
  const list: { candidate: Candidate; score: number }[] = [];
  for (const candidate of among) {
    let best = 0;
    for (const { text, weight, joined } of question.wordings) {
      for (const name of candidate.names) best = Math.max(best, weight * nameScore(text, name, joined));
    }
    if (best < 0.55) continue;
    const score = best + adjustment(question, candidate);
    if (score >= 0.5) list.push({ candidate, score });
  }
  return list;
}

function nameScore(asked: FormText, name: FormText, joined: boolean): number {
  if (asked.plain === name.plain) return 1;
  if (asked.bare === name.bare) return 0.98;
  if (asked.canonical === name.canonical) return 0.95;
  const [a, b] = [asked.canonical, name.canonical];
  if (joined && a.length === b.length && sorted(a) === sorted(b)) return 0.92;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const share = short.length / long.length;
  // A short word inside a long one says little: 矛盾纠纷 is not 矛盾纠纷排查研判会.
  const within = !joined && short.length >= 2 && share >= 0.6 && long.includes(short) ? 0.55 + 0.35 * share : 0;
  return Math.max(within, 0.85 * likeness(a, b));
}

function sorted(text: string): string {
  return [...text].sort().join('');
}

/** What speaks against a candidate besides its name, and for it. */
function adjustment(question: Question, candidate: Candidate): number {
  const { leaf, whole, unit, choices } = question;
  let change = 0;
  const title = candidate.names[0]!.canonical;
  const others = OTHERS.filter((word) => whole.includes(word));
  const isAbout = (word: string) => title.includes(word) || candidate.id.includes(OTHER_IDS[word] ?? '-');
  if (PERSONAL.test(leaf.canonical) && others.length > 0 && !others.some(isAbout)) change -= 0.35;
  if (others.length === 0 && OTHERS.some((word) => title.includes(word))) change -= 0.3;
  if (unit !== undefined && candidate.unit !== undefined && unit !== candidate.unit) change -= 0.3;
  if (unit === '%' && candidate.unit !== '%') change -= 0.3;
  const isDate = candidate.type === 'date' || candidate.type === 'timestamp';
  if (/(?:日期|时间|年月日?)$/.test(leaf.bare) && !isDate) change -= 0.25;
  if (isDate && !/日期|时间|年月|起|止|日$|自$/.test(leaf.bare)) change -= 0.2;
  if (/(?:数|金额|面积|率|收入|额)$/.test(leaf.bare) && candidate.type === 'text') change -= 0.3;
  if (/^(?:是否|有无)/.test(leaf.bare) && candidate.choices?.[0] !== '是') change -= 0.2;
  if (choices && candidate.choices) {
    const shared = choices.filter((choice) => candidate.choices!.includes(choice)).length / choices.length;
    change += shared >= 0.5 ? 0.1 : shared === 0 ? -0.15 : 0;
  } else if (choices && candidate.source === 'element' && candidate.type !== 'text') change -= 0.15;
  return change;
}

/** How much each subject is what the form is about: 1 for the main one. */
function subjectsOf(
  scored: readonly (readonly { candidate: Candidate; score: number }[])[],
  title: string,
): ReadonlyMap<string, number> {
  const votes = new Map<string, number>();
  for (const list of scored) {
    const good = list.filter(({ score }) => score >= 0.9);
    const subjects = new Set(good.map(({ candidate }) => candidate.subject));
    for (const subject of subjects) votes.set(subject, (votes.get(subject) ?? 0) + 1 / subjects.size);
  }
  const titled = TITLE_SUBJECTS.find(([pattern]) => pattern.test(title))?.[1];
  if (titled !== undefined) votes.set(titled, (votes.get(titled) ?? 0) + 2);
  const most = Math.max(1, ...votes.values());
  return new Map([...votes].map(([subject, count]) => [subject, count / most]));
}

function suggestionsOf(list: readonly { candidate: Candidate; score: number }[]): Suggestion[] {
  return list.slice(0, 3).map(({ candidate: { id, source, title }, score }) => ({
    id,
    source,
    title,
    score: Math.round(score * 1000) / 1000,
  }));
}

/**
 * A group that asks mostly for what nobody holds is about this survey's own visit: its 走访日期 is not the last visit that the
 * grid platform knows of, but the one that people are sent on now.
 */
function withoutThisVisit(matches: readonly Match[], columns: readonly FormColumn[]): Match[] {
  const held = (match: Match) => accepted(match) !== undefined;
  return matches.map((match, index) => {
    const group = columns[index]!.path.length > 1 ? columns[index]!.path[0] : undefined;
    if (group === undefined || !/走访|核查|检查|上门/.test(match.suggestions[0]?.title ?? '')) return match;
    const siblings = matches.filter(
      (_, at) => at !== index && columns[at]!.path.length > 1 && columns[at]!.path[0] === group,
    );
    const asked = siblings.filter((sibling) => !held(sibling)).length;
    return siblings.length >= 2 && asked > siblings.length / 2 ? { ...match, suggestions: [] } : match;
  });
}
