import { type Expansion, shiftFormula } from '../formula/shift.ts';
import { attribute, setAttribute, setText, textOf, walk, type XmlElement } from '../patch/tree.ts';
import { shiftAnchor } from './anchor.ts';
import type { SheetShift } from './area.ts';

/** Pictures, shapes and charts on a sheet: their anchors move, one that stretches with its cells stretches. */
export function shiftDrawing(root: XmlElement, shift: SheetShift): void {
  for (const element of walk(root)) {
    if (element.local === 'twoCellAnchor') {
      const mode = attribute(element, 'editAs') ?? 'twoCell';
      if (mode !== 'absolute') shiftAnchor(element, shift, mode === 'twoCell');
    } else if (element.local === 'oneCellAnchor') shiftAnchor(element, shift, false);
  }
}

/** Cells that shapes show or are linked to. */
export function shiftDrawingLinks(root: XmlElement, sheet: string, expansion: Expansion): void {
  for (const element of walk(root)) {
    for (const name of ['textlink', 'cellRange']) shiftFormulaAttribute(element, name, sheet, expansion);
  }
}

/** Form controls keep their cells in attributes of their own part. */
export function shiftControl(root: XmlElement, sheet: string, expansion: Expansion): void {
  for (const name of ['fmlaLink', 'fmlaRange', 'fmlaGroup', 'fmlaTxbx', 'fmlaPict']) {
    shiftFormulaAttribute(root, name, sheet, expansion);
  }
}

/** Every formula of a chart, old (`c:f`) and new (`cx:f`, `c15:sqref`); returns the elements that changed. */
export function shiftChart(root: XmlElement, sheet: string, expansion: Expansion): XmlElement[] {
  const changed: XmlElement[] = [];
  for (const element of walk(root)) {
    if (element.local !== 'f' && element.local !== 'sqref') continue;
    const moved = shiftFormula(textOf(element), { sheet }, expansion);
    if (moved === undefined) continue;
    setText(element, moved);
    changed.push(element);
  }
  return changed;
}

function shiftFormulaAttribute(element: XmlElement, name: string, sheet: string, expansion: Expansion): void {
  const value = attribute(element, name);
  if (value === undefined || value === '') return;
  const moved = shiftFormula(value, { sheet }, expansion);
  if (moved !== undefined) setAttribute(element, name, moved);
}
