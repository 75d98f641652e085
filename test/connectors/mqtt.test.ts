import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCameraMessage } from '../../connectors/camera-event.ts';
import type { Spool } from '../../connectors/connector.ts';
import { createMqttReceiver, type MqttReceiver } from '../../connectors/mqtt.ts';
import { systemClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';

let broker: Aedes;
let server: Server;
let url: string;
let receivers: MqttReceiver[] = [];

beforeEach(async () => {
  broker = await Aedes.createBroker();
  broker.authenticate = (_client, username, password, done) => {
    done(null, username === 'gateway' && password?.toString() === 'secret');
  };
  server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  receivers = [];
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
});

function memorySpool(before: (record: JsonObject) => Promise<void> = async () => undefined) {
  const records: JsonObject[] = [];
  let reached: () => void = () => undefined;
  const spool: Spool = {
    append: async ([record]) => {
      await before(record!);
      records.push(record!);
      reached();
    },
  };
  const until = async (count: number) => {
    while (records.length < count) {
      await new Promise<void>((resolve) => {
        reached = resolve;
      });
    }
    return records;
  };
  return { spool, records, until };
}

function receiver(spool: Spool, password = 'secret'): MqttReceiver {
  const made = createMqttReceiver({
    url,
    username: 'gateway',
    password,
    clientId: 'platform',
    topics: ['onvif-ej/#', 'frigate/events'],
    spool,
    read: readCameraMessage,
    clock: systemClock,
    connectMs: 10_000,
  });
  receivers.push(made);
  return made;
}

async function publish(...messages: [topic: string, payload: string][]): Promise<void> {
  const client = await mqtt.connectAsync(url, { username: 'gateway', password: 'secret' });
  for (const [topic, payload] of messages) await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

const onvif = (n: number): [string, string] => [
  `onvif-ej/C${n}/RuleEngine/LineDetector`,
  JSON.stringify({ UtcTime: '2026-11-22T01:29:59Z', Source: {}, Data: { ObjectId: n } }),
];

test('events of both protocols are stored, refused messages counted and not sent again', async () => {
  const { spool, until } = memorySpool();
  const one = receiver(spool);
  await one.start();
  await publish(
    ['onvif-ej/C1/RuleEngine/x', '{"FaceListObject":{"FaceObject":[{"Name":"张三"}]}}'],
    ['onvif-ej/C1/RuleEngine/x', 'off'],
    onvif(1),
    ['frigate/events', JSON.stringify({ type: 'new', after: { id: 'f', camera: 'C2', label: 'car', start_time: 1 } })],
  );
  const records = await until(2);
  expect(records.map((record) => record.protocol).sort()).toEqual(['frigate', 'onvif']);
  expect(one.status).toMatchObject({ connected: true, received: 4, stored: 2, refused: { persons: 1, malformed: 1 } });
  expect(JSON.stringify(one.status)).not.toContain('张三');
});

test('what came while the platform was down comes when it is back', async () => {
  const first = receiver(memorySpool().spool);
  await first.start();
  await first.stop();
  await publish(onvif(1), onvif(2), onvif(3));
  const { spool, until } = memorySpool();
  await receiver(spool).start();
  expect((await until(3)).map((record) => record.cameraCode)).toEqual(['C1', 'C2', 'C3']);
});

test('a message that was not on disk is not acknowledged and comes again', async () => {
  let arrived: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const stuck = memorySpool(() => {
    arrived();
    return new Promise(() => undefined);
  });
  const first = receiver(stuck.spool);
  await first.start();
  await publish(onvif(1), onvif(2));
  await waiting;
  await first.stop();
  const { spool, until } = memorySpool();
  await receiver(spool).start();
  expect(new Set((await until(2)).map((record) => record.cameraCode))).toEqual(new Set(['C1', 'C2']));
});

test('wrong credentials are named', async () => {
  const one = receiver(memorySpool().spool, 'wrong');
  await expect(one.start()).rejects.toMatchObject({ code: 'connectors.mqtt.connect', retryable: true });
  expect(one.status).toMatchObject({ connected: false, trouble: expect.stringMatching(/authorized|refused/i) });
});
