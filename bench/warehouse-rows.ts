import { loadCatalogue } from '../core/catalogue.ts';
import type { JsonObject } from '../core/json.ts';
import { loadContracts } from '../warehouse/contract.ts';
import type { Landing } from '../warehouse/index.ts';
import { AUTHORITY_FAULTS, makeSample, OTHER_FAULTS, type Sample } from './warehouse-sample.ts';

/** Entities behind each dataset of a subdistrict of some 118,000 people; a little over a million records in all. */
const ENTITIES: Readonly<Record<string, number>> = {
  'grid.resident': 118_000,
  'police.registration': 118_000,
  'civil.person': 118_000,
  'civil.assistance': 118_000,
  'civil.disability': 118_000,
  'civil.elder_allowance': 118_000,
  'grid.household': 46_000,
  'grid.dwelling': 52_000,
  'housing.property': 52_000,
  'housing.lease': 52_000,
  'police.rental': 52_000,
  'housing.building': 900,
  'housing.space': 9_000,
  'grid.enterprise': 9_000,
  'market.enterprise': 9_000,
  'tax.taxpayer': 9_000,
  'tax.tax_month': 100_000,
  'grid.case': 60_000,
  'police.incident': 20_000,
  'grid.camera': 800,
  'camera.event': 30_000,
  'parking.lot': 40,
  'parking.passage': 120_000,
  'parking.space': 40_000,
  'signal.zone': 30,
  'signal.headcount': 120_000,
};

const COVERAGE: Readonly<Record<string, number>> = {
  'grid.resident': 0.95,
  'police.registration': 0.95,
  'civil.person': 0.6,
  'civil.assistance': 0.02,
  'civil.disability': 0.03,
  'civil.elder_allowance': 0.06,
  'housing.lease': 0.2,
  'police.rental': 0.2,
};

/** Entities for which `ENTITIES` gives a million records. */
const MILLION = 1_020_000;
const BATCH = 40_000;

export type BenchWorld = 'subdistrict' | 'one-table';

/** A world of made-up records in the shape of every contract, the same for the same day. */
export function benchSample(today: string): Sample {
  const catalogue = loadCatalogue();
  const contracts = loadContracts(catalogue);
  return makeSample({
    catalogue,
    contracts,
    seed: 7,
    today,
    coverage: ({ source, dataset }) => COVERAGE[`${source}.${dataset}`] ?? 1,
    faults: (contract, element) => {
      const first = element === null ? contract.aspect || contract.source === 'grid' : false;
      return first || element?.sources[0] === contract.source ? AUTHORITY_FAULTS : OTHER_FAULTS;
    },
  });
}

/** How many entities each dataset is asked for, so that about `rows` records come together. */
export function datasetSizes(world: BenchWorld, rows: number): [dataset: string, entities: number][] {
  if (world === 'one-table') return [['grid.resident', Math.round(rows / 0.95)]];
  return Object.entries(ENTITIES).map(([dataset, count]) => [dataset, Math.ceil((count * rows) / MILLION)]);
}

/** Lands the records of a dataset in batches of 40,000; returns how many there were. */
export async function landRecords(
  landing: Landing,
  dataset: string,
  entities: number,
  records: (from: number, to: number) => JsonObject[],
): Promise<number> {
  const [source, name] = dataset.split('.') as [string, string];
  let landed = 0;
  for (let from = 0; from < entities; from += BATCH) {
    const writer = landing.write(source, name);
    const batch = records(from, Math.min(entities, from + BATCH));
    await writer.append(batch);
    await writer.commit({ from });
    landed += batch.length;
  }
  return landed;
}
