import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUTHORITY_FAULTS, makeSample, OTHER_FAULTS } from '../../bench/warehouse-sample.ts';
import { civilDate } from '../../core/civil-time.ts';
import type { JsonObject } from '../../core/json.ts';
import { loadContracts } from '../../warehouse/contract.ts';
import { historyOn, openFixture, stateOn } from './fixture.ts';

const DATASETS = [
  'grid.resident',
  'police.registration',
  'civil.person',
  'civil.assistance',
  'grid.dwelling',
  'housing.property',
  'housing.lease',
  'market.enterprise',
  'tax.taxpayer',
  'tax.tax_month',
  'housing.space',
  'signal.headcount',
] as const;

const DAY_MS = 86_400_000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('land' as const),
      dataset: fc.constantFrom(...DATASETS),
      seed: fc.integer({ min: 1, max: 4 }),
      from: fc.integer({ min: 0, max: 60 }),
      size: fc.integer({ min: 1, max: 50 }),
      gone: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('publish' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 200 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      index: fc.integer({ min: 0, max: 80 }),
      field: fc.constantFrom('phone', 'residence_status', 'id_no', 'death_date'),
      value: fc.constantFrom(null, '13900000000', '2026-05-01', '在住'),
      daysAgo: fc.integer({ min: 0, max: 300 }),
    }),
  },
);

/** Earlier moments, as thousandths of the time that the steps take. */
const moments = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 3, maxLength: 6 });

describe('the golden layer and its history', () => {
  it('are the same step by step as made at once from landing, whatever came in which order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), moments, async (steps, parts) => {
        const fixture = await openFixture();
        try {
          const { catalogue, clock } = fixture;
          const start = clock.now().getTime();
          const contracts = loadContracts(catalogue);
          const samples = new Map(
            [1, 2, 3, 4].map((seed) => [
              seed,
              makeSample({
                catalogue,
                contracts,
                seed,
                today: '2026-11-22',
                coverage: () => 0.8,
                faults: (contract, element) =>
                  element?.sources[0] === contract.source ? AUTHORITY_FAULTS : OTHER_FAULTS,
              }),
            ]),
          );
          for (const one of steps) {
            if (one.kind === 'land') {
              const contract = contracts.get(one.dataset)!;
              const records = samples.get(one.seed)!.records(one.dataset, one.from, one.from + one.size);
              const mark = contract.deletedWhen;
              const sent: JsonObject[] =
                one.gone && mark
                  ? records.map((record, i) => (i % 3 === 0 ? { ...record, [mark.column]: mark.equals } : record))
                  : records;
              await fixture.land(one.dataset, sent);
              await fixture.warehouse.stageOutstanding();
            } else if (one.kind === 'refresh') {
              await fixture.warehouse.refresh();
            } else if (one.kind === 'publish') {
              await fixture.warehouse.publish();
            } else if (one.kind === 'days') {
              await clock.advance(one.days * DAY_MS);
            } else {
              const at = new Date(clock.now().getTime() - one.daysAgo * DAY_MS).toISOString();
              const key = samples.get(1)!.key('person', one.index);
              const { field, value } = one;
              await fixture.land('platform.confirmation', [
                {
                  entity: 'person',
                  key,
                  field,
                  value: field === 'id_no' && value !== null ? key : value,
                  confirmedAt: at,
                  confirmedBy: 'user_1',
                  campaign: null,
                },
              ]);
              await fixture.warehouse.stageOutstanding();
            }
          }
          await fixture.warehouse.refresh();
          await fixture.warehouse.publish();
          const verification = await fixture.warehouse.verify();
          expect(verification).toMatchObject({
            ok: true,
            damagedBatches: [],
            rebuiltOtherwise: [],
            publishedOtherwise: [],
          });
          const end = clock.now().getTime();
          const days = [...parts, 1000].map((part) => civilDate(new Date(start + (part / 1000) * (end - start))));
          for (const day of new Set(days)) {
            for (const entity of ['person', 'dwelling', 'enterprise']) {
              expect(await historyOn(fixture, entity, day), `${entity} on ${day}`).toEqual(
                await stateOn(fixture, entity, day),
              );
            }
          }
        } finally {
          await fixture.close();
        }
      }),
      { numRuns: 3 },
    );
  }, 240_000);

  it('know a person of whom only people have spoken, and no source', async () => {
    const fixture = await openFixture();
    try {
      const key = '310199196101010003';
      const said = {
        entity: 'person',
        key,
        confirmedAt: '2026-11-20T08:00:00Z',
        confirmedBy: 'user_1',
        campaign: null,
      };
      await fixture.land('platform.confirmation', [
        { ...said, field: 'id_no', value: key },
        { ...said, field: 'phone', value: '13900000000' },
      ]);
      await fixture.bringUp();
      const today = await stateOn(fixture, 'person', '2026-11-22');
      expect(today).toMatchObject([{ id_no: key, phone: '13900000000' }]);
      expect(await historyOn(fixture, 'person', '2026-11-22')).toEqual(today);
    } finally {
      await fixture.close();
    }
  });
});
