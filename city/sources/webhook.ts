import { createHmac } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../core/clock.ts';
import type { Json } from '../../core/json.ts';
import { dayOfSecond, instantOf, secondOf } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import type { Progress } from '../progress.ts';
import { chance, mix } from '../random.ts';
import type { StateFile } from '../state.ts';
import type { Timeline } from '../timeline.ts';
import { STREAM_DAYS } from '../truth/entities.ts';
import type { Passage } from '../truth/parking.ts';
import type { World } from '../truth/world.ts';
import { type FaultParts, RATES } from './faults.ts';
import { createWriter, type TableShape } from './table.ts';

/** Per lot: the last passage that the platform has acknowledged, with all before it. */
export type WebhookState = Readonly<Record<string, { readonly second: number; readonly id: string }>>;

export interface WebhookParts {
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly rowParts: FaultParts;
  readonly secret: string;
  readonly state: StateFile<WebhookState>;
}

export interface Webhook {
  push(platformUrl: string): void;
  advanced(): Promise<void>;
  close(): Promise<void>;
}

const MAX_RECORDS = 500;
const LANES = 4;
/** Live passages are collected for this long before they are sent. */
const GATHER_MS = 5_000;
const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 15_000;
const REQUEST_TIMEOUT_MS = 20_000;
const SAVE_EVERY = 5;

/** Only these are ever wrong or missing: a gate knows which way a car went, and when. */
const PASSAGE: TableShape = {
  source: 'parking',
  dataset: 'passage',
  entity: 'passage',
  key: 'passage_id',
  columns: { carType: 'car_type', lane: 'lane' },
  codes: 'standard',
  dates: 'plain',
  observed: { column: 'passTime', form: 'stamp' },
};

interface Delivery {
  readonly lot: number;
  readonly records: readonly Passage[];
  /** Counts deliveries of the lot: with the lot it names the delivery. */
  readonly id: string;
}

/**
 * Pushes passages to the platform as signed webhooks. A delivery is repeated until it is acknowledged; where each lot stands is
 * kept on disk, so that a restart goes on from there. One delivery in fifty is sent twice or after its successor.
 */
export function openWebhook({
  world,
  timeline,
  clock,
  faults,
  progress,
  rowParts,
  secret,
  state,
}: WebhookParts): Webhook {
  const { parking, calendar, seed } = world;
  const salt = mix(seed, 151);
  const writer = createWriter(rowParts, PASSAGE);
  const directions = rowParts.catalogue.codeList('passage_direction').values;
  const initial = new Map(Object.entries(state.read() ?? {}));
  const positions = new Map(initial);
  /** Passages acknowledged before this start: progress counts from here on. */
  let before: number | undefined;
  const abort = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, abort.signal);
  const busy = new Set<number>();
  let target: string | undefined;
  let sent = 0;
  let acknowledged = 0;
  let unsaved = 0;
  let wake = () => {};
  let lanes: Promise<unknown> = Promise.resolve();

  progress.report('parking', 'passage', () => {
    before ??= acknowledgedBefore(initial);
    return { served: sent, acknowledged, due: Math.max(acknowledged, due() - before) };
  });

  /** Passages of a lot after its position, up to the horizon; at most one delivery. */
  function next(lot: number): readonly Passage[] {
    const position = positions.get(parking.code(lot));
    const records: Passage[] = [];
    for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
      const start = Math.max(from, position?.second ?? 0);
      for (let day = dayOfSecond(start); secondOf(day) < to; day++) {
        for (const passage of parking.passages(lot, day)) {
          if (passage.second < from || passage.second >= to || !isAfter(passage, position)) continue;
          records.push(passage);
          if (records.length === MAX_RECORDS) return records;
        }
      }
    }
    return records;
  }

  const wholeDays = new Map<number, number>();
  function countOn(day: number, from: number, to: number): number {
    const whole = from <= secondOf(day) && to >= secondOf(day + 1);
    const known = whole ? wholeDays.get(day) : undefined;
    if (known !== undefined) return known;
    let count = 0;
    for (let lot = 0; lot < parking.count; lot++) {
      for (const { second } of parking.passages(lot, day)) if (second >= from && second < to) count++;
    }
    if (whole) wholeDays.set(day, count);
    return count;
  }

  /** Passages up to now, counted anew once a minute. */
  let counted = { minute: -1, count: 0 };
  function due(): number {
    const minute = Math.floor(timeline.horizon() / 60);
    if (counted.minute === minute) return counted.count;
    let count = 0;
    for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
      for (let day = dayOfSecond(from); secondOf(day) < to; day++) count += countOn(day, from, to);
    }
    counted = { minute, count };
    return count;
  }

  function passing(record: Passage): Record<string, Json> {
    const values: Record<string, Json> = {};
    const hash = mix(mix(mix(salt, record.lot), record.second), record.entering ? 1 : 2);
    writer.write(values, { car_type: record.carType, lane: record.lane }, hash, undefined, 0);
    return values;
  }

  function acknowledgedBefore(known: typeof initial): number {
    let count = 0;
    for (let lot = 0; lot < parking.count; lot++) {
      const position = known.get(parking.code(lot));
      if (!position) continue;
      for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
        for (let day = dayOfSecond(from); secondOf(day) < to && day <= dayOfSecond(position.second); day++) {
          for (const passage of parking.passages(lot, day)) {
            if (passage.second >= from && passage.second < to && !isAfter(passage, position)) count++;
          }
        }
      }
    }
    return count;
  }

  async function post({ lot, records, id }: Delivery): Promise<boolean> {
    const now = timeline.now();
    const body = JSON.stringify({
      deliveryId: id,
      parkCode: parking.code(lot),
      sentAt: calendar.stamp(now),
      records: records.map((record) => ({
        uniqueId: record.id,
        parkCode: parking.code(record.lot),
        plateNo: record.plate,
        ioStatus: directions.get(record.entering ? '驶入' : '驶出'),
        ...passing(record),
        [faults.has('parking', 'changed-column') ? 'passTimestamp' : 'passTime']: calendar.stamp(record.second),
      })),
    });
    const timestamp = String(Math.floor(instantOf(now).getTime() / 1000));
    const key = faults.has('parking', 'bad-signature') ? `${secret}!` : secret;
    const bytes = Buffer.from(body, faults.has('parking', 'bad-encoding') ? 'utf16le' : 'utf8');
    const signature = createHmac('sha256', key).update(`${timestamp}.`).update(bytes).digest('hex');
    try {
      const response = await fetch(`${target}/hooks/parking`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-timestamp': timestamp,
          'x-signature': signature,
          'x-delivery-id': id,
        },
        body: bytes,
        signal: AbortSignal.any([abort.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  /** Sends until it is acknowledged; rejects when the city stops before. */
  async function deliver(delivery: Delivery): Promise<void> {
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_LAST_MS)) {
      abort.signal.throwIfAborted();
      if (!faults.has('parking', 'down') && (await post(delivery))) break;
      await clock.sleep(wait, abort.signal);
    }
    sent += delivery.records.length;
  }

  function acknowledge(lot: number, records: readonly Passage[]): void {
    const last = records.at(-1)!;
    positions.set(parking.code(lot), { second: last.second, id: last.id });
    acknowledged += records.length;
    if (++unsaved >= SAVE_EVERY) save();
  }

  function save(): void {
    unsaved = 0;
    state.write(Object.fromEntries(positions));
  }

  /** One of several senders: takes a lot that no other is busy with, until no lot has anything. */
  async function send(lane: number): Promise<void> {
    while (!abort.signal.aborted) {
      const lot = take(lane);
      if (lot === undefined) return;
      busy.add(lot);
      try {
        await sendLot(lot);
      } finally {
        busy.delete(lot);
      }
    }
  }

  const empty = new Set<number>();
  function take(lane: number): number | undefined {
    for (let step = 0; step < parking.count; step++) {
      const lot = (lane * 11 + step) % parking.count;
      if (!busy.has(lot) && !empty.has(lot)) return lot;
    }
    return undefined;
  }

  async function sendLot(lot: number): Promise<void> {
    const records = next(lot);
    if (records.length === 0) return void empty.add(lot);
    const roll = mix(mix(mix(salt, lot), records[0]!.second), records.length);
    const id = `D${parking.code(lot)}-${records[0]!.id.slice(-13)}-${records.length}`;
    const whole = { lot, records, id };
    if (chance(roll, RATES.lateDelivery / 2)) {
      await deliver(whole);
      await deliver(whole);
    } else if (records.length > 1 && chance(mix(roll, 1), RATES.lateDelivery / 2)) {
      const half = records.length >> 1;
      await deliver({ lot, records: records.slice(half), id: `${id}b` });
      await deliver({ lot, records: records.slice(0, half), id: `${id}a` });
    } else await deliver(whole);
    acknowledge(lot, records);
  }

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      empty.clear();
      await Promise.all(Array.from({ length: LANES }, (_, lane) => send(lane)));
      save();
      const idle = new AbortController();
      wake = () => idle.abort();
      await clock.sleep(GATHER_MS, AbortSignal.any([abort.signal, idle.signal])).catch(() => {});
    }
  }

  return {
    push: (platformUrl) => {
      const starting = target === undefined;
      target = platformUrl.replace(/\/$/, '');
      if (starting) lanes = run().catch(() => {});
      else wake();
    },
    advanced: async () => wake(),
    close: async () => {
      abort.abort();
      await lanes;
      save();
    },
  };
}

function isAfter(passage: Passage, position: { readonly second: number; readonly id: string } | undefined): boolean {
  if (!position || passage.second > position.second) return true;
  return passage.second === position.second && passage.id > position.id;
}
