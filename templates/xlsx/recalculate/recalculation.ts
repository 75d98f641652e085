import type { Breath } from '../../../core/breath.ts';
import { columnName } from '../cell-reference.ts';
import { type Block, type BlockCell, contentAt, rowAtLine } from '../expand/block.ts';
import { isDateContent } from '../fill/input.ts';
import { createEvaluator, type Grid, type RangeOperand } from '../formula/evaluate.ts';
import { FUNCTIONS } from '../formula/functions.ts';
import { type Area, intersects } from '../formula/reference.ts';
import { type Node, parseFormula } from '../formula/syntax.ts';
import { type Token, tokenize } from '../formula/tokens.ts';
import { NotComputable, type Value } from '../formula/values.ts';
import type { Cell } from '../patch/cell.ts';
import { cellsOf, changeCells } from '../patch/sheet.ts';
import { textOf } from '../patch/tree.ts';
import { areaOfToken, type Workbook } from '../patch/workbook.ts';
import { type ChangedThings, createChanges } from './changes.ts';
import {
  blockAt,
  cellOf,
  hidesRows,
  rowOf,
  type SharedText,
  type SheetContent,
  storedValue,
  usedOf,
} from './content.ts';
import { createDependence, type FormulaCell } from './dependence.ts';
import { arrayMembers, collectFormulas, writtenOut } from './formula-cells.ts';
import { sameShown, showValue } from './shown.ts';
import { resolveStructured, type TableShape } from './structured.ts';

export interface RecalculationOptions extends ChangedThings {
  readonly workbook: Workbook;
  readonly tables: ReadonlyMap<string, TableShape>;
  readonly sharedText: SharedText;
  /** A cell whose kept value had to go: where, and why. */
  onDropped(where: string, reason: string): void;
}

export interface Recalculation {
  /** Brings the kept values of ordinary formula cells up to date, breathing in between. */
  run(breathe: Breath): Promise<void>;
  /** The value of a formula in a line of a block; undefined when it is not known. */
  lineValue(sheet: number, block: Block, cell: BlockCell, line: number): Value | undefined;
  /** The value of any cell. @throws NotComputable */
  value(sheet: number, row: number, column: number): Value;
  /** Whether anything in the area is new or was recalculated. */
  isStale(range: RangeOperand): boolean;
}

const UNTRACEABLE = /^(?:INDIRECT|OFFSET)$/i;
/** Lines of formulas worked out between two looks at the time. */
const LINES_BETWEEN_BREATHS = 16;
/** Formulas evaluated inside one another. */
const MOST_NESTED = 120;

const PENDING = Symbol('pending');
const UNKNOWN = Symbol('unknown');
type Kept = Value | typeof PENDING | typeof UNKNOWN;

/**
 * Recomputes what the fill made stale: formulas that read a changed cell, directly or not, get their new value or, where
 * that is not certain, none. Others keep theirs.
 */
export function createRecalculation(options: RecalculationOptions): Recalculation {
  const { workbook, contents, tables, sharedText } = options;
  const used = new Map<number, { rows: number; columns: number }>();
  const formulas = collectFormulas(workbook, contents);
  const byCell = new Map(formulas.map((formula) => [formula.cell, formula]));
  const nodes = new Map<readonly Token[], Node | NotComputable>();
  const results = new Map<Cell, Kept>();
  const lines = new Map<BlockCell, Kept[]>();
  const members = arrayMembers(formulas);
  let nested = 0;

  const grid: Grid = {
    date1904: workbook.date1904,
    value: cellValue,
    sheetNumber: (name) => workbook.sheet(name)?.index,
    used: (sheet) => {
      let extent = used.get(sheet);
      if (!extent) {
        const content = contents.get(sheet);
        if (!content) throw new NotComputable('a sheet that was not read');
        extent = usedOf(content);
        used.set(sheet, extent);
      }
      return extent;
    },
    name: (name, sheet) => {
      const element = workbook.definedName(name, sheet);
      if (element) return nameTokens(textOf(element));
      // A table's bare name means its data.
      return tables.has(name.toLowerCase()) ? nameTokens(`${name}[]`) : undefined;
    },
    structured: (text, _sheet, row) => {
      const found = resolveStructured(text, tables, row);
      return found && { kind: 'range', ...found };
    },
    hidesRows: (sheet, area) => {
      const content = contents.get(sheet);
      return !content || hidesRows(content, area);
    },
  };
  const names = new Map<string, readonly Token[]>();
  const evaluator = createEvaluator(grid, FUNCTIONS);
  const changes = createChanges(options);
  const isStale = createDependence(formulas, changes, precedentsOf);
  const lineTokens = new Map<BlockCell, readonly Token[]>();

  return { run, lineValue, value: cellValue, isStale: isRangeStale };

  function nameTokens(text: string): readonly Token[] {
    const known = names.get(text);
    if (known) return known;
    const tokens = tokenize(text);
    names.set(text, tokens);
    return tokens;
  }

  async function run(breathe: Breath): Promise<void> {
    await settleLines(breathe);
    for (const formula of formulas) {
      await breathe();
      if (!isStale(formula)) continue;
      const content = contents.get(formula.sheet)!;
      const value = resultOf(formula);
      const shown = storedValue(formula.cell, sharedText, content.document.part);
      if (value !== UNKNOWN && sameShown(value, shown)) continue;
      const row = rowOf(content, formula.row);
      if (row) changeCells(row, content.document);
      if (value === UNKNOWN) {
        if (formula.cell.value === undefined) continue;
        options.onDropped(whereOf(formula.sheet, formula.row, formula.column), 'formula');
        showValue(formula.cell, undefined);
      } else showValue(formula.cell, value);
    }
    for (const [area, { sheet, master }] of members) {
      if (isStale(master)) dropMembers(sheet, area, master);
    }
  }

  /** Line by line and ahead of the totals over them, so that no total has to work out a whole column at one go. */
  async function settleLines(breathe: Breath): Promise<void> {
    for (const [sheet, { blocks }] of contents) {
      for (const block of blocks) {
        for (let line = 0; line < block.count; line++) {
          if (line % LINES_BETWEEN_BREATHS === 0) await breathe();
          for (const cell of rowAtLine(block, line).cells) {
            if (cell.formula && contentAt(block, cell, line) === undefined) keptLine(sheet, block, cell, line);
          }
        }
      }
    }
  }

  /** The other cells of an array formula hold values only; they are left to Excel. */
  function dropMembers(sheet: number, area: Area, master: FormulaCell): void {
    const content = contents.get(sheet)!;
    for (const row of content.document.rows) {
      if (row.index < area.top || row.index > area.bottom) continue;
      for (const cell of cellsOf(row, content.document)) {
        if (cell.column < area.left || cell.column > area.right || cell.value === undefined) continue;
        changeCells(row, content.document);
        showValue(cell, undefined);
      }
    }
    options.onDropped(whereOf(sheet, master.row, master.column), 'array formula');
  }

  function whereOf(sheet: number, row: number, column: number): string {
    return `${workbook.sheets[sheet]!.name}!${columnName(column)}${row}`;
  }

  function cellValue(sheet: number, row: number, column: number): Value {
    const content = contents.get(sheet);
    if (!content) throw new NotComputable('a sheet that was not read');
    const block = blockAt(content, row);
    if (block) return blockValue(sheet, content, block, row - block.start, column);
    const cell = cellOf(content, row, column);
    if (!cell) return null;
    const formula = cell.formula && byCell.get(cell);
    if (!formula) {
      if (members.size > 0 && inStaleArray(sheet, row, column)) throw new NotComputable('array formula');
      return storedValue(cell, sharedText, content.document.part);
    }
    // A program that does not calculate saves formulas without results: those are unknown, not blank.
    if (cell.value !== undefined && !isStale(formula)) return storedValue(cell, sharedText, content.document.part);
    const result = resultOf(formula);
    if (result === UNKNOWN) throw new NotComputable('a formula that is not known');
    return result;
  }

  function inStaleArray(sheet: number, row: number, column: number): boolean {
    for (const [area, { sheet: home, master }] of members) {
      if (home !== sheet || row < area.top || row > area.bottom || column < area.left || column > area.right) continue;
      if (isStale(master)) return true;
    }
    return false;
  }

  function resultOf(formula: FormulaCell): Value | typeof UNKNOWN {
    const known = results.get(formula.cell);
    if (known === PENDING) return UNKNOWN;
    if (known !== undefined) return known;
    results.set(formula.cell, PENDING);
    const isArray = formula.cell.formula!.kind === 'array';
    const spans = isArray && (formula.cell.formula!.ref ?? '').includes(':');
    const value =
      spans || formula.cell.formula!.kind === 'dataTable'
        ? UNKNOWN
        : evaluate(formula.tokens, { sheet: formula.sheet, row: formula.row, column: formula.column, isArray });
    results.set(formula.cell, value);
    return value;
  }

  function evaluate(
    tokens: readonly Token[],
    at: { readonly sheet: number; readonly row: number; readonly column: number; readonly isArray: boolean },
  ): Value | typeof UNKNOWN {
    if (nested >= MOST_NESTED) return UNKNOWN;
    nested++;
    try {
      return evaluator.evaluate(nodeOf(tokens), at);
    } catch (error) {
      if (error instanceof NotComputable) return UNKNOWN;
      throw error;
    } finally {
      nested--;
    }
  }

  function nodeOf(tokens: readonly Token[]): Node {
    let node = nodes.get(tokens);
    if (node === undefined) {
      try {
        node = parseFormula(tokens);
      } catch (error) {
        if (!(error instanceof NotComputable)) throw error;
        node = error;
      }
      nodes.set(tokens, node);
    }
    if (node instanceof NotComputable) throw node;
    return node;
  }

  function blockValue(sheet: number, content: SheetContent, block: Block, line: number, column: number): Value {
    const cell = rowAtLine(block, line).byColumn.get(column);
    if (!cell) return null;
    const given = contentAt(block, cell, line);
    if (given !== undefined) return isDateContent(given) ? given.serial : given;
    if (cell.formula) {
      const value = keptLine(sheet, block, cell, line);
      if (value === UNKNOWN) throw new NotComputable('a formula that is not known');
      return value;
    }
    if (cell.onlyFirst && line >= block.band.unit) return null;
    return storedValue(cell.cell, sharedText, content.document.part);
  }

  function lineValue(sheet: number, block: Block, cell: BlockCell, line: number): Value | undefined {
    const value = keptLine(sheet, block, cell, line);
    return value === UNKNOWN ? undefined : value;
  }

  /** Lines are worked out from the first on, so that one that builds on the line before finds it done. */
  function keptLine(sheet: number, block: Block, cell: BlockCell, line: number): Value | typeof UNKNOWN {
    let kept = lines.get(cell);
    if (!kept) {
      kept = [];
      lines.set(cell, kept);
    }
    // Evaluating a line may ask for later ones, which grows the list from within.
    while (kept.length <= line) {
      const at = kept.length;
      kept.push(PENDING);
      if (rowAtLine(block, at).byColumn.get(cell.column) === cell) kept[at] = evaluateLine(sheet, block, cell, at);
    }
    const value = kept[line]!;
    return value === PENDING ? UNKNOWN : value;
  }

  function evaluateLine(sheet: number, block: Block, cell: BlockCell, line: number): Value | typeof UNKNOWN {
    const { kind, ref } = cell.formula!;
    const row = block.start + line;
    if (kind === 'dataTable' || (kind === 'array' && ref?.text(row).includes(':'))) return UNKNOWN;
    let tokens = lineTokens.get(cell);
    if (!tokens) {
      tokens = writtenOut(cell.formula!.tokens, workbook);
      lineTokens.set(cell, tokens);
    }
    return evaluate(tokens, { sheet, row, column: cell.column, isArray: kind === 'array' });
  }

  function precedentsOf(formula: FormulaCell): readonly (RangeOperand | undefined)[] {
    return precedents(formula.tokens, formula.sheet, formula.row, 0);
  }

  function precedents(
    tokens: readonly Token[],
    sheet: number,
    row: number,
    level: number,
  ): (RangeOperand | undefined)[] {
    const found: (RangeOperand | undefined)[] = [];
    for (const token of tokens) {
      if (token.kind === 'reference') {
        if (token.sheet?.external) continue;
        const home = token.sheet ? workbook.sheet(token.sheet.first)?.index : sheet;
        if (home !== undefined) found.push({ kind: 'range', sheet: home, area: areaOfToken(token) });
      } else if (token.kind === 'structured') found.push(grid.structured(token.text, sheet, row));
      else if (token.kind === 'function' && UNTRACEABLE.test(token.text)) found.push(undefined);
      else if (token.kind === 'name' && !token.sheet?.external && level < 4) {
        const name = token.sheet ? token.text.slice(token.sheet.text.length) : token.text;
        const inner = grid.name(name, token.sheet ? (workbook.sheet(token.sheet.first)?.index ?? sheet) : sheet);
        if (inner) found.push(...precedents(inner, sheet, row, level + 1));
      }
    }
    return found;
  }

  function isRangeStale(range: RangeOperand): boolean {
    const { sheet, area } = range;
    if (changes.areas(sheet).some((one) => intersects(one, area))) return true;
    if (changes.touches(sheet, area)) return true;
    return formulas.some(
      (formula) =>
        formula.sheet === sheet &&
        formula.row >= area.top &&
        formula.row <= area.bottom &&
        formula.column >= area.left &&
        formula.column <= area.right &&
        isStale(formula),
    );
  }
}
