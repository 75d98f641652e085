import { can, type User } from '../core/index.ts';
import type { CellText, Column } from './schema/vocabulary.ts';

/** What stands in place of a value that the reader may not see. */
export const MASK = '***';

/** True when the person's sensitivity covers the column's. */
export function maySee(user: User, column: Pick<Column, 'sensitivity'>): boolean {
  return can(user, 'mart.read', { sensitivity: column.sensitivity });
}

/** Marks the columns whose values are hidden from the person. */
export function markMasked<C extends Column>(user: User, columns: readonly C[]): C[] {
  return columns.map((column) => ({ ...column, masked: !maySee(user, column) }));
}

/** A row with the values of masked columns replaced; an empty value stays empty. */
export function maskRow(columns: readonly Pick<Column, 'masked'>[], values: readonly CellText[]): CellText[] {
  return values.map((value, i) => (columns[i]?.masked && value !== null ? MASK : value));
}
