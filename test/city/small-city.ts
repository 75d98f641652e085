import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type City, type CityOptions, createCity } from '../../city/index.ts';
import { systemClock } from '../../core/clock.ts';

export const TODAY = '2026-11-22';

/** A fiftieth of the subdistrict in a folder of its own. */
export async function smallCity(
  options: Partial<CityOptions> = {},
): Promise<{ city: City; folder: string; remove: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'city-'));
  const city = await openIn(folder, options);
  return {
    city,
    folder,
    remove: async () => {
      await city.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function openIn(folder: string, options: Partial<CityOptions> = {}): Promise<City> {
  return createCity({
    seed: 7,
    scale: 0.02,
    today: TODAY,
    live: false,
    inbox: join(folder, 'inbox'),
    state: join(folder, 'state'),
    ...options,
  });
}

/** Waits until something holds; the city works in this process, so yielding is enough. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (await holds()) return;
    await systemClock.sleep(5);
  }
  throw new Error('it did not come about');
}

/** All items of a grid list, through expiring tokens, waits, failures and cut connections. */
export async function pullGrid(
  city: City,
  path: string,
  since?: string,
): Promise<{ items: Record<string, unknown>[]; trouble: number }> {
  const { url, clientId, clientSecret } = city.endpoints.grid;
  const token = async () => {
    const response = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: JSON.stringify({ client_id: clientId, client_secret: clientSecret }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  let bearer = await token();
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  let trouble = 0;
  for (;;) {
    const query = new URLSearchParams({
      limit: '200',
      ...(cursor ? { cursor } : {}),
      ...(since ? { updated_since: since } : {}),
    });
    try {
      const response = await fetch(`${url}/api/v1/${path}?${query}`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      if (response.status === 401) bearer = await token();
      if (response.status !== 200) throw new Error(String(response.status));
      const page = (await response.json()) as { items: Record<string, unknown>[]; next_cursor: string | null };
      items.push(...page.items);
      cursor = page.next_cursor;
      if (cursor === null) return { items, trouble };
    } catch {
      trouble++;
    }
  }
}
