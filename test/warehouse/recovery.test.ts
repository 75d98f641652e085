import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { packageRoot } from '../../core/paths.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';
const zones = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ zoneCode: `z${i}`, zoneName: `区域${i}`, updatedAt: AT }));

describe('a warehouse that finds its files wrong at the start', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
    await fixture.land('signal.zone', zones(3));
    await fixture.bringUp();
  });
  afterEach(() => fixture.close());

  const working = () => join(fixture.folder, 'warehouse', 'working.duckdb');
  const rows = async () => {
    await fixture.warehouse.stageOutstanding();
    await fixture.warehouse.refresh();
    return fixture.warehouse.query((sql) => sql.all('SELECT zone_code FROM crowd.zone ORDER BY zone_code'));
  };

  it('sets an unreadable file aside, says so, and has everything again from landing', async () => {
    const before = await fixture.reader.current();
    await fixture.warehouse.close();
    await writeFile(working(), 'not a database at all');
    await fixture.reopen();
    expect(fixture.notices.map(({ kind }) => kind)).toContain('file_set_aside');
    expect(
      readdirSync(join(fixture.folder, 'warehouse')).some((name) => name.startsWith('working.duckdb.unreadable-')),
    ).toBe(true);
    expect(await rows()).toHaveLength(3);
    await fixture.clock.advance(1_000);
    await fixture.warehouse.publish();
    const after = await fixture.reader.current();
    expect(after.marts.map(({ content }) => content)).toEqual(before.marts.map(({ content }) => content));
  });

  it('sets an unreadable log aside and goes on from the file', async () => {
    await fixture.warehouse.close();
    await writeFile(`${working()}.wal`, Buffer.alloc(4_096, 7));
    await fixture.reopen();
    expect(await rows()).toHaveLength(3);
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });

  it('stages a dataset anew when its contract is not the one its rows were made by', async () => {
    await fixture.land('parking.lot', [{ parkCode: 'p1', updatedAt: AT }]);
    await fixture.bringUp();
    await fixture.warehouse.query((sql) =>
      sql.run("UPDATE ledger.batch SET contract_hash = 'older' WHERE dataset = 'zone'"),
    );
    await fixture.reopen();
    expect(fixture.notices).toContainEqual({
      kind: 'dataset_emptied',
      subject: 'signal.zone',
      reason: 'contract changed',
    });
    expect((await fixture.warehouse.outstanding(10)).map(({ source, dataset }) => `${source}.${dataset}`)).toEqual([
      'signal.zone',
    ]);
    expect(await rows()).toHaveLength(3);
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });

  it('removes what a killed publication left behind', async () => {
    const partial = join(fixture.folder, 'warehouse', 'publications', 'pub_000000000000000000zz.partial');
    await mkdir(partial);
    await fixture.reopen();
    expect(existsSync(partial)).toBe(false);
  });

  it('refuses to share its file with another process', async () => {
    const script = join(packageRoot(), 'test', 'warehouse', 'kill-child.mjs');
    const other = spawnSync(process.execPath, [script, packageRoot(), fixture.folder, '0'], { timeout: 60_000 });
    expect(other.status).toBe(1);
    expect(other.stderr.toString()).toContain('warehouse.owned');
    expect(await rows()).toHaveLength(3);
  });
});

describe('a column’s mode', () => {
  it('discards the value, the row or the batch, and stops the batch above its own share', async () => {
    const { readContract } = await import('../../warehouse/contract.ts');
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-modes-'));
    const fixture = await openFixture();
    try {
      const contractWith = async (column: string) => {
        const file = join(folder, 'signal.zone.yaml');
        await writeFile(
          file,
          `source: signal\ndataset: zone\nversion: 2\nentity: zone\nkey: [zone_code]\nunknownColumns: evolve\nstopAboveBadShare: 0.9\ncolumns:\n  zoneCode: { field: zone_code, type: text, required: true }\n  limit: { field: headcount_limit, type: integer, ${column} }\n`,
        );
        return readContract(file, loadCatalogue());
      };
      const { stageBatches } = await import('../../warehouse/stage.ts');
      const { emptyDataset } = await import('../../warehouse/staged-tables.ts');
      const id = await fixture.land('signal.zone', [
        { zoneCode: 'a', limit: '100' },
        { zoneCode: 'b', limit: 'many' },
        { zoneCode: 'c', limit: '7' },
        { zoneCode: 'd' },
      ]);
      const manifest = (await fixture.landing.manifest(id))!;
      const outcome = async (column: string) => {
        const contract = await contractWith(column);
        return fixture.warehouse.query(async (sql) => {
          await emptyDataset(sql, contract);
          const file = fixture.landing.dataFile(manifest);
          const [result] = await stageBatches(sql, fixture.clock, contract, [{ manifest, file }], new Set());
          const { state, reason, staged, quarantined, nulled } = result!;
          return { state, reason, staged, quarantined, nulled };
        });
      };
      const passed = { state: 'staged', reason: null };
      expect(await outcome('min: 0')).toEqual({ ...passed, staged: 4, quarantined: 0, nulled: 1 });
      expect(await outcome('onBad: discard_row')).toEqual({ ...passed, staged: 3, quarantined: 1, nulled: 0 });
      expect(await outcome('onBad: discard_row, min: 50')).toEqual({ ...passed, staged: 2, quarantined: 2, nulled: 0 });
      expect(await outcome('required: true')).toEqual({ ...passed, staged: 2, quarantined: 2, nulled: 0 });
      const blocked = { state: 'blocked', staged: 0, quarantined: 0, nulled: 0 };
      expect(await outcome('onBad: freeze')).toEqual({ ...blocked, reason: 'frozen:limit' });
      await expect(outcome('required: true, onBad: discard_value')).rejects.toThrow(/limit is required/);
      expect(await outcome('stopAboveBadShare: 0.2')).toEqual({ ...blocked, reason: 'share:limit' });
      expect(await outcome('stopAboveBadShare: 0.25')).toEqual({ ...passed, staged: 4, quarantined: 0, nulled: 1 });
    } finally {
      await fixture.close();
      await rm(folder, { recursive: true });
    }
  });
});
