/** A piece of a text, and whether the text that it is held against says otherwise there. */
export interface Piece {
  readonly text: string;
  readonly differs: boolean;
}

/**
 * The pieces of `text` that differ from `other`: sign by sign where both are as long, else what lies between what they begin and
 * end with alike.
 *
 * @example textDifference('310199', '310189') // 3101 · 9 differs · 9
 */
export function textDifference(text: string, other: string): readonly Piece[] {
  const [a, b] = [[...text], [...other]];
  const same = a.length === b.length ? a.map((sign, i) => sign === b[i]) : sameEnds(a, b);
  const pieces: { text: string; differs: boolean }[] = [];
  for (const [i, sign] of a.entries()) {
    const last = pieces.at(-1);
    if (last && last.differs !== same[i]) last.text += sign;
    else pieces.push({ text: sign, differs: !same[i] });
  }
  return pieces;
}

function sameEnds(a: readonly string[], b: readonly string[]): readonly boolean[] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return a.map((_, i) => i < head || i >= a.length - tail);
}
