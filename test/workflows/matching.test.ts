import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit, type JsonObject } from '../../core/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { createWarehouseActivities, type WarehouseActivities } from '../../workflows/index.ts';
import { type Fixture, openFixture } from '../warehouse/fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';

function person(i: number) {
  const first17 = `310199198005${String((i % 28) + 1).padStart(2, '0')}${String(i).padStart(3, '0')}`;
  return {
    idNo: first17 + idNumberCheckDigit(first17),
    name: `王${'一二三四五六七八九十'[i % 10]}${'伟芳娜敏静强磊洋'[i % 8]}`,
    birthDate: `1980-05-${String((i % 28) + 1).padStart(2, '0')}`,
    phone: `1380000${String(i).padStart(4, '0')}`,
  };
}
const resident = (i: number): JsonObject => ({ residentId: `r${i}`, ...person(i), updatedAt: AT });
const civil = (i: number, more: JsonObject = {}): JsonObject => {
  const { idNo, name, birthDate, phone } = person(i);
  return { sfzhm: idNo, xm: name, csrq: birthDate, lxdh: phone, hyzk: '已婚', gxsj: AT, ...more };
};

describe('the platform links records without a usable key by itself', () => {
  let fixture: Fixture;
  let store: Store;
  let activities: WarehouseActivities;
  const run = <T>(work: () => Promise<T>, attempt = 1): Promise<T> =>
    new MockActivityEnvironment({ attempt }).run(work);

  beforeEach(async () => {
    fixture = await openFixture();
    store = await openStore({ folder: 'memory', clock: fixture.clock });
    activities = createWarehouseActivities({
      warehouse: fixture.warehouse,
      store,
      evaluateCrowd: async () => [],
      onPublished: () => {},
    });
  });
  afterEach(async () => {
    await store.close();
    await fixture.close();
  });

  const married = async (i: number) =>
    (
      await fixture.warehouse.query((sql) =>
        sql.all<{ marital_status: string | null }>('SELECT marital_status FROM population.person WHERE id_no = $1', [
          person(i).idNo,
        ]),
      )
    )[0]?.marital_status ?? null;
  const runs = () =>
    store.system.transaction((tx) =>
      tx.db.selectFrom('materialisation').select(['asset', 'rows']).where('asset', '=', 'matching').execute(),
    );

  it('with the golden rows of the same pull, once, and a rebuild comes out the same', async () => {
    await fixture.land(
      'grid.resident',
      Array.from({ length: 60 }, (_, i) => resident(i)),
    );
    await fixture.land('civil.person', [
      ...Array.from({ length: 30 }, (_, i) => civil(i + 2)),
      civil(0, { sfzhm: null }),
      civil(1, { sfzhm: null, lxdh: null }),
    ]);
    const staged = await run(() => activities.stageOutstanding({}));
    expect(staged.entities).toContain('person');
    await run(() => activities.refreshGolden({ entities: staged.entities }));
    expect(await married(0)).toBe('已婚');
    // Name and birth date alone leave it to a person.
    expect(await married(1)).toBeNull();
    expect(await fixture.warehouse.matching.history(10)).toMatchObject([{ key: person(0).idNo, by: 'matching' }]);
    expect(await runs()).toHaveLength(1);

    // Tried again after the process died, and without anything new: nothing is linked twice, nothing is looked for.
    await run(() => activities.refreshGolden({ entities: ['*'] }), 2);
    expect(await fixture.warehouse.matching.history(10)).toHaveLength(1);
    expect(await runs()).toHaveLength(1);
    await run(() => activities.publish());
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });

  it('also over what waited when the process started', async () => {
    await fixture.land('grid.resident', [resident(0), resident(1)]);
    await fixture.land('civil.person', [
      ...Array.from({ length: 19 }, (_, i) => civil(i + 2)),
      civil(0, { sfzhm: '' }),
    ]);
    await fixture.bringUp();
    expect(await fixture.warehouse.matching.fresh()).toEqual(['person']);
    await fixture.reopen();
    activities = createWarehouseActivities({
      warehouse: fixture.warehouse,
      store,
      evaluateCrowd: async () => [],
      onPublished: () => {},
    });
    await run(() => activities.refreshGolden({ entities: ['person'] }));
    expect(await married(0)).toBe('已婚');
    expect(await fixture.warehouse.matching.fresh()).toEqual([]);
  });
});
