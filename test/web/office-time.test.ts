import { afterEach, describe, expect, it } from 'vitest';
import { periodChoices } from '../../web/pages/period-choices.ts';
import { instantOf, officeTime, officeTimestamp } from '../../web/parts/office-time.ts';
import { shortTime } from '../../web/parts/times.ts';

const own = process.env.TZ;

describe('times on the screens', () => {
  afterEach(() => {
    if (own === undefined) delete process.env.TZ;
    else process.env.TZ = own;
  });

  for (const zone of ['Asia/Shanghai', 'UTC', 'America/New_York', 'Pacific/Kiritimati']) {
    it(`are the office's on a computer set to ${zone}`, () => {
      process.env.TZ = zone;
      const now = new Date('2026-11-22T16:30:00Z'); // half past midnight at the office, the 23rd
      expect(shortTime('2026-11-23T09:05:00+08:00', now)).toBe('09:05');
      expect(shortTime('2026-11-22T15:59:00Z', now)).toBe('11-22 23:59');
      expect(shortTime('2025-12-31T16:00:00Z', now)).toBe('01-01 00:00');
      expect(shortTime('2025-12-31T15:59:00Z', now)).toBe('2025-12-31 23:59');
      expect(shortTime('2026-11-23 08:00:00', now)).toBe('08:00');
      expect(officeTime(now)).toEqual({ date: '2026-11-23', time: '00:30' });
      expect(instantOf('2026-11-22 09:30:00').toISOString()).toBe('2026-11-22T01:30:00.000Z');
      expect(instantOf(officeTimestamp('2026-11-25T17:00')).toISOString()).toBe('2026-11-25T09:00:00.000Z');
    });

    it(`start the periods on the office's day on a computer set to ${zone}`, () => {
      process.env.TZ = zone;
      const newYear = new Date('2025-12-31T16:10:00Z');
      expect(periodChoices('month', newYear)[0]?.value).toBe('2026-01');
      expect(periodChoices('day', newYear).slice(0, 2)).toMatchObject([
        { value: '2026-01-01' },
        { value: '2025-12-31' },
      ]);
      expect(periodChoices('week', newYear)[0]?.value).toBe('2026-W01');
      expect(periodChoices('quarter', newYear)[0]?.value).toBe('2026-Q1');
      expect(periodChoices('year', newYear)[0]?.value).toBe('2026');
    });
  }
});
