import { child, setText, textOf, type XmlElement } from '../patch/tree.ts';
import type { SheetShift } from './area.ts';
import type { AxisMap } from './axis.ts';

/** Moves an anchor's `from` and `to` markers; `sizes` says that it stretches with the cells under it. */
export function shiftAnchor(anchor: XmlElement, shift: SheetShift, sizes: boolean): void {
  const from = marker(anchor, 'from', shift);
  const to = marker(anchor, 'to', shift);
  if (!from) return;
  const start = Number(textOf(from));
  const end = to ? Number(textOf(to)) : start;
  const moved = shiftSpan(start, end, shift.map, sizes);
  if (!moved) return;
  if (moved.from !== start) setText(from, String(moved.from));
  if (to && moved.to !== end) setText(to, String(moved.to));
}

/** Both ends (0-based) of something that lies on the sheet. Without `sizes` it keeps the number of lines it covers. */
export function shiftSpan(
  from: number,
  to: number,
  map: AxisMap,
  sizes: boolean,
): { readonly from: number; readonly to: number } | undefined {
  const first = map.first(from + 1);
  if (first === undefined) return undefined;
  const start = first - 1;
  const kept = start + (to - from);
  const sameBand = map.bandAt(from + 1) !== undefined && map.bandAt(from + 1) === map.bandAt(to + 1);
  // A picture inside the sample stays with its first copy.
  if (!sizes || sameBand || to < from) return { from: start, to: Math.min(kept, map.max - 1) };
  const range = map.range(from + 1, to + 1);
  return { from: start, to: range ? range.to - 1 : kept };
}

function marker(anchor: XmlElement, end: 'from' | 'to', shift: SheetShift): XmlElement | undefined {
  const element = child(anchor, end);
  return element && child(element, shift.axis === 'row' ? 'row' : 'col');
}
