import { dayOfSecond, monthStart, secondOf } from '../calendar.ts';
import { unknownEntity } from '../errors.ts';
import type { Timeline } from '../timeline.ts';
import { BIN_SECONDS, CARRIERS, SUPPRESS_UP_TO } from './crowd.ts';
import { READING_SECONDS } from './parking.ts';
import type { World } from './world.ts';

export type TruthRecord = { readonly [field: string]: string | number | null };

/** How many days before the start the streams begin. */
export const STREAM_DAYS = { camera: 3, parking: 3, signal: 7 } as const;

/** The truth by catalogue entity as of the city's now, for tests, bench and the simulated clerks. */
export interface TruthView {
  readonly entities: readonly string[];
  /** @throws FillOnceError `city.entity` for an entity that the city does not simulate. */
  all(entity: string): Generator<TruthRecord>;
  byKey(entity: string, keys: readonly string[]): TruthRecord[];
}

/** First and last month whose taxes are known by a day: at least eight complete months, from the start of a quarter. */
export function taxMonths(base: number, day: number): { first: number; last: number } {
  const last = monthStart(day, -1);
  const eighth = monthStart(base, -8);
  const shift = -(new Date(eighth * 86_400_000).getUTCMonth() % 3);
  return { first: monthStart(eighth, shift), last };
}

export function createTruthView(world: World, timeline: Timeline): TruthView {
  const { calendar } = world;

  function* indexed(count: number, at: (index: number) => object | null): Generator<TruthRecord> {
    for (let index = 0; index < count; index++) {
      const found = at(index);
      if (found) yield found as TruthRecord;
    }
  }

  const day = () => timeline.day();
  const horizon = () => timeline.horizon();
  const makers: Readonly<Record<string, () => Generator<TruthRecord>>> = {
    person: () => indexed(world.settlement.residents.length, (index) => world.persons.at(index, day())),
    household: () => indexed(world.settlement.households.length, (index) => world.households.at(index, day())),
    dwelling: () => indexed(world.dwellings.count, (index) => world.dwellings.at(index, day())),
    building: () => indexed(world.buildings.list.length, (index) => world.buildings.at(index, day())),
    enterprise: () => indexed(world.enterprises.count(day()), (index) => world.enterprises.at(index, day())),
    *tax_month() {
      const { first, last } = taxMonths(world.base, day());
      for (let month = first; month <= last; month = monthStart(month, 1)) {
        yield* indexed(world.enterprises.count(day()), (index) => world.enterprises.taxOf(index, month));
      }
    },
    space: () => indexed(world.enterprises.spaceCount, (index) => world.enterprises.space(index, day())),
    case: () => indexed(world.cases.countTo(dayOfSecond(horizon())), (index) => world.cases.at(index, horizon() - 1)),
    police_incident: () =>
      indexed(world.incidents.countTo(dayOfSecond(horizon())), (index) => world.incidents.at(index, horizon() - 1)),
    camera: () => indexed(world.cameras.count, (index) => world.cameras.at(index)),
    zone: () => indexed(world.crowd.count, (index) => world.crowd.zone(index)),
    lot: () => indexed(world.parking.count, (index) => world.parking.lot(index)),
    *headcount() {
      for (const { from, to } of timeline.spans(STREAM_DAYS.signal)) {
        for (let bin = Math.ceil(from / BIN_SECONDS) * BIN_SECONDS; bin + BIN_SECONDS <= to; bin += BIN_SECONDS) {
          for (let zone = 0; zone < world.crowd.count; zone++) {
            for (let carrier = 0; carrier < CARRIERS.length; carrier++) yield headcount(zone, carrier, bin);
          }
        }
      }
    },
    *space_reading() {
      for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
        for (let at = Math.ceil(from / READING_SECONDS) * READING_SECONDS; at < to; at += READING_SECONDS) {
          for (let lot = 0; lot < world.parking.count; lot++) {
            yield {
              lot_code: world.parking.code(lot),
              read_at: calendar.stamp(at),
              total_spaces: world.parking.lot(lot).total_spaces,
              remaining_spaces: world.parking.remaining(lot, at),
            };
          }
        }
      }
    },
    *passage() {
      for (const { from, to } of timeline.spans(STREAM_DAYS.parking)) {
        for (let lot = 0; lot < world.parking.count; lot++) {
          for (let of = dayOfSecond(from); secondOf(of) < to; of++) {
            for (const each of world.parking.passages(lot, of)) {
              if (each.second < from || each.second >= to) continue;
              yield {
                passage_id: each.id,
                lot_code: world.parking.code(lot),
                plate_hash: null,
                car_type: each.carType,
                direction: each.entering ? '驶入' : '驶出',
                lane: each.lane,
                passed_at: calendar.stamp(each.second),
              };
            }
          }
        }
      }
    },
  };

  function headcount(zone: number, carrier: number, bin: number): TruthRecord {
    const of = world.crowd.headcount(zone, carrier, bin);
    const hidden = of.persons <= SUPPRESS_UP_TO;
    const told = (value: number) => (hidden ? null : value);
    return {
      zone_code: world.crowd.code(zone),
      carrier: CARRIERS[carrier]!,
      bin_start: calendar.stamp(bin),
      persons: told(of.persons),
      residents: told(of.residents),
      workers: told(of.workers),
      visitors: told(of.visitors),
      inflow: told(of.inflow),
      outflow: told(of.outflow),
      suppressed: hidden ? '是' : '否',
    };
  }

  /** Rows of registers are found by key without making the others. */
  const keyed: Readonly<
    Record<string, { count: () => number; key: (index: number) => string; at: (index: number) => object | null }>
  > = {
    person: {
      count: () => world.settlement.residents.length,
      key: (index) => world.settlement.residents[index]!.id,
      at: (index) => world.persons.at(index, day()),
    },
    household: {
      count: () => world.settlement.households.length,
      key: world.households.no,
      at: (index) => world.households.at(index, day()),
    },
    dwelling: {
      count: () => world.dwellings.count,
      key: world.dwellings.code,
      at: (index) => world.dwellings.at(index, day()),
    },
    building: {
      count: () => world.buildings.list.length,
      key: (index) => world.buildings.list[index]!.code,
      at: (index) => world.buildings.at(index, day()),
    },
    enterprise: {
      count: () => world.enterprises.count(day()),
      key: world.enterprises.code,
      at: (index) => world.enterprises.at(index, day()),
    },
    space: {
      count: () => world.enterprises.spaceCount,
      key: world.enterprises.spaceCode,
      at: (index) => world.enterprises.space(index, day()),
    },
    case: {
      count: () => world.cases.countTo(dayOfSecond(horizon())),
      key: world.cases.no,
      at: (index) => world.cases.at(index, horizon() - 1),
    },
    camera: { count: () => world.cameras.count, key: world.cameras.code, at: (index) => world.cameras.at(index) },
    zone: { count: () => world.crowd.count, key: world.crowd.code, at: (index) => world.crowd.zone(index) },
    lot: { count: () => world.parking.count, key: world.parking.code, at: (index) => world.parking.lot(index) },
  };
  const maps = new Map<string, { count: number; byKey: Map<string, number> }>();

  return {
    entities: Object.keys(makers),
    all: (entity) => {
      const maker = Object.hasOwn(makers, entity) ? makers[entity] : undefined;
      if (!maker) throw unknownEntity(entity);
      return maker();
    },
    byKey: (entity, keys) => {
      const of = Object.hasOwn(keyed, entity) ? keyed[entity] : undefined;
      if (!of) throw unknownEntity(entity);
      const count = of.count();
      let map = maps.get(entity);
      if (map?.count !== count) {
        map = { count, byKey: new Map(Array.from({ length: count }, (_, index) => [of.key(index), index])) };
        maps.set(entity, map);
      }
      const { byKey } = map;
      return keys.flatMap((key) => {
        const index = byKey.get(key);
        const found = index === undefined ? null : of.at(index);
        return found ? [found as TruthRecord] : [];
      });
    },
  };
}
