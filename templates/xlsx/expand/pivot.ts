import type { Expansion } from '../formula/shift.ts';
import { attribute, elements, setAttribute, walk, type XmlElement } from '../patch/tree.ts';
import { type SheetShift, shiftReference } from './area.ts';

/** Where a pivot table stands. */
export function shiftPivotTable(root: XmlElement, shift: SheetShift): void {
  for (const location of elements(root, 'location')) {
    const ref = attribute(location, 'ref');
    const moved = ref === undefined ? undefined : shiftReference(ref, shift);
    if (moved !== undefined) setAttribute(location, 'ref', moved);
  }
}

/** The range a pivot table is fed from. */
export function shiftPivotSource(root: XmlElement, expansion: Expansion): void {
  for (const source of sourcesOf(root)) {
    const sheet = attribute(source, 'sheet');
    const ref = attribute(source, 'ref');
    const map = sheet === undefined ? undefined : expansion.mapOf(sheet);
    if (!map || ref === undefined) continue;
    setAttribute(source, 'ref', shiftReference(ref, { sheet: sheet!, axis: expansion.axis, map, expansion }) ?? ref);
  }
}

/** Has the pivot table rebuilt when the file is opened, if `isTouched` says its source changed. */
export function refreshPivot(root: XmlElement, isTouched: (source: PivotSource) => boolean): void {
  for (const source of sourcesOf(root)) {
    const name = attribute(source, 'name');
    const sheet = attribute(source, 'sheet');
    const ref = attribute(source, 'ref');
    if (isTouched({ name, sheet, ref })) setAttribute(root, 'refreshOnLoad', 1);
  }
}

export interface PivotSource {
  readonly name: string | undefined;
  readonly sheet: string | undefined;
  readonly ref: string | undefined;
}

function sourcesOf(root: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  for (const element of walk(root)) {
    const isSource = element.local === 'worksheetSource' || element.local === 'rangeSet';
    // A source in another workbook has an id.
    if (isSource && !/\s(?:\w+:)?id\s*=/.test(element.head)) found.push(element);
  }
  return found;
}
