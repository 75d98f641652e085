import { columnName } from '../cell-reference.ts';
import { expandRows } from '../expand/block.ts';
import { shiftLookingCells } from '../expand/cells.ts';
import { expandColumns, mergedAreas } from '../expand/column-cells.ts';
import { shiftParts } from '../expand/parts.ts';
import type { Area } from '../formula/reference.ts';
import type { Expansion } from '../formula/shift.ts';
import { MAX_COLUMNS, MAX_ROWS } from '../limits.ts';
import type { SheetDocument } from '../patch/sheet.ts';
import { usedOf } from '../recalculate/content.ts';
import { serialToDate } from '../serial-date.ts';
import { type CellSetter, createCellSetter } from './cells.ts';
import type { FillData } from './data.ts';
import { sheetFull } from './errors.ts';
import type { Filling } from './filling.ts';
import { isDateContent } from './input.ts';
import { expansionOf, type ReadSample, readSample, type SheetSamples, samplesBySheet } from './samples.ts';
import { type NamedTarget, namedTarget } from './targets.ts';

/** Repeats the sample columns, in memory: a sheet has few. Returns the repetitions of each sample. */
export async function growColumns(filling: Filling, data: FillData['columns']): Promise<Record<string, number>> {
  const read = await readAll(filling, 'column', data);
  if (read.length === 0) return {};
  const sheets = samplesBySheet(read);
  const expansion = watched(filling, expansionOf(filling.workbook, 'column', sheets));
  await eachDocument(
    filling,
    sheets,
    async (document, samples) => {
      const map = expansion.mapOf(samples.sheet.name)!;
      const lastColumn = usedOf({ sheet: samples.sheet, document, blocks: [] }).columns;
      if (lastColumn > 0 && map.first(lastColumn) === undefined) throw sheetFull(samples.sheet.name, MAX_COLUMNS);
      const shift = { sheet: samples.sheet.name, axis: 'column' as const, map, expansion };
      expandColumns(document, shift, filling.moved, filling.changed);
      filling.grown.set(
        samples.sheet.index,
        samples.samples.map(({ band }) => {
          const left = map.bandStart(band);
          return { top: 1, bottom: MAX_ROWS, left, right: left + band.count - 1 };
        }),
      );
    },
    expansion,
  );
  const setter = createCellSetter(filling.workbook, filling.styles, filling.changed);
  for (const sample of read) await putRepetitions(filling, sample, expansion, setter);
  await shiftParts(filling.workbook, expansion, filling.bound, filling.columnCopies, filling.breathe);
  return countsOf(read);
}

/** Puts data in the place of the sample rows. Returns the records of each sample. */
export async function growRows(filling: Filling, data: FillData['rows']): Promise<Record<string, number>> {
  const read = await readAll(filling, 'row', data);
  if (read.length === 0) return {};
  const sheets = samplesBySheet(read);
  const expansion = watched(filling, expansionOf(filling.workbook, 'row', sheets));
  await eachDocument(
    filling,
    sheets,
    async (document, { sheet, samples }) => {
      const map = expansion.mapOf(sheet.name)!;
      const lastRow = document.rows.findLast(
        (row) => /<(?:[\w.-]+:)?(?:v|f|is)[\s>/]/.test(row.body) || row.cells?.some(isFilled),
      );
      if (lastRow && map.first(lastRow.index) === undefined) throw sheetFull(sheet.name, MAX_ROWS);
      const shift = { sheet: sheet.name, axis: 'row' as const, map, expansion };
      const blocks = expandRows(document, samples, shift, filling.moved);
      filling.blocks.set(
        sheet,
        blocks.sort((a, b) => a.start - b.start),
      );
    },
    expansion,
  );
  await shiftParts(filling.workbook, expansion, filling.bound, filling.columnCopies, filling.breathe);
  return countsOf(read);
}

function isFilled({ value, formula, inline }: { value?: string; formula?: unknown; inline?: string }): boolean {
  return value !== undefined || formula !== undefined || inline !== undefined;
}

async function readAll(
  { workbook, limits, options, bound, breathe }: Filling,
  axis: 'row' | 'column',
  data: FillData['rows'] | FillData['columns'],
): Promise<ReadSample[]> {
  const read: ReadSample[] = [];
  for (const [name, rows] of Object.entries(data ?? {})) {
    const target = namedTarget(workbook, name);
    bound.add(target.element);
    const document = await workbook.document(target.sheet);
    const marked = withinUse(target, document);
    let total = 0;
    read.push(
      await readSample(name, marked, axis, rows, {
        limits,
        signal: options.signal,
        breathe,
        date1904: workbook.date1904,
        isMerged: isMergedAcrossLines(document, marked.area),
        onRows: (more) => {
          total += more;
          options.onProgress?.({ stage: 'reading', rows: total });
        },
      }),
    );
  }
  return read;
}

/** Whether some cell of the area takes more than one of its rows. */
function isMergedAcrossLines(document: SheetDocument, { top, left, bottom, right }: Area): boolean {
  return mergedAreas(document).some(
    (merge) =>
      merge.top < merge.bottom &&
      merge.top >= top &&
      merge.bottom <= bottom &&
      merge.left <= right &&
      merge.right >= left,
  );
}

/** A name that marks whole rows or columns means the cells in use there. */
function withinUse(target: NamedTarget, document: SheetDocument): NamedTarget {
  const { area, sheet } = target;
  if (area.right < MAX_COLUMNS && area.bottom < MAX_ROWS) return target;
  const used = usedOf({ sheet, document, blocks: [] });
  return {
    ...target,
    area: {
      ...area,
      right: area.right < MAX_COLUMNS ? area.right : Math.max(area.left, used.columns),
      bottom: area.bottom < MAX_ROWS ? area.bottom : Math.max(area.top, used.rows),
    },
  };
}

/** Runs `grow` on the sheets that have samples, and shifts the formulas of the others. */
async function eachDocument(
  { workbook, moved, breathe }: Filling,
  sheets: readonly SheetSamples[],
  grow: (document: SheetDocument, samples: SheetSamples) => Promise<void>,
  expansion: Expansion,
): Promise<void> {
  for (const sheet of workbook.sheets) {
    if (!sheet.isWorksheet) continue;
    const document = await workbook.document(sheet);
    const samples = sheets.find((one) => one.sheet === sheet);
    if (samples) await grow(document, samples);
    else shiftLookingCells(document, sheet.name, expansion, moved);
    await breathe();
  }
}

async function putRepetitions(
  { workbook }: Filling,
  { target, band, region }: ReadSample,
  expansion: Expansion,
  setter: CellSetter,
): Promise<void> {
  const { sheet, area } = target;
  const document = await workbook.document(sheet);
  const start = expansion.mapOf(sheet.name)!.bandStart(band);
  const width = area.right - area.left + 1;
  const { store } = region;
  for (let repetition = 0; repetition < band.count / band.size; repetition++) {
    for (let at = 0; at < store.width; at++) {
      const content = repetition < store.count ? store.get(repetition, at) : null;
      const value = isDateContent(content) ? serialToDate(content.serial, workbook.date1904) : content;
      const row = area.top + Math.floor(at / width);
      setter.set(sheet, document, row, start + repetition * width + (at % width), value);
    }
  }
}

function watched({ warnings }: Filling, expansion: Expansion): Expansion {
  return {
    ...expansion,
    onWidened: ({ sheet, row, column }) => {
      warnings.add(
        'rangeWidened',
        row === undefined || column === undefined ? sheet : `${sheet}!${columnName(column)}${row}`,
      );
    },
  };
}

function countsOf(read: readonly ReadSample[]): Record<string, number> {
  return Object.fromEntries(read.map(({ name, region }) => [name, region.store.count]));
}

/** Loads every worksheet, as formulas anywhere may look at a changed cell. */
export async function loadDocuments({ workbook, breathe }: Filling): Promise<void> {
  for (const sheet of workbook.sheets) {
    if (sheet.isWorksheet) await workbook.document(sheet);
    await breathe();
  }
}
