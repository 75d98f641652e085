import { type Area, contains, parseArea } from '../formula/reference.ts';
import { type Cell, clearCell } from '../patch/cell.ts';
import { cellsOf, changeCells, type SheetDocument } from '../patch/sheet.ts';
import { attribute, child, elements } from '../patch/tree.ts';
import type { SheetShift } from './area.ts';
import { formulaAt, type MovedFormulas, sampleFormula, shiftCellFormula, unshare } from './cells.ts';

/** Merged ranges of a sheet, before anything moves. */
export function mergedAreas(sheet: SheetDocument): Area[] {
  const list = child(sheet.tree.root, 'mergeCells');
  if (!list) return [];
  return elements(list)
    .map((merge) => parseArea(attribute(merge, 'ref') ?? ''))
    .filter((area): area is Area => area !== undefined);
}

/** Moves the cells of a sheet to their new columns and makes the copies of the sample columns. */
export function expandColumns(sheet: SheetDocument, shift: SheetShift, moved: MovedFormulas, changed: Set<Cell>): void {
  unshare(sheet);
  const { map } = shift;
  const spanning = spanningMerges(sheet, shift);
  for (const row of sheet.rows) {
    const before = cellsOf(row, sheet);
    if (before.length === 0) continue;
    changeCells(row, sheet);
    row.head = row.head.replace(/\sspans="[^"]*"/, '');
    const out: Cell[] = [];
    for (const cell of before) {
      const band = map.bandAt(cell.column);
      if (!band) {
        const column = map.first(cell.column);
        shiftCellFormula(cell, row.index, shift, moved);
        if (column !== undefined) out.push(Object.assign(cell, { column }));
        continue;
      }
      const sample = cell.formula && sampleFormula(cell.formula, row.index, cell.column, shift);
      const isMerged = spanning.some((area) => contains(area, cellArea(row.index, cell.column)));
      let isFirst = true;
      for (const column of map.images(cell.column)) {
        const copy: Cell = { ...cell, column };
        if (sample) {
          const formula = formulaAt(sample, column, isFirst);
          if (formula) copy.formula = formula;
          else delete copy.formula;
          moved.add(copy);
        } else if (!isFirst && isMerged) clearCell(copy);
        if (changed.has(cell)) changed.add(copy);
        out.push(copy);
        isFirst = false;
      }
    }
    row.cells = out.sort((a, b) => a.column - b.column);
  }
}

/** Merges that reach out of the sample: only their first cell shows anything, so its copies hold nothing. */
export function spanningMerges(sheet: SheetDocument, { axis, map }: SheetShift): Area[] {
  return mergedAreas(sheet).filter((area) => {
    const [from, to] = axis === 'row' ? [area.top, area.bottom] : [area.left, area.right];
    const band = map.bandAt(from);
    return band !== undefined && map.bandAt(to) !== band;
  });
}

export function cellArea(row: number, column: number): Area {
  return { top: row, left: column, bottom: row, right: column };
}
