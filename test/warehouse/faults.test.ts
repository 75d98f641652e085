import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type BatchManifest, openLanding, openReader, openWarehouse } from '../../warehouse/index.ts';
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
  it('(one letter of a value turned into another) is noticed when it is read again later, and never taken in', async () => {
    const file = fixture.landing.dataFile(second);
    const whole = await readFile(file, 'utf8');
    await fixture.bringUp();
    await writeFile(file, whole.replace('z11', 'z77'));
    await fixture.clock.advance(2 * 3_600_000);
    await fixture.warehouse.rebuild();
    expect(await codes()).toEqual(['z0', 'z1', 'z2', 'z20', 'z21', 'z22']);
    expect(fixture.notices).toContainEqual({ kind: 'batch_blocked', subject: second.id, reason: 'damaged' });
    await writeFile(file, whole);
    await fixture.warehouse.rebuild();
    expect(await codes()).toHaveLength(9);
  });

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

async function openAll(folder: string, clock: Clock) {
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const place = join(folder, 'warehouse');
  const warehouse = await openWarehouse({
    folder: place,
    landing,
    catalogue: loadCatalogue(),
    clock,
    memoryMb: 256,
    threads: 1,
  });
  const reader = openReader({ folder: place });
  return {
    landing,
    warehouse,
    reader,
    land: async (records: ReturnType<typeof zones>) => {
      const writer = landing.write('signal', 'zone');
      await writer.append(records);
      await writer.commit({ at: records.length });
    },
    bringUp: async () => {
      await warehouse.stageOutstanding();
      await warehouse.refresh();
      await warehouse.publish();
    },
    rows: () =>
      reader.withPublication('current', (sql) => sql.all<{ n: number }>('SELECT count(*) AS n FROM crowd.zone')),
    close: async () => {
      await reader.close();
      await warehouse.close();
    },
  };
}

describe('a clock that jumps', () => {
  it('backwards and forwards by years neither loses a batch nor shows an older publication', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-jumps-'));
    let now = Date.parse('2026-11-22T04:00:00Z');
    const { land, bringUp, rows, warehouse, close } = await openAll(folder, {
      ...systemClock,
      now: () => new Date(now),
    });
    try {
      const jumps = ['2026-11-22T04:00:00Z', '2024-01-01T00:00:00Z', '2031-06-01T00:00:00Z', '2026-11-22T04:00:01Z'];
      for (const [i, at] of [...jumps, ...jumps].entries()) {
        now = Date.parse(at);
        await land(zones(i * 10, 3));
        await bringUp();
        expect(await rows()).toEqual([{ n: 3 * (i + 1) }]);
      }
      expect(await warehouse.verify()).toMatchObject({ ok: true, batches: 8 });
    } finally {
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What may be written is used up, and given back. */
interface Shortage {
  begin(): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

/** A small disk of memory that is filled; null where this user may not mount one. */
function smallDisk(folder: string): Shortage | null {
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).status !== 0) return null;
  const ballast = join(folder, 'ballast');
  return {
    begin: () => fill(ballast),
    end: () => rm(ballast),
    close: () => void spawnSync('umount', ['-l', folder]),
  };
}

/** The kernel's limit on the size of files that this process writes: any user may lower and lift it, and what is longer fails with EFBIG. */
function quota(): Shortage {
  const limit = (bytes: string) => {
    const set = spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`], {
      encoding: 'utf8',
    });
    if (set.status !== 0) throw new Error(`prlimit: ${set.stderr}`);
  };
  return {
    begin: async () => limit('20000'),
    end: async () => limit('unlimited'),
    close: () => limit('unlimited'),
  };
}

/** Writes until nothing more fits. */
async function fill(ballast: string): Promise<void> {
  for (const size of [262_144, 4_096, 1]) {
    for (let full = false; !full; ) {
      full = await appendFile(ballast, Buffer.alloc(size)).then(
        () => false,
        () => true,
      );
    }
  }
}

/** Where this user may, a real disk; everywhere a quota. */
const SHORTAGES: Readonly<Record<string, (folder: string) => Shortage | null>> = {
  'a quota that is used up': quota,
  'a disk that is full': smallDisk,
};

describe.runIf(process.platform === 'linux')('a warehouse without room to write', () => {
  it.each(Object.keys(SHORTAGES))(
    '(%s) refuses what it cannot keep, goes on showing what was published, and takes everything later',
    async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'fillonce-full-'));
      const shortage = SHORTAGES[name]!(folder) ?? quota();
      const { land, bringUp, rows, warehouse, close } = await openAll(folder, systemClock);
      try {
        await land(zones(0, 3));
        await bringUp();
        await shortage.begin();
        await expect(land(zones(10, 2_000))).rejects.toMatchObject({
          code: 'warehouse.landing.write',
          retryable: true,
        });
        expect(await rows()).toEqual([{ n: 3 }]);
        await shortage.end();
        await land(zones(10, 2_000));
        await shortage.begin();
        await expect(bringUp()).rejects.toThrow();
        expect(await rows()).toEqual([{ n: 3 }]);
        await shortage.end();
        await bringUp();
        expect(await rows()).toEqual([{ n: 2_003 }]);
        expect((await warehouse.verify()).ok).toBe(true);
      } finally {
        await shortage.end().catch(() => undefined);
        await close();
        shortage.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
