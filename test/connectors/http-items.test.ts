import { afterEach, expect, test } from 'vitest';
import { createHttpItemsConnector } from '../../connectors/http-items.ts';
import { createHttpSend } from '../../connectors/http-request.ts';
import { DEFAULT_PACE } from '../../connectors/pace.ts';
import { patientClock } from './patient-clock.ts';
import { drain, json, type SmallServer, smallServer } from './small-server.ts';

let server: SmallServer;
afterEach(() => server.close());

function connector() {
  const clock = patientClock();
  return createHttpItemsConnector({
    source: 'parking',
    url: server.url,
    headers: { 'x-app-key': 'key' },
    datasets: {
      lot: { path: '/openapi/lots', items: 'items' },
      space: { path: '/openapi/spaces', items: 'items', observed: 'readAt' },
    },
    pace: { ...DEFAULT_PACE, pageRecords: 3, overlapMs: 60_000 },
    send: createHttpSend(clock),
    clock,
    random: () => 0.5,
  });
}

test('a short list comes whole, and again only when it changed', async () => {
  const items = [{ parkCode: 'P1', parkName: '东停车场' }];
  server = await smallServer((_url, request, response) => {
    json(response, request.headers['x-app-key'] === 'key' ? { items } : {}, 200);
  });
  const first = await drain(connector(), 'lot');
  expect(first.records).toEqual(items);
  expect((await drain(connector(), 'lot', first.cursor)).pages).toEqual([]);
  items.push({ parkCode: 'P2', parkName: '西停车场' });
  expect((await drain(connector(), 'lot', first.cursor)).records.length).toBe(2);
});

test('a longer list comes in pages from a point in time, no record twice', async () => {
  const readings = Array.from({ length: 8 }, (_, i) => ({
    parkCode: `P${i % 2}`,
    readAt: `2026-11-22T09:${String(10 + Math.floor(i / 2)).padStart(2, '0')}:00+08:00`,
  }));
  server = await smallServer((url, _request, response) => {
    const since = url.searchParams.get('since') ?? '';
    const all = readings.filter((reading) => reading.readAt >= since);
    const items = all.slice(0, Number(url.searchParams.get('limit')));
    json(response, { items, next: items.length < all.length ? items.at(-1)?.readAt : null });
  });
  const first = await drain(connector(), 'space');
  expect(first.records).toEqual(readings);
  expect((await drain(connector(), 'space', first.pages[0]?.cursor)).records.length).toBeGreaterThanOrEqual(5);
  expect((await drain(connector(), 'space', first.cursor)).records).toEqual([]);
  readings.push({ parkCode: 'P0', readAt: '2026-11-22T09:14:00+08:00' });
  expect((await drain(connector(), 'space', first.cursor)).records).toEqual(readings.slice(-1));
});

test('another shape is named', async () => {
  server = await smallServer((_url, _request, response) => json(response, { list: [] }));
  await expect(drain(connector(), 'lot')).rejects.toMatchObject({ code: 'connectors.answer.shape', retryable: false });
});
