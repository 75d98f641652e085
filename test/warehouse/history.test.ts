import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/checks.ts';
import type { UserId } from '../../core/ids.ts';
import { orgPath, type User } from '../../core/index.ts';
import { grantOf, wireMarts } from '../../server/index.ts';
import { openBench } from '../analytics/sql-grant.ts';
import { type Fixture, historyOn, openFixture, stateOn } from './fixture.ts';

const DAY_MS = 86_400_000;
const idNo = (i: number) => {
  const first17 = `31019919800512${String(i).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
};
const [ANNA, BELA] = [idNo(1), idNo(2)];

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

/** What the grid platform says of a resident; told now. */
function resident(id: string, more: Record<string, unknown> = {}) {
  return {
    residentId: `r${id}`,
    idNo: id,
    name: '居民',
    phone: '13800000001',
    gridPath: '310199/001/c01/g01',
    updatedAt: fixture.clock.now().toISOString(),
    ...more,
  };
}

const days = (n: number) => fixture.clock.advance(n * DAY_MS);

function spans(id: string, columns: string): Promise<unknown[]> {
  return fixture.reader.withPublication('current', (sql) =>
    sql.all(
      `SELECT ${columns}, valid_from, valid_to FROM population.person_history WHERE id_no = $1 ORDER BY valid_from`,
      [id],
    ),
  );
}

describe('the history of a person', () => {
  it('has a row per span of days, a gap while nobody knew the person, and an open end for what holds still', async () => {
    await fixture.land('grid.resident', [resident(ANNA), resident(BELA)]);
    await days(10);
    await fixture.land('grid.resident', [resident(ANNA, { phone: '13800000002' })]);
    await days(10);
    await fixture.land('grid.resident', [resident(ANNA, { deleted: true })]);
    await days(10);
    await fixture.land('grid.resident', [resident(ANNA, { phone: '13800000003' })]);
    await fixture.bringUp();
    expect(await spans(ANNA, 'phone')).toEqual([
      { phone: '13800000001', valid_from: '2026-11-22', valid_to: '2026-12-02' },
      { phone: '13800000002', valid_from: '2026-12-02', valid_to: '2026-12-12' },
      { phone: '13800000003', valid_from: '2026-12-22', valid_to: null },
    ]);
    expect(await spans(BELA, 'phone')).toEqual([{ phone: '13800000001', valid_from: '2026-11-22', valid_to: null }]);
    for (const day of [
      '2026-11-21',
      '2026-11-22',
      '2026-12-01',
      '2026-12-02',
      '2026-12-12',
      '2026-12-21',
      '2026-12-22',
    ]) {
      expect(await historyOn(fixture, 'person', day), day).toEqual(await stateOn(fixture, 'person', day));
    }
  });

  it('of several changes on one day keeps what the day ended with', async () => {
    await fixture.land('grid.resident', [resident(ANNA)]);
    await fixture.land('grid.resident', [resident(ANNA, { phone: '13800000002' })]);
    await fixture.land('grid.resident', [resident(ANNA, { phone: '13800000003' })]);
    await fixture.bringUp();
    expect(await spans(ANNA, 'phone')).toEqual([{ phone: '13800000003', valid_from: '2026-11-22', valid_to: null }]);
  });

  it('goes by what had been received: what comes late does not change what was answered before', async () => {
    await fixture.land('grid.resident', [resident(ANNA)]);
    await fixture.bringUp();
    await days(20);
    await fixture.land('police.registration', [{ sfzh: ANNA, xm: '王安娜', djsj: '20261101090000' }]);
    await fixture.bringUp();
    expect(await spans(ANNA, 'name, name_o')).toEqual([
      { name: '居民', name_o: '2026-11-22', valid_from: '2026-11-22', valid_to: '2026-12-12' },
      { name: '王安娜', name_o: '2026-11-01', valid_from: '2026-12-12', valid_to: null },
    ]);
  });

  it('changes on the day on which a value became too old, and when someone vouched for another', async () => {
    await fixture.land('grid.resident', [resident(ANNA)]);
    await days(30);
    await fixture.land('civil.person', [{ sfzhm: ANNA, xm: '居民', lxdh: '13900000009', gxsj: '2026-12-22 09:00:00' }]);
    await fixture.bringUp();
    await days(350);
    await fixture.bringUp();
    await days(30);
    await fixture.land('platform.confirmation', [
      {
        entity: 'person',
        key: ANNA,
        field: 'phone',
        value: '13700000007',
        confirmedAt: fixture.clock.now().toISOString(),
        confirmedBy: 'user_1',
        campaign: null,
      },
    ]);
    await fixture.bringUp();
    const phones = (await spans(ANNA, 'phone')) as { phone: string; valid_from: string }[];
    const first = phones.filter(({ phone }, i) => phones[i - 1]?.phone !== phone);
    expect(first.map(({ phone, valid_from }) => [phone, valid_from])).toEqual([
      ['13800000001', '2026-11-22'],
      ['13900000009', '2027-11-23'],
      // The other one is too old as well: the first-ranked source's again.
      ['13800000001', '2027-12-23'],
      ['13700000007', '2028-01-06'],
    ]);
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });
});

describe('a working file of before histories', () => {
  it('loses nothing, and has them after its next refresh', async () => {
    await fixture.land('grid.resident', [resident(ANNA), resident(BELA)]);
    await fixture.bringUp();
    await fixture.warehouse.query((sql) => sql.run('DROP SCHEMA history CASCADE'));
    const warehouse = await fixture.reopen();
    const rows = async () => {
      const { marts } = await warehouse.publish();
      const { rows: now, ended } = marts.find(({ mart }) => mart === 'population.person_history')!;
      return [marts.find(({ mart }) => mart === 'population.person')!.rows, now, ended!.rows];
    };
    expect(await rows()).toEqual([2, 2, 0]);
    await warehouse.refresh(['case']);
    expect(await rows()).toEqual([2, 2, 0]);
    expect(await spans(ANNA, 'phone')).toEqual([{ phone: '13800000001', valid_from: '2026-11-22', valid_to: null }]);
  });
});

describe('nobody sees through the history', () => {
  const user = (more: Partial<User>): User => ({
    id: 'user_1' as UserId,
    login: 'a',
    name: 'a',
    roles: ['analyst'],
    scope: orgPath('310199/001/c01'),
    themes: '*',
    sensitivity: 'internal',
    ...more,
  });

  beforeEach(async () => {
    // Anna moves from c01 to c02; Bela says no grid of his own, and his dwelling, which lay in c02, is gone: his former row stays there, the one that holds lies nowhere.
    const dwelling = {
      dwellingCode: 'd1',
      gridPath: '310199/001/c02/g01',
      updatedAt: fixture.clock.now().toISOString(),
    };
    await fixture.land('grid.dwelling', [dwelling]);
    await fixture.land('grid.resident', [
      resident(ANNA, { phone: '13811111111' }),
      resident(BELA, { phone: '13822222222', gridPath: null, dwellingCode: 'd1' }),
    ]);
    await days(10);
    await fixture.land('grid.resident', [
      resident(ANNA, { phone: '13833333333', gridPath: '310199/001/c02/g01' }),
      resident(BELA, { phone: '13844444444', gridPath: null, dwellingCode: 'd1' }),
    ]);
    await fixture.land('grid.dwelling', [{ ...dwelling, deleted: true, updatedAt: fixture.clock.now().toISOString() }]);
    await fixture.bringUp();
  });

  it('in SQL: rows of other communities, identity numbers, the columns of the books', async () => {
    const { reader, catalogue } = fixture;
    const marts = wireMarts({ reader, catalogue });
    const bench = await openBench();
    try {
      const asked = async (who: User, statement: string) =>
        bench.ask(await grantOf(who, await reader.current(), { reader, marts }), statement);
      const everything = 'SELECT * FROM population.person_history';
      const clerk = await asked(user({}), everything);
      expect(clerk.code).toBeNull();
      expect(clerk.rows).toHaveLength(1);
      for (const hidden of [ANNA, BELA, '13811111111', '13822222222', '13833333333', '13844444444', 'c02']) {
        expect(clerk.said).not.toContain(hidden);
      }
      expect(clerk.said).toContain('2026-11-22');
      for (const column of ['_org', '_batch', '_row', 'phone_s', 'phone_o']) {
        const one = await asked(user({}), `SELECT ${column} FROM population.person_history`);
        expect(one.code, column).not.toBeNull();
      }
      const other = await asked(user({ scope: orgPath('310199/001/c02') }), everything);
      expect(other.rows).toHaveLength(2);
      expect(other.said).not.toContain('c01');
      const office = user({ scope: orgPath('310199/001'), sensitivity: 'sensitive' });
      const all = await asked(office, 'SELECT id_no, phone FROM population.person_history ORDER BY ALL');
      expect(all.rows).toEqual(
        [
          [ANNA, '13811111111'],
          [ANNA, '13833333333'],
          [BELA, '13822222222'],
        ].sort(),
      );
    } finally {
      await bench.close();
    }
  });

  it('on pages: the same rows and the same columns as of the records themselves, and the days', async () => {
    const { reader, catalogue } = fixture;
    const marts = wireMarts({ reader, catalogue });
    const now = (await marts.describe(user({}), 'population', 'person'))!;
    const then = (await marts.describe(user({}), 'population', 'person_history'))!;
    expect(then.title).toEqual({ zh: '人员历史', en: 'Person history' });
    expect(then.columns.slice(0, -2).map(({ id, sensitivity }) => [id, sensitivity])).toEqual(
      now.columns.map(({ id, sensitivity }) => [id, sensitivity]),
    );
    expect(then.columns.slice(-2).map(({ id, title }) => [id, title])).toEqual([
      ['valid_from', '起始日'],
      ['valid_to', '截止日（空为至今）'],
    ]);
    const page = await marts.rows(user({}), {
      theme: 'population',
      mart: 'person_history',
      columns: ['grid_path'],
      filters: [],
      sort: [],
      offset: 0,
      limit: 10,
    });
    expect(page.items).toEqual([['310199/001/c01/g01']]);
    const population = (await marts.themes(user({}))).themes.find(({ theme }) => theme === 'population')!;
    expect(population.rows).toBe(2);
  });
});
