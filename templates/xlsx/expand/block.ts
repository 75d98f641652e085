import type { CellContent } from '../fill/input.ts';
import type { RowStore } from '../fill/row-store.ts';
import { contains } from '../formula/reference.ts';
import { type Cell, clearCell } from '../patch/cell.ts';
import { cellAt, cellsOf, changeCells, defaultStyle, type SheetDocument, type SheetRow } from '../patch/sheet.ts';
import type { SheetShift } from './area.ts';
import type { Band } from './axis.ts';
import {
  arrayAreas,
  type MovedFormulas,
  type SampleFormula,
  sampleFormula,
  shiftCellFormula,
  unshare,
} from './cells.ts';
import { cellArea, spanningMerges } from './column-cells.ts';

/** Cells of a sample that data fills; several may share the same sample rows side by side. */
export interface Region {
  readonly name: string;
  readonly left: number;
  readonly width: number;
  readonly store: RowStore;
}

/** A cell of a sample row. */
export interface BlockCell {
  readonly column: number;
  /** The sample's own content and style. */
  readonly cell: Cell;
  readonly formula?: SampleFormula;
  /** Where its data comes from: the column of a region's store. */
  readonly slot?: { readonly region: Region; readonly at: number };
  /** Only the first copy keeps the sample's content: the others lie under a merged cell. */
  readonly onlyFirst: boolean;
}

export interface BlockRow {
  /** Attributes of the row, as written. */
  readonly head: string;
  readonly cells: readonly BlockCell[];
  readonly byColumn: ReadonlyMap<number, BlockCell>;
}

/** Expanded sample rows, not written out: what each line is made of. */
export interface Block {
  readonly start: number;
  readonly count: number;
  readonly band: Band;
  readonly rows: readonly BlockRow[];
}

/** A sample and the data that goes in its place. */
export interface Sample {
  readonly band: Band;
  readonly regions: readonly Region[];
}

/**
 * Moves the rows of a sheet down (or up) and takes the sample rows out of it as blocks, which are written line by line
 * later, when every value is known.
 */
export function expandRows(
  sheet: SheetDocument,
  samples: readonly Sample[],
  shift: SheetShift,
  moved: MovedFormulas,
): Block[] {
  unshare(sheet);
  const arrays = arrayAreas(sheet);
  const { map } = shift;
  const byBand = new Map(samples.map((sample) => [sample.band, sample]));
  const sampleRows = new Map<Band, Map<number, SheetRow>>(samples.map(({ band }) => [band, new Map()]));
  const kept: SheetRow[] = [];
  for (const row of sheet.rows) {
    const band = map.bandAt(row.index);
    if (band) {
      sampleRows.get(band)!.set(row.index - band.start, row);
      continue;
    }
    shiftRow(row, sheet, shift, moved);
    const index = map.first(row.index);
    if (index === undefined) continue;
    if (index !== row.index) {
      changeCells(row, sheet);
      row.index = index;
    }
    kept.push(row);
  }
  const spanning = spanningMerges(sheet, shift);
  sheet.rows = kept;
  return [...byBand.values()].map(({ band, regions }): Block => {
    const rows = Array.from({ length: band.size }, (_, offset): BlockRow => {
      const index = band.start + offset;
      const row = sampleRows.get(band)!.get(offset) ?? { index, head: '', body: '', cells: [] };
      const cells = changeCells(row, sheet);
      for (const { left, width } of regions) {
        for (let column = left; column < left + width; column++) {
          cellAt(cells, column, defaultStyle(sheet, row, column));
        }
      }
      const made = cells.map((cell) => blockCell(cell, offset, index));
      return { head: row.head, cells: made, byColumn: new Map(made.map((cell) => [cell.column, cell])) };
    });
    return { start: map.bandStart(band), count: band.count, band, rows };

    function blockCell(cell: Cell, offset: number, index: number): BlockCell {
      const region = regions.find(({ left, width }) => cell.column >= left && cell.column < left + width);
      const formula = cell.formula && sampleFormula(cell.formula, index, cell.column, shift);
      // What an array formula had written here is nobody's value in the copies.
      if (!formula && arrays.some((area) => contains(area, cellArea(index, cell.column)))) clearCell(cell);
      return {
        column: cell.column,
        cell,
        onlyFirst: spanning.some((area) => contains(area, cellArea(index, cell.column))),
        ...(formula ? { formula } : {}),
        ...(region ? { slot: { region, at: slotOf(band, region, offset, cell.column) } } : {}),
      };
    }
  });
}

function slotOf(band: Band, { left, width }: Region, offset: number, column: number): number {
  return (band.unit === 1 ? 0 : offset * width) + column - left;
}

function shiftRow(row: SheetRow, sheet: SheetDocument, shift: SheetShift, moved: MovedFormulas): void {
  if (!row.cells && !row.body.includes(`<${sheet.prefix}f`)) return;
  for (const cell of cellsOf(row, sheet)) {
    if (!cell.formula) continue;
    const before = cell.formula.text;
    const ref = cell.formula.ref;
    shiftCellFormula(cell, row.index, shift, moved);
    if (cell.formula.text !== before || cell.formula.ref !== ref) changeCells(row, sheet);
  }
}

/** What the data says of a cell in line `line` of a block; undefined: the sample's own content. */
export function contentAt(block: Block, cell: BlockCell, line: number): CellContent | undefined {
  const { slot } = cell;
  if (!slot) return undefined;
  const { store } = slot.region;
  const record = block.band.unit === 1 ? line : Math.floor(line / block.band.unit);
  // Fewer records than lines: the form's row stays, empty.
  return record < store.count ? store.get(record, slot.at) : null;
}

/** The sample row that a line is made after. */
export function rowAtLine(block: Block, line: number): BlockRow {
  return block.rows[block.band.sourceOf(line)]!;
}
