import type { SqlSchema } from '../api-types.ts';
import { martsOf, tablesIn } from './schema-words.ts';
import { KEYWORDS, quoted, sqlTokens, type Token } from './sql-tokens.ts';

export interface Suggestion {
  readonly kind: 'column' | 'table' | 'function' | 'keyword';
  /** What is put in. */
  readonly insert: string;
  readonly name: string;
  /** What it means, in the reader's language. */
  readonly meaning: string;
}

export interface Completion {
  /** Where the word that is being typed begins; it is replaced up to the caret. */
  readonly from: number;
  readonly items: readonly Suggestion[];
}

/** As many as a list shows without searching. */
const MOST = 50;

export type Language = 'zh' | 'en';

/**
 * What may stand at the caret: columns of the statement's tables first, then tables, words, functions. Chinese titles are
 * found as names are. Nothing inside literals and comments.
 *
 * @param asked true when the reader asked for the list; without a word begun only then something is offered
 */
export function complete(
  statement: string,
  caret: number,
  schema: SqlSchema,
  { language, asked }: { language: Language; asked: boolean },
): Completion | null {
  const tokens = sqlTokens(statement);
  const inside = tokens.find(({ at, text }) => at < caret && caret <= at + text.length);
  if (inside && (caret < inside.at + inside.text.length ? isQuiet(inside) : isOpen(inside))) return null;
  if (inside?.kind === 'parameter' || inside?.kind === 'number' || inside?.kind === 'quotedName') return null;

  const typing = inside?.kind === 'name' || inside?.kind === 'keyword' ? inside : null;
  const from = typing ? typing.at : caret;
  const word = statement.slice(from, caret);
  const before = statement.slice(0, from).match(/([\p{L}\p{N}_]+)\.$/u)?.[1];
  if (word === '' && before === undefined && !asked) return null;

  const marts = martsOf(schema);
  const tables = tablesIn(tokens, marts);
  const say = (message: { zh: string; en: string }) => message[language];
  const columnsOf = (from_: Iterable<(typeof marts)[number]>): Suggestion[] => {
    const seen = new Map<string, Suggestion>();
    for (const mart of from_) {
      for (const column of mart.columns) {
        const meaning = language === 'en' ? column.titleEn : column.title;
        if (!seen.has(column.id)) {
          seen.set(column.id, { kind: 'column', insert: quoted(column.id), name: column.id, meaning });
        }
      }
    }
    return [...seen.values()];
  };

  if (before !== undefined) {
    const ofTable = tables.get(before);
    const ofTheme = marts.filter(({ theme }) => theme === before);
    const items = [
      ...(ofTable ? columnsOf([ofTable]) : []),
      ...ofTheme.map(
        (mart): Suggestion => ({ kind: 'table', insert: quoted(mart.name), name: mart.name, meaning: say(mart.title) }),
      ),
    ];
    return offer(from, word, items);
  }
  const afterFrom = /\b(?:from|join)\s+$/i.test(statement.slice(0, from));
  const tableItems = marts.map(
    (mart): Suggestion => ({ kind: 'table', insert: mart.table, name: mart.table, meaning: say(mart.title) }),
  );
  if (afterFrom) return offer(from, word, tableItems);
  return offer(from, word, [
    ...columnsOf(new Set(tables.values())),
    ...tableItems,
    ...KEYWORDS.map((name): Suggestion => ({ kind: 'keyword', insert: name, name, meaning: '' })),
    ...schema.functions.map((name): Suggestion => ({ kind: 'function', insert: `${name}(`, name, meaning: '' })),
  ]);
}

/** Those that begin with the word, then those that hold it; one that is already whole is not offered alone. */
function offer(from: number, word: string, all: readonly Suggestion[]): Completion | null {
  const sought = word.toLowerCase();
  const rank = ({ name, meaning }: Suggestion): number => {
    const low = name.toLowerCase();
    if (low.startsWith(sought) || low.split('.')[1]?.startsWith(sought)) return 0;
    if (meaning.toLowerCase().startsWith(sought)) return 1;
    return sought.length > 1 && (low.includes(sought) || meaning.toLowerCase().includes(sought)) ? 2 : 3;
  };
  const items = all
    .map((item, order) => ({ item, order, rank: rank(item) }))
    .filter((entry) => entry.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, MOST)
    .map(({ item }) => item);
  if (items.length === 0 || (items.length === 1 && items[0]?.insert.toLowerCase() === sought)) return null;
  return { from, items };
}

function isQuiet({ kind }: Token): boolean {
  return kind === 'text' || kind === 'comment';
}

/** True for a literal or comment that goes on at its end. */
function isOpen({ kind, text }: Token): boolean {
  if (kind === 'text') return text.split("'").length % 2 === 0;
  return kind === 'comment' && (text.startsWith('--') || text.length < 4 || !text.endsWith('*/'));
}
