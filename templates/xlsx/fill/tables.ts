import { freeName } from '../expand/table.ts';
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
}

/**
 * Brings a table's column names and its header cells to the same text, which Excel insists on: a header the data set
 * gives the column its name, one that is there twice gets a number.
 */
export function nameColumns(root: XmlElement, content: SheetContent, options: HeaderOptions): void {
  const shape = tableShape(content.sheet.index, root);
  const list = child(root, 'tableColumns');
  if (!shape || !list || shape.headerRows === 0) return;
  const taken = new Set<string>();
  for (const [at, column] of elements(list, 'tableColumn').entries()) {
    const name = attribute(column, 'name') ?? '';
    const cell = cellOf(content, shape.area.top, shape.area.left + at);
    const value = cell && storedValue(cell, options.sharedText, content.document.part);
    const header =
      value === undefined || value === null || value === '' ? name.replaceAll('_x000a_', '\n') : String(value);
    const free = freeName(header, taken);
    if (free !== header) options.warnings.add('columnRenamed', header);
    if (value !== free) {
      const row = rowAt(content.document, shape.area.top);
      const own = cellAt(changeCells(row, content.document), shape.area.left + at, cell?.style ?? 0);
      putContent(own, free, options.styles, content.document.prefix);
      options.changed.add(own);
    }
    const next = free.replaceAll('\n', '_x000a_');
    if (next.toLowerCase() !== name.replaceAll('_x000A_', '_x000a_').toLowerCase()) setAttribute(column, 'name', next);
  }
}
