import { type ColumnCopies, freeName } from '../expand/table.ts';
import { parseArea } from '../formula/reference.ts';
import type { Cell } from '../patch/cell.ts';
import { cellAt, changeCells, rowAt } from '../patch/sheet.ts';
import type { CellStyles } from '../patch/styles.ts';
import { attribute, child, elements, setAttribute, type XmlElement } from '../patch/tree.ts';
import type { Workbook } from '../patch/workbook.ts';
import { cellOf, type SharedText, type SheetContent, storedValue } from '../recalculate/content.ts';
import type { TableShape } from '../recalculate/structured.ts';
import { putContent } from './put.ts';
import type { Warnings } from './warnings.ts';

/** The tables of all sheets, with their parts. */
export async function readTables(workbook: Workbook): Promise<{ readonly sheet: number; readonly root: XmlElement }[]> {
  const found: { sheet: number; root: XmlElement }[] = [];
  for (const sheet of workbook.sheets) {
    if (!sheet.isWorksheet) continue;
    for (const { type, part } of await workbook.parts.relations(sheet.part)) {
      if (type === 'table' && workbook.parts.has(part)) {
        found.push({ sheet: sheet.index, root: (await workbook.parts.tree(part)).root });
      }
    }
  }
  return found;
}

/** A table as formulas see it. */
export function tableShape(sheet: number, root: XmlElement): TableShape | undefined {
  const area = parseArea(attribute(root, 'ref') ?? '');
  const name = attribute(root, 'displayName') ?? attribute(root, 'name');
  if (!area || name === undefined) return undefined;
  const list = child(root, 'tableColumns');
  return {
    name,
    sheet,
    area,
    headerRows: Number(attribute(root, 'headerRowCount') ?? 1),
    totalsRows: Number(attribute(root, 'totalsRowCount') ?? 0),
    columns: list ? elements(list, 'tableColumn').map((column) => attribute(column, 'name') ?? '') : [],
  };
}

export interface HeaderOptions {
  readonly sharedText: SharedText;
  readonly styles: CellStyles;
  readonly warnings: Warnings;
  readonly changed: Set<Cell>;
  readonly copies: ColumnCopies;
}

/** What the columns of a table are called now: by the old name (lower case), in order, with where they stand. */
export type ColumnNames = ReadonlyMap<string, readonly { readonly name: string; readonly column: number }[]>;

/**
 * Brings a table's column names and its header cells to the same text, which Excel insists on: a header the data set
 * gives the column its name, one that is there twice gets a number. Returns the names that formulas know differently.
 */
export function nameColumns(root: XmlElement, content: SheetContent, options: HeaderOptions): ColumnNames {
  const names = new Map<string, { name: string; column: number }[]>();
  const shape = tableShape(content.sheet.index, root);
  const list = child(root, 'tableColumns');
  if (!shape || !list || shape.headerRows === 0) return names;
  const columns = elements(list, 'tableColumn');
  const cells = columns.map((_, at) => cellOf(content, shape.area.top, shape.area.left + at));
  const isTouched =
    cells.some((cell) => cell && options.changed.has(cell)) || columns.some((one) => options.copies.has(one));
  if (!isTouched) return names;
  const taken = new Set<string>();
  const before = columns.map((column) => attribute(options.copies.get(column) ?? column, 'name') ?? '');
  for (const [at, column] of columns.entries()) {
    const name = before[at]!;
    const cell = cells[at];
    const value = cell && storedValue(cell, options.sharedText, content.document.part);
    const blank = value === undefined || value === null || value === '';
    const header = blank ? name.replaceAll(/_x000a_/gi, '\n') : String(value);
    const free = freeName(header, taken);
    if (free !== header) options.warnings.add('columnRenamed', header);
    if (value !== free) setHeader(content, shape.area.top, shape.area.left + at, free, options);
    const next = free.replaceAll('\n', '_x000a_');
    if (next.toLowerCase() !== (attribute(column, 'name') ?? '').toLowerCase()) setAttribute(column, 'name', next);
    const now = { name: free, column: shape.area.left + at };
    const known = names.get(name.toLowerCase());
    if (known) known.push(now);
    else names.set(name.toLowerCase(), [now]);
  }
  for (const [name, now] of names) if (now.length === 1 && now[0]!.name.toLowerCase() === name) names.delete(name);
  return names;
}

function setHeader(
  content: SheetContent,
  row: number,
  column: number,
  text: string,
  { styles, changed }: HeaderOptions,
): void {
  const cells = changeCells(rowAt(content.document, row), content.document);
  const cell = cellAt(cells, column, 0);
  putContent(cell, text, styles, content.document.prefix);
  changed.add(cell);
}
