import { escapeText } from '../patch/tree.ts';
import { printReference, type Token } from './tokens.ts';

/**
 * A formula as markup, ready to be printed for any row: its rolling references are taken apart once into text, and offsets
 * that the row is added to.
 */
export function compileRolling(tokens: readonly Token[]): (row: number) => string {
  const pieces: (string | number)[] = [];
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'reference' || !token.rolling) {
      text += escapeText(token.text);
      continue;
    }
    // Printed with markers where the rolling numbers go: no reference has such rows, though a sheet may have such a name.
    const { rolling, from, to, sheet, ...rest } = token;
    text += escapeText(sheet?.text ?? '');
    const marked = printReference({
      ...rest,
      from: rolling.from ? { ...from, row: FROM_MARK } : from,
      to: rolling.to ? { ...to, row: TO_MARK } : to,
    });
    for (const part of marked.split(MARKS)) {
      if (part === String(FROM_MARK) || part === String(TO_MARK)) {
        pieces.push(text, part === String(FROM_MARK) ? from.row : to.row);
        text = '';
      } else text += part;
    }
  }
  pieces.push(text);
  if (pieces.length === 1) return () => text;
  return (row) => {
    let out = '';
    for (const piece of pieces) out += typeof piece === 'string' ? piece : row + piece;
    return out;
  };
}

const FROM_MARK = 90_000_001;
const TO_MARK = 90_000_002;
const MARKS = /(90000001|90000002)/;
