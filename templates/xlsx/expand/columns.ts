import { attribute, cloneElement, elements, setAttribute, type XmlElement } from '../patch/tree.ts';
import type { SheetShift } from './area.ts';

/** Widths and styles of columns: copies of a sample column get its own. */
export function shiftColumns(cols: XmlElement, shift: SheetShift): void {
  if (shift.axis !== 'column') return;
  const { map } = shift;
  const out: { readonly from: number; to: number; readonly element: XmlElement }[] = [];
  for (const col of elements(cols, 'col')) {
    const min = Number(attribute(col, 'min'));
    const max = Number(attribute(col, 'max'));
    for (const run of runsOf(min, max, shift)) out.push({ ...run, element: col });
  }
  out.sort((a, b) => a.from - b.from);
  cols.children = out
    .filter(({ from }) => from <= map.max)
    .map(({ from, to, element }) => {
      const copy = cloneElement(element);
      setAttribute(copy, 'min', from);
      setAttribute(copy, 'max', Math.min(to, map.max));
      return copy;
    });
}

/** Where the columns `min` to `max` go, as runs of neighbours. */
function* runsOf(min: number, max: number, { map }: SheetShift): Generator<{ from: number; to: number }> {
  let at = min;
  while (at <= max) {
    const band = map.bandAt(at);
    if (band) {
      let run: { from: number; to: number } | undefined;
      for (const image of map.images(at)) {
        if (run && image === run.to + 1) run.to = image;
        else {
          if (run) yield run;
          run = { from: image, to: image };
        }
      }
      if (run) yield run;
      at++;
      continue;
    }
    const nextBand = map.bands.find((other) => other.start > at);
    const end = Math.min(max, nextBand ? nextBand.start - 1 : max);
    const range = map.range(at, end);
    if (range) yield range;
    at = end + 1;
  }
}
