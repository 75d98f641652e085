import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { createAttempts } from '../../server/attempts.ts';

describe('failed sign-ins', () => {
  const start = new Date('2026-11-22T01:00:00Z');

  it('make the name wait until the oldest of them leaves the window', async () => {
    const clock = virtualClock(start);
    const attempts = createAttempts({ clock, limit: 3, windowMs: 60_000 });
    attempts.failed(['login:wang']);
    await clock.advance(10_000);
    attempts.failed(['login:wang']);
    attempts.failed(['login:wang']);
    expect(attempts.waitSeconds(['login:wang'])).toBe(50);
    expect(attempts.waitSeconds(['login:zhao'])).toBe(0);
    await clock.advance(50_000);
    expect(attempts.waitSeconds(['login:wang'])).toBe(0);
  });

  it('are forgotten after a good one', () => {
    const attempts = createAttempts({ clock: virtualClock(start), limit: 1 });
    attempts.failed(['login:wang', 'address:10.0.0.9']);
    attempts.succeeded(['login:wang']);
    expect(attempts.waitSeconds(['login:wang'])).toBe(0);
    expect(attempts.waitSeconds(['address:10.0.0.9'])).toBeGreaterThan(0);
  });

  it('never fill the memory, however many names are invented', () => {
    const attempts = createAttempts({ clock: virtualClock(start), limit: 1, capacity: 100 });
    for (let i = 0; i < 1_000; i++) attempts.failed([`login:${i}`]);
    expect(attempts.waitSeconds(['login:0'])).toBe(0);
    expect(attempts.waitSeconds(['login:999'])).toBeGreaterThan(0);
  });
});
