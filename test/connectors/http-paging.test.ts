import { afterEach, describe, expect, test } from 'vitest';
import { createHttpPagingConnector } from '../../connectors/http-paging.ts';
import { createHttpSend } from '../../connectors/http-request.ts';
import { DEFAULT_PACE, type Pace } from '../../connectors/pace.ts';
import { patientClock } from './patient-clock.ts';
import { drain, json, type SmallServer, smallServer } from './small-server.ts';

interface Item {
  id: number;
  updatedAt: string;
  name: string;
}

let server: SmallServer;
afterEach(() => server.close());

const at = (minute: number) => `2026-11-22T09:${String(minute).padStart(2, '0')}:00+08:00`;
const item = (id: number, minute: number): Item => ({ id, updatedAt: at(minute), name: `人${id}},{` });

/** A grid platform that keeps its promises, with hooks to break them. */
async function grid(items: Item[], fault?: (n: number, path: string) => 'cut' | 'token' | number | string | null) {
  const asked: URL[] = [];
  let requests = 0;
  let tokens = 0;
  server = await smallServer((url, request, response) => {
    if (url.pathname === '/oauth/token') {
      tokens += 1;
      return json(response, { access_token: `t${tokens}`, token_type: 'Bearer', expires_in: 120 });
    }
    requests += 1;
    const wrong = fault?.(requests, url.pathname) ?? null;
    if (wrong === 'cut') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"items":[');
      response.socket?.destroy();
      return;
    }
    if (wrong === 'token') return json(response, { error: 'token_expired' }, 401);
    if (typeof wrong === 'string') {
      response.writeHead(200);
      response.end(wrong);
      return;
    }
    if (wrong === 429) response.setHeader('retry-after', '7');
    if (wrong !== null) return json(response, { error: 'x' }, wrong);
    if (request.headers.authorization !== `Bearer t${tokens}`) return json(response, { error: 'token_expired' }, 401);
    asked.push(url);
    const since = url.searchParams.get('updated_since');
    const limit = Number(url.searchParams.get('limit'));
    const from = Number(url.searchParams.get('cursor') ?? '0');
    const all = items.filter((one) => since === null || Date.parse(one.updatedAt) >= Date.parse(since));
    const next = from + limit < all.length ? String(from + limit) : null;
    json(response, { items: all.slice(from, from + limit), next_cursor: next, server_time: at(50) });
  });
  return { asked, tokens: () => tokens };
}

function connector(pace: Partial<Pace> = {}, clock = patientClock()) {
  return createHttpPagingConnector({
    source: 'grid',
    url: server.url,
    tokenPath: '/oauth/token',
    clientId: 'id',
    clientSecret: 'secret',
    datasets: { case: { path: '/api/v1/cases', observed: 'updatedAt' } },
    pace: { ...DEFAULT_PACE, pageRecords: 2, ...pace },
    send: createHttpSend(clock),
    clock,
    random: () => 0.5,
  });
}

describe('paging', () => {
  test('brings every record in its own spelling', async () => {
    const items = [1, 2, 3, 4, 5].map((id) => item(id, id));
    await grid(items);
    const { records, raw, pages } = await drain(connector(), 'case');
    expect(records).toEqual(items);
    expect(raw).toBe(items.map((one) => `${JSON.stringify(one)}\n`).join(''));
    expect(pages.map((page) => page.raw?.count)).toEqual([2, 2, 1]);
  });

  test('goes on at the stored page, and next time asks only for what is new', async () => {
    const items = [1, 2, 3, 4, 5].map((id) => item(id, id * 8));
    const { asked } = await grid(items);
    const first = await drain(connector(), 'case');
    expect((await drain(connector(), 'case', first.pages[0]!.cursor)).records.map((one) => one.id)).toEqual([3, 4, 5]);

    const nothing = await drain(connector(), 'case', first.cursor);
    expect(nothing.records).toEqual([]);
    expect(nothing.cursor).toEqual(first.cursor);
    expect(asked.at(-1)?.searchParams.get('updated_since')).toBe(at(35));

    items.push({ ...item(6, 39) }, { ...item(5, 41), name: 'changed' });
    const more = await drain(connector(), 'case', first.cursor);
    expect(more.records.map((one) => one.id)).toEqual([6, 5]);
  });

  test('is not blinded by a record dated in the future', async () => {
    const items = [item(1, 10), { ...item(2, 10), updatedAt: '2099-01-01T00:00:00+08:00' }];
    await grid(items);
    const first = await drain(connector(), 'case');
    items.push(item(3, 48));
    items.sort((a, b) => Date.parse(a.updatedAt) - Date.parse(b.updatedAt));
    expect((await drain(connector(), 'case', first.cursor)).records.map((one) => one.id)).toEqual([3]);
  });

  test('starts over from its time when the stored page is gone', async () => {
    await grid(
      [1, 2, 3].map((id) => item(id, id)),
      (n) => (n === 1 ? 410 : null),
    );
    const cursor = { from: null, seen: [], next: '2' };
    expect((await drain(connector(), 'case', cursor)).records.map((one) => one.id)).toEqual([1, 2, 3]);
  });
});

describe('faults that pass', () => {
  test('a token is renewed when it is old and when it is refused', async () => {
    const clock = patientClock();
    const { tokens } = await grid(
      [1, 2, 3, 4, 5].map((id) => item(id, id)),
      (n) => (n === 2 ? 'token' : null),
    );
    const one = connector({}, clock);
    expect((await drain(one, 'case')).records.length).toBe(5);
    expect(tokens()).toBe(2);
    for (let i = 0; i < 6; i++) await clock.sleep(20_000);
    expect((await drain(one, 'case')).records.length).toBe(5);
    expect(tokens()).toBe(3);
  });

  test('500, a cut connection, half an answer and "slow down" are tried again', async () => {
    const clock = patientClock();
    const faults = [500, 'cut', 429, '{"items":[{"id":1', '<html>502 Bad Gateway</html>'] as const;
    await grid([item(1, 1)], (n) => faults[n - 1] ?? null);
    expect((await drain(connector({}, clock), 'case')).records.length).toBe(1);
    expect(clock.waits).toEqual([150, 300, 7000, 1200, 2400]);
  });

  test('the deadline of retries holds', async () => {
    const clock = patientClock();
    await grid([item(1, 1)], () => 503);
    await expect(drain(connector({ retryMs: 2000 }, clock), 'case')).rejects.toMatchObject({
      code: 'connectors.http.status',
      retryable: true,
      details: { attempts: 4 },
    });
    expect(clock.waits).toEqual([150, 300, 600]);
  });

  test('a time named beyond the deadline is left to the next pull', async () => {
    await grid([item(1, 1)], () => 429);
    await expect(drain(connector({ retryMs: 5000 }), 'case')).rejects.toMatchObject({
      code: 'connectors.http.limited',
      details: { retryAfterMs: 7000, attempts: 1 },
    });
  });

  test('a request that hangs ends at its deadline', async () => {
    server = await smallServer((url, _request, response) => {
      if (url.pathname === '/oauth/token') json(response, { access_token: 't', expires_in: 120 });
    });
    // The deadline is short for this clock, so it passes at once.
    await expect(drain(connector({ requestMs: 10, retryMs: 0 }), 'case')).rejects.toMatchObject({
      code: 'connectors.timeout',
      retryable: true,
    });
  });
});

describe('faults that need a person', () => {
  test.each([
    ['refused credentials', 403, 'connectors.http.unauthorized'],
    ['a wrong address', 404, 'connectors.http.status'],
    ['another shape', '{"data":[]}', 'connectors.answer.shape'],
    [
      'records that are no objects',
      '{"items":[1],"next_cursor":null,"server_time":"2026-11-22T09:50:00+08:00"}',
      'connectors.answer.shape',
    ],
    ['another encoding', 'gb18030', 'connectors.answer.encoding'],
  ])('%s is named and not retried', async (_, fault, code) => {
    const clock = patientClock();
    if (fault === 'gb18030') {
      server = await smallServer((url, _request, response) => {
        if (url.pathname === '/oauth/token') return json(response, { access_token: 't', expires_in: 120 });
        response.end(Buffer.from([0x7b, 0x22, 0xd5, 0xc5, 0xc8, 0xfd, 0x22, 0x7d]));
      });
    } else await grid([item(1, 1)], () => fault);
    await expect(drain(connector({}, clock), 'case')).rejects.toMatchObject({ code, retryable: false });
    expect(clock.waits).toEqual([]);
  });

  test('an answer without end is cut off', async () => {
    server = await smallServer((url, _request, response) => {
      if (url.pathname === '/oauth/token') return json(response, { access_token: 't', expires_in: 120 });
      const more = () => response.write('x'.repeat(65_536), (error) => (error ? undefined : more()));
      more();
    });
    await expect(drain(connector({ pageBytes: 1 << 20 }), 'case')).rejects.toMatchObject({
      code: 'connectors.answer.large',
    });
  });

  test.each([
    ['the same cursor again', () => ({ items: [item(1, 1)], next_cursor: 'a' }), 'repeated'],
    ['a circle of cursors', (n: number) => ({ items: [item(1, 1)], next_cursor: 'abc'[n % 3] }), 'repeated'],
    [
      'more records than asked for',
      () => ({ items: [1, 2, 3].map((id) => item(id, 1)), next_cursor: null }),
      'overLimit',
    ],
    ['empty pages without end', (n: number) => ({ items: [], next_cursor: String(n) }), 'emptyPages'],
    ['pages without end', (n: number) => ({ items: [item(n, 1)], next_cursor: String(n) }), 'endless'],
  ])('%s ends the pull', async (_, answer, lie) => {
    let n = 0;
    server = await smallServer((url, _request, response) => {
      if (url.pathname === '/oauth/token') return json(response, { access_token: 't', expires_in: 120 });
      json(response, { ...answer(n++), server_time: at(50) });
    });
    await expect(drain(connector({ maxPages: 20 }), 'case')).rejects.toMatchObject({
      code: `connectors.paging.${lie}`,
      retryable: false,
    });
  });

  test('a dataset that is not configured is named', async () => {
    await grid([]);
    await expect(drain(connector(), 'nothing')).rejects.toMatchObject({ code: 'connectors.dataset' });
    await expect(drain(connector(), 'case', 'nonsense')).rejects.toMatchObject({ code: 'connectors.cursor' });
  });
});
