export type TokenKind =
  | 'keyword'
  | 'name'
  | 'quotedName'
  | 'parameter'
  | 'number'
  | 'text'
  | 'comment'
  | 'sign'
  | 'space';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset into the statement, in UTF-16 units. */
  readonly at: number;
}

/** Words that are coloured and offered; the gate decides what a statement may do. */
export const KEYWORDS: readonly string[] = (
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET AS ON USING JOIN LEFT RIGHT FULL INNER CROSS UNION ALL EXCEPT ' +
  'INTERSECT DISTINCT WITH RECURSIVE AND OR NOT IN IS NULL LIKE ILIKE BETWEEN EXISTS CASE WHEN THEN ELSE END CAST ASC ' +
  'DESC NULLS FIRST LAST OVER PARTITION ROWS RANGE QUALIFY FILTER TRUE FALSE INTERVAL DATE TIMESTAMP VALUES'
).split(' ');

const IS_KEYWORD = new Set(KEYWORDS);

// A literal or comment that is not closed yet runs to the end: the statement is being typed.
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*(?:'|$))|(?<quotedName>"(?:[^"]|"")*(?:"|$))|(?<parameter>\$[A-Za-z_]\w{0,62})|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<space>\s+)|(?<sign><=|>=|<>|!=|\|\||::|[\s\S])/gu;

/**
 * Cuts a statement into tokens that together are the statement again, whatever is typed.
 *
 * @example sqlTokens('SELECT $a').map(({ kind }) => kind) // ['keyword', 'space', 'parameter']
 */
export function sqlTokens(statement: string): Token[] {
  return Array.from(statement.matchAll(TOKEN), (match) => {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ['sign'];
    const text = match[0];
    const word = kind === 'name' && IS_KEYWORD.has(text.toUpperCase());
    return { kind: word ? 'keyword' : (kind as TokenKind), text, at: match.index };
  });
}

/** The names of the `$name` in a statement, in order, each once: those that differ in case only are one, as it is written first. */
export function parameterNames(statement: string): string[] {
  const names = new Map<string, string>();
  for (const { kind, text } of sqlTokens(statement)) {
    const name = text.slice(1);
    if (kind === 'parameter' && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

/** A name as a statement must write it. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !IS_KEYWORD.has(name.toUpperCase())
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** Line and column of an offset, both from 1. */
export function placeOf(statement: string, at: number): { line: number; column: number } {
  const before = statement.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
