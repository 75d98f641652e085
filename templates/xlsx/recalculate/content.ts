import type { Block } from '../expand/block.ts';
import type { Area } from '../formula/reference.ts';
import type { Value } from '../formula/values.ts';
import type { Cell } from '../patch/cell.ts';
import { cellsOf, findCell, rowPosition, type SheetDocument, type SheetRow } from '../patch/sheet.ts';
import { parseTree, textOf, walk } from '../patch/tree.ts';
import type { WorkbookSheet } from '../patch/workbook.ts';
import { decodeEntities, decodeEscapes } from '../xml.ts';

/** A sheet after its expansion: ordinary rows, and blocks of lines that are not written out. */
export interface SheetContent {
  readonly sheet: WorkbookSheet;
  readonly document: SheetDocument;
  /** By their first row, ascending. */
  readonly blocks: readonly Block[];
}

export type SharedText = (index: number) => string;

export function blockAt(content: SheetContent, row: number): Block | undefined {
  for (const block of content.blocks) if (row >= block.start && row < block.start + block.count) return block;
  return undefined;
}

export function rowOf({ document }: SheetContent, row: number): SheetRow | undefined {
  const found = document.rows[rowPosition(document.rows, row)];
  return found?.index === row ? found : undefined;
}

export function cellOf(content: SheetContent, row: number, column: number): Cell | undefined {
  const found = rowOf(content, row);
  return found && findCell(cellsOf(found, content.document), column);
}

/** The last row and column in use. */
export function usedOf({ document, blocks }: SheetContent): { rows: number; columns: number } {
  let rows = document.rows.at(-1)?.index ?? 0;
  let columns = 0;
  for (const row of document.rows) columns = Math.max(columns, lastColumn(row, document));
  for (const block of blocks) {
    rows = Math.max(rows, block.start + block.count - 1);
    for (const { cells } of block.rows) columns = Math.max(columns, cells.at(-1)?.column ?? 0);
  }
  return { rows, columns };
}

function lastColumn(row: SheetRow, document: SheetDocument): number {
  if (row.cells) return row.cells.at(-1)?.column ?? 0;
  return row.body === '' ? 0 : (cellsOf(row, document).at(-1)?.column ?? 0);
}

/** What a cell holds, or what its formula showed when the file was saved. */
export function storedValue(cell: Cell, sharedText: SharedText, part: string): Value {
  const { type, value } = cell;
  if (type === 'inlineStr') return cell.inline === undefined ? null : inlineTextOf(cell.inline, part);
  if (value === undefined) return null;
  switch (type) {
    case 's':
      return sharedText(Number(value));
    case 'str':
      return decodeEscapes(decodeEntities(value, part));
    case 'b':
      return value === '1' || value === 'true';
    case 'e':
      return { error: decodeEntities(value, part) };
    case 'd':
      return decodeEntities(value, part);
    default:
      return value === '' ? null : Number(value);
  }
}

/** The text of an `is` element, without phonetic hints. */
function inlineTextOf(markup: string, part: string): string {
  const { root } = parseTree(markup.replace(/<(\/?)[\w.-]+:/g, '<$1'), part, 16);
  let text = '';
  for (const node of walk(root)) {
    if (node.local === 'rPh') node.children = [];
    else if (node.local === 't') text += decodeEscapes(textOf(node));
  }
  return text;
}

/** Whether any row of the area is hidden. */
export function hidesRows({ document, blocks }: SheetContent, { top, bottom }: Area): boolean {
  const isHidden = (head: string): boolean => /\shidden="(?:1|true)"/.test(head);
  for (let at = rowPosition(document.rows, top); at < document.rows.length; at++) {
    const row = document.rows[at]!;
    if (row.index > bottom) break;
    if (isHidden(row.head)) return true;
  }
  return blocks.some(
    (block) =>
      block.start <= bottom && block.start + block.count > top && block.rows.some(({ head }) => isHidden(head)),
  );
}
