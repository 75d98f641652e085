import { columnName } from '../cell-reference.ts';
import type { Evaluation, FormulaFunction, Operand, RangeOperand } from './evaluate.ts';
import { wildcard } from './functions-criteria.ts';
import type { Node } from './syntax.ts';
import {
  compareValues,
  equalValues,
  foldCase,
  isError,
  NA_ERROR,
  NotComputable,
  REF_ERROR,
  toBoolean,
  toNumber,
  VALUE_ERROR,
  type Value,
} from './values.ts';

function rangeOf(node: Node, evaluation: Evaluation): RangeOperand {
  const operand: Operand = evaluation.operand(node);
  if (typeof operand === 'object' && operand !== null && 'kind' in operand && operand.kind === 'range') return operand;
  throw new NotComputable('a lookup over something that is no range');
}

function cell({ sheet, area }: RangeOperand, row: number, column: number, evaluation: Evaluation): Value {
  evaluation.spend(1);
  return evaluation.grid.value(sheet, area.top + row, area.left + column);
}

/** The first `length` cells of a column or row of the range, never past what is used. */
function line(range: RangeOperand, along: 'rows' | 'columns', evaluation: Evaluation): RangeOperand {
  const { top, left, bottom, right } = range.area;
  const used = evaluation.grid.used(range.sheet);
  const area =
    along === 'rows'
      ? { top, left, bottom: Math.max(top, Math.min(bottom, used.rows)), right: left }
      : { top, left, bottom: top, right: Math.max(left, Math.min(right, used.columns)) };
  return { ...range, area };
}

/** Position (0-based) of the wanted value along a line, or -1. */
function position(wanted: Value, range: RangeOperand, mode: -1 | 0 | 1, evaluation: Evaluation): number {
  const { area } = range;
  const vertical = area.left === area.right;
  const length = vertical ? area.bottom - area.top + 1 : area.right - area.left + 1;
  const at = (index: number): Value =>
    vertical ? cell(range, index, 0, evaluation) : cell(range, 0, index, evaluation);
  if (mode === 0) return exact(wanted, range, length, at, evaluation);
  let best = -1;
  for (let i = 0; i < length; i++) {
    const value = at(i);
    if (value === null || isError(value) || typeof value !== typeof wanted) continue;
    const order = compareValues(value, wanted);
    if (mode === 1 ? order <= 0 : order >= 0) best = i;
    else break;
  }
  return best;
}

function exact(
  wanted: Value,
  range: RangeOperand,
  length: number,
  at: (index: number) => Value,
  evaluation: Evaluation,
): number {
  if (typeof wanted === 'string' && /[*?~]/.test(wanted)) {
    const pattern = wildcard(foldCase(wanted));
    for (let i = 0; i < length; i++) {
      const value = at(i);
      if (typeof value === 'string' && pattern.test(foldCase(value))) return i;
    }
    return -1;
  }
  const target = wanted ?? 0;
  const positions = evaluation.cache.positions(range, target);
  if (positions) return positions[0] ?? -1;
  for (let i = 0; i < length; i++) {
    const value = at(i);
    if (value !== null && equalValues(value, target)) return i;
  }
  return -1;
}

function tableLookup(along: 'rows' | 'columns'): FormulaFunction {
  return (args, evaluation) => {
    const wanted = evaluation.scalar(args[0]!);
    if (isError(wanted)) return wanted;
    const table = rangeOf(args[1]!, evaluation);
    const index = toNumber(evaluation.scalar(args[2]!));
    if (isError(index)) return index;
    const near = args[3] ? toBoolean(evaluation.scalar(args[3])) : true;
    if (isError(near)) return near;
    const offset = Math.trunc(index) - 1;
    const { top, left, bottom, right } = table.area;
    if (offset < 0) return VALUE_ERROR;
    if (offset > (along === 'rows' ? right - left : bottom - top)) return REF_ERROR;
    const found = position(wanted, line(table, along, evaluation), near ? 1 : 0, evaluation);
    if (found < 0) return NA_ERROR;
    return along === 'rows' ? cell(table, found, offset, evaluation) : cell(table, offset, found, evaluation);
  };
}

const match: FormulaFunction = (args, evaluation) => {
  const wanted = evaluation.scalar(args[0]!);
  if (isError(wanted)) return wanted;
  const range = rangeOf(args[1]!, evaluation);
  const mode = args[2] ? toNumber(evaluation.scalar(args[2])) : 1;
  if (isError(mode)) return mode;
  const { area } = range;
  if (area.left !== area.right && area.top !== area.bottom) return NA_ERROR;
  const along = area.left === area.right ? 'rows' : 'columns';
  const found = position(wanted, line(range, along, evaluation), Math.sign(mode) as -1 | 0 | 1, evaluation);
  return found < 0 ? NA_ERROR : found + 1;
};

const index: FormulaFunction = (args, evaluation) => {
  const range = rangeOf(args[0]!, evaluation);
  const { top, left, bottom, right } = range.area;
  const first = toNumber(evaluation.scalar(args[1]!));
  const second = args[2] ? toNumber(evaluation.scalar(args[2])) : undefined;
  if (isError(first)) return first;
  if (isError(second)) return second;
  const isRow = top === bottom && second === undefined;
  const row = Math.trunc(isRow ? 1 : first);
  const column = Math.trunc(isRow ? first : (second ?? 1));
  if (row === 0 || column === 0) throw new NotComputable('INDEX of a whole row or column');
  if (row < 0 || column < 0) return VALUE_ERROR;
  if (row > bottom - top + 1 || column > right - left + 1) return REF_ERROR;
  return cell(range, row - 1, column - 1, evaluation);
};

const lookup: FormulaFunction = (args, evaluation) => {
  if (args.length !== 3) throw new NotComputable('LOOKUP in an array');
  const wanted = evaluation.scalar(args[0]!);
  if (isError(wanted)) return wanted;
  const keys = rangeOf(args[1]!, evaluation);
  const values = rangeOf(args[2]!, evaluation);
  const along = keys.area.left === keys.area.right ? 'rows' : 'columns';
  const found = position(wanted, line(keys, along, evaluation), 1, evaluation);
  return found < 0 ? NA_ERROR : nth(values, found, evaluation);
};

const xlookup: FormulaFunction = (args, evaluation) => {
  const wanted = evaluation.scalar(args[0]!);
  if (isError(wanted)) return wanted;
  if (args.slice(4).some((arg) => arg.type !== 'missing' && evaluation.scalar(arg) !== 0))
    throw new NotComputable('XLOOKUP modes');
  const keys = rangeOf(args[1]!, evaluation);
  const values = rangeOf(args[2]!, evaluation);
  const along = keys.area.left === keys.area.right ? 'rows' : 'columns';
  // XLOOKUP takes wildcards literally unless asked.
  if (typeof wanted === 'string' && /[*?~]/.test(wanted)) throw new NotComputable('XLOOKUP of a pattern');
  const found = position(wanted, line(keys, along, evaluation), 0, evaluation);
  if (found >= 0) return nth(values, found, evaluation);
  const otherwise = args[3];
  return otherwise && otherwise.type !== 'missing' ? evaluation.scalar(otherwise) : NA_ERROR;
};

function nth(values: RangeOperand, at: number, evaluation: Evaluation): Value {
  const { area } = values;
  if (area.left === area.right) return area.top + at > area.bottom ? REF_ERROR : cell(values, at, 0, evaluation);
  if (area.top === area.bottom) return area.left + at > area.right ? REF_ERROR : cell(values, 0, at, evaluation);
  throw new NotComputable('a lookup that answers with a row');
}

function ofPlace(own: (evaluation: Evaluation) => number, pick: (range: RangeOperand) => number): FormulaFunction {
  return (args, evaluation) => (args[0] ? pick(rangeOf(args[0], evaluation)) : own(evaluation));
}

const address: FormulaFunction = (args, evaluation) => {
  if (args.length > 3) throw new NotComputable('ADDRESS with a sheet');
  const row = toNumber(evaluation.scalar(args[0]!));
  const column = toNumber(evaluation.scalar(args[1]!));
  const kind = args[2] ? toNumber(evaluation.scalar(args[2])) : 1;
  if (isError(row)) return row;
  if (isError(column)) return column;
  if (isError(kind)) return kind;
  if (row < 1 || column < 1) return VALUE_ERROR;
  return `${kind === 1 || kind === 3 ? '$' : ''}${columnName(column)}${kind === 1 || kind === 2 ? '$' : ''}${row}`;
};

export const LOOKUP_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  ROW: ofPlace(
    ({ at }) => at.row,
    ({ area }) => area.top,
  ),
  COLUMN: ofPlace(
    ({ at }) => at.column,
    ({ area }) => area.left,
  ),
  ROWS: (args, evaluation) => spanOf(evaluation, args[0]!, 'rows'),
  COLUMNS: (args, evaluation) => spanOf(evaluation, args[0]!, 'columns'),
  VLOOKUP: tableLookup('rows'),
  HLOOKUP: tableLookup('columns'),
  LOOKUP: lookup,
  XLOOKUP: xlookup,
  MATCH: match,
  INDEX: index,
  ADDRESS: address,
};

function spanOf(evaluation: Evaluation, node: Node, along: 'rows' | 'columns'): number {
  const { area } = rangeOf(node, evaluation);
  return along === 'rows' ? area.bottom - area.top + 1 : area.right - area.left + 1;
}
