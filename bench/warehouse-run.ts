// One measured run in a process of its own: `warehouse-run.js KIND ROWS FOLDER`. Prints one JSON line.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { orgUnits } from '../city/index.ts';
import { signIn } from '../cli/demo/api-session.ts';
import { ensureDemoPeople } from '../cli/people.ts';
import { openPlatform, type Platform } from '../cli/platform/platform.ts';
import { civilDate, type JsonObject, loadCatalogue, loadConfig, systemClock } from '../core/index.ts';
import { createServing, openLanding, openWarehouse } from '../warehouse/index.ts';
import { PERSON_DATASETS } from './golden-person.ts';
import { measureProcess } from './measured-process.ts';
import type { PageLatencies, PageViews } from './page-readers.ts';
import { benchSample, datasetSizes, landRecords } from './warehouse-rows.ts';

export type WarehouseRunKind = 'model' | 'pages' | 'swaps' | 'land-persons' | 'persons';

/** A platform wants a source; this one is asked once a day and finds an empty inbox. */
const SOURCES = `sources:
  - { name: tax, title: { zh: 税务, en: Tax office }, protocol: files, inbox: inbox, every: 1d, datasets: [taxpayer] }
`;
const CHANGED = 2_000;
const SWAPS = 200;
const AS_OF_RUNS = 9;
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
  // A day's first load is folded into the file afterwards, when nobody waits; the next batch comes later than that.
  await warehouse.stageOutstanding();
  const changed = changedResidents();
  await landRecords(platform.landing, 'grid.resident', CHANGED, () => changed);
  const batch = (await platform.landing.lastManifest('grid', 'resident'))!.id;
  const batchGolden = await seconds(async () => {
    await warehouse.stage(batch);
    await warehouse.refresh(['person']);
  });
  const batchPublication = await seconds(() => warehouse.publish());
  const asOf = await asOfAndCurrent(platform);
  const firstAnalystRow = await analystRow(platform);
  const served = await servedToPostgres(platform);
  await platform.close();
  return {
    ...served,
    ...asOf,
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

/** Counting all persons by two of their fields, as they are and as of today by their history: medians in turn. */
async function asOfAndCurrent({ reader }: Platform): Promise<Record<string, number>> {
  const grouped = (mart: string, where: string) =>
    `SELECT gender, residence_status, count(*) AS people FROM population.${mart} ${where} GROUP BY ALL ORDER BY ALL`;
  const day = `DATE '${civilDate(systemClock.now())}'`;
  const current = grouped('person', '');
  const asOf = grouped('person_history', `WHERE valid_from <= ${day} AND (valid_to IS NULL OR valid_to > ${day})`);
  return reader.withPublication('current', async (sql) => {
    const times = { current: [] as number[], asOf: [] as number[] };
    for (let run = 0; run < AS_OF_RUNS; run++) {
      times.current.push(await seconds(() => sql.all(current)));
      times.asOf.push(await seconds(() => sql.all(asOf)));
    }
    const [currentMs, asOfMs] = [median(times.current) * 1000, median(times.asOf) * 1000];
    return { currentMs, asOfMs, asOfTimesCurrent: asOfMs / currentMs };
  });
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!;
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

/**
 * Pages of 100 rows, all columns, filtered and sorted, for 50 readers at once over HTTP: `cold` in a process that has just started,
 * `same` after that, each reader's `own` list; then again while a rebuild runs.
 */
async function pages(rows: number, folder: string): Promise<object> {
  const platform = await open(folder);
  const rowsServed = await land(platform, 'one-table', rows);
  await platform.warehouse.stageOutstanding();
  await platform.warehouse.refresh();
  await platform.warehouse.publish();
  // The load is folded into the file afterwards, when nobody waits.
  await platform.warehouse.stageOutstanding();
  const cold = await read(platform.url, 'same');
  const same = await read(platform.url, 'same');
  const own = await read(platform.url, 'own');
  const rebuilding = platform.warehouse.rebuild();
  const busy = await read(platform.url, 'same');
  const ownBusy = await read(platform.url, 'own');
  await rebuilding;
  await platform.close();
  return {
    rowsServed,
    ...named('cold', cold),
    ...named('same', same),
    ...named('own', own),
    ...named('sameRebuilding', busy),
    ...named('ownRebuilding', ownBusy),
  };
}

async function read(url: string, views: PageViews): Promise<PageLatencies> {
  const script = fileURLToPath(new URL('./page-readers.js', import.meta.url));
  const { stdout } = await measureProcess(process.execPath, [script, url, views]);
  return JSON.parse(stdout) as PageLatencies;
}

function named(views: string, latencies: PageLatencies): Record<string, number> {
  const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);
  return Object.fromEntries(Object.entries(latencies).map(([name, value]) => [`${views}${capital(name)}`, value]));
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
