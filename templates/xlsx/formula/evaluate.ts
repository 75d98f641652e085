import { createRangeCache, type RangeCache } from './range-cache.ts';
import { type Area, printArea } from './reference.ts';
import type { Node } from './syntax.ts';
import { parseFormula } from './syntax.ts';
import type { Token } from './tokens.ts';
import {
  compareValues,
  DIV_ERROR,
  equalValues,
  type FormulaError,
  isError,
  NAME_ERROR,
  NotComputable,
  NUM_ERROR,
  toBoolean,
  toNumber,
  toText,
  VALUE_ERROR,
  type Value,
} from './values.ts';

/** The cells that formulas read, by sheet number. Reading may evaluate other formulas. */
export interface Grid {
  /** @throws NotComputable when the value is not known. */
  value(sheet: number, row: number, column: number): Value;
  sheetNumber(name: string): number | undefined;
  /** The last row and column that may hold something. */
  used(sheet: number): { readonly rows: number; readonly columns: number };
  /** The formula behind a defined name, sheet-level before workbook-level. */
  name(name: string, sheet: number): readonly Token[] | undefined;
  /** The area of a structured reference. */
  structured(text: string, sheet: number, row: number): RangeOperand | undefined;
  /** Whether any row of the area is hidden, which SUBTOTAL has an opinion about. */
  hidesRows(sheet: number, area: Area): boolean;
  readonly date1904: boolean;
}

export interface RangeOperand {
  readonly kind: 'range';
  readonly sheet: number;
  readonly area: Area;
}

export interface ArrayOperand {
  readonly kind: 'array';
  readonly rows: readonly (readonly Value[])[];
}

export type Operand = Value | RangeOperand | ArrayOperand;

/** Where the formula stands: the place that `ROW()` and rolling references are about. */
export interface Standing {
  readonly sheet: number;
  readonly row: number;
  readonly column: number;
  /** An array formula: arithmetic runs over ranges cell by cell. */
  readonly isArray?: boolean;
}

/** What a function sees of the evaluation that called it. */
export interface Evaluation {
  readonly grid: Grid;
  readonly at: Standing;
  readonly cache: RangeCache;
  /** One value; a range of one cell is its cell. */
  scalar(node: Node): Value;
  operand(node: Node): Operand;
  /** Ranges and arithmetic on ranges as rows of values. */
  matrix(node: Node): readonly (readonly Value[])[];
  /** Counts cells that are read, against the budget. */
  spend(cells: number): void;
}

export type FormulaFunction = (args: readonly Node[], evaluation: Evaluation) => Value;

export interface Evaluator {
  /** @throws NotComputable */
  evaluate(node: Node, at: Standing): Value;
}

/** Cells that one expression on ranges may make in memory. */
const MOST_MATRIX_CELLS = 2_000_000;

/**
 * Evaluates parsed formulas over a grid. It never guesses: a function it does not know, a rule that depends on the
 * machine, or a budget of read cells used up is {@link NotComputable}.
 */
export function createEvaluator(
  grid: Grid,
  functions: ReadonlyMap<string, FormulaFunction>,
  budgetCells = 50_000_000,
): Evaluator {
  let left = budgetCells;
  const spend = (cells: number): void => {
    left -= cells;
    if (left < 0) throw new NotComputable('budget');
  };
  const cache = createRangeCache(grid, spend);
  const names = new Map<string, Node>();

  return { evaluate: (node, at) => resultOf(node, at) };

  function resultOf(node: Node, at: Standing): Value {
    const value = scalar(node, at);
    if (typeof value === 'number' && !Number.isFinite(value)) return NUM_ERROR;
    // A formula that points at a blank cell shows 0.
    return value === null ? 0 : value;
  }

  function operand(node: Node | undefined, at: Standing): Operand {
    // Excel does not accept a call without the arguments it needs; another program may have written it.
    if (!node) throw new NotComputable('an argument that is not there');
    switch (node.type) {
      case 'literal':
        return node.value;
      case 'missing':
        return null;
      case 'array':
        return { kind: 'array', rows: node.rows };
      case 'reference':
        return reference(node, at);
      case 'name':
        return named(node, at);
      case 'structured': {
        const range = grid.structured(node.text, at.sheet, at.row);
        if (!range) throw new NotComputable('structured reference');
        return range;
      }
      case 'unary':
        if (at.isArray) return arrayOf(matrix(node, at));
        return unary(node.operator, scalar(node.operand, at));
      case 'binary':
        if (at.isArray) return arrayOf(matrix(node, at));
        return binary(node.operator, scalar(node.left, at), scalar(node.right, at));
      case 'call':
        if (at.isArray && node.name === 'IF') return arrayOf(matrix(node, at));
        return call(node.name, node.args, at);
    }
  }

  function reference(node: Extract<Node, { type: 'reference' }>, at: Standing): RangeOperand {
    const { sheet: prefix, from, to, rolling } = node.token;
    if (prefix?.external || prefix?.last) throw new NotComputable('another workbook or a 3-D span');
    const sheet = prefix ? grid.sheetNumber(prefix.first) : at.sheet;
    if (sheet === undefined) throw new NotComputable('no such sheet');
    // Rolling references roll by rows here: columns are settled before anything is evaluated.
    const first = rolling?.from ? from.row + at.row : from.row;
    const last = rolling?.to ? to.row + at.row : to.row;
    const area = {
      top: Math.min(first, last),
      left: Math.min(from.column, to.column),
      bottom: Math.max(first, last),
      right: Math.max(from.column, to.column),
    };
    return { kind: 'range', sheet, area };
  }

  function named({ name, sheet }: Extract<Node, { type: 'name' }>, at: Standing): Operand {
    if (sheet?.external) throw new NotComputable('another workbook');
    const scope = sheet ? grid.sheetNumber(sheet.first) : at.sheet;
    const tokens = grid.name(name, scope ?? at.sheet);
    if (!tokens) return NAME_ERROR;
    const key = `${scope} ${name.toLowerCase()}`;
    let node = names.get(key);
    if (!node) {
      node = parseFormula(tokens);
      if (!isFixedName(node)) throw new NotComputable('a name that is more than a place or a number');
      names.set(key, node);
    }
    return operand(node, at);
  }

  function call(name: string, args: readonly Node[], at: Standing): Value {
    const found = functions.get(name);
    if (!found) throw new NotComputable(`function ${name}`);
    return found(args, {
      grid,
      at,
      cache,
      spend,
      scalar: (node) => scalar(node, at),
      operand: (node) => operand(node, at),
      matrix: (node) => matrix(node, at),
    });
  }

  function scalar(node: Node | undefined, at: Standing): Value {
    const result = operand(node, at);
    if (typeof result !== 'object' || result === null || isError(result)) return result;
    if (result.kind === 'array') {
      if (result.rows.length === 1 && result.rows[0]!.length === 1) return result.rows[0]![0]!;
      throw new NotComputable('an array where one value is wanted');
    }
    const { top, left, bottom, right } = result.area;
    if (top !== bottom || left !== right)
      throw new NotComputable(`a range where one value is wanted: ${printArea(result.area)}`);
    spend(1);
    return grid.value(result.sheet, top, left);
  }

  /** IF cell by cell. */
  function choice(args: readonly Node[], at: Standing): readonly (readonly Value[])[] {
    const [test, yes, no] = args;
    const chosen = combine(matrix(test!, at), yes ? matrix(yes, at) : [[true]], (truth, value) => {
      const is = toBoolean(truth);
      return isError(is) ? is : is ? value : OTHERWISE;
    });
    return combine(chosen, no ? matrix(no, at) : [[false]], (value, other) => (value === OTHERWISE ? other : value));
  }

  function matrix(node: Node, at: Standing): readonly (readonly Value[])[] {
    if (node.type === 'binary') {
      return combine(matrix(node.left, at), matrix(node.right, at), (a, b) => binary(node.operator, a, b));
    }
    if (node.type === 'unary')
      return matrix(node.operand, at).map((row) => row.map((value) => unary(node.operator, value)));
    if (at.isArray && node.type === 'call' && node.name === 'IF') return choice(node.args, at);
    const result = operand(node, at);
    if (typeof result !== 'object' || result === null || isError(result)) return [[result]];
    if (result.kind === 'array') return result.rows;
    const { area, sheet } = result;
    const used = grid.used(sheet);
    const whole = area.bottom > used.rows && area.top === 1;
    const bottom = whole ? Math.max(used.rows, area.top) : area.bottom;
    const cells = (bottom - area.top + 1) * (area.right - area.left + 1);
    if (cells > MOST_MATRIX_CELLS) throw new NotComputable('too large a range');
    spend(cells);
    const rows: Value[][] = [];
    for (let row = area.top; row <= bottom; row++) {
      const values: Value[] = [];
      for (let column = area.left; column <= area.right; column++) values.push(grid.value(sheet, row, column));
      rows.push(values);
    }
    return rows;
  }
}

/** Marks the cells that an IF leaves to its other branch. */
const OTHERWISE: FormulaError = Object.freeze({ error: '' });

function arrayOf(rows: readonly (readonly Value[])[]): Operand {
  return rows.length === 1 && rows[0]!.length === 1 ? rows[0]![0]! : { kind: 'array', rows };
}

/** A place, a constant, or arithmetic that has no place in it: what a name means everywhere. */
function isFixedName(node: Node): boolean {
  if (node.type === 'literal') return true;
  // `表1[金额]` is the same from everywhere, `表1[@金额]` is not.
  if (node.type === 'structured') return !/@|#this row/i.test(node.text);
  return node.type === 'reference' && node.token.from.rowFixed && node.token.from.columnFixed && node.token.to.rowFixed;
}

function combine(
  a: readonly (readonly Value[])[],
  b: readonly (readonly Value[])[],
  apply: (a: Value, b: Value) => Value,
): Value[][] {
  const height = Math.max(a.length, b.length);
  const width = Math.max(a[0]?.length ?? 0, b[0]?.length ?? 0);
  const fits = (rows: readonly (readonly Value[])[]): boolean =>
    (rows.length === 1 || rows.length === height) && (rows[0]!.length === 1 || rows[0]!.length === width);
  if (!fits(a) || !fits(b)) throw new NotComputable('ranges of different sizes');
  const pick = (rows: readonly (readonly Value[])[], row: number, column: number): Value => {
    const line = rows[rows.length === 1 ? 0 : row]!;
    return line[line.length === 1 ? 0 : column]!;
  };
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => apply(pick(a, row, column), pick(b, row, column))),
  );
}

function unary(operator: '+' | '-' | '%' | '@', value: Value): Value {
  if (operator === '+' || operator === '@') return value;
  const number = toNumber(value);
  if (isError(number)) return number;
  return operator === '-' ? -number : number / 100;
}

function binary(operator: string, a: Value, b: Value): Value {
  if (isError(a)) return a;
  if (isError(b)) return b;
  switch (operator) {
    case '=':
      return equalValues(a, b);
    case '<>':
      return !equalValues(a, b);
    case '<':
      return compareValues(a, b) < 0;
    case '>':
      return compareValues(a, b) > 0;
    case '<=':
      return compareValues(a, b) <= 0;
    case '>=':
      return compareValues(a, b) >= 0;
    case '&': {
      const left = toText(a);
      const right = toText(b);
      return isError(left) ? left : isError(right) ? right : left + right;
    }
    default:
      return arithmetic(operator, toNumber(a), toNumber(b));
  }
}

function arithmetic(operator: string, a: number | FormulaError, b: number | FormulaError): Value {
  if (isError(a)) return a;
  if (isError(b)) return b;
  switch (operator) {
    case '+':
      return snap(a + b, a, b);
    case '-':
      return snap(a - b, a, b);
    case '*':
      return finite(a * b);
    case '/':
      return b === 0 ? DIV_ERROR : finite(a / b);
    case '^':
      return a === 0 && b === 0 ? NUM_ERROR : finite(a ** b);
    default:
      return VALUE_ERROR;
  }
}

/** Excel shows 0 for a difference that is only rounding noise of its operands. */
function snap(result: number, a: number, b: number): Value {
  return Math.abs(result) < Math.max(Math.abs(a), Math.abs(b)) * 4e-16 ? 0 : finite(result);
}

function finite(result: number): Value {
  return Number.isFinite(result) ? result : NUM_ERROR;
}
