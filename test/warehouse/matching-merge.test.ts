import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/checks.ts';
import { civilDate } from '../../core/civil-time.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Fixture, historyOn, openFixture, stateOn } from './fixture.ts';

const BY = { by: 'user_1', reason: '本人核实' };
const day = (n: number) =>
  `2026-${String(1 + Math.floor(n / 28)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;
const at = (n: number) => `${day(n)}T09:00:00+08:00`;

function idOf(i: number): string {
  const first17 = `310199${1950 + (i % 50)}0${1 + (i % 9)}1${i % 9}${String(i).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

const resident = (i: number, more: JsonObject = {}): JsonObject => ({
  residentId: `r${i}`,
  idNo: idOf(i),
  name: `张伟${i}`,
  updatedAt: at(20),
  ...more,
});
const civil = (i: number, more: JsonObject = {}): JsonObject => ({
  sfzhm: idOf(i),
  xm: `张伟${i}`,
  gxsj: at(20),
  ...more,
});

const merge = (fixture: Fixture, keep: string, drop: string) =>
  fixture.warehouse.matching.decide({ identity: `person:${drop}`, key: keep }, 'same', BY);
const split = (fixture: Fixture, keep: string, drop: string) =>
  fixture.warehouse.matching.split({ identity: `person:${drop}`, key: keep }, BY);

async function persons(fixture: Fixture): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const rows = await fixture.warehouse.query((sql) =>
    sql.all<{ id_no: string }>(
      'SELECT id_no, name, phone, marital_status, phone_s FROM population.person ORDER BY id_no',
    ),
  );
  return new Map(rows.map((row) => [row.id_no, row]));
}

async function expectRebuildable(fixture: Fixture): Promise<void> {
  const found = await fixture.warehouse.verify();
  expect(found).toMatchObject({ ok: true, rebuiltOtherwise: [], publishedOtherwise: [] });
}

describe('two golden rows of one person', () => {
  let fixture: Fixture;
  const [A, B, C] = [idOf(1), idOf(2), idOf(3)];
  beforeEach(async () => {
    fixture = await openFixture();
    await fixture.land('grid.resident', [
      resident(1),
      resident(2, { phone: '13800000002', updatedAt: at(10) }),
      resident(3),
    ]);
    await fixture.land('civil.person', [civil(2, { hyzk: '已婚' })]);
    await fixture.bringUp();
  });
  afterEach(() => fixture.close());

  it('are one from the merge on, also for what comes later under the other key, and two again when split', async () => {
    expect([...(await persons(fixture)).keys()]).toEqual([A, B, C].sort());
    expect(await merge(fixture, A, B)).toMatchObject({ linked: 1, entities: ['person'] });
    const [touched] = (await fixture.warehouse.refresh(['person'])).entities;
    expect(touched).toMatchObject({ mode: 'full', rows: 2 });
    await fixture.warehouse.publish();
    const one = await persons(fixture);
    expect([...one.keys()]).toEqual([A, C].sort());
    // The newer of two records of one source speaks.
    expect(one.get(A)).toMatchObject({ name: '张伟1', marital_status: '已婚' });
    await expectRebuildable(fixture);

    await fixture.land('civil.person', [civil(2, { hyzk: '离婚', gxsj: at(30) })]);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ marital_status: '离婚' });
    // The source ends its record of the other key, as it does when it has noticed as well: the person stays.
    await fixture.land('grid.resident', [resident(2, { updatedAt: at(30), deleted: true })]);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ name: '张伟1', marital_status: '离婚' });
    await fixture.land('grid.resident', [resident(2, { updatedAt: at(35) })]);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ name: '张伟2' });
    await expectRebuildable(fixture);

    expect(await fixture.warehouse.matching.history(5)).toMatchObject([
      {
        kind: 'merge',
        identity: `person:${B}`,
        key: A,
        verdict: 'same',
        by: 'user_1',
        reason: '本人核实',
        stands: true,
      },
    ]);
    await split(fixture, A, B);
    await fixture.bringUp();
    const two = await persons(fixture);
    expect(two.get(A)).toMatchObject({ marital_status: null });
    expect(two.get(B)).toMatchObject({ marital_status: '离婚' });
    expect((await fixture.warehouse.matching.history(5)).map(({ verdict, stands }) => [verdict, stands])).toEqual([
      ['different', true],
      ['same', false],
    ]);
    await expectRebuildable(fixture);
  });

  it('carry what people vouched for under either key, before and after', async () => {
    const confirm = (key: string, value: string, when: number) =>
      fixture.land('platform.confirmation', [
        { entity: 'person', key, field: 'phone', value, confirmedAt: at(when), confirmedBy: 'user_1', campaign: null },
      ]);
    await confirm(A, '13900000001', 40);
    await confirm(B, '13900000002', 50);
    await fixture.bringUp();
    await merge(fixture, A, B);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ phone: '13900000002' });
    await confirm(B, '13900000003', 60);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ phone: '13900000003' });
    expect([...(await persons(fixture)).keys()]).not.toContain(B);
    await expectRebuildable(fixture);
    await split(fixture, A, B);
    await fixture.bringUp();
    expect((await persons(fixture)).get(A)).toMatchObject({ phone: '13900000001' });
    expect((await persons(fixture)).get(B)).toMatchObject({ phone: '13900000003' });
    await expectRebuildable(fixture);
  });

  it('are merged in a row, never in a ring, and refused with the key to name instead', async () => {
    await merge(fixture, B, C);
    await merge(fixture, A, B);
    await fixture.bringUp();
    expect([...(await persons(fixture)).keys()]).toEqual([A]);
    await expect(merge(fixture, C, A)).rejects.toMatchObject({ code: 'warehouse.matching.merged' });
    await expect(merge(fixture, A, C)).rejects.toMatchObject({ code: 'warehouse.matching.merged' });
    await expect(merge(fixture, A, A)).rejects.toMatchObject({ code: 'warehouse.matching.merge' });
    await expect(merge(fixture, A, idOf(9))).rejects.toMatchObject({ code: 'warehouse.matching.absent' });
    await expect(
      fixture.warehouse.matching.decide({ identity: 'dwelling:D1', key: 'D2' }, 'same', BY),
    ).rejects.toMatchObject({ code: 'warehouse.matching.merge' });
    await expect(split(fixture, A, C)).rejects.toMatchObject({ code: 'warehouse.matching.absent' });
    await split(fixture, A, B);
    await fixture.bringUp();
    expect([...(await persons(fixture)).keys()]).toEqual([A, B].sort());
    await expectRebuildable(fixture);
  });

  it('are offered when they share more than a name, and not again once someone said that they are two', async () => {
    const twice = { name: '欧阳修', birthDate: '1961-04-05', phone: '13811112222' };
    await fixture.land('grid.resident', [resident(5, twice), resident(6, { ...twice, updatedAt: at(25) })]);
    await fixture.land('grid.resident', [resident(7, { ...twice, phone: '13811113333' })]);
    await fixture.bringUp();
    const { matching } = fixture.warehouse;
    const offered = await matching.duplicates(10);
    expect(offered).toMatchObject([{ entity: 'person', keep: idOf(6), drop: idOf(5) }]);
    expect(offered[0]!.features.find(({ field }) => field === 'id_no')).toMatchObject({ weight: -10 });
    const pair = { identity: `person:${idOf(5)}`, key: idOf(6) };
    expect(await matching.decide(pair, 'different', BY)).toMatchObject({ linked: 0, entities: [] });
    expect(await matching.duplicates(10)).toEqual([]);
    await expect(matching.decide(pair, 'different', BY)).rejects.toMatchObject({ code: 'warehouse.matching.absent' });
    // Who decided may think again.
    expect(await matching.decide(pair, 'same', BY)).toMatchObject({ linked: 1 });
    await fixture.bringUp();
    expect((await persons(fixture)).has(idOf(5))).toBe(false);
  });
});

const who = fc.integer({ min: 0, max: 5 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('resident' as const),
      who,
      day: fc.integer({ min: 0, max: 200 }),
      deleted: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('civil' as const),
      who,
      day: fc.integer({ min: 0, max: 200 }),
      married: fc.constantFrom('已婚', '未婚', '离婚'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      who,
      day: fc.integer({ min: 0, max: 200 }),
      phone: fc.constantFrom('13900000001', '13900000002'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('merge' as const, 'split' as const), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
);

it('whatever is merged and split in between, golden rows and history are the same as made at once from landing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 24 }), async (steps) => {
      const fixture = await openFixture();
      try {
        // Enough others that what is merged is brought up to date alone.
        await fixture.land(
          'grid.resident',
          Array.from({ length: 60 }, (_, i) => resident(i)),
        );
        await fixture.bringUp();
        for (const one of steps) {
          if (one.kind === 'resident') {
            const mark = one.deleted ? { deleted: true } : {};
            await fixture.land('grid.resident', [
              resident(one.who, { updatedAt: at(one.day), phone: `138000000${10 + (one.day % 80)}`, ...mark }),
            ]);
          } else if (one.kind === 'civil') {
            await fixture.land('civil.person', [civil(one.who, { hyzk: one.married, gxsj: at(one.day) })]);
          } else if (one.kind === 'confirm') {
            await fixture.land('platform.confirmation', [
              {
                entity: 'person',
                key: idOf(one.who),
                field: 'phone',
                value: one.phone,
                confirmedAt: at(one.day),
                confirmedBy: 'user_1',
                campaign: null,
              },
            ]);
          } else if (one.kind === 'days') {
            await fixture.clock.advance(one.days * 86_400_000);
          } else if (one.kind === 'refresh') {
            await fixture.warehouse.refresh();
          } else {
            const work = one.kind === 'merge' ? merge : split;
            await work(fixture, idOf(one.who), idOf(one.other)).catch((error: { code?: string }) => {
              expect(error.code).toMatch(/^warehouse\.matching\./);
            });
          }
          await fixture.warehouse.stageOutstanding();
        }
        await fixture.bringUp();
        await expectRebuildable(fixture);
        const today = civilDate(fixture.clock.now());
        const golden = await stateOn(fixture, 'person', today);
        expect(await historyOn(fixture, 'person', today)).toEqual(golden);
        expect(golden.map(({ id_no }) => id_no)).toEqual([...(await persons(fixture)).keys()]);
      } finally {
        await fixture.close();
      }
    }),
    { numRuns: 4 },
  );
}, 240_000);
