import type { Message } from '../../core/errors.ts';
import { parseAddress } from './address.ts';
import { enterpriseName } from './enterprise-name.ts';
import { personNameLikeness } from './person-name.ts';
import { plainText } from './plain-text.ts';
import type { Comparison, Feature, MatchRule } from './rules.ts';

/** Fields of a record or an entity by element, as text; what is not said is absent or null. */
export type Fields = Readonly<Record<string, string | null | undefined>>;

type Outcome = 'agree' | 'near' | 'partial' | 'differ' | 'unknown';

/** What one feature says of a pair. */
export interface FeatureScore {
  readonly field: string;
  readonly left: string | null;
  readonly right: string | null;
  /** `near`: one sign off, which counts as agreeing. */
  readonly outcome: Outcome;
  readonly weight: number;
  readonly why: Message;
}

export interface PairScore {
  readonly score: number;
  readonly features: readonly FeatureScore[];
}

/**
 * How likely two descriptions are of one entity, with what each field contributed: a sum of log2 weights, greater is likelier.
 *
 * @example scorePair(rule, { name: '张 伟', birth_date: '1980-05-12' }, { name: '张伟', birth_date: '1980-05-12' }).score // 19
 */
export function scorePair(rule: MatchRule, left: Fields, right: Fields): PairScore {
  const features = [...rule.features].map(([field, feature]): FeatureScore => {
    const [a, b] = [left[field] ?? null, right[field] ?? null];
    const outcome = a === null || b === null || a === '' || b === '' ? 'unknown' : COMPARISONS[feature.compare](a, b);
    return { field, left: a, right: b, outcome, weight: weightOf(feature, outcome), why: feature.why };
  });
  return { score: features.reduce((sum, { weight }) => sum + weight, 0), features };
}

function weightOf(feature: Feature, outcome: Outcome): number {
  if (outcome === 'unknown') return 0;
  if (outcome === 'partial') return feature.partial ?? 0;
  return outcome === 'near' ? feature.agree : feature[outcome];
}

const COMPARISONS: Readonly<Record<Comparison, (a: string, b: string) => Outcome>> = {
  equal: (a, b) => (a === b || plainText(a) === plainText(b) ? 'agree' : 'differ'),
  personName: (a, b) => {
    const likeness = personNameLikeness(a, b);
    return likeness === 1 ? 'agree' : likeness > 0 ? 'partial' : 'differ';
  },
  enterpriseName: (a, b) => {
    const [x, y] = [enterpriseName(a), enterpriseName(b)];
    if (x.key === y.key && (x.form === y.form || x.form === '' || y.form === '')) return 'agree';
    return x.core === y.core && x.branch === y.branch ? 'partial' : 'differ';
  },
  address: (a, b) => {
    const [x, y] = [parseAddress(a), parseAddress(b)];
    // An address that names no house cannot be held against another one.
    if (x.key === '' || y.key === '') return 'unknown';
    if (x.unit !== '' && y.unit !== '' && x.unit !== y.unit) return 'differ';
    return x.key === y.key ? 'agree' : 'differ';
  },
  nearId,
};

/** Same but for one sign: `near`; two neighbours swapped, or a sign too many or missing: `partial`. */
function nearId(a: string, b: string): Outcome {
  const [x, y] = [plainText(a), plainText(b)];
  if (x === y) return 'agree';
  if (x.length === y.length) {
    const places = [...x].flatMap((sign, i) => (sign === y[i] ? [] : [i]));
    if (places.length === 1) return 'near';
    const [i, j] = places;
    const swapped = places.length === 2 && j === i! + 1 && x[i!] === y[j] && x[j] === y[i!];
    return swapped ? 'partial' : 'differ';
  }
  const [longer, shorter] = x.length > y.length ? [x, y] : [y, x];
  if (longer.length !== shorter.length + 1) return 'differ';
  const at = [...shorter].findIndex((sign, i) => sign !== longer[i]);
  const cut = at < 0 ? shorter.length : at;
  return longer.slice(0, cut) + longer.slice(cut + 1) === shorter ? 'partial' : 'differ';
}
