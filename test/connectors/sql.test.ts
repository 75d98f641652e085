import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_PACE, type Pace } from '../../connectors/pace.ts';
import { createSqlConnector } from '../../connectors/sql.ts';
import type { Clock } from '../../core/clock.ts';
import { patientClock } from './patient-clock.ts';
import { drain } from './small-server.ts';

let db: PGlite;
let server: PGLiteSocketServer;
let connectionString: string;

beforeAll(async () => {
  db = await PGlite.create();
  server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' });
  await server.start();
  connectionString = `postgres://postgres:x@${server.getServerConn()}/postgres`;
  await db.exec(`
    create schema civil;
    create table civil.person (sfzhm text primary key, xm text, csrq date, je numeric(10,2), gxsj timestamptz not null);
    create table civil.doubled (sfzhm text, n int, gxsj timestamptz not null);
    insert into civil.doubled select 'p' || i / 7, i, '2026-11-22 09:00+08' from generate_series(1, 290) i;
    create table civil.plain (house_code int, note text, updated_at timestamp not null);
    insert into civil.person
      select 'p' || lpad(i::text, 4, '0'), '张' || i, date '1990-01-01' + i, i + 0.10,
             timestamptz '2026-11-22 09:00:00+08' + make_interval(secs => i / 7, mins => 0) + interval '0.000001 s' * (i % 3)
      from generate_series(1, 500) i;
    insert into civil.plain values (1, e'two\\nlines', '2026-11-22 09:00:00'), (2, null, '2026-11-22 09:00:00');`);
});
afterAll(async () => {
  await server.stop();
  await db.close();
});

function connector(pace: Partial<Pace> = {}, clock: Clock = patientClock(), to = connectionString) {
  return createSqlConnector({
    source: 'civil',
    connectionString: to,
    datasets: {
      person: { table: 'civil.person', observed: 'gxsj', key: ['sfzhm'] },
      plain: { table: 'civil.plain', observed: 'updated_at', key: ['house_code'] },
      doubled: { table: 'civil.doubled', observed: 'gxsj', key: ['sfzhm'] },
      gone: { table: 'civil.gone', observed: 'gxsj', key: ['sfzhm'] },
    },
    pace: { ...DEFAULT_PACE, pageRecords: 100, overlapMs: 10_000, ...pace },
    clock,
    random: () => 0.5,
  });
}

test('brings every row in keyset order, in the spelling of the database', async () => {
  const { records, pages } = await drain(connector(), 'person');
  expect(records.length).toBe(500);
  expect(new Set(records.map((row) => row.sfzhm)).size).toBe(500);
  expect(pages.map((page) => page.raw?.count)).toEqual([100, 99, 99, 99, 99, 4, 0]);
  expect(Buffer.from(pages[0]!.raw!.ndjson).toString().split('\n')[0]).toBe(
    '{"sfzhm":"p0003","xm":"张3","csrq":"1990-01-04","je":3.10,"gxsj":"2026-11-22T09:00:00+08:00"}',
  );
});

test('goes on after any page, and next time brings only what changed', async () => {
  const whole = await drain(connector(), 'person');
  for (const stored of [0, 2, 4]) {
    const rest = await drain(connector(), 'person', whole.pages[stored]!.cursor);
    const before = whole.pages.slice(0, stored + 1).flatMap((page) => page.records);
    // The row at the place of the cursor comes again: a key need not be unique.
    expect(rest.records.length).toBe(500 - before.length + 1);
  }
  expect((await drain(connector(), 'person', whole.cursor)).records).toEqual([]);
  await db.exec(`update civil.person set xm = '李四', gxsj = '2026-11-22 09:02:00+08' where sfzhm = 'p0007';
                 insert into civil.person values ('p9999', '迟到', null, null, '2026-11-22 09:01:05+08')`);
  const more = await drain(connector(), 'person', whole.cursor);
  expect(more.records.map((row) => row.sfzhm)).toEqual(['p9999', 'p0007']);
});

test('rows that share time and key are all brought', async () => {
  const { records, pages } = await drain(connector(), 'doubled');
  expect(pages.length).toBe(4);
  expect(new Set(records.map((row) => row.n)).size).toBe(290);
  expect(records.length).toBe(290);
});

test('rows without a key are brought too, once, for the contract to judge', async () => {
  const before = await drain(connector(), 'doubled');
  await db.exec(`insert into civil.doubled values (null, 291, '2026-11-22 09:00+08')`);
  const after = await drain(connector(), 'doubled', before.cursor);
  expect(after.records.filter((row) => row.sfzhm === null).length).toBe(1);
  const again = await drain(connector(), 'doubled', after.cursor);
  expect(again.records).toEqual([]);
  expect(again.cursor).toEqual(after.cursor);
});

test('a time without zone is civil time, and a line break in a text stays inside its record', async () => {
  const first = await drain(connector(), 'plain');
  expect(first.records[0]).toEqual({ house_code: 1, note: 'two\nlines', updated_at: '2026-11-22T09:00:00' });
  expect(first.raw.split('\n').length).toBe(3);
  expect((await drain(connector(), 'plain', first.cursor)).records).toEqual([]);
});

test('two sources at a server with one place take turns', async () => {
  // The connector's own clock passes waits at once, so the retries of the second outlast the first.
  const pace = { retryMs: 20_000_000 };
  const turns: Clock = { ...patientClock(), sleep: () => new Promise((resolve) => setImmediate(resolve)) };
  const deadlineless: Clock = {
    now: turns.now,
    sleep: (waitMs, signal) => (waitMs > 20_000 ? patientClock().sleep(waitMs, signal) : turns.sleep(waitMs)),
  };
  const [a, b] = await Promise.all([
    drain(connector(pace, deadlineless), 'person'),
    drain(connector(pace, deadlineless), 'person'),
  ]);
  expect(a.records.length).toBe(501);
  expect(b.records.length).toBe(501);
});

test('a table that is not there is named and not retried', async () => {
  await expect(drain(connector(), 'gone')).rejects.toMatchObject({
    code: 'connectors.sql.refused',
    retryable: false,
  });
});

test('a server that is away or cuts the connection is tried again until the deadline', async () => {
  const cutting: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const { port } = cutting.address() as AddressInfo;
  const away = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const failure = { code: 'connectors.sql.connect', retryable: true };
  await expect(drain(connector({ retryMs: 1000 }, patientClock(), away), 'person')).rejects.toMatchObject(failure);
  await new Promise((resolve) => cutting.close(resolve));
  await expect(drain(connector({ retryMs: 1000 }, patientClock(), away), 'person')).rejects.toMatchObject(failure);
});

test('a server that never answers ends at the deadline', async () => {
  const silent: Server = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const pull = drain(
    connector({ requestMs: 10, retryMs: 0 }, patientClock(), `postgres://postgres@127.0.0.1:${port}/postgres`),
    'person',
  );
  await expect(pull).rejects.toMatchObject({ code: 'connectors.timeout', retryable: true });
  await new Promise((resolve) => silent.close(resolve));
});
