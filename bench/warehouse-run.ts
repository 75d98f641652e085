// One measured run in a process of its own: `warehouse-run.js KIND ROWS FOLDER`. Prints one JSON line.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { orgUnits } from '../city/index.ts';
import { signIn } from '../cli/demo/api-session.ts';
import { ensureDemoPeople } from '../cli/people.ts';
import { openPlatform, type Platform } from '../cli/platform/platform.ts';
import { civilDate, type JsonObject, loadCatalogue, loadConfig, systemClock } from '../core/index.ts';
import { createServing, openLanding, openWarehouse } from '../warehouse/index.ts';
import { PERSON_DATASETS } from './golden-person.ts';
import { benchSample, datasetSizes, landRecords } from './warehouse-rows.ts';

export type WarehouseRunKind = 'model' | 'pages' | 'swaps' | 'land-persons' | 'persons';

/** A platform wants a source; this one is asked once a day and finds an empty inbox. */
const SOURCES = `sources:
  - { name: tax, title: { zh: 税务, en: Tax office }, protocol: files, inbox: inbox, every: 1d, datasets: [taxpayer] }
`;
const CHANGED = 2_000;
const READERS = 50;
const PAGES_PER_READER = 8;
const SWAPS = 200;
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function open(folder: string): Promise<Platform> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sources.yaml'), SOURCES);
  const units = orgUnits(7);
  return openPlatform({
    config: loadConfig({ ...process.env, FILLONCE_DATA: folder, FILLONCE_PORT: '0' }),
    clock: systemClock,
    log: QUIET,
    env: {},
    units,
    demo: false,
    people: (store) => ensureDemoPeople(store, units),
  });
}

async function land(platform: Platform, world: 'subdistrict' | 'one-table', rows: number): Promise<number> {
  const sample = benchSample(civilDate(systemClock.now()));
  let landed = 0;
  for (const [dataset, entities] of datasetSizes(world, rows)) {
    landed += await landRecords(platform.landing, dataset, entities, (from, to) => sample.records(dataset, from, to));
  }
  return landed;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Landing to publication, and what a batch of 2,000 changed residents costs afterwards. */
async function model(rows: number, folder: string): Promise<object> {
  const platform = await open(folder);
  const { warehouse } = platform;
  const landed = await land(platform, 'subdistrict', rows);
  const stage = await seconds(() => warehouse.stageOutstanding());
  const golden = await seconds(() => warehouse.refresh());
  const publication = await seconds(() => warehouse.publish());
  const changed = changedResidents();
  await landRecords(platform.landing, 'grid.resident', CHANGED, () => changed);
  const batch = (await platform.landing.lastManifest('grid', 'resident'))!.id;
  const batchGolden = await seconds(async () => {
    await warehouse.stage(batch);
    await warehouse.refresh(['person']);
  });
  const batchPublication = await seconds(() => warehouse.publish());
  const firstAnalystRow = await analystRow(platform);
  const served = await servedToPostgres(platform);
  await platform.close();
  return {
    ...served,
    firstAnalystRow,
    landed,
    stage,
    golden,
    publication,
    total: stage + golden + publication,
    batchGolden,
    batchPublication,
  };
}

/** Lands what the three registers of persons have, for `persons` and its peers. */
async function landPersons(rows: number, folder: string): Promise<object> {
  const landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
  const sample = benchSample(civilDate(systemClock.now()));
  let landed = 0;
  for (const [dataset, entities] of datasetSizes('subdistrict', rows)) {
    if (!PERSON_DATASETS.some((name) => name === dataset)) continue;
    landed += await landRecords(landing, dataset, entities, (from, to) => sample.records(dataset, from, to));
  }
  return { landed };
}

/** From those records to a publication in a warehouse of its own. */
async function persons(_rows: number, folder: string): Promise<object> {
  const landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
  const work = join(folder, 'warehouse');
  await rm(work, { recursive: true, force: true });
  const catalogue = loadCatalogue();
  const warehouse = await openWarehouse({
    folder: work,
    landing,
    catalogue,
    clock: systemClock,
    memoryMb: 768,
    threads: 2,
  });
  await warehouse.stageOutstanding();
  await warehouse.refresh();
  const { marts } = await warehouse.publish();
  await warehouse.close();
  return { rows: marts.find(({ mart }) => mart === 'population.person')!.rows };
}

/** From ordering a statement over HTTP to its first rows. */
async function analystRow(platform: Platform): Promise<number> {
  const session = await signIn(platform.url, 'analyst', 'fill-once');
  const statement = 'SELECT gender, count(*) AS people FROM population.person GROUP BY gender';
  return seconds(async () => {
    const { queryId } = await session.post<{ queryId: string }>('/api/sql/run', { statement });
    let state = 'queued';
    while (state === 'queued' || state === 'running') {
      ({ state } = await session.get<{ state: string }>(`/api/sql/queries/${queryId}?waitMs=5000`));
    }
    if (state !== 'done') throw new Error(`the statement ended as ${state}`);
  });
}

/** All marts into the Postgres that `FILLONCE_BENCH_POSTGRES` names, the first time and unchanged. */
async function servedToPostgres({ reader }: Platform): Promise<Record<string, number>> {
  const databaseUrl = process.env.FILLONCE_BENCH_POSTGRES;
  if (!databaseUrl) return {};
  const serving = createServing({ databaseUrl, reader, catalogue: loadCatalogue(), schema: `bench_${process.pid}` });
  let servedRows = 0;
  const servedToPostgres = await seconds(async () => {
    servedRows = (await serving.serve()).copiedRows;
  });
  return { servedRows, servedToPostgres };
}

/** Residents that the grid platform tells again today with another phone. */
function changedResidents(): JsonObject[] {
  const now = systemClock.now().toISOString();
  const sample = benchSample(civilDate(systemClock.now()));
  const records = sample.records('grid.resident', 0, CHANGED * 2).slice(0, CHANGED);
  return records.map((record, i) => ({
    ...record,
    phone: `139${String(i).padStart(8, '0')}`,
    updatedAt: now.replace('Z', '+00:00'),
  }));
}

/** Pages of 100 rows × 40 columns, filtered and sorted, for 50 readers at once over HTTP; then again while a rebuild runs. */
async function pages(rows: number, folder: string): Promise<object> {
  const platform = await open(folder);
  await land(platform, 'one-table', rows);
  await platform.warehouse.stageOutstanding();
  await platform.warehouse.refresh();
  await platform.warehouse.publish();
  const session = await signIn(platform.url, 'admin', 'fill-once');
  const read = (i: number) => {
    const filter = JSON.stringify([{ column: 'gender', op: 'eq', value: i % 2 === 0 ? '男' : '女' }]);
    const path = `/api/marts/population/person/rows?limit=100&offset=${(i % 40) * 100}&sort=birth_date&filter=${encodeURIComponent(filter)}`;
    return session.get<{ total: number }>(path);
  };
  const total = (await read(0)).total + (await read(1)).total;
  const quiet = await latencies(read);
  const rebuilding = platform.warehouse.rebuild();
  const busy = await latencies(read);
  await rebuilding;
  await platform.close();
  return { rowsServed: total, readers: READERS, p95: quiet, p95Rebuilding: busy };
}

/** The 95th percentile in ms. */
async function latencies(read: (i: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  await Promise.all(
    Array.from({ length: READERS }, async (_, reader) => {
      for (let i = 0; i < PAGES_PER_READER; i++) {
        taken.push((await seconds(() => read(reader * PAGES_PER_READER + i))) * 1_000);
      }
    }),
  );
  taken.sort((a, b) => a - b);
  return taken[Math.floor(taken.length * 0.95)]!;
}

/** 200 publications under readers that count what they see: a torn read is a mart that does not have its publication's rows. */
async function swaps(rows: number, folder: string): Promise<object> {
  const platform = await open(folder);
  const { warehouse, landing, reader } = platform;
  await land(platform, 'subdistrict', rows);
  await warehouse.stageOutstanding();
  await warehouse.refresh();
  await warehouse.publish();
  let reads = 0;
  let torn = 0;
  let running = true;
  const seen = new Set<string>();
  const readers = Array.from({ length: 4 }, async () => {
    while (running) {
      await reader.withPublication('current', async (sql, publication) => {
        seen.add(publication.id);
        for (const mart of ['cases.case', 'population.person']) {
          const [theme, name] = mart.split('.') as [string, string];
          const [row] = await sql.all<{ n: number }>(`SELECT count(*) AS n FROM "${theme}"."${name}"`);
          reads += 1;
          if (row!.n !== publication.marts.find((one) => one.mart === mart)!.rows) torn += 1;
        }
      });
    }
  });
  const sample = benchSample(civilDate(systemClock.now()));
  const base = 1_000_000;
  for (let swap = 0; swap < SWAPS; swap++) {
    const from = base + swap * 10;
    await landRecords(landing, 'grid.case', 10, () => sample.records('grid.case', from, from + 10));
    await warehouse.stageOutstanding();
    await warehouse.refresh(['case']);
    await warehouse.publish();
  }
  running = false;
  await Promise.all(readers);
  await platform.close();
  return { swaps: SWAPS, reads, publicationsSeen: seen.size, torn };
}

const RUNS: Readonly<Record<WarehouseRunKind, (rows: number, folder: string) => Promise<object>>> = {
  model,
  pages,
  swaps,
  'land-persons': landPersons,
  persons,
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , kind, rows, folder] = process.argv;
  const outcome = await RUNS[kind as WarehouseRunKind](Number(rows), folder!);
  process.stdout.write(
    `${JSON.stringify({ ...outcome, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`,
  );
  process.exit(0);
}
