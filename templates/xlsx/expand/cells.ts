import { copyFormula } from '../formula/copy.ts';
import { type Area, parseArea, printArea } from '../formula/reference.ts';
import { type Expansion, shiftFormula, shiftTokens } from '../formula/shift.ts';
import { printTokens, type Token, tokenize } from '../formula/tokens.ts';
import type { Cell, CellFormula } from '../patch/cell.ts';
import { cellsOf, changeCells, type SheetDocument, type SheetRow } from '../patch/sheet.ts';
import { copiesOf, type SheetShift, shiftArea, shiftCell } from './area.ts';

/** Formulas whose text changed, which makes their kept values suspect. */
export type MovedFormulas = Set<Cell>;

/** Whether a row's markup may hold a formula, without parsing it. */
export function mayHoldFormula(row: SheetRow, { prefix }: SheetDocument): boolean {
  if (row.cells) return row.cells.some((cell) => cell.formula !== undefined);
  return row.body.includes(`<${prefix}f`);
}

/** Writes every shared formula out in its own cell, so that each can go its own way. */
export function unshare(sheet: SheetDocument): void {
  const groups = new Map<
    string,
    { readonly tokens: readonly Token[]; readonly row: number; readonly column: number }
  >();
  for (const row of sheet.rows) {
    if (!mayHoldFormula(row, sheet)) continue;
    for (const cell of cellsOf(row, sheet)) {
      const { formula } = cell;
      if (formula?.kind !== 'shared' || formula.si === undefined) continue;
      if (formula.text !== '')
        groups.set(formula.si, { tokens: tokenize(formula.text), row: row.index, column: cell.column });
      const group = groups.get(formula.si);
      changeCells(row, sheet);
      if (!group) delete cell.formula;
      else {
        const text = copyFormula(group.tokens, row.index - group.row, cell.column - group.column);
        cell.formula = { kind: 'normal', text, rest: formula.rest };
      }
    }
  }
}

/** Shifts the formulas of a sheet that does not move itself. */
export function shiftLookingCells(
  sheet: SheetDocument,
  name: string,
  expansion: Expansion,
  moved: MovedFormulas,
): void {
  // Without a sheet name in it a formula is about its own sheet.
  const mayLook = (row: SheetRow): boolean =>
    row.cells
      ? row.cells.some((cell) => cell.formula?.text.includes('!'))
      : mayHoldFormula(row, sheet) && row.body.includes('!');
  const looking = sheet.rows.filter(mayLook);
  if (
    looking.some((row) =>
      cellsOf(row, sheet).some(({ formula }) => formula?.kind === 'shared' && formula.text.includes('!')),
    )
  ) {
    unshare(sheet);
  }
  for (const row of sheet.rows) {
    if (!mayLook(row)) continue;
    for (const cell of cellsOf(row, sheet)) {
      if (!cell.formula?.text.includes('!')) continue;
      const text = shiftFormula(cell.formula.text, { sheet: name, row: row.index, column: cell.column }, expansion);
      if (text === undefined) continue;
      changeCells(row, sheet);
      cell.formula.text = text;
      moved.add(cell);
    }
  }
}

/** Shifts the formula of a cell that is in no sample. */
export function shiftCellFormula(cell: Cell, row: number, shift: SheetShift, moved: MovedFormulas): void {
  const { formula } = cell;
  if (!formula) return;
  const text = shiftFormula(formula.text, { sheet: shift.sheet, row, column: cell.column }, shift.expansion);
  if (text !== undefined) {
    formula.text = text;
    moved.add(cell);
  }
  if (formula.ref !== undefined) formula.ref = shiftedRef(formula.ref, shift);
  if (formula.kind === 'dataTable') formula.rest = shiftInputs(formula.rest, shift);
}

function shiftedRef(ref: string, shift: SheetShift): string {
  const area = parseArea(ref);
  const next = area && shiftArea(area, shift);
  return next ? printArea(next) : ref;
}

/** The input cells of a what-if table: one cell each, so that one in the sample stays with the first copy. */
function shiftInputs(rest: string, shift: SheetShift): string {
  return rest.replace(
    /(\sr[12]\s*=\s*")([^"]*)"/g,
    (_, head: string, ref: string) => `${head}${shiftCell(ref, shift) ?? ref}"`,
  );
}

/** Ranges of the formulas that write into more than their own cell. */
export function arrayAreas(sheet: SheetDocument): Area[] {
  return sheet.rows.flatMap((row) => {
    if (!mayHoldFormula(row, sheet)) return [];
    return cellsOf(row, sheet).flatMap(({ formula }) => {
      const spans = (formula?.kind === 'array' || formula?.kind === 'dataTable') && formula.ref?.includes(':');
      return (spans && parseArea(formula.ref!)) || [];
    });
  });
}

/** A formula of a sample, made ready to be written at each of its copies. */
export interface SampleFormula {
  readonly kind: CellFormula['kind'];
  /** With rolling references, counted from the row (column) of the copy. */
  tokens: readonly Token[];
  readonly rest: string;
  /** Range of an array formula, from the copy's own row (column); only the first copy has one that spans more. */
  readonly ref?: { readonly text: (index: number) => string; readonly onlyFirst: boolean };
}

export function sampleFormula(formula: CellFormula, row: number, column: number, shift: SheetShift): SampleFormula {
  const { tokens } = shiftTokens(tokenize(formula.text), { sheet: shift.sheet, row, column }, shift.expansion);
  const { kind, rest } = formula;
  const area = formula.ref === undefined ? undefined : parseArea(formula.ref);
  if (!area) return { kind, tokens, rest };
  const copies = copiesOf(area, shift);
  if (copies) {
    const along = shift.axis === 'row';
    const before = (along ? area.top - row : area.left - column) | 0;
    const span = along ? area.bottom - area.top : area.right - area.left;
    const text = (index: number): string => {
      const start = index + before;
      return printArea(
        along ? { ...area, top: start, bottom: start + span } : { ...area, left: start, right: start + span },
      );
    };
    return { kind, tokens, rest, ref: { text, onlyFirst: false } };
  }
  const whole = shiftedRef(formula.ref!, shift);
  return { kind, tokens, rest, ref: { text: () => whole, onlyFirst: true } };
}

/** The formula of one copy; undefined where a range formula leaves the later copies without one. */
export function formulaAt(sample: SampleFormula, index: number, isFirst: boolean): CellFormula | undefined {
  const { kind, tokens, rest, ref } = sample;
  if (ref?.onlyFirst && !isFirst) return undefined;
  return { kind, text: printTokens(tokens, index), rest, ...(ref ? { ref: ref.text(index) } : {}) };
}
