import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTimeline } from '../../city/timeline.ts';
import { virtualClock } from '../../core/clock.ts';
import { openIn, pullGrid, smallCity } from './small-city.ts';

const START = new Date('2026-11-22T09:30:00+08:00');
const HOUR_MS = 3_600_000;
const iso = (second: number) => new Date(second * 1000).toISOString().slice(0, 16);

describe('a live city', () => {
  it('goes on with the clock, and over midnight', async () => {
    const clock = virtualClock(START);
    const { city, remove } = await smallCity({
      sources: ['grid', 'signal'],
      scale: 0.01,
      live: true,
      clock,
      today: undefined,
    });
    const { url, token } = city.endpoints.signal;
    const newest = async () => {
      const after = '20261122T0000';
      const page = (await (
        await fetch(`${url}/bins?after=${after}`, { headers: { authorization: `Bearer ${token}` } })
      ).json()) as { bins: string[] };
      return page.bins.filter((name) => !name.includes('-r')).at(-1);
    };
    expect((await city.today()).now).toBe('2026-11-22');
    expect(await newest()).toBe('20261122T0925');
    await clock.advance(10 * 60_000);
    expect(await newest()).toBe('20261122T0935');
    await clock.advance(15 * HOUR_MS);
    expect((await city.today()).now).toBe('2026-11-23');
    const { items } = await pullGrid(city, 'dwellings', '2026-11-22T00:00:00+08:00');
    expect(items.length).toBeGreaterThan(0);
    await remove();
  });

  it('is found at the same places after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'city-'));
    const first = await openIn(folder, { sources: ['grid', 'signal', 'camera'], scale: 0.01 });
    await first.stop();
    const second = await openIn(folder, { sources: ['grid', 'signal', 'camera'], scale: 0.01 });
    expect(second.endpoints).toEqual(first.endpoints);
    expect(second.controlUrl).toBe(first.controlUrl);
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('the timeline', () => {
  it('leaves out what lies between a leap and its last day, and all but a day of a stop', () => {
    const parts = { clock: virtualClock(START), today: '2026-11-22', live: false, shiftDays: 0, jumps: [] };
    const timeline = createTimeline(parts);
    timeline.jump(30);
    const spans = timeline.spans(3).map(({ from, to }) => [iso(from), iso(to)]);
    expect(spans).toEqual([
      ['2026-11-19T00:00', '2026-11-22T00:00'],
      ['2026-12-21T00:00', '2026-12-22T00:00'],
    ]);
    const woken = createTimeline({ ...parts, live: true });
    woken.wake(Date.parse('2026-11-20T09:30:00Z') / 1000);
    expect(woken.spans(3).map(({ from, to }) => [iso(from), iso(to)])).toEqual([
      ['2026-11-19T00:00', '2026-11-20T09:30'],
      ['2026-11-21T09:30', '2026-11-22T09:30'],
    ]);
  });
});
