import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FillOnceError, monthsOf, parsePeriod, periodOf, periodTitle, shiftPeriod } from '../../core/index.ts';

describe('periods', () => {
  it('reads the five kinds', () => {
    expect(parsePeriod('2026-11-22')).toMatchObject({ kind: 'day', start: '2026-11-22', end: '2026-11-23' });
    expect(parsePeriod('2026-W47')).toMatchObject({ kind: 'week', start: '2026-11-16', end: '2026-11-23' });
    expect(parsePeriod('2026-12')).toMatchObject({ kind: 'month', start: '2026-12-01', end: '2027-01-01' });
    expect(parsePeriod('2026-Q4')).toMatchObject({ kind: 'quarter', start: '2026-10-01', end: '2027-01-01' });
    expect(parsePeriod('2026')).toMatchObject({ kind: 'year', start: '2026-01-01', end: '2027-01-01' });
  });

  it('refuses what is no period, in both languages', () => {
    for (const text of ['', '2026-13', '2026-02-30', '2026-W54', '2026-Q5', '26-11', '二〇二六年']) {
      expect(() => parsePeriod(text), text).toThrow(FillOnceError);
    }
  });

  it('finds the period of a date again after any shift there and back', () => {
    const kind = fc.constantFrom(
      'day' as const,
      'week' as const,
      'month' as const,
      'quarter' as const,
      'year' as const,
    );
    const date = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(kind, date, fc.integer({ min: -60, max: 60 }), (k, d, steps) => {
        const period = periodOf(k, d.toISOString().slice(0, 10));
        expect(shiftPeriod(shiftPeriod(period, steps), -steps)).toEqual(period);
        expect(period.start <= d.toISOString().slice(0, 10) && d.toISOString().slice(0, 10) < period.end).toBe(true);
      }),
    );
  });

  it('writes titles as forms do and lists months', () => {
    expect(periodTitle(parsePeriod('2026-Q4'))).toBe('2026年第4季度');
    expect(monthsOf(parsePeriod('2026-Q4'))).toEqual(['2026-10', '2026-11', '2026-12']);
  });
});
