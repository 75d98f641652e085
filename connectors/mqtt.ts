import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt';
import type { Clock } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { CameraMessage, CameraRefusal } from './camera-event.ts';
import type { Spool } from './connector.ts';
import { withDeadline } from './deadline.ts';
import { mqttConnect, timedOut } from './errors.ts';

export interface MqttOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Names the session that the broker keeps while the platform is down: the same at every start. */
  readonly clientId: string;
  /** One connection each, so that one topic's disk wait does not hold up another's. */
  readonly topics: readonly string[];
  readonly spool: Spool;
  readonly read: (topic: string, payload: Uint8Array, receivedAt: Date) => CameraMessage;
  readonly clock: Clock;
  /** How long `start` waits for the first connection. */
  readonly connectMs: number;
}

export interface MqttStatus {
  readonly connected: boolean;
  readonly received: number;
  readonly stored: number;
  /** Messages that only said that a state is over. */
  readonly ended: number;
  /** Messages refused by reason; nothing of their content is kept. */
  readonly refused: Readonly<Partial<Record<CameraRefusal, number>>>;
  readonly lastReceivedAt: Date | null;
  /** Why the connection was lost or a message still waits for the disk; null when all is well. */
  readonly trouble: string | null;
}

export interface MqttReceiver {
  /**
   * Connects and subscribes.
   *
   * @throws FillOnceError `connectors.mqtt.connect` when the broker refuses the credentials or that takes longer than
   * `connectMs`; the receiver goes on trying until `stop`
   */
  start(): Promise<void>;
  /** Ends the connections; what is not acknowledged yet comes again at the next start. */
  stop(): Promise<void>;
  readonly status: MqttStatus;
}

const RECONNECT_MS = 1000;
const RETRY_APPEND_MS = 1000;
/** CONNACK codes for a wrong user or password, of MQTT 3.1.1 and 5. */
const NOT_AUTHORISED = [4, 5, 134, 135];

/**
 * Receives camera messages at least once: QoS 1, a session that the broker keeps, and the acknowledgement only when the
 * event is on disk. The client takes one message at a time, so a disk that does not take it holds the broker back. A
 * refused message is acknowledged and counted, or the broker would send it for ever.
 */
export function createMqttReceiver(options: MqttOptions): MqttReceiver {
  const { url, clientId, topics, spool, read, clock, connectMs } = options;
  const where = url.replace(/\/\/[^@/]*@/, '//');
  const refused: Partial<Record<CameraRefusal, number>> = {};
  const stopping = new AbortController();
  let clients: MqttClient[] = [];
  let received = 0;
  let stored = 0;
  let ended = 0;
  let lastReceivedAt: Date | null = null;
  let trouble: string | null = null;

  async function handle(packet: IPublishPacket): Promise<void> {
    const now = clock.now();
    received += 1;
    lastReceivedAt = now;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = read(packet.topic, payload, now);
    if ('refused' in message) refused[message.refused] = (refused[message.refused] ?? 0) + 1;
    else if ('ended' in message) ended += 1;
    else await store(message.event);
  }

  /** Tries until the disk takes it: without the acknowledgement the broker keeps the message meanwhile. */
  async function store(event: Parameters<Spool['append']>[0][number]): Promise<void> {
    for (;;) {
      try {
        await spool.append([event]);
        stored += 1;
        trouble = null;
        return;
      } catch (error) {
        trouble = errorText(error);
        await clock.sleep(RETRY_APPEND_MS, stopping.signal);
      }
    }
  }

  function connect(topic: string, index: number, subscribed: () => void, failed: (error: Error) => void): MqttClient {
    const client = mqtt.connect(url, {
      clientId: topics.length === 1 ? clientId : `${clientId}-${index + 1}`,
      clean: false,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: connectMs,
      reconnectOnConnackError: true,
      resubscribe: false,
    });
    // mqtt.js sends PUBACK when this calls back without an error.
    client.handleMessage = (packet, done) => {
      handle(packet).then(
        () => done(),
        (error) => {
          // No acknowledgement, and this connection takes nothing more: the broker sends it again at the next one.
          trouble = errorText(error);
        },
      );
    };
    client.on('connect', () => {
      client.subscribe(topic, { qos: 1 }, (error) => {
        if (error) trouble = errorText(error);
        else {
          trouble = null;
          subscribed();
        }
      });
    });
    client.on('error', (error) => {
      trouble = errorText(error);
      if ('code' in error && NOT_AUTHORISED.includes(Number(error.code))) failed(error);
    });
    return client;
  }

  return {
    start: async () => {
      const all = Promise.all(
        topics.map(
          (topic, i) => new Promise<void>((resolve, reject) => clients.push(connect(topic, i, resolve, reject))),
        ),
      );
      const waiting = { clock, waitMs: connectMs, signal: stopping.signal, expired: () => timedOut(where, connectMs) };
      await withDeadline(waiting, (signal) => Promise.race([all, aborted(signal)])).catch((error) => {
        throw mqttConnect(where, trouble === null ? error : new Error(trouble));
      });
    },
    stop: async () => {
      stopping.abort(new Error('stopped'));
      const ending = clients;
      clients = [];
      await Promise.all(ending.map((client) => client.endAsync(true)));
    },
    get status() {
      const connected = clients.length > 0 && clients.every((client) => client.connected);
      return { connected, received, stored, ended, refused: { ...refused }, lastReceivedAt, trouble };
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
