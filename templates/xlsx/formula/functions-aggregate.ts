import type { Evaluation, FormulaFunction, RangeOperand } from './evaluate.ts';
import type { RangeStatistics } from './range-cache.ts';
import type { Node } from './syntax.ts';
import {
  DIV_ERROR,
  type FormulaError,
  isError,
  NA_ERROR,
  NotComputable,
  NUM_ERROR,
  toNumber,
  VALUE_ERROR,
  type Value,
} from './values.ts';

const EMPTY: RangeStatistics = { sum: 0, numbers: 0, filled: 0, min: Infinity, max: -Infinity, product: 1 };

/** All arguments together; text given directly counts as a number, text in cells does not. */
function gather(args: readonly Node[], evaluation: Evaluation): RangeStatistics {
  let all = EMPTY;
  for (const arg of args) {
    const operand = evaluation.operand(arg);
    if (typeof operand === 'object' && operand !== null && 'kind' in operand) {
      if (operand.kind === 'range') all = join(all, evaluation.cache.statistics(operand));
      else for (const row of operand.rows) for (const value of row) all = join(all, one(value, false));
    } else all = join(all, one(operand, true));
  }
  return all;
}

function one(value: Value, coerce: boolean): RangeStatistics {
  if (isError(value)) return { ...EMPTY, filled: 1, error: value };
  if (!coerce && typeof value !== 'number') return { ...EMPTY, filled: value === null ? 0 : 1 };
  const number = toNumber(value);
  if (isError(number)) return { ...EMPTY, filled: 1, error: number };
  return { sum: number, numbers: 1, filled: 1, min: number, max: number, product: number };
}

function join(a: RangeStatistics, b: RangeStatistics): RangeStatistics {
  return {
    sum: a.sum + b.sum,
    numbers: a.numbers + b.numbers,
    filled: a.filled + b.filled,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    product: a.product * b.product,
    ...((a.error ?? b.error) ? { error: a.error ?? b.error } : {}),
  };
}

function over(pick: (all: RangeStatistics) => Value): FormulaFunction {
  return (args, evaluation) => {
    const all = gather(args, evaluation);
    return all.error ?? pick(all);
  };
}

const sum = over((all) => all.sum);
const average = over((all) => (all.numbers === 0 ? DIV_ERROR : all.sum / all.numbers));
const min = over((all) => (all.numbers === 0 ? 0 : all.min));
const max = over((all) => (all.numbers === 0 ? 0 : all.max));
const product = over((all) => (all.numbers === 0 ? 0 : all.product));

/** Numbers only: an error or text given directly is not counted. */
const count: FormulaFunction = (args, evaluation) => {
  let total = 0;
  for (const arg of args) {
    const operand = evaluation.operand(arg);
    if (typeof operand === 'object' && operand !== null && 'kind' in operand) {
      total +=
        operand.kind === 'range'
          ? evaluation.cache.statistics(operand).numbers
          : operand.rows.flat().filter((value) => typeof value === 'number').length;
    } else if (typeof operand === 'number' || typeof operand === 'boolean' || operand === null) total++;
    else if (typeof operand === 'string' && !isError(toNumber(operand))) total++;
  }
  return total;
};

const countFilled: FormulaFunction = (args, evaluation) => gather(args, evaluation).filled;

const countBlank: FormulaFunction = (args, evaluation) => {
  let total = 0;
  for (const row of evaluation.matrix(args[0]!)) for (const value of row) if (value === null || value === '') total++;
  return total;
};

const SUBTOTALS: Readonly<Record<number, FormulaFunction>> = {
  1: average,
  2: count,
  3: countFilled,
  4: max,
  5: min,
  6: product,
  9: sum,
};

/** Right only where no hidden row and no nested subtotal could change it; otherwise it is left to Excel. */
const subtotal: FormulaFunction = (args, evaluation) => {
  const which = evaluation.scalar(args[0]!);
  const run = typeof which === 'number' ? SUBTOTALS[which > 100 ? which - 100 : which] : undefined;
  if (!run) throw new NotComputable('SUBTOTAL');
  for (const arg of args.slice(1)) {
    const operand = evaluation.operand(arg);
    if (!isRange(operand)) return VALUE_ERROR;
    if (evaluation.grid.hidesRows(operand.sheet, operand.area)) throw new NotComputable('hidden rows');
  }
  return run(args.slice(1), evaluation);
};

const sumProduct: FormulaFunction = (args, evaluation) => {
  const matrices = args.map((arg) => evaluation.matrix(arg));
  const height = matrices[0]!.length;
  const width = matrices[0]![0]!.length;
  if (matrices.some((rows) => rows.length !== height || rows[0]!.length !== width)) return VALUE_ERROR;
  let total = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let item = 1;
      for (const rows of matrices) {
        const value = rows[row]![column]!;
        if (isError(value)) return value;
        item *= typeof value === 'number' ? value : 0;
      }
      total += item;
    }
  }
  return total;
};

function numbersOf(arg: Node, evaluation: Evaluation): Float64Array | FormulaError {
  const operand = evaluation.operand(arg);
  if (isRange(operand)) {
    const { error } = evaluation.cache.statistics(operand);
    return error ?? evaluation.cache.sorted(operand);
  }
  return Float64Array.from(
    evaluation
      .matrix(arg)
      .flat()
      .filter((value) => typeof value === 'number'),
  ).sort();
}

function nth(fromTop: boolean): FormulaFunction {
  return (args, evaluation) => {
    const numbers = numbersOf(args[0]!, evaluation);
    if (isError(numbers)) return numbers;
    const k = toNumber(evaluation.scalar(args[1]!));
    if (isError(k)) return k;
    const position = Math.ceil(k);
    if (position < 1 || position > numbers.length) return NUM_ERROR;
    return numbers[fromTop ? numbers.length - position : position - 1]!;
  };
}

const median: FormulaFunction = (args, evaluation) => {
  if (args.length !== 1) throw new NotComputable('MEDIAN of several');
  const numbers = numbersOf(args[0]!, evaluation);
  if (isError(numbers)) return numbers;
  if (numbers.length === 0) return NUM_ERROR;
  const middle = numbers.length >> 1;
  return numbers.length % 2 ? numbers[middle]! : (numbers[middle - 1]! + numbers[middle]!) / 2;
};

const rank: FormulaFunction = (args, evaluation) => {
  const value = toNumber(evaluation.scalar(args[0]!));
  const range = evaluation.operand(args[1]!);
  if (isError(value)) return value;
  if (!isRange(range)) return NA_ERROR;
  const order = args[2] ? toNumber(evaluation.scalar(args[2])) : 0;
  if (isError(order)) return order;
  const numbers = evaluation.cache.sorted(range);
  const low = lowerBound(numbers, value);
  if (numbers[low] !== value) return NA_ERROR;
  if (order !== 0) return low + 1;
  let high = low;
  while (numbers[high] === value) high++;
  return numbers.length - high + 1;
};

function lowerBound(numbers: Float64Array, value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRange(operand: unknown): operand is RangeOperand {
  return typeof operand === 'object' && operand !== null && 'kind' in operand && operand.kind === 'range';
}

export const AGGREGATE_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  SUM: sum,
  AVERAGE: average,
  MIN: min,
  MAX: max,
  PRODUCT: product,
  COUNT: count,
  COUNTA: countFilled,
  COUNTBLANK: countBlank,
  SUBTOTAL: subtotal,
  SUMPRODUCT: sumProduct,
  LARGE: nth(true),
  SMALL: nth(false),
  MEDIAN: median,
  RANK: rank,
  'RANK.EQ': rank,
};
