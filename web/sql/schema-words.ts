import type { SqlColumn, SqlMart, SqlSchema } from '../api-types.ts';
import { sqlTokens, type Token } from './sql-tokens.ts';

/** The marts of all themes, in the order of the tree. */
export function martsOf(schema: SqlSchema): SqlMart[] {
  return schema.themes.flatMap(({ marts }) => marts);
}

/** The tables of a statement by the names they go by in it: `person`, `population.person`, and an alias. */
export function tablesIn(tokens: readonly Token[], marts: readonly SqlMart[]): Map<string, SqlMart> {
  const words = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const byTable = new Map(marts.map((mart) => [mart.table, mart]));
  const found = new Map<string, SqlMart>();
  words.forEach((token, i) => {
    if (!/^(from|join|,)$/i.test(token.text)) return;
    const [theme, dot, name] = words.slice(i + 1, i + 4).map(({ text }) => bare(text));
    const mart = dot === '.' ? byTable.get(`${theme}.${name}`) : undefined;
    if (!mart) return;
    found.set(mart.table, mart);
    found.set(mart.name, mart);
    const after = words[i + 4];
    const alias = after?.text.toUpperCase() === 'AS' ? words[i + 5] : after;
    if (alias?.kind === 'name' || alias?.kind === 'quotedName') found.set(bare(alias.text), mart);
  });
  return found;
}

/** The column that a parameter is compared with, as far as the statement shows it. */
export function comparedWith(tokens: readonly Token[], parameter: string, marts: readonly SqlMart[]): SqlColumn | null {
  const words = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const tables = new Set(tablesIn(tokens, marts).values());
  const at = words.findIndex(({ kind, text }) => kind === 'parameter' && text === `$${parameter}`);
  const sign = words[at - 1]?.text.toUpperCase() ?? '';
  // `x between $a and $b`: the column stands three words before the second one.
  const back = sign === 'AND' && words[at - 3]?.text.toUpperCase() === 'BETWEEN' ? 4 : 2;
  if (back === 2 && !['=', '<', '>', '<=', '>=', '<>', '!=', 'LIKE', 'ILIKE', 'BETWEEN'].includes(sign)) return null;
  const name = bare(words[at - back]?.text ?? '');
  for (const mart of tables) {
    const column = mart.columns.find(({ id }) => id === name);
    if (column) return column;
  }
  return null;
}

/** True for a parameter that counts rows: `LIMIT $n`. */
export function countsRows(tokens: readonly Token[], parameter: string): boolean {
  const words = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const at = words.findIndex(({ kind, text }) => kind === 'parameter' && text === `$${parameter}`);
  return /^(limit|offset)$/i.test(words[at - 1]?.text ?? '');
}

/** What a column of a result means, where a statement takes it as it is from a table; null for what it computes. */
export function meaningOf(
  name: string,
  statement: string,
  marts: readonly SqlMart[],
  language: 'zh' | 'en',
): string | null {
  for (const mart of tablesIn(sqlTokens(statement), marts).values()) {
    const column = mart.columns.find(({ id }) => id === name);
    if (column) return language === 'en' ? column.titleEn : column.title;
  }
  return null;
}

function bare(text: string): string {
  return text.startsWith('"') ? text.slice(1, text.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : text;
}
