import { type CellRange, parseRange } from './xlsx/cell-reference.ts';
import type { Workbook } from './xlsx/workbook.ts';

/** Rows or columns of a template and of the export that it grew into. Indexes from 1. */
export interface Axis {
  /** The template's index of an index of the export; a repetition has its sample's. */
  origin(index: number): number;
  /** Where the template's index first stands in the export … */
  first(index: number): number;
  /** … and where last. */
  last(index: number): number;
}

/** @param grown first and last index of the sample, and its last index once grown; undefined: nothing grew */
export function createAxis(grown: readonly [first: number, last: number, grownLast: number] | undefined): Axis {
  if (!grown) return { origin: (index) => index, first: (index) => index, last: (index) => index };
  const [first, last, grownLast] = grown;
  const size = last - first + 1;
  const more = grownLast - last;
  return {
    origin: (index) => {
      if (index < first) return index;
      return index > grownLast ? index - more : first + ((index - first) % size);
    },
    first: (index) => (index > last ? index + more : index),
    last: (index) => (index >= first ? index + more : index),
  };
}

/** The range of a defined name when it lies on the sheet. */
export function sampleRange(workbook: Workbook, sheet: string, name: string | undefined): CellRange | undefined {
  const formula = workbook.definedNames.find((candidate) => candidate.name === name)?.formula;
  if (formula === undefined) return undefined;
  const bang = formula.lastIndexOf('!');
  const on = formula.slice(0, bang).replace(/^'|'$/g, '');
  return on === sheet ? parseRange(formula.slice(bang + 1)) : undefined;
}
