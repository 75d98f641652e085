import { describe, expect, it } from 'vitest';
import { kindOfPartition, partitionCount } from '../../workflows/index.ts';
import { partitionAt, windowOf } from '../../workflows/partition.ts';
import { isOfPartition } from '../../workflows/repull.ts';

describe('partitions', () => {
  it('count and name days and months over the ends of months and years', () => {
    const months = { by: 'month', from: '2025-11', to: '2026-02' } as const;
    expect(partitionCount(months)).toBe(4);
    expect([0, 1, 2, 3].map((at) => partitionAt(months, at))).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
    const days = { by: 'day', from: '2028-02-28', to: '2028-03-01' } as const;
    expect([0, 1, 2].map((at) => partitionAt(days, at))).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect(partitionCount(days)).toBe(3);
  });

  it('are none for what the calendar does not have or runs backwards', () => {
    expect(partitionCount({ by: 'day', from: '2026-02-29', to: '2026-03-01' })).toBe(0);
    expect(partitionCount({ by: 'month', from: '2026-13', to: '2027-01' })).toBe(0);
    expect(partitionCount({ by: 'month', from: '2026-02', to: '2026-01' })).toBe(0);
    expect(partitionCount({ by: 'day', from: '', to: '' })).toBe(0);
    expect(['2026-10', '2026-10-03', '2026', 'x'].map(kindOfPartition)).toEqual(['month', 'day', null, null]);
  });

  it('lie between moments of civil time', () => {
    const { fromMs, untilMs } = windowOf('2026-12');
    expect(new Date(fromMs).toISOString()).toBe('2026-11-30T16:00:00.000Z');
    expect(new Date(untilMs).toISOString()).toBe('2026-12-31T16:00:00.000Z');
    expect(windowOf('2026-10-03').untilMs - windowOf('2026-10-03').fromMs).toBe(86_400_000);
  });

  it('of files are read off their names', () => {
    const of = (name: string) => ['2026-10', '2026-10-05'].filter((partition) => isOfPartition(name, partition));
    expect(of('tax-2026-10.xlsx')).toEqual(['2026-10']);
    expect(of('tax-202610.xlsx')).toEqual(['2026-10']);
    expect(of('market-20261005.csv')).toEqual(['2026-10', '2026-10-05']);
    expect(of('market-2026-11-05.csv')).toEqual([]);
    expect(of('report-120261005.csv')).toEqual([]);
  });
});
