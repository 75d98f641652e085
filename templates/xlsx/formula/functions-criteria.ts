import type { Evaluation, FormulaFunction, RangeOperand } from './evaluate.ts';
import type { Node } from './syntax.ts';
import { compareValues, DIV_ERROR, foldCase, isError, NotComputable, VALUE_ERROR, type Value } from './values.ts';

interface Condition {
  readonly range: RangeOperand;
  readonly test: (value: Value) => boolean;
  /** Set when the condition is plain equality, which an index answers. */
  readonly equals?: Value;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A criterion such as `"男"`, `">=60"`, `"<>"`, `"张*"`. */
function condition(range: RangeOperand, criterion: Value): Condition {
  if (criterion === null) return { range, test: (value) => value === 0, equals: 0 };
  if (typeof criterion !== 'string') {
    if (isError(criterion)) throw new NotComputable('an error as criterion');
    return {
      range,
      test: (value) => value === criterion || (typeof value === 'string' && looksLike(value, criterion)),
    };
  }
  const [, operator = '', text = ''] = /^(<>|<=|>=|=|<|>)?([\s\S]*)$/.exec(criterion)!;
  const wanted: Value = NUMBER.test(text.trim()) ? Number(text) : text;
  if (operator === '<' || operator === '>' || operator === '<=' || operator === '>=') {
    return { range, test: (value) => ordered(operator, value, wanted) };
  }
  const same = sameAs(wanted, text, operator === '');
  if (operator === '<>') return { range, test: (value) => !same(value) };
  const plain = typeof wanted === 'string' && wanted !== '' && !/[*?~]/.test(wanted);
  return { range, test: same, ...(plain ? { equals: wanted } : {}) };
}

function looksLike(text: string, wanted: number | boolean): boolean {
  return typeof wanted === 'number'
    ? NUMBER.test(text.trim()) && Number(text) === wanted
    : foldCase(text) === String(wanted);
}

function sameAs(wanted: Value, text: string, bare: boolean): (value: Value) => boolean {
  if (typeof wanted === 'number')
    return (value) => value === wanted || (typeof value === 'string' && looksLike(value, wanted));
  if (text === '') return bare ? (value) => value === null || value === '' : (value) => value === null;
  const folded = foldCase(text);
  if (folded === 'true' || folded === 'false') return (value) => value === (folded === 'true');
  if (!/[*?~]/.test(folded)) return (value) => typeof value === 'string' && foldCase(value) === folded;
  const pattern = wildcard(folded);
  return (value) => typeof value === 'string' && pattern.test(foldCase(value));
}

/** `*` any text, `?` one character, `~` takes the next as it is. */
export function wildcard(text: string): RegExp {
  const source = text.replace(/~([*?~])|([*])|([?])|([\\^$.|+()[\]{}])/g, (whole, escaped, star, mark) => {
    if (escaped) return `\\${escaped}`;
    if (star) return '[\\s\\S]*?';
    return mark ? '[\\s\\S]' : `\\${whole}`;
  });
  return new RegExp(`^${source}$`);
}

function ordered(operator: string, value: Value, wanted: Value): boolean {
  if (value === null || isError(value) || typeof value !== typeof wanted) return false;
  const order = compareValues(value, wanted);
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}

function conditions(args: readonly Node[], evaluation: Evaluation): Condition[] {
  const found: Condition[] = [];
  for (let i = 0; i + 1 < args.length; i += 2) {
    found.push(condition(range(args[i]!, evaluation), evaluation.scalar(args[i + 1]!)));
  }
  return found;
}

function range(node: Node, evaluation: Evaluation): RangeOperand {
  const operand = evaluation.operand(node);
  if (typeof operand !== 'object' || operand === null || !('kind' in operand) || operand.kind !== 'range') {
    throw new NotComputable('a criterion over something that is no range');
  }
  return operand;
}

/** Visits the positions that meet every condition; false when the ranges are of different sizes. */
function matches(
  all: readonly Condition[],
  evaluation: Evaluation,
  visit: (row: number, column: number) => void,
): boolean {
  const first = all[0]!.range.area;
  const height = first.bottom - first.top;
  const width = first.right - first.left;
  for (const { range: other } of all) {
    if (other.area.bottom - other.area.top !== height || other.area.right - other.area.left !== width) return false;
  }
  const lead = all.find((one) => one.equals !== undefined);
  const positions = lead && evaluation.cache.positions(lead.range, lead.equals!);
  if (positions) {
    evaluation.spend(positions.length * all.length + 1);
    for (const position of positions) {
      const row = height === 0 ? 0 : position;
      const column = height === 0 ? position : 0;
      if (all.every((one) => one === lead || meets(one, row, column, evaluation))) visit(row, column);
    }
    return true;
  }
  const rows = Math.min(
    height,
    Math.max(...all.map(({ range: { sheet, area } }) => evaluation.grid.used(sheet).rows - area.top), 0),
  );
  evaluation.spend((rows + 1) * (width + 1) * all.length);
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= width; column++) {
      if (all.every((one) => meets(one, row, column, evaluation))) visit(row, column);
    }
  }
  return true;
}

function meets(
  { range: { sheet, area }, test }: Condition,
  row: number,
  column: number,
  evaluation: Evaluation,
): boolean {
  return test(evaluation.grid.value(sheet, area.top + row, area.left + column));
}

const countIfs: FormulaFunction = (args, evaluation) => {
  let total = 0;
  const all = conditions(args, evaluation);
  // Past the used rows nothing is read, and there blanks would have to be counted.
  if (
    all.every((one) => one.test(null)) &&
    all.some(({ range: { sheet, area } }) => area.bottom > evaluation.grid.used(sheet).rows)
  ) {
    throw new NotComputable('blanks of a whole column');
  }
  return matches(all, evaluation, () => total++) ? total : VALUE_ERROR;
};

interface Found {
  sum: number;
  numbers: number;
  min: number;
  max: number;
}

function collect(values: RangeOperand, all: readonly Condition[], evaluation: Evaluation): Found | Value {
  const found: Found = { sum: 0, numbers: 0, min: Infinity, max: -Infinity };
  let failure: Value = null;
  const { sheet, area } = values;
  const fits = matches(all, evaluation, (row, column) => {
    const value = evaluation.grid.value(sheet, area.top + row, area.left + column);
    if (isError(value)) failure ??= value;
    if (typeof value !== 'number') return;
    found.sum += value;
    found.numbers++;
    found.min = Math.min(found.min, value);
    found.max = Math.max(found.max, value);
  });
  return fits ? (failure ?? found) : VALUE_ERROR;
}

function overOne(pick: (found: Found) => Value): FormulaFunction {
  return (args, evaluation) => {
    const tested = range(args[0]!, evaluation);
    const values = args[2] ? range(args[2], evaluation) : tested;
    return picked(collect(values, [condition(tested, evaluation.scalar(args[1]!))], evaluation), pick);
  };
}

function overMany(pick: (found: Found) => Value): FormulaFunction {
  return (args, evaluation) => {
    const values = range(args[0]!, evaluation);
    const all = conditions(args.slice(1), evaluation);
    const sized = all[0]!.range.area;
    const { area } = values;
    if (area.bottom - area.top !== sized.bottom - sized.top || area.right - area.left !== sized.right - sized.left)
      return VALUE_ERROR;
    return picked(collect(values, all, evaluation), pick);
  };
}

function picked(found: Found | Value, pick: (found: Found) => Value): Value {
  return typeof found === 'object' && found !== null && 'sum' in found ? pick(found) : (found as Value);
}

const sumOf = (found: Found): Value => found.sum;
const averageOf = (found: Found): Value => (found.numbers === 0 ? DIV_ERROR : found.sum / found.numbers);

export const CRITERIA_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  COUNTIF: countIfs,
  COUNTIFS: countIfs,
  SUMIF: overOne(sumOf),
  SUMIFS: overMany(sumOf),
  AVERAGEIF: overOne(averageOf),
  AVERAGEIFS: overMany(averageOf),
  MAXIFS: overMany((found) => (found.numbers === 0 ? 0 : found.max)),
  MINIFS: overMany((found) => (found.numbers === 0 ? 0 : found.min)),
};
