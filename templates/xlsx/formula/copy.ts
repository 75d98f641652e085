import { MAX_COLUMNS, MAX_ROWS } from '../limits.ts';
import type { Corner } from './reference.ts';
import { printTokens, type ReferenceToken, referenceToken, type Token } from './tokens.ts';

/**
 * The formula as it reads when its cell is copied `rows` down and `columns` to the right: how the cells of a shared
 * formula read theirs.
 */
export function copyFormula(tokens: readonly Token[], rows: number, columns: number): string {
  return printTokens(
    tokens.map((token) =>
      token.kind === 'reference' && !token.sheet?.external ? copyReference(token, rows, columns) : token,
    ),
  );
}

function copyReference(token: ReferenceToken, rows: number, columns: number): Token {
  const { shape, sheet } = token;
  const move = (corner: Corner): Corner => ({
    ...corner,
    row: corner.rowFixed || shape === 'columns' ? corner.row : corner.row + rows,
    column: corner.columnFixed || shape === 'rows' ? corner.column : corner.column + columns,
  });
  const from = move(token.from);
  const to = move(token.to);
  if (isOff(from) || isOff(to)) return { kind: 'error', text: `${sheet?.text ?? ''}#REF!` };
  return referenceToken({ shape, from, to, ...(sheet ? { sheet } : {}) });
}

function isOff({ row, column }: Corner): boolean {
  return row < 1 || column < 1 || row > MAX_ROWS || column > MAX_COLUMNS;
}
