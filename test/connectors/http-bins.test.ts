import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createHttpBinsConnector } from '../../connectors/http-bins.ts';
import { createHttpSend } from '../../connectors/http-request.ts';
import { DEFAULT_PACE, type Pace } from '../../connectors/pace.ts';
import { patientClock } from './patient-clock.ts';
import { drain, json, type SmallServer, smallServer } from './small-server.ts';

let server: SmallServer;
afterEach(() => server.close());

const HOUR_MS = 3_600_000;
const packed = (...rows: unknown[]) => gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

async function carriers(bins: Map<string, Buffer>, limit = 500) {
  const fetched: string[] = [];
  server = await smallServer((url, request, response) => {
    if (request.headers.authorization !== 'Bearer token') return json(response, {}, 401);
    if (url.pathname === '/bins') {
      const after = url.searchParams.get('after') ?? '';
      const names = [...bins.keys()].sort().filter((name) => name > after);
      return json(response, { bins: names.slice(0, limit), more: names.length > limit });
    }
    const name = /^\/bins\/(.+)\.ndjson\.gz$/.exec(url.pathname)?.[1] ?? '';
    fetched.push(name);
    const body = bins.get(name);
    if (!body) return json(response, {}, 404);
    response.writeHead(200, { 'content-type': 'application/gzip' });
    response.end(body);
  });
  return fetched;
}

function connector(pace: Partial<Pace> = {}) {
  const clock = patientClock();
  return createHttpBinsConnector({
    source: 'signal',
    url: server.url,
    headers: { authorization: 'Bearer token' },
    datasets: { headcount: { path: '/bins', lateMs: 2 * HOUR_MS } },
    pace: { ...DEFAULT_PACE, ...pace },
    send: createHttpSend(clock),
    clock,
    random: () => 0.5,
  });
}

test('brings bins in the order of their times, page by page of the list', async () => {
  const names = Array.from({ length: 25 }, (_, i) => `20261122T${String(i).padStart(2, '0')}00`);
  await carriers(new Map(names.map((name) => [name, packed({ name, zone: '广场' }, { name })])), 7);
  const { records, pages, raw } = await drain(connector(), 'headcount');
  expect(pages.map((page) => page.records[0]?.name)).toEqual(names);
  expect(records.length).toBe(50);
  expect(raw.startsWith('{"name":"20261122T0000","zone":"广场"}\n')).toBe(true);
});

test('brings late and corrected bins once, and nothing when nothing is new', async () => {
  const bins = new Map([
    ['20261122T0900', packed({ n: 1 })],
    ['20261122T0910', packed({ n: 3 })],
  ]);
  const fetched = await carriers(bins);
  const first = await drain(connector(), 'headcount');
  expect((await drain(connector(), 'headcount', first.cursor)).pages).toEqual([]);
  bins.set('20261122T0905', packed({ n: 2 })).set('20261122T0900-r2', packed({ n: 4 }));
  const second = await drain(connector(), 'headcount', first.cursor);
  expect(second.records).toEqual([{ n: 4 }, { n: 2 }]);
  expect((await drain(connector(), 'headcount', second.cursor)).pages).toEqual([]);
  expect(fetched.length).toBe(4);
});

test('forgets names that are too old to come again', async () => {
  const names = ['20261121T2355', '20261122T0000', '20261122T0201'];
  await carriers(new Map(names.map((name) => [name, packed({ name })])));
  const { cursor } = await drain(connector(), 'headcount');
  expect(cursor).toEqual({ high: '20261122T0201', seen: ['20261122T0201'] });
});

test('a bin that is cut, no gzip, or not NDJSON is tried again and then named', async () => {
  const whole = packed({ n: 1 }, { n: 2 });
  for (const body of [
    whole.subarray(0, whole.length - 6),
    Buffer.from('<html>'),
    gzipSync('{"n":1}\n{"n":'),
    gzipSync('1\n'),
  ]) {
    await carriers(new Map([['20261122T0900', body]]));
    await expect(drain(connector({ retryMs: 1000 }), 'headcount')).rejects.toMatchObject({
      code: 'connectors.bin.damaged',
      retryable: true,
    });
    await server.close();
  }
  await carriers(new Map());
});

test('a bomb is not unpacked', async () => {
  await carriers(new Map([['20261122T0900', gzipSync(Buffer.alloc(20 << 20))]]));
  await expect(drain(connector({ pageBytes: 1 << 20 }), 'headcount')).rejects.toMatchObject({
    code: 'connectors.answer.large',
  });
});

test('names that are no times are refused, they would become paths', async () => {
  server = await smallServer((_url, _request, response) => json(response, { bins: ['../../etc'], more: false }));
  await expect(drain(connector(), 'headcount')).rejects.toMatchObject({ code: 'connectors.answer.shape' });
});

test('a list that repeats itself ends the pull after the bins it named', async () => {
  server = await smallServer((url, _request, response) => {
    if (url.pathname === '/bins') return json(response, { bins: ['20261122T0900'], more: true });
    response.end(packed({ n: 1 }));
  });
  const records: unknown[] = [];
  const pull = async () => {
    const signal = new AbortController().signal;
    for await (const page of connector().pull({ dataset: 'headcount', cursor: null, signal }))
      records.push(...page.records);
  };
  await expect(pull()).rejects.toMatchObject({ code: 'connectors.paging.repeated' });
  expect(records).toEqual([{ n: 1 }]);
});
