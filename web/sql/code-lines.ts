import { sqlTokens, type Token, type TokenKind } from './sql-tokens.ts';

export interface Piece {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly wrong: boolean;
}

/** A place that is marked as wrong. */
export interface Mark {
  readonly position: number;
  readonly length: number;
}

/** The lines of a statement, cut where the colour or the mark changes. */
export function codeLines(statement: string, marks: readonly Mark[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const piece of sqlTokens(statement).flatMap((token) => marked(token, marks))) {
    piece.text.split('\n').reduce((at, text, i) => {
      if (i > 0) lines.push([]);
      if (text !== '') lines.at(-1)?.push({ ...piece, text, at });
      return at + text.length + 1;
    }, piece.at);
  }
  return lines;
}

/** The place of a problem, widened so that it can be seen: at least the word it stands at. */
export function markOf(statement: string, position: number, length: number | null): Mark {
  if (length !== null && length > 0) return { position, length };
  const token = sqlTokens(statement).find(({ at, text }) => at <= position && position < at + text.length);
  if (token && token.kind !== 'space') return { position: token.at, length: token.text.length };
  // At the end, or between words: the last thing that was written.
  const before = statement.slice(0, position).trimEnd();
  return { position: Math.max(0, before.length - 1), length: 1 };
}

function marked({ kind, text, at }: Token, marks: readonly Mark[]): Piece[] {
  const cuts = marks
    .flatMap(({ position, length }) => [position - at, position + length - at])
    .filter((cut) => cut > 0 && cut < text.length);
  const edges = [0, ...new Set(cuts), text.length].sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, i) => ({
    kind,
    text: text.slice(from, edges[i + 1]),
    at: at + from,
    wrong: marks.some(({ position, length }) => at + from >= position && at + from < position + length),
  }));
}
