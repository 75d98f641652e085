import { textMarkup } from '../fill/text.ts';
import { isError, type Value } from '../formula/values.ts';
import type { Cell } from '../patch/cell.ts';

/** Puts a value in the cell of a formula; undefined leaves it without one. */
export function showValue(cell: Cell, value: Value | undefined): void {
  delete cell.inline;
  if (value === undefined || value === null) {
    cell.type = '';
    delete cell.value;
  } else if (typeof value === 'number') {
    cell.type = '';
    cell.value = String(value);
  } else if (typeof value === 'boolean') {
    cell.type = 'b';
    cell.value = value ? '1' : '0';
  } else if (isError(value)) {
    cell.type = 'e';
    cell.value = value.error;
  } else {
    cell.type = 'str';
    cell.value = textMarkup(value);
  }
}

/** Equal, but for the last digits that two programs may differ in. */
export function sameShown(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || Math.abs(a - b) <= Math.abs(a) * 1e-15;
  if (isError(a) && isError(b)) return a.error === b.error;
  return a === b;
}
