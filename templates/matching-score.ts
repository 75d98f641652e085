import type { Catalogue, ElementType } from '../core/index.ts';
import { type FormText, formText, likeness } from './form-text.ts';
import type { Question } from './matching-question.ts';
import type { Measure, Vocabulary } from './vocabulary.ts';

/** Something that is held or can be counted, by all its names. */
export interface Candidate {
  readonly id: string;
  readonly source: 'element' | 'derived' | 'measure';
  readonly title: string;
  /** `person`, `dwelling` … */
  readonly subject: string;
  readonly names: readonly FormText[];
  readonly type: ElementType;
  readonly unit: string | undefined;
  readonly choices: readonly string[] | undefined;
  readonly narrows?: Measure['narrows'];
}

export interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** Words for somebody else than the row's own subject; an attribute belongs to whom the heading names. */
const OTHERS = [
  '户主',
  '产权人',
  '承租人',
  '监护人',
  '社区民警',
  '责任民警',
  '物业',
  '中介',
  '配偶',
  '代领人',
  '网格员',
  '联系人',
];
const OTHER_IDS: Readonly<Record<string, string>> = { 网格员: '.visitor_', 联系人: '.contact_' };
const PERSONAL = /姓名|证件号|电话|性别|年龄|住址|地址|名称/;
export function candidatesOf(catalogue: Catalogue, vocabulary: Vocabulary): Candidate[] {
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
    ({ id, title, synonyms, unit, narrows }): Candidate => ({
      id,
      ...(narrows && { narrows }),
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

/** The candidates that a question may mean, in no order. */
export function scoreAll(question: Question, among: readonly Candidate[]): Scored[] {
  const list: Scored[] = [];
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
  if (asked.canonical === name.canonical && asked.canonical.length > 1) return 0.95;
  const [a, b] = [asked.canonical, name.canonical];
  if (joined && a.length === b.length && sorted(a) === sorted(b)) return 0.92;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const share = short.length / long.length;
  // A short word inside a long one says little: 矛盾纠纷 is not 矛盾纠纷排查研判会.
  const within = !joined && short.length >= 2 && share >= 0.6 && long.includes(short) ? 0.55 + 0.35 * share : 0;
  return Math.max(within, 0.85 * likeness(a, b));
}

/** 万人 and 人 measure the same. */
function scaleOf(unit: string): string {
  return unit
    .replace(/^[百千万亿]+(?=.)/, '')
    .replace(/^(?:家|户|个)$/, '家')
    .replace(/^人次$/, '人');
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
  if (unit !== undefined && candidate.unit !== undefined && unit !== candidate.unit) {
    change -= scaleOf(unit) === scaleOf(candidate.unit) ? 0.05 : 0.3;
  }
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
