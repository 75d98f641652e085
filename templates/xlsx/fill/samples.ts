import type { Breath } from '../../../core/breath.ts';
import { refusal } from '../errors.ts';
import { type Band, createAxisMap, linesBand, recordBand } from '../expand/axis.ts';
import type { Region, Sample } from '../expand/block.ts';
import type { Expansion } from '../formula/shift.ts';
import { MAX_COLUMNS, MAX_ROWS, type XlsxLimits } from '../limits.ts';
import type { Workbook, WorkbookSheet } from '../patch/workbook.ts';
import type { RowInput } from './data.ts';
import { checkRow } from './data-shape.ts';
import { overlappingSamples, sheetFull } from './errors.ts';
import { createRowStore } from './row-store.ts';
import type { NamedTarget } from './targets.ts';

/** A sample with the data read for it. */
export interface ReadSample {
  readonly name: string;
  readonly target: NamedTarget;
  readonly band: Band;
  readonly region: Region;
}

export interface ReadOptions {
  readonly limits: XlsxLimits;
  readonly signal: AbortSignal | undefined;
  readonly breathe: Breath;
  readonly date1904: boolean;
  /** Cells are merged across the sample's lines: they are one record, however long the arrays. */
  readonly isMerged: boolean;
  onRows(rows: number): void;
}

/** Rows read between two looks at the signal. */
const ROWS_AT_ONCE = 1_024;
const ROWS_BETWEEN_BREATHS = 32;

/**
 * Reads the data of a sample of rows (or columns) into a store. Arrays as long as one line of a sample of several lines
 * fill one line each unless cells are merged across its lines; others fill the whole sample each.
 */
export async function readSample(
  name: string,
  target: NamedTarget,
  axis: 'row' | 'column',
  data: Iterable<RowInput> | AsyncIterable<RowInput>,
  { limits, signal, breathe, date1904, isMerged, onRows }: ReadOptions,
): Promise<ReadSample> {
  const { top, left, bottom, right } = target.area;
  const lines = axis === 'row' ? bottom - top + 1 : right - left + 1;
  const across = axis === 'row' ? right - left + 1 : bottom - top + 1;
  const start = axis === 'row' ? top : left;
  const max = axis === 'row' ? MAX_ROWS : MAX_COLUMNS;
  let store = createRowStore(lines * across, name, date1904);
  let isLines = false;
  for await (const values of data) {
    checkRow(name, store.count + 1, values);
    if (store.count === 0 && axis === 'row' && lines > 1 && !isMerged && values.length === across) {
      isLines = true;
      store = createRowStore(across, name, date1904);
    }
    store.append(values);
    if (start - 1 + store.count * (isLines ? 1 : lines) > max) throw sheetFull(name, max);
    if (store.count * store.width > limits.cells) throw refusal('cells', { at: name, limit: limits.cells });
    if (store.count % ROWS_AT_ONCE === 0) {
      signal?.throwIfAborted();
      onRows(ROWS_AT_ONCE);
    }
    if (store.count % ROWS_BETWEEN_BREATHS === 0) await breathe();
  }
  onRows(store.count % ROWS_AT_ONCE);
  const band =
    isLines && lines > 1 ? linesBand(start, lines, store.count) : recordBand(start, lines, Math.max(1, store.count));
  return { name, target, band, region: { name, left, width: right - left + 1, store } };
}

export interface SheetSamples {
  readonly sheet: WorkbookSheet;
  readonly samples: readonly Sample[];
}

/** The samples of each sheet; those that share their rows exactly become one, as long as the longest. */
export function samplesBySheet(read: readonly ReadSample[]): SheetSamples[] {
  const bySheet = new Map<WorkbookSheet, ReadSample[]>();
  for (const sample of read) {
    const list = bySheet.get(sample.target.sheet);
    if (list) list.push(sample);
    else bySheet.set(sample.target.sheet, [sample]);
  }
  return [...bySheet].map(([sheet, list]) => ({ sheet, samples: joined(list) }));
}

function joined(list: readonly ReadSample[]): Sample[] {
  const samples: { band: Band; regions: Region[]; names: string[] }[] = [];
  for (const { band, region, name } of list) {
    const other = samples.find(
      (one) => one.band.start < band.start + band.size && band.start < one.band.start + one.band.size,
    );
    if (!other) {
      samples.push({ band, regions: [region], names: [name] });
      continue;
    }
    const same = other.band.start === band.start && other.band.size === band.size && other.band.unit === band.unit;
    const apart = other.regions.every(
      (one) => one.left + one.width <= region.left || region.left + region.width <= one.left,
    );
    if (!same || !apart) throw overlappingSamples(other.names[0]!, name);
    other.regions.push(region);
    other.names.push(name);
    if (band.count > other.band.count) other.band = band;
  }
  return samples;
}

/** One expansion of all the sheets that have samples. */
export function expansionOf(workbook: Workbook, axis: 'row' | 'column', sheets: readonly SheetSamples[]): Expansion {
  const max = axis === 'row' ? MAX_ROWS : MAX_COLUMNS;
  const maps = new Map(
    sheets.map(({ sheet, samples }) => [
      sheet.name.toLowerCase(),
      createAxisMap(
        samples.map(({ band }) => band),
        max,
      ),
    ]),
  );
  return {
    axis,
    mapOf: (sheet) => maps.get(sheet.toLowerCase()),
    sheetsBetween: (first, last) => {
      const from = workbook.sheet(first)?.index;
      const to = workbook.sheet(last)?.index;
      return from === undefined || to === undefined ? [] : workbook.sheets.slice(from, to + 1).map(({ name }) => name);
    },
  };
}
