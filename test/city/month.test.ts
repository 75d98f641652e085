import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCity } from '../../city/index.ts';
import { packageRoot } from '../../core/paths.ts';
import { pullGrid, smallCity, TODAY } from './small-city.ts';

describe('a month later', () => {
  it('the truth has moved and the sources follow, without serving everything again', async () => {
    const { city, remove } = await smallCity({ sources: ['grid'], scale: 0.03 });
    const everything = (await pullGrid(city, 'residents')).items.length;
    const usages = async () => {
      const map = new Map<string, unknown>();
      for await (const dwelling of city.truth('dwelling'))
        map.set(String(dwelling.dwelling_code), dwelling.usage_status);
      return map;
    };
    const before = await usages();
    await city.advance(30);
    const after = await usages();
    expect([...after].some(([code, usage]) => before.get(code) !== usage)).toBe(true);
    const again = (await pullGrid(city, 'residents', '2026-11-22T00:00:00+08:00')).items;
    expect(again.length / everything).toBeGreaterThan(0.03);
    expect(again.length / everything).toBeLessThan(0.2);
    expect(again.some((item) => item.deleted === true)).toBe(true);
    await remove();
  }, 30_000);

  it('is refused as a step back or as no step at all', async () => {
    const { city, remove } = await smallCity({ sources: ['signal'], scale: 0.01 });
    for (const days of [0, -1, 1.5, Number.NaN]) await expect(city.advance(days)).rejects.toThrow('city.option');
    await remove();
  });
});

describe('the city in its own process', () => {
  const entry = join(packageRoot(), 'dist', 'city', 'main.js');

  it.skipIf(!existsSync(entry))(
    'says where its sources are, tells its truth, and stops',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'city-'));
      const city = await startCity({
        scale: 0.01,
        today: TODAY,
        live: false,
        inbox: join(folder, 'inbox'),
        state: join(folder, 'state'),
        log: () => {},
      });
      expect(city.endpoints.grid.url).toMatch(/^http:/);
      let people = 0;
      let id = '';
      for await (const person of city.truth('person')) {
        people++;
        id = String(person.id_no);
      }
      expect(people).toBeGreaterThan(1_000);
      expect((await city.truthByKey('person', [id, 'nobody'])).map((person) => person.id_no)).toEqual([id]);
      await expect(city.truthByKey('nothing', [])).rejects.toThrow('city.control');
      await city.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    30_000,
  );
});
