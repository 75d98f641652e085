import { escapeText } from '../patch/tree.ts';

/** Characters XML cannot hold, and text that reads like Excel's own escapes. */
const SPECIAL = /(?![\t\n\u007f-\u009f])[\p{Cc}\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/gu;

const UNPLAIN = new RegExp(`[&<>_${String.fromCharCode(0)}-${String.fromCharCode(31)}\ufffe\uffff]`);

/** Text as the inside of a `t` element. */
export function textMarkup(text: string): string {
  // Nearly all texts are plain, and one look is cheaper than four replacements.
  if (!UNPLAIN.test(text)) return text;
  return escapeText(escapeControls(text));
}

/** Text with what XML cannot hold in Excel's own notation `_xHHHH_`. */
export function escapeControls(text: string): string {
  return text.replace(SPECIAL, (char) => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`);
}

const SPACED = /^\s|\s$|\n|\t| {2}/;

/** The whole `is` element of a text kept in its cell. */
export function inlineText(text: string, prefix: string): string {
  const space = SPACED.test(text) ? ' xml:space="preserve"' : '';
  return `<${prefix}is><${prefix}t${space}>${textMarkup(text)}</${prefix}t></${prefix}is>`;
}
