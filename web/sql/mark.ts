import { sqlTokens } from './sql-tokens.ts';

/** A place that is marked as wrong. */
export interface Mark {
  readonly position: number;
  readonly length: number;
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
