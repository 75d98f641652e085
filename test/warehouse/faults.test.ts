import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchManifest } from '../../warehouse/index.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';
const zones = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => ({ zoneCode: `z${from + i}`, zoneName: `区域${i}`, updatedAt: AT }));

describe('a landed batch that was damaged on disk', () => {
  let fixture: Fixture;
  let second: BatchManifest;
  beforeEach(async () => {
    fixture = await openFixture();
    await fixture.land('signal.zone', zones(0, 3));
    second = (await fixture.landing.manifest(await fixture.land('signal.zone', zones(10, 3))))!;
    await fixture.land('signal.zone', zones(20, 3));
    await fixture.land('parking.lot', [{ parkCode: 'p1', updatedAt: AT }]);
  });
  afterEach(() => fixture.close());

  const codes = async () =>
    (
      await fixture.warehouse.query((sql) =>
        sql.all<{ zone_code: string }>('SELECT zone_code FROM crowd.zone ORDER BY length(zone_code), zone_code'),
      )
    ).map(({ zone_code }) => zone_code);

  const damages: Record<string, (file: string) => Promise<unknown>> = {
    'cut short': (file) => truncate(file, 40),
    'overwritten with noise': (file) => writeFile(file, Buffer.alloc(300, 0xfe)),
    'longer than it was': (file) => appendFile(file, '{"zoneCode":"forged"}\n'),
    gone: (file) => rm(file),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`(${name}) is named and left out; everything else goes on, and it comes in once its file is back`, async () => {
      const file = fixture.landing.dataFile(second);
      const whole = await readFile(file);
      await damage(file);
      await fixture.bringUp();
      expect(await codes()).toEqual(['z0', 'z1', 'z2', 'z20', 'z21', 'z22']);
      expect(fixture.notices).toContainEqual({ kind: 'batch_blocked', subject: second.id, reason: 'damaged' });
      expect((await fixture.reader.current()).marts.find(({ mart }) => mart === 'parking.lot')?.rows).toBe(1);
      const found = await fixture.warehouse.verify();
      expect(found.damagedBatches.map(({ batch }) => batch)).toEqual([second.id]);
      expect(found.rebuiltOtherwise).toEqual([]);

      await writeFile(file, whole);
      await fixture.warehouse.rebuild();
      expect(await codes()).toHaveLength(9);
    });
  }
});
