import { describe, expect, it } from 'vitest';
import { AUTHORITY_FAULTS, makeSample, OTHER_FAULTS } from '../../bench/warehouse-sample.ts';
import { loadContracts } from '../../warehouse/contract.ts';
import { CONFLICT_BIT } from '../../warehouse/source-codes.ts';
import { openFixture } from './fixture.ts';

const COVERAGE: Readonly<Record<string, number>> = {
  'grid.resident': 0.95,
  'police.registration': 0.95,
  'civil.person': 0.8,
  'civil.assistance': 0.02,
  'civil.disability': 0.03,
  'civil.elder_allowance': 0.06,
};

const ENTITIES: Readonly<Record<string, number>> = {
  person: 3_000,
  household: 1_500,
  dwelling: 2_000,
  enterprise: 1_500,
};

describe('what sources that err hold together', () => {
  it('covers at least 85 % of the cells, and is true in at least 98 % of them', async () => {
    const fixture = await openFixture();
    try {
      const contracts = loadContracts(fixture.catalogue);
      const sample = makeSample({
        catalogue: fixture.catalogue,
        contracts,
        seed: 11,
        today: '2026-11-22',
        coverage: ({ source, dataset }) => COVERAGE[`${source}.${dataset}`] ?? 0.97,
        faults: (contract, element) =>
          (element === null ? contract.source === 'grid' || contract.aspect : element.sources[0] === contract.source)
            ? AUTHORITY_FAULTS
            : OTHER_FAULTS,
      });
      for (const [name, contract] of contracts) {
        const size = ENTITIES[contract.entity ?? ''];
        if (size !== undefined) await fixture.land(name, sample.records(name, 0, size));
      }
      await fixture.warehouse.stageOutstanding();
      await fixture.warehouse.refresh();
      let cells = 0;
      let held = 0;
      let right = 0;
      for (const [name, size] of Object.entries(ENTITIES)) {
        const entity = fixture.catalogue.entity(name);
        const key = entity.key[0]!;
        const rows = await fixture.warehouse.query((sql) =>
          sql.all(`SELECT * EXCLUDE (_conflicts) FROM ${entity.theme}.${name}`),
        );
        const byKey = new Map(rows.map((row) => [row[key], row]));
        for (let i = 0; i < size; i++) {
          const row = byKey.get(sample.key(name, i));
          if (!row) continue;
          for (const element of entity.elements) {
            if (element.field === key) continue;
            cells++;
            const source = row[`${element.field}_s`] as number | null;
            const value = row[element.field] ?? null;
            const age = row[`${element.field}_o`] as string | null;
            const oldest = new Date(Date.parse('2026-11-22') - (element.ttlDays ?? 36_500) * 86_400_000)
              .toISOString()
              .slice(0, 10);
            if (source !== null && source >= CONFLICT_BIT) continue;
            if (value === null ? !element.optional : age === null || age < oldest) continue;
            held++;
            const truth = sample.truth(name, i, element.field);
            const same =
              value === null || truth === null
                ? value === truth
                : String(value) === truth || Number(value) === Number(truth);
            if (same) right++;
          }
        }
      }
      const coverage = held / cells;
      const precision = right / held;
      expect(
        { coverage: coverage >= 0.85, precision: precision >= 0.98 },
        `coverage ${coverage}, precision ${precision}`,
      ).toEqual({
        coverage: true,
        precision: true,
      });
    } finally {
      await fixture.close();
    }
  });
});
