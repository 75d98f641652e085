import { plainText } from './plain-text.ts';

/** Signs that are written for the dot of a minority name, each of them by some input method. */
const DOTS = /[·•・‧∙⋅●．.。･᛫]/gu;

/**
 * The key by which two spellings of a person's name are one: no blanks, half width, simple characters, no dots.
 *
 * @example personNameKey('阿布都·热依木') === personNameKey('阿布都•热依木 ') // true
 */
export function personNameKey(name: string | null): string {
  if (name === null) return '';
  // The dots go first: folding widths turns some of them into others.
  const bare = plainText(name.replace(DOTS, '').replace(/[(（【[].*?[)）】\]]/gu, ''));
  return bare
    .replace(DOTS, '')
    .replace(/(先生|女士|小姐)$/u, '')
    .replace(/[-_,，、*]/gu, '');
}

/**
 * How alike two names are: 1 for the same key, 0.5 where one character of at least three differs or is missing, or where one of two
 * characters of the given name was masked; else 0.
 *
 * @example personNameLikeness('欧阳娜娜', '欧阳娜') // 0.5
 */
export function personNameLikeness(a: string | null, b: string | null): number {
  const [x, y] = [[...personNameKey(a)], [...personNameKey(b)]];
  if (x.length === 0 || y.length === 0) return 0;
  if (x.join('') === y.join('')) return 1;
  const longer = Math.max(x.length, y.length);
  if (longer < 3 || Math.abs(x.length - y.length) > 1) return 0;
  // A family name that differs makes it another person's name, whatever the rest says.
  if (x[0] !== y[0]) return 0;
  return edits(x, y) <= 1 ? 0.5 : 0;
}

/** Levenshtein distance of two short lists. */
function edits(a: readonly string[], b: readonly string[]): number {
  let row = b.map((_, j) => j + 1);
  for (const [i, sign] of a.entries()) {
    let left = i + 1;
    row = row.map((above, j) => {
      const diagonal = j === 0 ? i : row[j - 1]!;
      left = Math.min(above + 1, left + 1, diagonal + (sign === b[j] ? 0 : 1));
      return left;
    });
  }
  return row.at(-1) ?? a.length;
}
