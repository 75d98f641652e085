import { type Cell, clearCell } from '../patch/cell.ts';
import type { CellStyles } from '../patch/styles.ts';
import { type CellContent, isDateContent, looksLikeFormula } from './input.ts';
import { inlineText } from './text.ts';

/**
 * Puts a value in a cell in place of what it held. Its style stays, except that text starting with = + - @ gets the
 * same style with a leading apostrophe, and a date in a cell that would show a bare number the same style with a date
 * format; in a cell formatted as text a date is ISO text.
 */
export function putContent(cell: Cell, content: CellContent, styles: CellStyles, prefix: string): void {
  clearCell(cell);
  if (content === null) return;
  if (typeof content === 'number') cell.value = String(content);
  else if (typeof content === 'boolean') {
    cell.type = 'b';
    cell.value = content ? '1' : '0';
  } else if (typeof content === 'string') putText(cell, content, styles, prefix);
  else {
    const shows = styles.shows(cell.style);
    if (shows === 'text') putText(cell, content.iso, styles, prefix);
    else {
      if (shows !== 'date') cell.style = styles.dated(cell.style, content.withTime);
      cell.value = String(content.serial);
    }
  }
}

function putText(cell: Cell, text: string, styles: CellStyles, prefix: string): void {
  if (looksLikeFormula(text)) cell.style = styles.quoted(cell.style);
  cell.type = 'inlineStr';
  cell.inline = inlineText(text, prefix);
}

/** The styles a column of data may need, settled before the first line is written. */
export interface ContentStyles {
  readonly plain: number;
  readonly quoted: number;
  readonly date: number;
  readonly time: number;
  readonly dateAsText: boolean;
}

export function contentStyles(
  style: number,
  needs: { readonly quote: boolean; readonly date: boolean },
  styles: CellStyles,
): ContentStyles {
  const shows = needs.date ? styles.shows(style) : 'number';
  const dateAsText = shows === 'text';
  const restyle = needs.date && shows !== 'date' && !dateAsText;
  return {
    plain: style,
    quoted: needs.quote ? styles.quoted(style) : style,
    date: restyle ? styles.dated(style, false) : style,
    time: restyle ? styles.dated(style, true) : style,
    dateAsText,
  };
}

/** The markup of a cell's attributes after its address, and of its inside. */
export function contentMarkup(content: CellContent, styles: ContentStyles, prefix: string): string {
  if (content === null) return `"${styleAttribute(styles.plain)}/>`;
  if (typeof content === 'number')
    return `"${styleAttribute(styles.plain)}><${prefix}v>${content}</${prefix}v></${prefix}c>`;
  if (typeof content === 'boolean') {
    return `"${styleAttribute(styles.plain)} t="b"><${prefix}v>${content ? 1 : 0}</${prefix}v></${prefix}c>`;
  }
  if (isDateContent(content)) {
    if (styles.dateAsText) return textCell(content.iso, styles.plain, prefix);
    const style = content.withTime ? styles.time : styles.date;
    return `"${styleAttribute(style)}><${prefix}v>${content.serial}</${prefix}v></${prefix}c>`;
  }
  return textCell(content, looksLikeFormula(content) ? styles.quoted : styles.plain, prefix);
}

function textCell(text: string, style: number, prefix: string): string {
  return `"${styleAttribute(style)} t="inlineStr">${inlineText(text, prefix)}</${prefix}c>`;
}

function styleAttribute(style: number): string {
  return style ? ` s="${style}"` : '';
}
