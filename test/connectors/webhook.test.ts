import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPlateHash } from '../../connectors/plate-hash.ts';
import { createWebhookReceiver } from '../../connectors/webhook.ts';
import { type VirtualClock, virtualClock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import type { SealingSpool } from '../../warehouse/spool.ts';

const SECRET = 'a shared secret';
const NOW_S = Date.parse('2026-11-22T01:30:00Z') / 1000;
let clock: VirtualClock;
let folder: string;
let spool: SealingSpool;

beforeEach(async () => {
  clock = virtualClock(new Date(NOW_S * 1000));
  folder = await mkdtemp(join(tmpdir(), 'webhook-'));
  spool = await openLanding({ folder, clock }).openSpool('parking', 'passage');
});
afterEach(async () => {
  await spool.close();
  await rm(folder, { recursive: true });
});

const record = {
  uniqueId: 'P1-1',
  parkCode: 'P1',
  plateNo: '沪A·12345',
  carType: '1',
  ioStatus: '1',
  lane: '东1',
  passTime: '2026-11-22T09:29:58+08:00',
};
const body = (...records: unknown[]) => JSON.stringify({ deliveryId: 'd1', parkCode: 'P1', sentAt: 'x', records });

function signed(text: string, { secret = SECRET, timestamp = String(NOW_S) } = {}) {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
  return {
    headers: { 'x-timestamp': timestamp, 'x-signature': signature, 'x-delivery-id': 'd1' },
    body: Buffer.from(text),
  };
}

const receiver = (secrets = [SECRET]) =>
  createWebhookReceiver({ secrets, spool, plateHash: createPlateHash('plate secret'), clock });

async function stored(): Promise<Record<string, unknown>[]> {
  const manifest = await spool.seal();
  if (!manifest) return [];
  const text = await readFile(openLanding({ folder, clock }).dataFile(manifest), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a signed delivery is on disk when it is accepted, its plates hashed and unnamed fields dropped', async () => {
  const receive = receiver();
  const reply = await receive(signed(body({ ...record, driverName: '张三', plateImage: 'base64' }, record)));
  expect(reply).toMatchObject({ status: 200, body: '{"accepted":2}' });
  const [first] = await stored();
  expect(first).toEqual({
    uniqueId: 'P1-1',
    parkCode: 'P1',
    plateHash: expect.stringMatching(/^[0-9a-f]{32}$/),
    carType: '1',
    ioStatus: '1',
    lane: '东1',
    passTime: '2026-11-22T09:29:58+08:00',
  });
  expect(receive.status).toEqual({ deliveries: 1, records: 2, refused: {} });
});

test('a plate has one hash within a month however it is written, another in the next, none when it was not read', () => {
  const hash = createPlateHash('plate secret');
  const november = hash('沪A·12345', '2026-11');
  expect(hash(' 沪a12345 ', '2026-11')).toBe(november);
  expect(hash('沪Ａ１２３４５', '2026-11')).toBe(november);
  expect(hash('沪A12345', '2026-12')).not.toBe(november);
  expect(createPlateHash('other secret')('沪A12345', '2026-11')).not.toBe(november);
  expect([hash(null, '2026-11'), hash('', '2026-11'), hash('无牌车', '2026-11')]).toEqual([null, null, null]);
});

test.each([
  ['another secret', () => signed(body(record), { secret: 'wrong' }), 401, 'signature'],
  [
    'a changed body',
    () => ({ ...signed(body(record)), body: Buffer.from(body({ ...record, lane: 'x' })) }),
    401,
    'signature',
  ],
  ['no signature', () => ({ headers: {}, body: Buffer.from(body(record)) }), 401, 'signature'],
  [
    'a signature of another length',
    () => ({ headers: { 'x-timestamp': '1', 'x-signature': 'ab' }, body: Buffer.alloc(0) }),
    401,
    'signature',
  ],
  ['an old timestamp', () => signed(body(record), { timestamp: String(NOW_S - 301) }), 401, 'timestamp'],
  ['a timestamp of tomorrow', () => signed(body(record), { timestamp: String(NOW_S + 301) }), 401, 'timestamp'],
  ['a timestamp that is none', () => signed(body(record), { timestamp: 'soon' }), 401, 'timestamp'],
  ['no JSON', () => signed('{'), 400, 'shape'],
  ['a record without a key', () => signed(body({ ...record, uniqueId: undefined })), 400, 'shape'],
  ['too many records', () => signed(body(...Array.from({ length: 501 }, () => record))), 400, 'shape'],
  ['too large a body', () => signed(' '.repeat((1 << 20) + 1)), 413, 'large'],
])('%s is refused and counted, and nothing is stored', async (_, request, status, reason) => {
  const receive = receiver();
  const reply = await receive(request());
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.body).code).toBe(`connectors.webhook.${reason}`);
  expect(receive.status.refused).toEqual({ [reason]: 1 });
  expect(await stored()).toEqual([]);
});

test('the old and the new secret hold while they are changed', async () => {
  const receive = receiver(['new', SECRET]);
  expect((await receive(signed(body(record)))).status).toBe(200);
  expect((await receive(signed(body(record), { secret: 'new' }))).status).toBe(200);
});

test('what cannot be stored is not accepted', async () => {
  await spool.close();
  const reply = await receiver()(signed(body(record)));
  expect(reply.status).toBe(503);
});
