import type { FormColumn } from './form-layout.ts';
import type { FormLine } from './form-lines.ts';
import { formText, likeness } from './form-text.ts';

/** How an uploaded form differs from a known one. */
export interface FormDifference {
  readonly kind: 'added' | 'removed' | 'renamed' | 'moved';
  readonly what: 'column' | 'line';
  /** Heading in the upload; of what was removed, in the template. */
  readonly title: string;
  /** Of a renamed one: the template's heading. */
  readonly was?: string;
  /** Sheet column or row in the upload; of what was removed, in the template. */
  readonly at: string;
}

export interface Aligned {
  /** Template place (`A`, `13`) → place in the upload. */
  readonly places: ReadonlyMap<string, string>;
  readonly differences: readonly FormDifference[];
  /** Share of headings that both have: 0 to 1 (F1, with each pair counted by its likeness). */
  readonly score: number;
}

interface Heading {
  readonly at: string;
  readonly shown: string;
  readonly leaf: string;
  readonly path: string;
}

/** Columns of the template that stand for any number of columns: one per community, or one group per quarter. */
export interface Repeated {
  readonly first: number;
  readonly last: number;
}

const RENAMED = 0.55;

/** Which column of an upload is which of a template, and where they differ. */
export function alignColumns(
  template: readonly FormColumn[],
  upload: readonly FormColumn[],
  repeated: Repeated | undefined,
): Aligned {
  const isRepeated = (column: FormColumn) =>
    repeated !== undefined && column.index >= repeated.first && column.index <= repeated.last;
  const width = repeated ? repeated.last - repeated.first + 1 : 0;
  const fixed = template.filter((column) => !isRepeated(column));
  const sample = template.filter(isRepeated);
  const aligned = align(fixed.map(columnHeading), upload.map(columnHeading), 'column');
  if (!repeated) return aligned;
  // What stands where the sample group stands is its repetition, not an addition.
  const before = fixed.filter(({ index }) => index < repeated.first).at(-1);
  const after = fixed.find(({ index }) => index > repeated.last);
  const start = indexOf(upload, before && aligned.places.get(before.ref)) ?? 0;
  const end = indexOf(upload, after && aligned.places.get(after.ref)) ?? Number.POSITIVE_INFINITY;
  const within = upload.filter(({ index }) => index > start && index < end);
  const instances = new Set(within.slice(0, within.length - (within.length % width)).map(({ ref }) => ref));
  const places = new Map(aligned.places);
  sample.forEach((column, at) => {
    const found = within[at];
    if (found) places.set(column.ref, found.ref);
  });
  const missing = sample
    .filter(({ ref }) => !places.has(ref))
    .map((column) => difference('removed', 'column', columnHeading(column)));
  const differences = aligned.differences.filter(({ kind, at }) => !(kind === 'added' && instances.has(at)));
  const added = aligned.differences.length - differences.length;
  const total = fixed.length + upload.length - added;
  const score = total === 0 ? 0 : (aligned.score * (fixed.length + upload.length)) / total;
  return { places, differences: [...differences, ...missing], score: Math.min(1, score) };
}

/** Which line of an upload is which of a template, and where they differ. */
export function alignLines(template: readonly FormLine[], upload: readonly FormLine[]): Aligned {
  return align(template.map(lineHeading), upload.map(lineHeading), 'line');
}

function align(known: readonly Heading[], given: readonly Heading[], what: FormDifference['what']): Aligned {
  const pairs: { k: number; g: number; worth: number }[] = [];
  known.forEach((a, k) => {
    given.forEach((b, g) => {
      const worth = similar(a, b);
      if (worth >= RENAMED) pairs.push({ k, g, worth });
    });
  });
  // Equal worth goes to those that stand closest.
  pairs.sort((a, b) => b.worth - a.worth || Math.abs(a.k - a.g) - Math.abs(b.k - b.g));
  const toGiven = new Map<number, { g: number; worth: number }>();
  const taken = new Set<number>();
  for (const { k, g, worth } of pairs) {
    if (toGiven.has(k) || taken.has(g)) continue;
    toGiven.set(k, { g, worth });
    taken.add(g);
  }
  pairLeftOver(known.length, given.length, toGiven, taken);
  const differences: FormDifference[] = [];
  const stays = inOrder([...toGiven].sort(([a], [b]) => a - b).map(([, { g }]) => g));
  known.forEach((heading, k) => {
    const pair = toGiven.get(k);
    if (!pair) {
      differences.push(difference('removed', what, heading));
      return;
    }
    const found = given[pair.g]!;
    if (pair.worth < 1) differences.push({ ...difference('renamed', what, found), was: heading.shown });
    if (!stays.has(pair.g)) differences.push(difference('moved', what, found));
  });
  given.forEach((heading, g) => {
    if (!taken.has(g)) differences.push(difference('added', what, heading));
  });
  const worth = [...toGiven.values()].reduce((sum, pair) => sum + pair.worth, 0);
  const total = known.length + given.length;
  return {
    places: new Map([...toGiven].map(([k, { g }]) => [known[k]!.at, given[g]!.at])),
    differences,
    score: total === 0 ? 0 : (2 * worth) / total,
  };
}

/** One left over on each side between the same neighbours is the same one under another name. */
function pairLeftOver(
  known: number,
  given: number,
  toGiven: Map<number, { g: number; worth: number }>,
  taken: Set<number>,
): void {
  for (let k = 0; k < known; k++) {
    if (toGiven.has(k)) continue;
    const before = k === 0 ? -1 : toGiven.get(k - 1)?.g;
    const after = k === known - 1 ? given : toGiven.get(k + 1)?.g;
    if (before === undefined || after !== before + 2 || taken.has(before + 1)) continue;
    toGiven.set(k, { g: before + 1, worth: 0.4 });
    taken.add(before + 1);
  }
}

function similar(a: Heading, b: Heading): number {
  if (a.path === b.path) return 1;
  if (a.leaf === b.leaf) return 0.6 + 0.35 * likeness(a.path, b.path);
  return 0.95 * Math.max(likeness(a.leaf, b.leaf) * 0.9, likeness(a.path, b.path));
}

/** The longest run that kept its order; the others moved. */
function inOrder(sequence: readonly number[]): ReadonlySet<number> {
  const length: number[] = [];
  const previous: number[] = [];
  let best = -1;
  sequence.forEach((value, i) => {
    length[i] = 1;
    previous[i] = -1;
    for (let j = 0; j < i; j++) {
      if (sequence[j]! < value && length[j]! + 1 > length[i]!) {
        length[i] = length[j]! + 1;
        previous[i] = j;
      }
    }
    if (best < 0 || length[i]! > length[best]!) best = i;
  });
  const stays = new Set<number>();
  for (let i = best; i >= 0; i = previous[i]!) stays.add(sequence[i]!);
  return stays;
}

function columnHeading({ ref, path }: FormColumn): Heading {
  const texts = path.map((text) => formText(text).canonical);
  return { at: ref, shown: path.join(' / '), leaf: texts.at(-1)!, path: texts.join('/') };
}

function lineHeading({ row, path }: FormLine): Heading {
  const texts = path.map((text) => formText(text).canonical);
  return { at: String(row), shown: path.at(-1)!, leaf: texts.at(-1)!, path: texts.join('/') };
}

function difference(kind: FormDifference['kind'], what: FormDifference['what'], heading: Heading): FormDifference {
  return { kind, what, title: heading.shown, at: heading.at };
}

function indexOf(columns: readonly FormColumn[], ref: string | undefined): number | undefined {
  return columns.find((column) => column.ref === ref)?.index;
}
