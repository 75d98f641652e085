import type { Breath } from '../../../core/breath.ts';
import type { Block } from '../expand/block.ts';
import type { ColumnCopies } from '../expand/table.ts';
import type { Area } from '../formula/reference.ts';
import type { XlsxLimits } from '../limits.ts';
import type { Cell } from '../patch/cell.ts';
import type { PartStore } from '../patch/package.ts';
import type { CellStyles } from '../patch/styles.ts';
import type { XmlElement } from '../patch/tree.ts';
import type { Workbook, WorkbookSheet } from '../patch/workbook.ts';
import type { ZipArchive } from '../zip-read.ts';
import type { FillOptions } from './data.ts';
import type { Warnings } from './warnings.ts';

/** A template on its way to being filled: what was opened, and what has been done to it so far. */
export interface Filling {
  readonly archive: ZipArchive;
  readonly parts: PartStore;
  readonly workbook: Workbook;
  readonly styles: CellStyles;
  readonly limits: XlsxLimits;
  readonly options: FillOptions;
  readonly warnings: Warnings;
  readonly breathe: Breath;
  /** Defined names that mark places for the data. */
  readonly bound: Set<XmlElement>;
  /** Cells that hold something new. */
  readonly changed: Set<Cell>;
  /** Cells whose formula was shifted. */
  readonly moved: Set<Cell>;
  /** Columns that are new, by sheet number. */
  readonly grown: Map<number, Area[]>;
  /** Table columns that are copies. */
  readonly columnCopies: ColumnCopies;
  /** Expanded rows, by sheet. */
  readonly blocks: Map<WorkbookSheet, Block[]>;
}
