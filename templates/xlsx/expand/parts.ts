import type { Breath } from '../../../core/breath.ts';
import type { Expansion } from '../formula/shift.ts';
import { shiftFormula } from '../formula/shift.ts';
import type { PartStore, Relation } from '../patch/package.ts';
import { sheetRoot } from '../patch/sheet.ts';
import { attribute, elements, setAttribute, walk, type XmlElement } from '../patch/tree.ts';
import type { Workbook, WorkbookSheet } from '../patch/workbook.ts';
import { type SheetShift, shiftCell, shiftReference } from './area.ts';
import { shiftChart, shiftControl, shiftDrawing, shiftDrawingLinks } from './drawing.ts';
import { shiftNames } from './names.ts';
import { shiftPivotSource, shiftPivotTable } from './pivot.ts';
import { type ColumnCopies, shiftTable, shiftTableFormulas } from './table.ts';
import { shiftVml } from './vml.ts';
import { dropEmptied, shiftLooking, shiftWorksheet } from './worksheet.ts';

/**
 * Shifts all that refers to cells, in every part of the workbook, except the cells themselves.
 *
 * @param bound defined names that mark places for data
 * @param copies takes the table columns that are made
 */
export async function shiftParts(
  workbook: Workbook,
  expansion: Expansion,
  bound: ReadonlySet<XmlElement>,
  copies: ColumnCopies,
  breathe: Breath,
): Promise<void> {
  const { parts } = workbook;
  for (const sheet of workbook.sheets) {
    if (!parts.has(sheet.part)) continue;
    const map = expansion.mapOf(sheet.name);
    const shift: SheetShift | undefined = map && { sheet: sheet.name, axis: expansion.axis, map, expansion };
    if (sheet.isWorksheet) {
      const root = sheetRoot(await workbook.document(sheet));
      if (shift) {
        await shiftWorksheet(root, shift, breathe);
        dropEmptied(root);
      } else shiftLooking(root, sheet.name, expansion);
    }
    for (const relation of await parts.relations(sheet.part)) {
      if (parts.has(relation.part)) await shiftRelated(parts, relation, sheet, expansion, shift, copies);
      await breathe();
    }
  }
  for (const relation of await parts.relations(workbook.part)) {
    if (relation.type === 'pivotCacheDefinition') shiftPivotSource((await parts.tree(relation.part)).root, expansion);
  }
  shiftNames(workbook, expansion, bound);
}

async function shiftRelated(
  parts: PartStore,
  { type, part }: Relation,
  sheet: WorkbookSheet,
  expansion: Expansion,
  shift: SheetShift | undefined,
  copies: ColumnCopies,
): Promise<void> {
  if (type === 'vmlDrawing') {
    const text = await parts.text(part);
    parts.setText(part, shiftVml(text, part, sheet.name, expansion, shift));
    return;
  }
  if (!SHIFTED.has(type)) return;
  const { root } = await parts.tree(part);
  if (type === 'drawing') {
    if (shift) shiftDrawing(root, shift);
    shiftDrawingLinks(root, sheet.name, expansion);
    await shiftDrawingTargets(parts, part, sheet, expansion);
    for (const relation of await parts.relations(part)) {
      if (relation.type === 'chart' || relation.type === 'chartEx') {
        shiftChart((await parts.tree(relation.part)).root, sheet.name, expansion);
      }
    }
  } else if (type === 'ctrlProp') shiftControl(root, sheet.name, expansion);
  else if (type === 'table') {
    if (shift) shiftTable(root, shift, copies);
    else shiftTableFormulas(root, { sheet: sheet.name }, { sheet: sheet.name }, expansion);
  } else if (shift) {
    if (type === 'pivotTable') shiftPivotTable(root, shift);
    else shiftPlaces(root, shift);
  }
}

const SHIFTED: ReadonlySet<string> = new Set([
  'drawing',
  'ctrlProp',
  'table',
  'pivotTable',
  'comments',
  'threadedComment',
  'tableSingleCells',
  'namedSheetView',
]);

/** Comments and their kin: a cell each, in `ref` or `r`. */
function shiftPlaces(root: XmlElement, shift: SheetShift): void {
  for (const element of walk(root)) {
    for (const name of ['ref', 'r']) {
      const value = attribute(element, name);
      if (value === undefined) continue;
      const moved = value.includes(':') ? shiftReference(value, shift) : shiftCell(value, shift);
      if (moved !== undefined && moved !== value) setAttribute(element, name, moved);
    }
  }
}

/** Links of pictures and shapes to a place in the workbook are kept as relations: `#Sheet1!B5`. */
async function shiftDrawingTargets(
  parts: PartStore,
  part: string,
  sheet: WorkbookSheet,
  expansion: Expansion,
): Promise<void> {
  const root = await parts.relationsRoot(part);
  if (!root) return;
  for (const element of elements(root)) {
    const target = attribute(element, 'Target');
    if (!target?.startsWith('#')) continue;
    const moved = shiftFormula(target.slice(1), { sheet: sheet.name }, expansion);
    if (moved !== undefined) setAttribute(element, 'Target', `#${moved}`);
  }
}
