import { type Expansion, type Reading, shiftFormula } from '../formula/shift.ts';
import type { ReferenceToken } from '../formula/tokens.ts';
import { attribute, elements, setAttribute, setText, textOf, walk, type XmlElement } from '../patch/tree.ts';
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

/** What a chart draws from; everything else it names (titles, series names) is one cell. */
const DRAWN: ReadonlySet<string> = new Set([
  'cat',
  'val',
  'xVal',
  'yVal',
  'bubbleSize',
  'minus',
  'plus',
  'strDim',
  'numDim',
]);

/** Every formula of a chart, old (`c:f`) and new (`cx:f`, `c15:sqref`). */
export function shiftChart(root: XmlElement, sheet: string, expansion: Expansion, isDrawn = false): void {
  for (const element of elements(root)) {
    if (element.local === 'f' || element.local === 'sqref') {
      const moved = shiftFormula(textOf(element), { sheet }, expansion, (token) =>
        chartReading(token, expansion, isDrawn),
      );
      if (moved !== undefined) setText(element, moved);
    } else shiftChart(element, sheet, expansion, isDrawn || DRAWN.has(element.local));
  }
}

/** A series along the sample column grows with it; one across the sample row stays with the first. */
function chartReading({ from, to }: ReferenceToken, { axis }: Expansion, isDrawn: boolean): Reading {
  const [along, across] = [to.row - from.row, to.column - from.column];
  const isAcross = axis === 'row' ? along === 0 && across !== 0 : across === 0 && along !== 0;
  if (isAcross) return 'first';
  return isDrawn ? 'range' : 'place';
}

function shiftFormulaAttribute(element: XmlElement, name: string, sheet: string, expansion: Expansion): void {
  const value = attribute(element, name);
  if (value === undefined || value === '') return;
  const moved = shiftFormula(value, { sheet }, expansion);
  if (moved !== undefined) setAttribute(element, name, moved);
}
