import { literal } from '../warehouse/sql-text.ts';
import type { FormColumn } from './plan.ts';

/**
 * Review class of a cell: held, derived (or rightly blank), stale, conflicting, missing, outside the form. Only stale,
 * conflicting and missing cells are asked for.
 */
export type ReviewClass = 'h' | 'd' | 's' | 'c' | 'm' | 'x';

export const ASKED_CLASSES = ['m', 's', 'c'] as const satisfies readonly ReviewClass[];

export function isAsked(letter: string): boolean {
  return letter === 'm' || letter === 's' || letter === 'c';
}

/** What the gate looks at. */
export interface GateCell {
  /** False where the column's `when` does not hold. */
  readonly applicable: boolean;
  readonly value: string | null;
  /** Measures: part of what the figure is made of is not there. */
  readonly missing?: boolean;
  /** A source of equal standing says something else. */
  readonly conflict: boolean;
  /** Civil day of the observation, `2026-11-22`. */
  readonly observed: string | null;
  /** Civil day on which somebody vouched for exactly this value (or for the blank). */
  readonly confirmed: string | null;
}

/**
 * The 免填闸: decides whether a cell has to be asked. The twin of {@link gateSql}; tests hold the two together.
 *
 * @param asOf the campaign's day, to which ages are counted
 */
export function classify(column: FormColumn, cell: GateCell, asOf: string): ReviewClass {
  if (isComputed(column)) return 'd';
  if (!cell.applicable) return 'd';
  if (!column.asked) return cell.value === null ? 'x' : 'h';
  const oldest = column.ttlDays === undefined ? '' : dayBefore(asOf, column.ttlDays);
  if (cell.confirmed !== null && cell.confirmed >= oldest) return 'h';
  if (cell.conflict) return 'c';
  if (column.source === 'measure') return cell.missing ? 'm' : 'd';
  if (cell.value === null) return column.optional ? 'd' : 'm';
  return cell.observed !== null && cell.observed >= oldest ? 'h' : column.ttlDays === undefined ? 'h' : 's';
}

/** True for what follows from other cells and is never asked itself. */
function isComputed(column: FormColumn): boolean {
  return column.source === 'derived' || column.source === 'serial' || (column.source === 'measure' && !column.asked);
}

/** SQL expressions for what {@link GateCell} holds. */
export interface GateSql {
  readonly applicable?: string;
  readonly value: string;
  readonly missing?: string;
  readonly conflict: string;
  readonly observed: string;
  /** Day of the confirmation that vouches for exactly this value, or NULL. */
  readonly confirmed: string;
}

/** The gate as one SQL expression that gives a class letter. */
export function gateSql(column: FormColumn, cell: GateSql, asOf: string): string {
  if (isComputed(column)) return "'d'";
  const cases: string[] = [];
  if (cell.applicable !== undefined) cases.push(`WHEN NOT coalesce(${cell.applicable}, false) THEN 'd'`);
  if (!column.asked) return `CASE ${[...cases, `WHEN ${cell.value} IS NULL THEN 'x'`].join(' ')} ELSE 'h' END`;
  const oldest = column.ttlDays === undefined ? undefined : `DATE ${literal(dayBefore(asOf, column.ttlDays))}`;
  cases.push(
    oldest === undefined
      ? `WHEN ${cell.confirmed} IS NOT NULL THEN 'h'`
      : `WHEN ${cell.confirmed} >= ${oldest} THEN 'h'`,
    `WHEN ${cell.conflict} THEN 'c'`,
  );
  if (column.source === 'measure')
    return `CASE ${cases.join(' ')} WHEN ${cell.missing ?? 'false'} THEN 'm' ELSE 'd' END`;
  cases.push(`WHEN ${cell.value} IS NULL THEN '${column.optional ? 'd' : 'm'}'`);
  // An observation of unknown age is no fresh one.
  if (oldest !== undefined) cases.push(`WHEN NOT coalesce(${cell.observed} >= ${oldest}, false) THEN 's'`);
  return `CASE ${cases.join(' ')} ELSE 'h' END`;
}

/** The civil day `days` before another: the oldest on which an observation still counts. */
export function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
