import { columnName } from '../cell-reference.ts';
import { unshare } from '../expand/cells.ts';
import { type Area, contains, parseArea } from '../formula/reference.ts';
import type { Cell } from '../patch/cell.ts';
import { cellAt, cellsOf, changeCells, defaultStyle, rowAt, type SheetDocument } from '../patch/sheet.ts';
import type { CellStyles } from '../patch/styles.ts';
import type { Workbook, WorkbookSheet } from '../patch/workbook.ts';
import type { FillData } from './data.ts';
import { blockTooLarge, partOfArray } from './errors.ts';
import type { Filling } from './filling.ts';
import { type CellInput, cellContent } from './input.ts';
import { putContent } from './put.ts';
import { addressTarget, namedTarget } from './targets.ts';

export interface CellSetter {
  /** Sets one cell; undefined leaves it. */
  set(sheet: WorkbookSheet, document: SheetDocument, row: number, column: number, value: CellInput): void;
}

/** @param changed takes the cells that are set */
export function createCellSetter(workbook: Workbook, styles: CellStyles, changed: Set<Cell>): CellSetter {
  const arrays = new Map<SheetDocument, Area[]>();
  const arraysOf = (document: SheetDocument): Area[] => {
    let areas = arrays.get(document);
    if (!areas) {
      areas = arrayAreas(document);
      arrays.set(document, areas);
    }
    return areas;
  };
  return {
    set: (sheet, document, row, column, value) => {
      const at = `${sheet.name}!${columnName(column)}${row}`;
      const content = cellContent(value, at, workbook.date1904);
      if (content === undefined) return;
      const place = { top: row, left: column, bottom: row, right: column };
      if (arraysOf(document).some((area) => contains(area, place))) throw partOfArray(at);
      const holder = rowAt(document, row);
      const cell = cellAt(changeCells(holder, document), column, defaultStyle(document, holder, column));
      // The others of a shared formula may read theirs from this one.
      if (cell.formula?.kind === 'shared') unshare(document);
      putContent(cell, content, styles, document.prefix);
      changed.add(cell);
    },
  };
}

/** The areas of array formulas and what-if tables of more than one cell. */
function arrayAreas(document: SheetDocument): Area[] {
  const areas: Area[] = [];
  for (const row of document.rows) {
    const isPlain = !row.cells && !row.body.includes('t="array"') && !row.body.includes('t="dataTable"');
    if (isPlain) continue;
    for (const { formula } of cellsOf(row, document)) {
      if (formula?.kind !== 'array' && formula?.kind !== 'dataTable') continue;
      const area = parseArea(formula.ref ?? '');
      if (area && (area.top !== area.bottom || area.left !== area.right)) areas.push(area);
    }
  }
  return areas;
}

/** Sets the cells that the data gives by address and by name. */
export async function setCells({ workbook, bound }: Filling, data: FillData, setter: CellSetter): Promise<void> {
  for (const [address, value] of Object.entries(data.cells ?? {})) {
    const { sheet, area } = addressTarget(workbook, address);
    setter.set(sheet, await workbook.document(sheet), area.top, area.left, value);
  }
  for (const [name, value] of Object.entries(data.names ?? {})) {
    const { sheet, area, element } = namedTarget(workbook, name);
    bound.add(element);
    const document = await workbook.document(sheet);
    if (!Array.isArray(value)) {
      setter.set(sheet, document, area.top, area.left, value as CellInput);
      continue;
    }
    const [rows, columns] = [area.bottom - area.top + 1, area.right - area.left + 1];
    const block = value as readonly (readonly CellInput[])[];
    if (block.length > rows || block.some((line) => line.length > columns)) throw blockTooLarge(name, rows, columns);
    for (const [down, line] of block.entries()) {
      for (const [across, one] of line.entries()) setter.set(sheet, document, area.top + down, area.left + across, one);
    }
  }
}
