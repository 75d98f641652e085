import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type City, createCity } from '../../city/index.ts';
import { createConnector, datasetNames, isPulled, loadFileLayouts, parseSources } from '../../connectors/index.ts';
import { systemClock } from '../../core/clock.ts';
import { packageRoot } from '../../core/paths.ts';
import { openWorkbook } from '../../templates/xlsx/index.ts';
import { type Landing, openLanding, pullToLanding } from '../../warehouse/index.ts';
import { patientClock } from './patient-clock.ts';

let folder: string;
let city: City;
let landing: Landing;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'city-'));
  city = await createCity({
    scale: 0.02,
    today: '2026-11-22',
    live: false,
    inbox: join(folder, 'inbox'),
    state: join(folder, 'state'),
    sources: ['grid', 'civil', 'housing', 'tax', 'market', 'police', 'parking', 'signal'],
  });
  landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
}, 60_000);
afterAll(async () => {
  await city.stop();
  await rm(folder, { recursive: true });
});

async function pullAll(): Promise<Map<string, number>> {
  const { grid, offices, police, parking, signal, camera, inbox } = city.endpoints;
  const env = {
    GRID_URL: grid.url,
    GRID_CLIENT_ID: grid.clientId,
    GRID_CLIENT_SECRET: grid.clientSecret,
    OFFICES_DATABASE: offices.url,
    INBOX: inbox.folder,
    POLICE_URL: police.url,
    POLICE_API_KEY: police.apiKey,
    PARKING_URL: parking.url,
    PARKING_APP_KEY: parking.appKey,
    PARKING_WEBHOOK_SECRET: parking.webhookSecret,
    SIGNAL_URL: signal.url,
    SIGNAL_TOKEN: signal.token,
    CAMERA_URL: 'mqtt://127.0.0.1:1',
    CAMERA_USERNAME: camera.username,
    CAMERA_PASSWORD: camera.password,
  };
  const text = await readFile(join(packageRoot(), 'connectors', 'sources.example.yaml'), 'utf8');
  const deps = {
    // Ahead of every day that the city is moved to: what is dated after the clock's next day counts as a typing error.
    clock: patientClock(new Date('2026-12-10T00:00:00Z')),
    random: () => 0.5,
    files: landing.documents,
    fileLayout: loadFileLayouts(),
    readXlsxRows: async function* (path: string, sheet: string) {
      const workbook = await openWorkbook(path);
      try {
        for await (const row of workbook.rows(sheet)) {
          yield row.cells.map((cell) => {
            const value = cell?.value ?? null;
            return value !== null && typeof value === 'object' && !(value instanceof Date) ? null : value;
          });
        }
      } finally {
        await workbook.close();
      }
    },
  };
  const pulled = new Map<string, number>();
  const configs = parseSources(text, env).filter(isPulled);
  const outcomes = await Promise.allSettled(
    configs.flatMap((config) => {
      const connector = createConnector(config, deps);
      return datasetNames(config).map(async (dataset) => {
        const pull = { landing, connector, source: config.name, dataset, signal: new AbortController().signal };
        pulled.set(`${config.name}.${dataset}`, (await pullToLanding(pull)).records);
      });
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return pulled;
}

const newOnes = (pulled: ReadonlyMap<string, number>) => [...pulled].filter(([, records]) => records > 0);

describe('the sources of a whole subdistrict', () => {
  test('are pulled to their end, then stay quiet until something changes', async () => {
    const first = await pullAll();
    const served: Record<string, Record<string, { served: number }>> = await city.progress();
    for (const [name, records] of first) {
      expect([name, records > 0]).toEqual([name, true]);
      const [source, dataset] = name.split('.') as [string, string];
      const given = served[source]?.[dataset]?.served;
      if (given !== undefined) expect([name, records <= given]).toEqual([name, true]);
    }
    expect(newOnes(await pullAll())).toEqual([]);
    await city.advance(1);
    const next = await pullAll();
    expect(next.get('grid.case')).toBeGreaterThan(0);
    expect(next.get('signal.headcount')).toBeGreaterThan(0);
    expect(next.get('grid.resident')!).toBeLessThan(first.get('grid.resident')! / 10);
    expect(newOnes(await pullAll())).toEqual([]);
  }, 120_000);

  test.each([
    ['grid', 'lying-pages', 'connectors.paging.repeated'],
    ['grid', 'bad-encoding', 'connectors.answer.'],
    ['grid', 'changed-column', 'connectors.answer.shape'],
    ['grid', 'down', 'connectors.http.cut'],
    ['police', 'changed-column', 'connectors.answer.shape'],
    ['signal', 'lying-pages', 'connectors.paging.emptyPages'],
    ['civil', 'down', 'connectors.sql.connect'],
  ] as const)(
    'when %s has the fault %s, it is named, and gone when it is mended',
    async (source, kind, code) => {
      await city.fault({ source, kind, on: true });
      await city.advance(1);
      await expect(pullAll()).rejects.toMatchObject({ code: expect.stringContaining(code) });
      await city.fault({ source, kind, on: false });
      await pullAll();
      expect(newOnes(await pullAll())).toEqual([]);
    },
    120_000,
  );
});
