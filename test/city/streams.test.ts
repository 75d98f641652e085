import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import type { City } from '../../city/index.ts';
import { openIn, smallCity, until } from './small-city.ts';

interface Hook {
  readonly records: readonly { readonly uniqueId: string; readonly plateNo: string; readonly passTime: string }[];
  readonly deliveryId: string;
}

/** Takes webhooks: refuses those that `accept` does not like. */
async function receiver(accept: (count: number) => boolean, secret: () => string) {
  const taken: Hook[] = [];
  let badSignatures = 0;
  let calls = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const expected = createHmac('sha256', secret())
      .update(`${request.headers['x-timestamp']}.`)
      .update(body)
      .digest('hex');
    const signed = expected === request.headers['x-signature'];
    if (!signed) badSignatures++;
    if (!signed || !accept(++calls)) return void response.writeHead(signed ? 503 : 401).end();
    const hook = JSON.parse(body.toString()) as Hook;
    taken.push(hook);
    response.end(JSON.stringify({ accepted: hook.records.length }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    badSignatures: () => badSignatures,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function truthIds(city: City, entity: string, field: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const record of city.truth(entity)) ids.add(String(record[field]));
  return ids;
}

const passageProgress = async (city: City) => (await city.progress()).parking?.passage;

describe('parking webhooks', () => {
  it('bring every passage, through refusals and a restart, signed', async () => {
    const { city, folder, remove } = await smallCity({ sources: ['parking'] });
    const { webhookSecret } = city.endpoints.parking;
    const hooks = await receiver(
      (call) => call % 5 !== 3,
      () => webhookSecret,
    );
    await city.push(hooks.url);
    await until(() => hooks.taken.length > 2);
    await city.stop();
    const restarted = await openIn(folder, { sources: ['parking'] });
    await restarted.push(hooks.url);
    const truth = await truthIds(restarted, 'passage', 'passage_id');
    const got = () => new Set(hooks.taken.flatMap((hook) => hook.records.map((record) => record.uniqueId)));
    await until(() => got().size === truth.size);
    expect(got()).toEqual(truth);
    expect(truth.size).toBeGreaterThan(2_300);
    expect(hooks.badSignatures()).toBe(0);
    expect(Math.max(...hooks.taken.map((hook) => hook.records.length))).toBeLessThanOrEqual(500);
    await until(async () => ((await passageProgress(restarted))?.acknowledged ?? 0) > 0);
    await restarted.stop();
    await hooks.close();
    await remove();
  });

  it('can be made to carry a wrong signature', async () => {
    const { city, remove } = await smallCity({ sources: ['parking'], scale: 0.01 });
    await city.fault({ source: 'parking', kind: 'bad-signature', on: true });
    const hooks = await receiver(
      () => true,
      () => city.endpoints.parking.webhookSecret,
    );
    await city.push(hooks.url);
    await until(() => hooks.badSignatures() > 1);
    expect(hooks.taken.length).toBe(0);
    await city.fault({ source: 'parking', kind: 'bad-signature', on: false });
    await until(() => hooks.taken.length > 0);
    await hooks.close();
    await remove();
  });
});

describe('signalling', () => {
  it('serves every count once, late ones under -r2, and suppresses small ones', async () => {
    const { city, remove } = await smallCity({ sources: ['signal'], scale: 0.01 });
    const { url, token } = city.endpoints.signal;
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/bins`)).status).toBe(401);
    const keys = new Map<string, { persons: number | null; suppressed: string }>();
    const names: string[] = [];
    for (let more = true; more; ) {
      const page = (await (await fetch(`${url}/bins?limit=500&after=${names.at(-1) ?? ''}`, { headers })).json()) as {
        bins: string[];
        more: boolean;
      };
      names.push(...page.bins);
      more = page.more;
    }
    expect(names).toEqual([...names].sort());
    for (const name of names.slice(-400)) {
      const bytes = Buffer.from(await (await fetch(`${url}/bins/${name}.ndjson.gz`, { headers })).arrayBuffer());
      for (const line of gunzipSync(bytes).toString().trim().split('\n')) {
        const row = JSON.parse(line) as {
          zone: string;
          carrier: string;
          tsStart: string;
          persons: number | null;
          suppressed: string;
        };
        keys.set(`${row.zone}|${row.carrier}|${row.tsStart}`, row);
      }
    }
    expect(names.filter((name) => !name.includes('-r')).length).toBe(7 * 288);
    expect(names.some((name) => name.endsWith('-r2'))).toBe(true);
    const told = [...keys.values()].filter(({ suppressed }) => suppressed === '0').map(({ persons }) => persons ?? 16);
    const hidden = [...keys.values()].filter(({ suppressed }) => suppressed === '1').map(({ persons }) => persons);
    // A count may be mistaken by two.
    expect(Math.min(...told)).toBeGreaterThanOrEqual(14);
    expect(new Set(hidden)).toEqual(new Set([null]));
    await remove();
  });

  it('has a zone that is over its limit for several bins of every hour', async () => {
    const { city, remove } = await smallCity({ sources: ['signal'], scale: 0.01 });
    const [zone] = await city.truthByKey('zone', ['Z001']);
    const totals = new Map<string, number>();
    for await (const count of city.truth('headcount')) {
      if (count.zone_code === 'Z001')
        totals.set(String(count.bin_start), (totals.get(String(count.bin_start)) ?? 0) + Number(count.persons));
    }
    const over = [...totals]
      .filter(([, persons]) => persons > Number(zone?.headcount_limit))
      .map(([bin]) => bin.slice(0, 13));
    const hours = new Set([...totals.keys()].map((bin) => bin.slice(0, 13)));
    expect(new Set(over).size).toBe(hours.size);
    expect(over.length / hours.size).toBeGreaterThanOrEqual(3);
    await remove();
  });
});

describe('camera events', () => {
  it('reach a persistent session at least once, through a restart of the broker', async () => {
    const { city, folder, remove } = await smallCity({ sources: ['camera'] });
    const messages: { topic: string; text: string }[] = [];
    const gateway = (of: City) => {
      const { url, username, password } = of.endpoints.camera;
      const client = mqtt.connect(url, { clientId: 'gateway', clean: false, username, password, reconnectPeriod: 0 });
      client.on('connect', () => client.subscribe(['onvif-ej/#', 'frigate/events'], { qos: 1 }));
      client.on('message', (topic, payload) => messages.push({ topic, text: payload.toString() }));
      return client;
    };
    const first = gateway(city);
    await until(() => messages.length > 100);
    await first.endAsync(true);
    await city.stop();
    const restarted = await openIn(folder, { sources: ['camera'] });
    const second = gateway(restarted);
    await until(async () => {
      const event = (await restarted.progress()).camera?.event;
      return (
        event !== undefined && event.served > 0 && event.served === event.due && event.acknowledged === event.served
      );
    });
    await second.endAsync();
    const ends = messages.filter(({ topic, text }) => topic === 'frigate/events' && text.includes('"type":"end"'));
    const frigate = new Set(ends.map(({ text }) => (JSON.parse(text) as { after: { id: string } }).after.id));
    const onvif = new Set(
      messages
        .filter(({ text }) => text.includes('UtcTime'))
        .map(({ topic, text }) => `${topic} ${(JSON.parse(text) as { UtcTime: string }).UtcTime}`),
    );
    expect(frigate.size + onvif.size).toBeGreaterThan(480);
    expect(messages.some(({ text }) => text.includes('ListObject'))).toBe(true);
    await restarted.stop();
    await remove();
  });

  it('are not for strangers', async () => {
    const { city, remove } = await smallCity({ sources: ['camera'], scale: 0.01 });
    const client = mqtt.connect(city.endpoints.camera.url, {
      clientId: 'x',
      username: 'fillonce',
      password: 'guess',
      reconnectPeriod: 0,
    });
    const refused = await new Promise((resolve) => client.once('error', resolve));
    expect(String(refused)).toContain('Connection refused');
    client.end(true);
    await remove();
  });
});
