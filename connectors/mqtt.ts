import type { Duplex } from 'node:stream';
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
/** Messages that may wait for the disk together; beyond it the broker is held back. */
const UNACKNOWLEDGED = 1000;
/** CONNACK codes for a wrong user or password, of MQTT 3.1.1 and 5. */
const NOT_AUTHORISED = [4, 5, 134, 135];

/**
 * Receives camera messages at least once: QoS 1, a session that the broker keeps, and the acknowledgement only when the
 * event is on disk. A refused message is acknowledged and counted, or the broker would send it for ever.
 *
 * mqtt.js takes one message at a time and acknowledges it before the next, which would make every message wait for a
 * disk sync of its own (a few hundred a second). So the client is told not to acknowledge (`handleMessage` calls back
 * with an error), many events share a sync, and the PUBACKs are written here, in the order of the messages.
 */
export function createMqttReceiver(options: MqttOptions): MqttReceiver {
  const { url, clientId, topics, spool, read, clock, connectMs } = options;
  const where = url.replace(/\/\/[^@/]*@/, '//');
  const refused: Partial<Record<CameraRefusal, number>> = {};
  const stopping = new AbortController();
  let client: MqttClient | null = null;
  let received = 0;
  let stored = 0;
  let ended = 0;
  let lastReceivedAt: Date | null = null;
  let trouble: string | null = null;
  let lane: Lane | null = null;

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

  function take(packet: IPublishPacket, stream: Duplex, done: (error?: Error) => void): void {
    // What waits on a connection that is gone stays unacknowledged; the broker sends it again on the new one.
    if (lane?.stream !== stream) lane = { stream, waiting: 0, last: Promise.resolve(), proceed: null };
    const on = lane;
    on.waiting += 1;
    // MQTT wants PUBACKs in the order of the messages, so each waits for the one before.
    on.last = Promise.all([on.last, handle(packet)]).then(() => {
      on.waiting -= 1;
      if (packet.qos === 1 && packet.messageId !== undefined) acknowledge(stream, packet.messageId);
      on.proceed?.();
      on.proceed = null;
    });
    // Never acknowledged, nor is what comes after it on this connection.
    on.last.catch((error) => {
      if (!stopping.signal.aborted) trouble = errorText(error);
    });
    const next = () => done(NOT_YET);
    if (on.waiting < UNACKNOWLEDGED) next();
    else on.proceed = next;
  }

  function connect(subscribed: () => void, failed: (error: Error) => void): MqttClient {
    const connecting = mqtt.connect(url, {
      clientId,
      clean: false,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: connectMs,
      reconnectOnConnackError: true,
      resubscribe: false,
    });
    connecting.handleMessage = (packet, done) => take(packet, connecting.stream, done);
    connecting.on('connect', () => {
      connecting.subscribe([...topics], { qos: 1 }, (error) => {
        if (error) trouble = errorText(error);
        else {
          trouble = null;
          subscribed();
        }
      });
    });
    connecting.on('error', (error) => {
      trouble = errorText(error);
      if ('code' in error && NOT_AUTHORISED.includes(Number(error.code))) failed(error);
    });
    return connecting;
  }

  return {
    start: async () => {
      const ready = new Promise<void>((resolve, reject) => {
        client = connect(resolve, reject);
      });
      const waiting = { clock, waitMs: connectMs, signal: stopping.signal, expired: () => timedOut(where, connectMs) };
      await withDeadline(waiting, (signal) => Promise.race([ready, aborted(signal)])).catch((error) => {
        throw mqttConnect(where, trouble === null ? error : new Error(trouble));
      });
    },
    stop: async () => {
      stopping.abort(new Error('stopped'));
      await client?.endAsync(true);
      client = null;
    },
    get status() {
      const connected = client?.connected ?? false;
      return { connected, received, stored, ended, refused: { ...refused }, lastReceivedAt, trouble };
    },
  };
}

/** The messages of one connection. */
interface Lane {
  readonly stream: Duplex;
  /** Not acknowledged yet. */
  waiting: number;
  /** Settles when the newest message is acknowledged. */
  last: Promise<void>;
  /** Lets the client go on when the lane was full. */
  proceed: (() => void) | null;
}

/** Tells mqtt.js to go on without an acknowledgement of its own. */
const NOT_YET = new Error('acknowledged when on disk');

/** Writes a PUBACK: type 4, two bytes of packet identifier (the same in MQTT 3.1.1 and 5). */
function acknowledge(stream: Duplex, messageId: number): void {
  if (!stream.writable) return;
  // Acknowledgements of one sync leave in one write.
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  stream.write(Buffer.from([0x40, 0x02, messageId >> 8, messageId & 0xff]));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
