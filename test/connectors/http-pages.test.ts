import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { createHttpPagesConnector } from '../../connectors/http-pages.ts';
import { createHttpSend } from '../../connectors/http-request.ts';
import { DEFAULT_PACE, type Pace } from '../../connectors/pace.ts';
import { patientClock } from './patient-clock.ts';
import { drain, json, type SmallServer, smallServer } from './small-server.ts';

interface Row {
  id: number;
  djsj: string;
}

let server: SmallServer;
afterEach(() => server?.close());

const at = (second: number) => `202611220900${String(second).padStart(2, '0')}`;
const page = (rows: unknown[], pages: number) => ({ code: '0', msg: 'ok', data: { rows, total: 99, page: 1, pages } });

/** The police interface over rows that a test may change between requests. */
async function police(rows: Row[], before?: (n: number) => unknown) {
  let n = 0;
  server = await smallServer((url, request, response) => {
    n += 1;
    if (request.headers['x-api-key'] !== 'key') return json(response, {}, 403);
    const answer = before?.(n);
    if (answer !== undefined) return json(response, answer);
    const since = url.searchParams.get('since') ?? '';
    const size = Number(url.searchParams.get('size'));
    const all = rows.filter((row) => row.djsj >= since).sort((a, b) => a.djsj.localeCompare(b.djsj) || a.id - b.id);
    const from = (Number(url.searchParams.get('page')) - 1) * size;
    json(response, page(all.slice(from, from + size), Math.ceil(all.length / size)));
  });
}

function connector(pace: Partial<Pace> = {}, clock = patientClock()) {
  return createHttpPagesConnector({
    source: 'police',
    url: server.url,
    apiKey: 'key',
    datasets: { registration: { path: '/ga/registrations', observed: 'djsj' } },
    pace: { ...DEFAULT_PACE, pageRecords: 3, overlapMs: 5000, ...pace },
    send: createHttpSend(clock),
    clock,
    random: () => 0.5,
  });
}

const ids = (records: readonly { id?: unknown }[]) => records.map((row) => Number(row.id));

test('brings every row once, also where one second fills several pages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 25 }), async (seconds) => {
      await police(seconds.map((second, id) => ({ id, djsj: at(second * 9) })));
      try {
        const { records, cursor } = await drain(connector(), 'registration');
        expect(ids(records).sort((a, b) => a - b)).toEqual(seconds.map((_, id) => id));
        expect((await drain(connector(), 'registration', cursor)).records).toEqual([]);
      } finally {
        await server.close();
      }
    }),
    { numRuns: 30 },
  );
  await police([]);
});

test('loses no row when rows change under the reader', async () => {
  const rows = Array.from({ length: 12 }, (_, id) => ({ id, djsj: at(id) }));
  // While page after page is read, rows that were read already move to the end.
  await police(rows, (n) => {
    if (n >= 2 && n <= 4) rows[n - 2] = { id: n - 2, djsj: at(40 + n) };
    return undefined;
  });
  const { records } = await drain(connector(), 'registration');
  expect(new Set(ids(records)).size).toBe(12);
  expect(records.length).toBe(15);
});

test('goes on after any page without a gap', async () => {
  await police(Array.from({ length: 11 }, (_, id) => ({ id, djsj: at(Math.floor(id / 4) * 7) })));
  const whole = await drain(connector(), 'registration');
  for (const [i, stored] of whole.pages.entries()) {
    const before = whole.pages.slice(0, i + 1).flatMap((one) => one.records);
    const rest = await drain(connector(), 'registration', stored.cursor);
    expect(new Set([...ids(before), ...ids(rest.records)]).size).toBe(11);
  }
});

test('an error that comes as HTTP 200 is tried again', async () => {
  const clock = patientClock();
  await police([{ id: 1, djsj: at(1) }], (n) => (n < 3 ? { code: '5001', msg: '系统繁忙' } : undefined));
  expect((await drain(connector({}, clock), 'registration')).records.length).toBe(1);
  expect(clock.waits.length).toBe(2);
});

test.each([
  [
    'the same page under every number',
    () =>
      page(
        [1, 2, 3].map((id) => ({ id, djsj: at(0) })),
        9,
      ),
    'paging.repeated',
  ],
  ['empty pages', (n: number) => page(n === 1 ? [{ id: 1, djsj: at(0) }] : [], 9), 'paging.emptyPages'],
  ['rows from before the asked time', (n: number) => page([{ id: n, djsj: at(50 - n) }], 9), 'paging.unfiltered'],
  [
    'more rows than asked for',
    () =>
      page(
        [1, 2, 3, 4].map((id) => ({ id, djsj: at(0) })),
        1,
      ),
    'paging.overLimit',
  ],
  ['no number of pages', () => ({ code: '0', data: { rows: [] } }), 'answer.shape'],
  ['no code', () => ({ rows: [] }), 'answer.shape'],
])('%s ends the pull', async (_, answer, code) => {
  await police([], answer);
  await expect(drain(connector(), 'registration')).rejects.toMatchObject({
    code: `connectors.${code}`,
    retryable: false,
  });
});
