import { can, type User } from '../core/index.ts';
import type { Column } from './schema/vocabulary.ts';

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
