import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { City } from '../../city/index.ts';
import { shiftedClock } from '../../core/clock.ts';
import { openIn, pullGrid, smallCity } from './small-city.ts';

const clock = shiftedClock();
let city: City;
let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ city, folder, remove } = await smallCity({ sources: ['grid'], clock }));
});
afterAll(() => remove());

async function token(): Promise<string> {
  const { url, clientId, clientSecret } = city.endpoints.grid;
  const body = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
  return ((await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json()) as { access_token: string })
    .access_token;
}

/** Asks until the platform has no more excuses. */
async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const bearer = await token();
  for (;;) {
    const response = await fetch(city.endpoints.grid.url + path, {
      ...init,
      headers: { authorization: `Bearer ${bearer}` },
    }).catch(() => undefined);
    const body = await response?.json().catch(() => undefined);
    if (response && body && response.status !== 429 && response.status !== 500)
      return { status: response.status, body: body as Record<string, unknown> };
  }
}

describe('the grid platform', () => {
  it('refuses a wrong secret and a token that has expired', async () => {
    const { url, clientId } = city.endpoints.grid;
    const wrong = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: JSON.stringify({ client_id: clientId, client_secret: 'guess' }),
    });
    expect(wrong.status).toBe(401);
    const bearer = await token();
    clock.shift(121_000);
    const late = await fetch(`${url}/api/v1/cameras`, { headers: { authorization: `Bearer ${bearer}` } });
    expect([late.status, await late.json()]).toEqual([401, { error: 'token_expired' }]);
  });

  it('serves every record once, twins apart, in the order of update, through waits, failures and cuts', async () => {
    const { items, trouble } = await pullGrid(city, 'residents');
    const stamps = items.map((item) => String(item.updatedAt));
    expect(stamps).toEqual([...stamps].sort());
    const ids = new Set(items.map((item) => item.residentId));
    expect(items.length / ids.size).toBeLessThan(1.03);
    expect(ids.size).toBeGreaterThan(2_300);
    const cases = await pullGrid(city, 'cases');
    expect(cases.items.length).toBeGreaterThan(1_100);
    expect(trouble + cases.trouble).toBeLessThan(20);
  });

  it('serves from a time on', async () => {
    const since = '2026-11-15T00:00:00+08:00';
    const { items } = await pullGrid(city, 'dwellings', since);
    expect(items.length).toBeGreaterThan(100);
    expect(items.every((item) => String(item.updatedAt) >= since)).toBe(true);
  });

  it('takes a correction once, shows it, and still does after a restart', async () => {
    const [dwelling] = (await pullGrid(city, 'dwellings')).items;
    const key = String(dwelling?.dwellingCode);
    const correction = {
      idempotencyKey: 'k1',
      dataset: 'dwelling',
      key,
      field: 'usage_status',
      value: '借用',
      confirmedAt: '2026-11-22T10:00:00+08:00',
      confirmedBy: 'clerk',
    };
    const first = await ask('/api/v1/corrections', { method: 'POST', body: JSON.stringify(correction) });
    const again = await ask('/api/v1/corrections', {
      method: 'POST',
      body: JSON.stringify({ ...correction, value: '空置' }),
    });
    expect(first.status).toBe(202);
    expect(again.body.ackId).toBe(first.body.ackId);
    const shows = async (of: City) => {
      const { items } = await pullGrid(of, 'dwellings', '2026-11-22T00:00:00+08:00');
      return items.find((item) => item.dwellingCode === key)?.usageStatus;
    };
    expect(await shows(city)).toBe('6');
    const restarted = await openIn(folder, { sources: ['grid'], clock });
    expect(await shows(restarted)).toBe('6');
    await restarted.stop();
    const [resident] = (await pullGrid(city, 'residents')).items.filter((item) => item.deleted === false);
    const household = (await pullGrid(city, 'households')).items.find((item) => item.deleted === false);
    const more = [
      {
        ...correction,
        idempotencyKey: 'k3',
        dataset: 'person',
        key: resident?.idNo,
        field: 'phone',
        value: '13900000000',
      },
      {
        ...correction,
        idempotencyKey: 'k4',
        dataset: 'household',
        key: household?.householdNo,
        field: 'size',
        value: '7',
      },
    ];
    for (const each of more) {
      expect((await ask('/api/v1/corrections', { method: 'POST', body: JSON.stringify(each) })).status).toBe(202);
    }
    const since = '2026-11-22T00:00:00+08:00';
    expect((await pullGrid(city, 'residents', since)).items.map((item) => item.phone)).toEqual(['13900000000']);
    expect((await pullGrid(city, 'households', since)).items.map((item) => item.size)).toEqual([7]);
    const unknown = await ask('/api/v1/corrections', {
      method: 'POST',
      body: JSON.stringify({ ...correction, idempotencyKey: 'k2', key: '0' }),
    });
    expect(unknown.status).toBe(422);
  });

  it('can be made to lie about pages', async () => {
    await city.fault({ source: 'grid', kind: 'lying-pages', on: true });
    const { body } = await ask('/api/v1/cameras?limit=2000');
    expect(body.next_cursor).not.toBeNull();
    await city.fault({ source: 'grid', kind: 'lying-pages', on: false });
    expect((await ask('/api/v1/cameras?limit=2000')).body.next_cursor).toBeNull();
  });
});
