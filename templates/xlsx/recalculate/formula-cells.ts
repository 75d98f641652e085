import { mayHoldFormula } from '../expand/cells.ts';
import { copyFormula } from '../formula/copy.ts';
import { type Area, parseArea } from '../formula/reference.ts';
import { type ReferenceToken, sheetPrefixOf, type Token, tokenize } from '../formula/tokens.ts';
import type { Cell } from '../patch/cell.ts';
import { cellsOf } from '../patch/sheet.ts';
import type { Workbook } from '../patch/workbook.ts';
import type { SheetContent } from './content.ts';
import type { FormulaCell } from './dependence.ts';

/** All formulas of ordinary cells, by sheet and row. */
export function collectFormulas(workbook: Workbook, contents: ReadonlyMap<number, SheetContent>): FormulaCell[] {
  const formulas: FormulaCell[] = [];
  for (const [sheet, content] of contents) {
    const shared = new Map<string, readonly [readonly Token[], number, number]>();
    for (const row of content.document.rows) {
      if (!mayHoldFormula(row, content.document)) continue;
      for (const cell of cellsOf(row, content.document)) {
        if (!cell.formula) continue;
        const tokens = tokensOf(cell, row.index, shared);
        formulas.push({ sheet, row: row.index, column: cell.column, cell, tokens: writtenOut(tokens, workbook) });
      }
    }
  }
  return formulas;
}

function tokensOf(
  cell: Cell,
  row: number,
  shared: Map<string, readonly [readonly Token[], number, number]>,
): readonly Token[] {
  const { kind, text, si } = cell.formula!;
  if (kind !== 'shared' || si === undefined) return tokenize(text);
  if (text !== '') shared.set(si, [tokenize(text), row, cell.column]);
  const group = shared.get(si);
  return group ? tokenize(copyFormula(group[0], row - group[1], cell.column - group[2])) : [];
}

/** 3-D references written out sheet by sheet, as arguments of the function around them. */
export function writtenOut(tokens: readonly Token[], workbook: Workbook): readonly Token[] {
  if (!tokens.some((token) => token.kind === 'reference' && token.sheet?.last !== undefined)) return tokens;
  return tokens.flatMap((token): readonly Token[] => {
    if (token.kind !== 'reference' || token.sheet?.last === undefined || token.sheet.external) return [token];
    const first = workbook.sheet(token.sheet.first)?.index;
    const last = workbook.sheet(token.sheet.last)?.index;
    if (first === undefined || last === undefined) return [token];
    return workbook.sheets.slice(first, last + 1).flatMap((sheet, at): Token[] => {
      const one: ReferenceToken = { ...token, sheet: sheetPrefixOf(sheet.name) };
      return at === 0 ? [one] : [{ kind: 'comma', text: ',' }, one];
    });
  });
}

/** Array formulas that cover more than their own cell. */
export function arrayMembers(formulas: readonly FormulaCell[]): Map<Area, { sheet: number; master: FormulaCell }> {
  const members = new Map<Area, { sheet: number; master: FormulaCell }>();
  for (const formula of formulas) {
    const { kind, ref } = formula.cell.formula!;
    const area = (kind === 'array' || kind === 'dataTable') && ref?.includes(':') ? parseArea(ref) : undefined;
    if (area) members.set(area, { sheet: formula.sheet, master: formula });
  }
  return members;
}
