/** Sample rows (or columns) that are to be replaced by `count` rows made after them. 1-based. */
export interface Band {
  readonly start: number;
  /** Sample rows. */
  readonly size: number;
  /** Rows that come in their place, at least 1. */
  readonly count: number;
  /** Rows of one record: `size` when the whole sample repeats, 1 when each sample row is a line of its own. */
  readonly unit: number;
  /** Which sample row (0-based) the output row `line` (0-based) is made after. */
  readonly sourceOf: (line: number) => number;
}

/** Where every row (or column) of one sheet goes when its bands are expanded. Indexes are 1-based. */
export interface AxisMap {
  readonly bands: readonly Band[];
  readonly max: number;
  bandAt(index: number): Band | undefined;
  /** Where a band begins after the expansion. */
  bandStart(band: Band): number;
  /** The first place the row goes to; undefined when the row is dropped or pushed off the sheet. */
  first(index: number): number | undefined;
  /** Ends of a range after the expansion; undefined when nothing of it is left. */
  range(from: number, to: number): { readonly from: number; readonly to: number } | undefined;
  /** Every place the row goes to, ascending: many inside a band. */
  images(index: number): Iterable<number>;
  /** The row that an output row is made after. */
  origin(index: number): number;
}

/** A band whose whole sample repeats `times` times. */
export function recordBand(start: number, size: number, times: number): Band {
  return { start, size, count: size * times, unit: size, sourceOf: (line) => line % size };
}

/**
 * A band whose sample rows are lines of a ruled form: line for line, the last output line after the last sample
 * line (its bottom border), the middle ones repeating the middle of the sample (its banding).
 */
export function linesBand(start: number, size: number, count: number): Band {
  const sourceOf = (line: number): number => {
    if (size < 3) return line % size;
    if (line === 0) return 0;
    return line === count - 1 ? size - 1 : 1 + ((line - 1) % (size - 2));
  };
  return { start, size, count, unit: 1, sourceOf };
}

/** The map of one axis; bands must not overlap. */
export function createAxisMap(unordered: readonly Band[], max: number): AxisMap {
  const bands = [...unordered].sort((a, b) => a.start - b.start);
  const starts: number[] = [];
  let moved = 0;
  for (const band of bands) {
    starts.push(band.start + moved);
    moved += band.count - band.size;
  }

  /** The last band that starts at or before the index. */
  const bandIndex = (index: number): number => {
    let low = 0;
    let high = bands.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bands[middle]!.start <= index) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const outside = (index: number, before: number): number | undefined => {
    if (before < 0) return index;
    const band = bands[before]!;
    const moved = index - band.start - band.size + starts[before]! + band.count;
    return moved > max ? undefined : moved;
  };
  const inside = (index: number, at: number): boolean => at >= 0 && index < bands[at]!.start + bands[at]!.size;

  const map: AxisMap = {
    bands,
    max,
    bandAt: (index) => {
      const at = bandIndex(index);
      return inside(index, at) ? bands[at] : undefined;
    },
    bandStart: (band) => starts[bands.indexOf(band)]!,
    first: (index) => {
      const at = bandIndex(index);
      if (!inside(index, at)) return outside(index, at);
      const band = bands[at]!;
      const line = firstLine(band, index - band.start);
      return line === undefined ? undefined : starts[at]! + line;
    },
    range: (from, to) => {
      const low = rangeStart(from, to);
      const high = rangeEnd(from, to);
      return low === undefined || high === undefined || low > high ? undefined : { from: low, to: high };
    },
    images: function* (index) {
      const at = bandIndex(index);
      if (!inside(index, at)) {
        const place = outside(index, at);
        if (place !== undefined) yield place;
        return;
      }
      const band = bands[at]!;
      const offset = index - band.start;
      for (let line = 0; line < band.count; line++) if (band.sourceOf(line) === offset) yield starts[at]! + line;
    },
    origin: (index) => {
      for (let at = bands.length - 1; at >= 0; at--) {
        const band = bands[at]!;
        const start = starts[at]!;
        if (index >= start + band.count) return index - start - band.count + band.start + band.size;
        if (index >= start) return band.start + band.sourceOf(index - start);
      }
      return index;
    },
  };
  return map;

  function rangeStart(from: number, to: number): number | undefined {
    const at = bandIndex(from);
    if (!inside(from, at)) return outside(from, at);
    const band = bands[at]!;
    const last = Math.min(to - band.start, band.size - 1);
    for (let offset = from - band.start; offset <= last; offset++) {
      const line = firstLine(band, offset);
      if (line !== undefined) return starts[at]! + line;
    }
    return to < band.start + band.size ? undefined : starts[at]! + band.count;
  }

  function rangeEnd(from: number, to: number): number | undefined {
    if (to >= max) return max;
    const at = bandIndex(to);
    if (!inside(to, at)) return outside(to, at) ?? max;
    const band = bands[at]!;
    const least = Math.max(from - band.start, 0);
    const wanted = to - band.start;
    for (let line = band.count - 1; line >= 0; line--) {
      const offset = band.sourceOf(line);
      if (offset >= least && offset <= wanted) return starts[at]! + line;
    }
    return from >= band.start ? undefined : starts[at]! - 1;
  }
}

function firstLine(band: Band, offset: number): number | undefined {
  if (band.unit === band.size) return offset < band.count ? offset : undefined;
  const lines = Math.min(band.count, band.size);
  for (let line = 0; line < lines; line++) if (band.sourceOf(line) === offset) return line;
  const last = band.count - 1;
  return band.sourceOf(last) === offset ? last : undefined;
}
