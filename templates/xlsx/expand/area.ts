import { type Area, parseArea, printArea, sameArea } from '../formula/reference.ts';
import type { Expansion } from '../formula/shift.ts';
import type { AxisMap } from './axis.ts';

/** One sheet under one expansion: what happens to places that are written without a sheet name. */
export interface SheetShift {
  readonly sheet: string;
  readonly axis: 'row' | 'column';
  readonly map: AxisMap;
  readonly expansion: Expansion;
}

/** The rectangle after the expansion; undefined when nothing of it is left. */
export function shiftArea(area: Area, { axis, map }: SheetShift): Area | undefined {
  if (axis === 'row') {
    const rows = map.range(area.top, area.bottom);
    return rows && { ...area, top: rows.from, bottom: rows.to };
  }
  const columns = map.range(area.left, area.right);
  return columns && { ...area, left: columns.from, right: columns.to };
}

/** `B5`, `B5:D9` or `B:D` as written, shifted; undefined when nothing of it is left. Other text stays as it is. */
export function shiftReference(text: string, shift: SheetShift): string | undefined {
  const area = parseArea(text);
  if (!area) return text;
  const moved = shiftArea(area, shift);
  if (!moved) return undefined;
  if (sameArea(moved, area)) return text;
  return text.includes('$') ? fixedArea(moved) : printArea(moved);
}

/** A place that is one cell and stays one: the active cell, a comment, a frozen corner. */
export function shiftCell(text: string, { axis, map }: SheetShift): string | undefined {
  const area = parseArea(text);
  if (!area) return text;
  const index = map.first(axis === 'row' ? area.top : area.left);
  if (index === undefined) return undefined;
  const moved = axis === 'row' ? { ...area, top: index, bottom: index } : { ...area, left: index, right: index };
  return printArea({ ...moved, right: moved.left, bottom: moved.top });
}

/**
 * A list of rectangles. One that takes only some lines of a record is repeated with every record, so that a
 * drop-down of its second line does not spread to its first.
 */
export function shiftList(text: string, shift: SheetShift): string {
  const out: string[] = [];
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const area = parseArea(word);
    if (!area) {
      out.push(word);
      continue;
    }
    const copies = partOfRecord(area, shift);
    if (copies) for (const copy of copies) out.push(printArea(copy));
    else {
      const moved = shiftArea(area, shift);
      if (moved) out.push(sameArea(moved, area) ? word : printArea(moved));
    }
  }
  return out.join(' ');
}

/** The rectangle once for every record, when it lies inside one and is not all of its lines. */
function partOfRecord(area: Area, shift: SheetShift): Area[] | undefined {
  const [from, to] = shift.axis === 'row' ? [area.top, area.bottom] : [area.left, area.right];
  const band = shift.map.bandAt(from);
  if (!band || band.unit === 1 || to >= band.start + band.size || to - from + 1 === band.size) return undefined;
  return copiesOf(area, shift);
}

/** The rectangle once for every copy of the sample lines it lies in; undefined when it lies in none, or not wholly. */
export function copiesOf(area: Area, { axis, map }: SheetShift): Area[] | undefined {
  const [from, to] = axis === 'row' ? [area.top, area.bottom] : [area.left, area.right];
  const band = map.bandAt(from);
  if (!band || map.bandAt(to) !== band) return undefined;
  // Lines of a ruled form repeat one by one: what spans two of them belongs to all.
  if (band.unit === 1 && to !== from) return undefined;
  const copies: Area[] = [];
  for (const start of map.images(from)) {
    const end = start + to - from;
    copies.push(axis === 'row' ? { ...area, top: start, bottom: end } : { ...area, left: start, right: end });
  }
  return copies;
}

function fixedArea(area: Area): string {
  return printArea(area).replace(
    /([A-Z]+)?(\d+)?/g,
    (_, letters?: string, digits?: string) => `${letters ? `$${letters}` : ''}${digits ? `$${digits}` : ''}`,
  );
}
