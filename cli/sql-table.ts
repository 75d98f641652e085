import type { SqlScalar } from '../analytics/index.ts';

const WIDEST = 60;
/** Signs that terminals draw two cells wide: CJK, kana, full-width forms, Hangul. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

/**
 * Rows as a table for a terminal: Chinese characters count as two cells, numbers stand right, what is null is empty.
 *
 * @example textTable(['网格', '户数'], [['滨河一网格', 12]])
 */
export function textTable(columns: readonly string[], rows: readonly (readonly SqlScalar[])[]): string {
  const cells = rows.map((row) => row.map((value) => clipped(value === null ? '' : String(value))));
  const widths = columns.map((name, c) =>
    Math.max(widthOf(clipped(name)), ...cells.map((row) => widthOf(row[c] ?? ''))),
  );
  const numeric = columns.map((_, c) => rows.every((row) => row[c] === null || typeof row[c] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((text, c) => {
        const pad = ' '.repeat(Math.max(0, (widths[c] ?? 0) - widthOf(text)));
        return numeric[c] ? pad + text : text + pad;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return `${[line(columns.map(clipped)), rule, ...cells.map(line)].join('\n')}\n`;
}

/** On one line, without signs that a terminal would obey. */
function clipped(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
  const signs = [...plain];
  return signs.length <= WIDEST ? plain : `${signs.slice(0, WIDEST - 1).join('')}…`;
}

function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += WIDE.test(sign) || sign.length > 1 ? 2 : 1;
  return width;
}
