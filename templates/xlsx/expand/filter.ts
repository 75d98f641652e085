import { parseArea } from '../formula/reference.ts';
import { attribute, elements, setAttribute, walk, type XmlElement } from '../patch/tree.ts';
import { type SheetShift, shiftReference } from './area.ts';

/** An autofilter: its range, the numbers of its filtered columns, and the sort order inside it. */
export function shiftFilter(filter: XmlElement, shift: SheetShift): void {
  const before = parseArea(attribute(filter, 'ref') ?? '');
  for (const element of walk(filter)) {
    const ref = attribute(element, 'ref');
    const moved = ref === undefined ? undefined : shiftReference(ref, shift);
    if (moved !== undefined && moved !== ref) setAttribute(element, 'ref', moved);
  }
  if (!before || shift.axis !== 'column') return;
  const left = shift.map.first(before.left);
  for (const column of elements(filter, 'filterColumn')) {
    const moved = shift.map.first(before.left + Number(attribute(column, 'colId')));
    if (moved !== undefined && left !== undefined) setAttribute(column, 'colId', moved - left);
  }
}
