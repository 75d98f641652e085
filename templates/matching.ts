import type { Catalogue } from '../core/index.ts';
import type { FormColumn, FormLayout } from './form-layout.ts';
import type { FormLine } from './form-lines.ts';
import { formText } from './form-text.ts';
import { type Moment, momentOf, type Question, questionOf } from './matching-question.ts';
import { type Candidate, candidatesOf, type Scored, scoreAll } from './matching-score.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Suggestion {
  /** Id of an element, of a derived column or of a measure. */
  readonly id: string;
  readonly source: 'element' | 'derived' | 'measure';
  readonly title: string;
  /** Unit of what is held, when it has one; the form may want another (万人). */
  readonly unit?: string;
  /** 1 and more: the very words; `ACCEPT` and more: taken unless a person says otherwise. */
  readonly score: number;
}

export type { Moment } from './matching-question.ts';

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
    const isAnybody = questions.map((question) => question !== undefined && ANYBODY.test(question.leaf.canonical));
    const affinity = subjectsOf(
      scored.filter((_, index) => !isAnybody[index]),
      title,
    );
    return scored.map((list, index) =>
      list
        .map(({ candidate, score }) => {
          const strange = 1 - (affinity.get(candidate.subject) ?? 0);
          return { candidate, score: score - strange * (isAnybody[index] ? 0.4 : 0.12) };
        })
        .sort((a, b) => b.score - a.score),
    );
  }

  /** Measures by each of their names, to know what a group's heading or the line above counts. */
  const byName = new Map(
    measures.flatMap((measure) => measure.names.map(({ canonical }) => [canonical, measure] as const)),
  );
  const isWithin = (path: readonly string[]) => {
    const groups = path.slice(0, -1).flatMap((text) => byName.get(formText(text).canonical) ?? []);
    return ({ candidate }: Scored) => groups.every((group) => mayNarrow(group, candidate));
  };

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
        suggestions: suggestionsOf(list.filter(isWithin(layout.columns[index]!.path))),
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
        suggestions: suggestionsOf(list.filter(isWithin(layout.lines[index]!.path))),
      }));
    },
  };
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

/** Headings that every register has: they say nothing of what the form is about. */
const ANYBODY = /^(?:姓名|名称|地址|类型|电话|负责人|联系人|面积|状态|税收合计|税收)$/;

/** How much each subject is what the form is about: 1 for the main one. */
function subjectsOf(scored: readonly (readonly Scored[])[], title: string): ReadonlyMap<string, number> {
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

function suggestionsOf(list: readonly Scored[]): Suggestion[] {
  return list.slice(0, 3).map(({ candidate: { id, source, title, unit }, score }) => ({
    id,
    source,
    title,
    ...(unit !== undefined && { unit }),
    score: Math.round(score * 1000) / 1000,
  }));
}

/**
 * Whether a quantity may stand under another's heading. Men under "60 and over" are not all men: what is held counts them
 * all, unless it narrows by the same field or says itself among whom it counts.
 */
function mayNarrow(group: Candidate, candidate: Candidate): boolean {
  if (candidate.source !== 'measure' || !group.narrows || candidate.id === group.id) return true;
  const family = ({ id }: Candidate) => /[^._]+(?=[^.]*$)/.exec(id)![0];
  const { narrows } = candidate;
  if (!narrows) return false;
  const sameField = narrows.fields.some((field) => group.narrows!.fields.includes(field));
  return narrows.among || sameField || family(candidate) === family(group);
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
