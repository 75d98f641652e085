/*
 * Partitions of a dataset by time, in civil time (+08:00): `2026-10-03` is a day, `2026-10` a month. Part of the workflow bundle:
 * imports nothing.
 */

export type PartitionKind = 'day' | 'month';

/** From one partition to another, both included. */
export interface PartitionRange {
  readonly by: PartitionKind;
  readonly from: string;
  readonly to: string;
}

/** Ten years of days: a range of more is a typing error. */
export const MOST_PARTITIONS = 3_660;

const FORM = { day: /^\d{4}-\d{2}-\d{2}$/, month: /^\d{4}-\d{2}$/ } as const;
const DAY_MS = 86_400_000;
const CIVIL_OFFSET_MS = 8 * 3_600_000;

/**
 * How many partitions a range has; 0 when it is not a range: a date that the calendar does not have, an end before the start.
 *
 * @example partitionCount({ by: 'month', from: '2025-11', to: '2026-02' }) // 4
 */
export function partitionCount({ by, from, to }: PartitionRange): number {
  if (!isPartition(by, from) || !isPartition(by, to)) return 0;
  return Math.max(0, indexOf(by, to) - indexOf(by, from) + 1);
}

/** The partition at a place of a range, counted from 0. */
export function partitionAt({ by, from }: PartitionRange, at: number): string {
  return nameOf(by, indexOf(by, from) + at);
}

/** `day` or `month`; null for a text that names no partition. */
export function kindOfPartition(partition: string): PartitionKind | null {
  return isPartition('day', partition) ? 'day' : isPartition('month', partition) ? 'month' : null;
}

/** The moments between which a partition lies, the second one excluded, in ms. */
export function windowOf(partition: string): { readonly fromMs: number; readonly untilMs: number } {
  const by: PartitionKind = FORM.day.test(partition) ? 'day' : 'month';
  const start = (index: number) => Date.parse(`${nameOf(by, index).padEnd(10, '-01')}T00:00:00Z`) - CIVIL_OFFSET_MS;
  const index = indexOf(by, partition);
  return { fromMs: start(index), untilMs: start(index + 1) };
}

function isPartition(by: PartitionKind, text: string): boolean {
  return FORM[by].test(text) && nameOf(by, indexOf(by, text)) === text;
}

function indexOf(by: PartitionKind, text: string): number {
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  return by === 'month' ? year * 12 + month - 1 : Math.floor(Date.UTC(year, month - 1, day) / DAY_MS);
}

function nameOf(by: PartitionKind, index: number): string {
  if (by === 'day') return Number.isFinite(index) ? new Date(index * DAY_MS).toISOString().slice(0, 10) : '';
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}
