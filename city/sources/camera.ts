import { createServer, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket } from 'aedes';
import type { Clock } from '../../core/clock.ts';
import { dayOfSecond, secondOf } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import type { StateFile } from '../state.ts';
import type { Timeline } from '../timeline.ts';
import { STREAM_DAYS } from '../truth/entities.ts';
import type { World } from '../truth/world.ts';
import { plannedMessages } from './camera-messages.ts';

/** The first message that has not been acknowledged: its day, and its number within the plan of that day. */
export interface CameraState {
  readonly day: number;
  readonly sequence: number;
}

export interface CameraParts {
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  readonly username: string;
  readonly password: string;
  readonly state: StateFile<CameraState>;
}

export interface CameraBroker {
  readonly url: string;
  advanced(): Promise<void>;
  close(): Promise<void>;
}

/** Messages that may be on their way without an acknowledgement. */
const WINDOW = 500;
const TICK_MS = 500;
const SAVE_MS = 500;

interface Flight {
  readonly day: number;
  readonly sequence: number;
  /** The next position in the plan. */
  readonly next: CameraState;
  done: boolean;
}

/**
 * The camera gateway of the city: an MQTT broker, and behind it a publisher that starts once a subscriber with a persistent session is
 * there, keeps a window of unacknowledged messages, and knows on disk where it stands. After a crash the broker's queue is gone,
 * so the publisher sends again from that place.
 */
export async function openCamera({
  world,
  timeline,
  clock,
  faults,
  progress,
  ports,
  username,
  password,
  state,
}: CameraParts): Promise<CameraBroker> {
  const broker = await Aedes.createBroker({
    maxClientsIdLength: 128,
    queueLimit: 4 * WINDOW,
    authenticate: (_client, name, secret, done) => done(null, name === username && secret?.toString() === password),
    authorizePublish: (_client, _packet, done) => done(new Error('only the city publishes')),
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (faults.has('camera', 'down')) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  faults.onChange(({ source, kind, on }) => {
    if (source === 'camera' && kind === 'down' && on) for (const socket of sockets) socket.destroy();
  });

  let place = state.read() ?? { day: 0, sequence: 0 };
  let subscribed = false;
  let published = 0;
  let acknowledged = 0;
  /** In order of sending; those at the front that are done move `place` on. */
  const flights: Flight[] = [];
  const flightOf = new Map<Buffer, Flight>();
  const abort = new AbortController();
  progress.report('camera', 'event', () => ({
    served: published,
    acknowledged,
    due: published + (subscribed ? waiting() : 0),
  }));

  broker.on('subscribe', (_subscriptions, client) => {
    if (client?.clean === false) subscribed = true;
    pump();
  });
  broker.on('ack', (packet) => {
    // Undefined when a message is acknowledged twice.
    const payload = (packet as AedesPublishPacket | undefined)?.payload;
    const flight = Buffer.isBuffer(payload) ? flightOf.get(payload) : undefined;
    if (!flight) return;
    flightOf.delete(payload as Buffer);
    flight.done = true;
    acknowledged++;
    while (flights[0]?.done) place = flights.shift()!.next;
    pump();
  });

  const plans = new Map<number, ReturnType<typeof plannedMessages>>();
  function planOf(day: number): ReturnType<typeof plannedMessages> {
    const known = plans.get(day);
    if (known) return known;
    if (plans.size > STREAM_DAYS.camera + 1) plans.clear();
    const made = plannedMessages(world, faults, day);
    plans.set(day, made);
    return made;
  }

  /** The first due message at or after a place, or undefined when all that is due has been sent. */
  function dueFrom(from: CameraState): CameraState | undefined {
    for (const { from: start, to } of timeline.spans(STREAM_DAYS.camera)) {
      let day = Math.max(from.day, dayOfSecond(start));
      for (; secondOf(day) < to; day++) {
        const messages = planOf(day);
        for (let sequence = day === from.day ? from.sequence : 0; sequence < messages.length; sequence++) {
          const { second } = messages[sequence]!;
          if (second >= to) break;
          if (second >= start) return { day, sequence };
        }
      }
    }
    return undefined;
  }

  function pump(): void {
    if (!subscribed || faults.has('camera', 'down')) return;
    while (flights.length < WINDOW) {
      const due = dueFrom(flights.at(-1)?.next ?? place);
      if (!due) return;
      const { topic, payload } = planOf(due.day)[due.sequence]!.make();
      const flight: Flight = { ...due, next: { day: due.day, sequence: due.sequence + 1 }, done: false };
      flights.push(flight);
      flightOf.set(payload, flight);
      published++;
      broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => {});
    }
  }

  /** How many due messages have not been sent yet. */
  function waiting(): number {
    let count = 0;
    const from = flights.at(-1)?.next ?? place;
    for (const { from: start, to } of timeline.spans(STREAM_DAYS.camera)) {
      for (let day = Math.max(from.day, dayOfSecond(start)); secondOf(day) < to; day++) {
        planOf(day).forEach(({ second }, sequence) => {
          if (second >= start && second < to && (day > from.day || sequence >= from.sequence)) count++;
        });
      }
    }
    return count;
  }

  let saved = '';
  function save(): void {
    const now = JSON.stringify(place);
    if (now === saved) return;
    saved = now;
    state.write(place);
  }
  const ticking = (async () => {
    while (!abort.signal.aborted) {
      pump();
      save();
      await clock.sleep(Math.min(TICK_MS, SAVE_MS), abort.signal).catch(() => {});
    }
  })();

  const port = await ports.listen(server, 'camera');
  return {
    url: `mqtt://127.0.0.1:${port}`,
    advanced: async () => pump(),
    close: async () => {
      abort.abort();
      await ticking;
      save();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
