import { parseArea } from '../formula/reference.ts';
import { attribute, elements, makeElement, prefixOf, setAttribute, type XmlElement } from '../patch/tree.ts';
import { type SheetShift, shiftCell } from './area.ts';

/** Manual page breaks a sheet may have; Excel refuses the file beyond. */
const MOST_BREAKS = 1_023;

/** Frozen panes: the frozen part grows when rows grow inside it. */
export function shiftPane(view: XmlElement, pane: XmlElement, shift: SheetShift): void {
  const name = shift.axis === 'row' ? 'ySplit' : 'xSplit';
  const split = Number(attribute(pane, name) ?? 0);
  const frozen = attribute(pane, 'state')?.startsWith('frozen');
  if (frozen && split > 0) {
    const corner = parseArea(attribute(view, 'topLeftCell') ?? 'A1');
    const first = corner ? (shift.axis === 'row' ? corner.top : corner.left) : 1;
    const range = shift.map.range(first, first + split - 1);
    if (range) setAttribute(pane, name, range.to - range.from + 1);
  }
  const corner = attribute(pane, 'topLeftCell');
  const moved = corner === undefined ? undefined : shiftCell(corner, shift);
  if (moved !== undefined) setAttribute(pane, 'topLeftCell', moved);
}

/** Page breaks: one inside a record repeats with it, one after the sample comes after the last copy. */
export function shiftBreaks(breaks: XmlElement, shift: SheetShift): void {
  const along = breaks.local === (shift.axis === 'row' ? 'rowBreaks' : 'colBreaks');
  if (!along) {
    for (const one of elements(breaks)) shiftExtent(one, shift);
    return;
  }
  const out: XmlElement[] = [];
  for (const one of elements(breaks)) {
    for (const id of placesOf(Number(attribute(one, 'id')), shift)) {
      if (out.length >= MOST_BREAKS) break;
      const copy = makeElement(`${prefixOf(one)}brk`);
      copy.head = one.head;
      setAttribute(copy, 'id', id);
      out.push(copy);
    }
  }
  breaks.children = out;
  setAttribute(breaks, 'count', out.length);
  const manual = out.filter((one) => attribute(one, 'man') === '1' || attribute(one, 'man') === 'true').length;
  setAttribute(breaks, 'manualBreakCount', manual);
}

/** A break stands after the row of its id. */
function placesOf(id: number, { map }: SheetShift): number[] {
  const band = map.bandAt(id);
  if (!band || id === band.start + band.size - 1 || band.unit === 1) {
    const range = map.range(id, id);
    return range ? [range.to] : [];
  }
  return [...map.images(id)];
}

/** How far a break reaches across: the other axis. */
function shiftExtent(one: XmlElement, { map }: SheetShift): void {
  const max = Number(attribute(one, 'max') ?? 0);
  if (max <= 0 || max >= map.max - 1) return;
  const range = map.range(Number(attribute(one, 'min') ?? 0) + 1, max + 1);
  if (!range) return;
  setAttribute(one, 'min', range.from - 1);
  setAttribute(one, 'max', range.to - 1);
}
