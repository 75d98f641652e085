import type { Clock } from '../../core/clock.ts';
import { civilSecond } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import type { Timeline } from '../timeline.ts';
import { STREAM_DAYS } from '../truth/entities.ts';
import { READING_SECONDS } from '../truth/parking.ts';
import type { World } from '../truth/world.ts';
import { type HttpReply, type HttpRequest, type HttpSource, openHttpSource } from './http-source.ts';
import type { Table } from './table.ts';

export interface ParkingParts {
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  /** The register of lots. */
  readonly table: Table;
  readonly appKey: string;
}

const MAX_LIMIT = 5_000;

/** The car parks' platform over HTTP: the lots, and readings of their free spaces every five minutes. */
export async function openParking({
  world,
  timeline,
  clock,
  faults,
  progress,
  ports,
  table,
  appKey,
}: ParkingParts): Promise<HttpSource> {
  const { parking, calendar } = world;
  const lots = Array.from({ length: parking.count }, (_, index) => parking.lot(index));

  function handle(request: HttpRequest): HttpReply {
    if (request.headers['x-app-key'] !== appKey) return { status: 401, json: { error: 'unauthorized' } };
    if (request.path === '/openapi/lots') return listLots();
    if (request.path === '/openapi/spaces') return spaces(request.query);
    return { status: 404, json: { error: 'not_found' } };
  }

  function listLots(): HttpReply {
    const items = Array.from(table.positions(), (position) => table.row(position).values);
    progress.served('parking', 'lot', items.length);
    return { status: 200, json: { items, next: null } };
  }

  /** Readings in order of time, from `since` on (included); `next` is what to ask for as `since` next, null at the end. */
  function spaces(query: URLSearchParams): HttpReply {
    const limit = Number(query.get('limit') ?? 1_000);
    const text = query.get('since');
    const since = text === null ? 0 : civilSecond(new Date(text));
    if (!Number.isInteger(limit) || limit < parking.count || limit > MAX_LIMIT || Number.isNaN(since)) {
      return { status: 400, json: { error: 'bad_parameter', limit: [parking.count, MAX_LIMIT] } };
    }
    const items: { parkCode: string; readAt: string; totalSpaces: number; remainingSpaces: number }[] = [];
    for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
      for (
        let at = Math.ceil(Math.max(from, since) / READING_SECONDS) * READING_SECONDS;
        at < to;
        at += READING_SECONDS
      ) {
        if (items.length + parking.count > limit) return reply(items, calendar.stamp(at));
        lots.forEach((lot, index) => {
          items.push({
            parkCode: lot.lot_code,
            readAt: calendar.stamp(at),
            totalSpaces: lot.total_spaces,
            remainingSpaces: parking.remaining(index, at),
          });
        });
      }
    }
    return reply(items, null);
  }

  function reply(items: readonly unknown[], next: string | null): HttpReply {
    progress.served('parking', 'space', items.length);
    return { status: 200, json: { items, next: faults.has('parking', 'lying-pages') ? calendar.stamp(0) : next } };
  }

  return openHttpSource({ source: 'parking', faults, clock, ports, handle });
}
