import { describe, expect, it } from 'vitest';
import { assetGraph, defineAsset } from '../../warehouse/assets.ts';
import { assetFreshness } from '../../warehouse/freshness.ts';
import { openFixture } from './fixture.ts';

const asset = (key: string, deps: readonly string[] = []) =>
  defineAsset({ key, kind: 'mart', owner: '城运中心', code: key, deps });

describe('the graph of assets', () => {
  it('orders each asset after what it is made from, and knows what follows a change', () => {
    const graph = assetGraph([asset('d', ['b', 'c']), asset('b', ['a']), asset('c', ['a']), asset('a'), asset('e')]);
    const keys = (of: readonly { key: string }[]) => of.map(({ key }) => key);
    expect(keys(graph.assets)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(keys(graph.upstream('d'))).toEqual(['a', 'b', 'c']);
    expect(keys(graph.downstream('b'))).toEqual(['d']);
    const other = assetGraph([
      asset('d', ['b', 'c']),
      asset('b', ['a']),
      asset('c', ['a']),
      { ...asset('a'), code: 'new' },
      asset('e'),
    ]);
    expect(other.codeVersion('d')).not.toBe(graph.codeVersion('d'));
    expect(other.codeVersion('e')).toBe(graph.codeVersion('e'));
  });

  it('refuses circles, doubles and gaps by name', () => {
    expect(() => assetGraph([asset('a', ['b']), asset('b', ['a'])])).toThrow(/made from itself/);
    expect(() => assetGraph([asset('a'), asset('a')])).toThrow(/twice/);
    expect(() => assetGraph([asset('a', ['z'])])).toThrow(/a is made from z/);
  });

  it('of the warehouse leads from a dataset to the marts made of it, and says which datasets are late', async () => {
    const fixture = await openFixture();
    try {
      const { assets } = fixture.warehouse;
      const after = assets.downstream('landing.tax.tax_month').map(({ key }) => key);
      expect(after).toEqual(
        expect.arrayContaining([
          'golden.tax_month',
          'mart.enterprise.tax_quarter',
          'mart.economy.building',
          'publication',
        ]),
      );
      expect(after).not.toContain('golden.person');
      // A dataset and a mart are both called `housing.building`.
      expect(assets.asset('mart.economy.building').deps).toContain('golden.building');
      expect(assets.asset('mart.housing.building').deps).toEqual(['golden.building']);
      expect(assets.asset('mart.platform.org_unit').deps).toEqual(['staged.platform.org_unit']);
      await fixture.land('signal.zone', [{ zoneCode: 'z1', updatedAt: '2026-11-22T09:00:00+08:00' }]);
      await fixture.warehouse.stageOutstanding();
      const stateAfter = async (hours: number) => {
        await fixture.clock.advance(hours * 3_600_000);
        return (await fixture.warehouse.freshness()).find(({ asset: key }) => key === 'landing.signal.zone')?.state;
      };
      expect(await stateAfter(1)).toBe('pass');
      // A batch of a clock that ran a year ahead is no news for a year.
      await fixture.warehouse.query((sql) =>
        sql.run(`INSERT INTO ledger.batch SELECT * REPLACE ('ahead' AS id, 99 AS seq, received_at + INTERVAL 1 YEAR AS received_at)
          FROM ledger.batch WHERE dataset = 'zone'`),
      );
      expect(await stateAfter(0)).toBe('pass');
      expect(
        (await fixture.warehouse.freshness()).find(({ asset: key }) => key === 'landing.signal.zone'),
      ).toMatchObject({
        ageHours: 1,
      });
      await fixture.warehouse.query((sql) => sql.run("DELETE FROM ledger.batch WHERE id = 'ahead'"));
      // A backfill and mended records say nothing of today.
      const { landing } = fixture;
      const writer = landing.write('signal', 'zone');
      await writer.append([{ zoneCode: 'z0', updatedAt: '2026-10-01T09:00:00+08:00' }]);
      await writer.commit(await landing.lastCursor('signal', 'zone'), { again: true });
      await fixture.warehouse.stageOutstanding();
      expect(await stateAfter(26)).toBe('warn');
      expect(await stateAfter(26)).toBe('fail');
      // A mart is as its worst dataset with a rule; one that never came leaves it unknown, one that is late makes it late.
      const all = assetFreshness(assets, await fixture.warehouse.freshness());
      const zone = all.find(({ asset: key }) => key === 'mart.crowd.zone');
      expect(zone).toMatchObject({ state: 'fail', because: 'landing.signal.zone', freshWithinHours: 26 });
      expect(zone?.since).toBe('2026-11-24 16:00:01');
      const [confirmation] = (await fixture.warehouse.freshness()).filter(
        ({ asset: key }) => key === 'landing.platform.confirmation',
      );
      expect(confirmation?.state).toBe('unknown');
    } finally {
      await fixture.close();
    }
  });
});

describe('what was said of a field', () => {
  it('is listed with source, batch, line and time, and rows can be seen as of an earlier moment', async () => {
    const fixture = await openFixture();
    try {
      const record = (name: string, updatedAt: string) => ({ zoneCode: 'z1', zoneName: name, updatedAt });
      const first = await fixture.land('signal.zone', [record('旧名', '2026-10-01T09:00:00+08:00')]);
      await fixture.clock.advance(86_400_000);
      const second = await fixture.land('signal.zone', [record('新名', '2026-11-20T09:00:00+08:00')]);
      await fixture.clock.advance(86_400_000);
      const at = fixture.clock.now().toISOString();
      await fixture.land('platform.confirmation', [
        {
          entity: 'zone',
          key: 'z1',
          field: 'name',
          value: '正名',
          confirmedAt: at,
          confirmedBy: 'user_1',
          campaign: 'campaign_1',
        },
      ]);
      await fixture.bringUp();
      expect(await fixture.warehouse.observations('zone', 'z1', 'name')).toMatchObject([
        { source: 'confirmation', value: '正名', stands: true },
        { source: 'signal', dataset: 'zone', value: '新名', batch: second, row: 1, stands: true },
        { source: 'signal', dataset: 'zone', value: '旧名', batch: first, row: 1, stands: false },
      ]);
      const nameAt = async (until: string) =>
        (await fixture.warehouse.rowsAsOf('zone', { until, offset: 0, limit: 10 })).map(({ name }) => name);
      expect(await nameAt('2026-11-22 20:00:00')).toEqual(['旧名']);
      expect(await nameAt('2026-11-23 20:00:00')).toEqual(['新名']);
      expect(await nameAt('2026-11-30 00:00:00')).toEqual(['正名']);
      expect(await nameAt('2026-11-01 00:00:00')).toEqual([]);
      await expect(fixture.warehouse.rowsAsOf('zone', { until: "x' OR 1", offset: 0, limit: 1 })).rejects.toMatchObject(
        { code: 'warehouse.page' },
      );
    } finally {
      await fixture.close();
    }
  });
});
