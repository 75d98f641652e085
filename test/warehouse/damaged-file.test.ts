import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '../../warehouse/duckdb.ts';
import { openLanding, openWarehouse } from '../../warehouse/index.ts';
import type { WarehouseNotice } from '../../warehouse/working.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';
const zones = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => ({ zoneCode: `z${from + i}`, zoneName: `区域${i}`, updatedAt: AT }));

/** Where DuckDB keeps its blocks: three headers, then blocks of one size. */
const HEADERS = 3 * 4_096;
const BLOCK = 262_144;

let fixture: Fixture;
let base: string;
let goldenBlock: number;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fillonce-damaged-'));
  fixture = await openFixture();
  await fixture.land('signal.zone', zones(0, 500));
  await fixture.bringUp();
  await fixture.land('signal.zone', zones(500, 2_000));
  await fixture.warehouse.stageOutstanding();
  await fixture.warehouse.refresh();
  // As a power cut leaves it: what came last is in the log only.
  await cp(fixture.folder, join(base, 'power-cut'), { recursive: true });
  await fixture.warehouse.close();
  await cp(fixture.folder, join(base, 'closed'), { recursive: true });
  await fixture.reopen();
  const closed = await openDuckDb({
    path: join(base, 'closed', 'warehouse', 'working.duckdb'),
    memoryMb: 128,
    threads: 1,
    connections: 1,
    settings: { access_mode: 'READ_ONLY' },
  });
  const blocks = await closed.use((sql) =>
    sql.all<{ block: number }>(
      "SELECT block_id AS block FROM pragma_storage_info('crowd.zone') WHERE persistent AND column_name = 'zone_code'",
    ),
  );
  await closed.close();
  goldenBlock = blocks[0]!.block;
});
afterAll(async () => {
  await fixture.close();
  await rm(base, { recursive: true, force: true });
});

/** Opens a copy whose file was damaged. */
async function openDamaged(state: 'power-cut' | 'closed', name: string, damage: (whole: Buffer) => Buffer) {
  const folder = await mkdtemp(join(base, 'copy-'));
  await cp(join(base, state), folder, { recursive: true });
  const file = join(folder, 'warehouse', name);
  await writeFile(file, damage(await readFile(file)));
  const notices: WarehouseNotice[] = [];
  const { clock, catalogue } = fixture;
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const warehouse = await openWarehouse({
    folder: join(folder, 'warehouse'),
    landing,
    catalogue,
    clock,
    memoryMb: 256,
    threads: 1,
    onNotice: (notice) => void notices.push(notice),
  });
  return { warehouse, notices };
}

const turned = (at: number) => (whole: Buffer) => {
  const copy = Buffer.from(whole);
  copy[at]! ^= 0xff;
  return copy;
};
const within = (share: number) => (whole: Buffer) => turned(Math.floor(whole.length * share))(whole);
const cutAt = (share: number) => (whole: Buffer) => whole.subarray(0, Math.floor(whole.length * share));
const zeroedAt = (share: number) => (whole: Buffer) => {
  const at = Math.floor(whole.length * share);
  return Buffer.from(whole).fill(0, at, at + 4_096);
};

describe('a working file that was damaged while nobody had it open', () => {
  it.each([
    ['working.duckdb.wal', 'one byte of its log turned at the beginning', within(0.001)],
    ['working.duckdb.wal', 'one byte of its log turned near the end', within(0.95)],
    ['working.duckdb.wal', 'its log cut short', cutAt(0.6)],
    ['working.duckdb.wal', 'a page of its log empty', zeroedAt(0.5)],
    ['working.duckdb', 'one byte of its header turned', turned(4_096 + 100)],
    ['working.duckdb', 'its headers empty', (whole: Buffer) => Buffer.from(whole).fill(0, 4_096, HEADERS)],
    ['working.duckdb', 'cut short', cutAt(0.7)],
  ])('%s, %s: is set aside, and landing brings everything back', async (name, what, damage) => {
    const { warehouse, notices } = await openDamaged('power-cut', name, damage);
    try {
      await warehouse.stageOutstanding();
      await warehouse.refresh();
      const rows = await warehouse.query((sql) => sql.all('SELECT count(*) AS n FROM crowd.zone'));
      expect(rows).toEqual([{ n: 2_500 }]);
      expect((await warehouse.verify()).ok).toBe(true);
      // A log that ends early is what every power cut leaves: what is whole of it counts, and there is nothing to report.
      if (what !== 'its log cut short') expect(notices.map(({ kind }) => kind)).toContain('file_set_aside');
    } finally {
      await warehouse.close();
    }
  });

  it('in a block that is only read later says so then, and a rebuild heals it', async () => {
    const { warehouse } = await openDamaged('closed', 'working.duckdb', turned(HEADERS + goldenBlock * BLOCK + 2_000));
    try {
      const codes = () => warehouse.query((sql) => sql.all('SELECT DISTINCT zone_code FROM crowd.zone'));
      await expect(codes()).rejects.toMatchObject({ code: 'warehouse.file_damaged' });
      await warehouse.rebuild();
      expect(await codes()).toHaveLength(2_500);
      expect((await warehouse.verify()).ok).toBe(true);
    } finally {
      await warehouse.close();
    }
  });
});
