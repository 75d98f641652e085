import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { City } from '../../city/index.ts';
import { packageRoot } from '../../core/paths.ts';
import { pullGrid, smallCity } from './small-city.ts';

interface Contract {
  readonly source: string;
  readonly dataset: string;
  readonly columns: Readonly<
    Record<string, { readonly type: string; readonly required?: boolean; readonly aliases?: readonly string[] }>
  >;
}

const themes = join(packageRoot(), 'warehouse', 'themes');
const contracts = readdirSync(themes, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && name.includes('contracts'))
  .map((name) => parse(readFileSync(join(themes, name), 'utf8')) as Contract);
const contract = (name: string) => contracts.find((each) => `${each.source}.${each.dataset}` === name)!;

let city: City;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ city, remove } = await smallCity({
    scale: 0.01,
    sources: ['grid', 'civil', 'housing', 'police', 'parking', 'signal'],
  }));
}, 30_000);
afterAll(() => remove());

type Rows = readonly Readonly<Record<string, unknown>>[];

async function getJson<T>(url: string, headers: Record<string, string>): Promise<T> {
  return (await (await fetch(url, { headers })).json()) as T;
}

const police = async (path: string): Promise<Rows> => {
  for (;;) {
    const { url, apiKey } = city.endpoints.police;
    const answer = await getJson<{ code: string; data: { rows: Rows } }>(`${url}/ga/${path}?page=1&size=1000`, {
      'x-api-key': apiKey,
    });
    if (answer.code === '0') return answer.data.rows;
  }
};
const office = async (table: string): Promise<Rows> => {
  const client = new pg.Client(city.endpoints.offices.url);
  await client.connect();
  const { rows } = await client.query<{ row: Record<string, unknown> }>(`SELECT row_to_json(t) AS row FROM ${table} t`);
  await client.end();
  return rows.map(({ row }) => row);
};
const parking = async (path: string) =>
  (
    await getJson<{ items: Rows }>(`${city.endpoints.parking.url}/openapi/${path}`, {
      'x-app-key': city.endpoints.parking.appKey,
    })
  ).items;
const signal = async (path: string) => {
  const headers = { authorization: `Bearer ${city.endpoints.signal.token}` };
  if (path === 'zones') return (await getJson<{ zones: Rows }>(`${city.endpoints.signal.url}/zones`, headers)).zones;
  const { bins } = await getJson<{ bins: string[] }>(`${city.endpoints.signal.url}/bins?limit=5`, headers);
  const response = await fetch(`${city.endpoints.signal.url}/bins/${bins[0]}.ndjson.gz`, { headers });
  const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const served: Readonly<Record<string, () => Promise<Rows>>> = {
  'grid.resident': async () => (await pullGrid(city, 'residents')).items,
  'grid.household': async () => (await pullGrid(city, 'households')).items,
  'grid.dwelling': async () => (await pullGrid(city, 'dwellings')).items,
  'grid.enterprise': async () => (await pullGrid(city, 'enterprises')).items,
  'grid.case': async () => (await pullGrid(city, 'cases')).items,
  'grid.camera': async () => (await pullGrid(city, 'cameras')).items,
  'police.registration': () => police('registrations'),
  'police.rental': () => police('rentals'),
  'police.incident': () => police('incidents'),
  'civil.person': () => office('civil.person'),
  'civil.assistance': () => office('civil.assistance'),
  'civil.disability': () => office('civil.disability'),
  'civil.elder_allowance': () => office('civil.elder_allowance'),
  'housing.building': () => office('housing.building'),
  'housing.property': () => office('housing.property'),
  'housing.lease': () => office('housing.lease'),
  'housing.space': () => office('housing.space'),
  'parking.lot': () => parking('lots'),
  'parking.space': () => parking('spaces'),
  'signal.zone': () => signal('zones'),
  'signal.headcount': () => signal('bins'),
};

describe('what the sources serve', () => {
  for (const [name, fetchRows] of Object.entries(served)) {
    it(`${name} has the columns and kinds of values of its contract`, async () => {
      const { columns } = contract(name);
      const rows = await fetchRows();
      expect(rows.length).toBeGreaterThan(0);
      const seen = new Set(rows.flatMap((row) => Object.keys(row)));
      expect([...seen].sort()).toEqual(Object.keys(columns).sort());
      for (const [column, { type, required }] of Object.entries(columns)) {
        const values = rows.map((row) => row[column]).filter((value) => value !== null && value !== undefined);
        const misfits = values.filter((value) => !fits(type, value));
        expect([column, misfits.slice(0, 3)]).toEqual([column, []]);
        if (required) expect(values.length / rows.length, column).toBeGreaterThan(0.85);
      }
    });
  }
});

describe('the offices a month later', () => {
  it('have read half of the meters again, and may only be read', async () => {
    await city.advance(30);
    const client = new pg.Client(city.endpoints.offices.url);
    await client.connect();
    const { rows } = await client.query<{ fresh: number; whole: number }>(
      `SELECT count(*) FILTER (WHERE updated_at >= '2026-11-22')::int AS fresh, count(*)::int AS whole FROM housing.property`,
    );
    await expect(client.query('DELETE FROM housing.property')).rejects.toThrow('permission denied');
    await client.end();
    expect(rows[0]!.fresh / rows[0]!.whole).toBeGreaterThan(0.3);
    expect(rows[0]!.fresh / rows[0]!.whole).toBeLessThan(0.7);
  });

  it('let connections in one after the other', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => office('civil.disability')));
    expect(new Set(answers.map((rows) => rows.length)).size).toBe(1);
  });
});

function fits(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'decimal') return typeof value === 'number';
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'date') return /^\d{4}-?\d{2}-?\d{2}$/.test(String(value));
  if (type === 'timestamp')
    return /^(\d{14}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(\+08:00)?)$/.test(String(value));
  return typeof value === 'string';
}
