import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, openFixture } from './fixture.ts';

const zone = (code: string) => ({ zoneCode: code, zoneName: `区域${code}`, updatedAt: '2026-10-01T09:00:00+08:00' });

let fixture: Fixture;
let first: string;
let second: string;
beforeEach(async () => {
  fixture = await openFixture();
  first = await fixture.land('signal.zone', [zone('z1')]);
  second = await fixture.land('signal.zone', [zone('z2')]);
  await fixture.bringUp();
});
afterEach(() => fixture.close());

describe('a verification', () => {
  it('finds nothing in a sound warehouse', async () => {
    expect(await fixture.warehouse.verify()).toMatchObject({ ok: true, missingBatches: [], keptOtherwise: [] });
  });

  it('names batches lost from landing, and a rebuild refuses until a person gives them up', async () => {
    await rm(join(fixture.folder, 'landing', 'signal', 'zone', '00000001.json'));
    const found = await fixture.warehouse.verify();
    expect(found.ok).toBe(false);
    expect(found.missingBatches).toEqual([{ batch: first, known: 'ledger' }]);
    await rm(join(fixture.folder, 'landing', 'signal'), { recursive: true });
    expect((await fixture.warehouse.verify()).missingBatches.map(({ batch }) => batch)).toEqual([first, second]);
    await expect(fixture.warehouse.rebuild()).rejects.toMatchObject({ code: 'warehouse.landing.incomplete' });
    await fixture.warehouse.rebuild({ withoutMissing: true });
  });

  it('of a landing whose hole was given up still has what came after it, and what comes from then on', async () => {
    await fixture.land('signal.zone', [zone('z3')]);
    await rm(join(fixture.folder, 'landing', 'signal', 'zone', '00000002.json'));
    await fixture.warehouse.rebuild({ withoutMissing: true });
    await fixture.land('signal.zone', [zone('z4')]);
    await fixture.bringUp();
    const zones = await fixture.reader.withPublication('current', (sql) =>
      sql.all('SELECT zone_code FROM crowd.zone ORDER BY ALL'),
    );
    expect(zones.map(({ zone_code }) => zone_code)).toEqual(['z1', 'z3', 'z4']);
    const found = await fixture.warehouse.verify();
    expect(found).toMatchObject({ keptOtherwise: [], rebuiltOtherwise: [], publishedOtherwise: [] });
    expect(found.missingBatches).toEqual([{ batch: 'signal.zone.00000002', known: 'hole' }]);
  });

  it('finds nothing once a damaged file is back and let in; before, letting it in is refused and it stays listed', async () => {
    const id = await fixture.land('signal.zone', [zone('z3')]);
    const file = fixture.landing.dataFile((await fixture.landing.manifest(id))!);
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.slice(0, -9));
    await fixture.bringUp();
    const { quarantine } = fixture.warehouse;
    const by = { by: 'user_1', reason: '备份已恢复' };
    await expect(quarantine.accept(id, by)).rejects.toMatchObject({ code: 'warehouse.batch.unreadable' });
    expect(await quarantine.blocked()).toMatchObject([{ batch: id, state: 'open', reason: 'damaged' }]);
    await writeFile(file, whole);
    await quarantine.accept(id, by);
    expect(await quarantine.blocked()).toEqual([]);
    await fixture.bringUp();
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });

  it.each([
    ['staged.signal.zone', `UPDATE staged."signal.zone" SET name = 'x' WHERE zone_code = 'z1'`],
    ['ledger.shape', "INSERT INTO ledger.shape VALUES ('signal', 'zone', 1, ['x'])"],
    ['ledger.batch', 'UPDATE ledger.batch SET rows = 7 WHERE seq = 2'],
    ['quarantine.record', "INSERT INTO quarantine.record VALUES ('b', 'signal', 'zone', 1, ['r'], '{}', 1)"],
  ])('names %s when it was edited', async (table, edit) => {
    await fixture.warehouse.query((sql) => sql.run(edit));
    const found = await fixture.warehouse.verify();
    expect(found.keptOtherwise).toEqual([{ table, batches: table === 'ledger.batch' ? [second] : [] }]);
  });

  it('finds a manifest that was changed, which the next publication takes nothing from', async () => {
    const { publications } = fixture.warehouse;
    const path = publications.pathOf((await publications.currentId())!, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    const marts = manifest.marts.map((one: { mart: string }) =>
      one.mart === 'crowd.zone' ? { ...one, rows: 99, key: ['nothing'] } : one,
    );
    const { hash: _hash, ...bare } = manifest;
    await writeFile(path, JSON.stringify(bare));
    expect((await fixture.warehouse.verify()).publishedOtherwise.map(({ mart }) => mart)).toEqual(['manifest.json']);
    await writeFile(path, JSON.stringify({ ...manifest, marts }));
    const found = await fixture.warehouse.verify();
    expect(found.publishedOtherwise.map(({ mart }) => mart)).toEqual(
      expect.arrayContaining(['manifest.json', 'manifest.json:crowd.zone']),
    );
    const next = await fixture.warehouse.publish();
    expect(next.marts.find(({ mart }) => mart === 'crowd.zone')).toMatchObject({ rows: 2, key: ['zone_code'] });
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });
});
