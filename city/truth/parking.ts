import { secondOf } from '../calendar.ts';
import { between, chance, mix, pick, unit, weighted } from '../random.ts';
import { secondOfDay } from './daily.ts';
import type { Geography } from './geography.ts';

export interface LotTruth {
  readonly lot_code: string;
  readonly name: string;
  readonly grid_path: string;
  readonly lot_type: string;
  readonly total_spaces: number;
  readonly operator: string;
  readonly lng: number;
  readonly lat: number;
}

export interface Passage {
  readonly id: string;
  readonly lot: number;
  readonly plate: string;
  readonly carType: string;
  readonly entering: boolean;
  readonly lane: string;
  readonly second: number;
}

export const READING_SECONDS = 300;

export interface Parking {
  readonly count: number;
  code(index: number): string;
  lot(index: number): LotTruth;
  /** Vehicles through the gates of a lot on a day, in order of time. */
  passages(lot: number, day: number): readonly Passage[];
  /** Free spaces at a second. */
  remaining(lot: number, second: number): number;
}

const PLATE_LETTERS = [...'ABCDEFGHJKLMNPQRSTUVWXYZ'];
const OPERATORS = ['锦澜停车管理有限公司', '捷停智慧停车', '东汇商业管理有限公司', '浦汇交通设施管理中心'] as const;

interface Visit {
  readonly sequence: number;
  readonly hash: number;
  readonly entered: number;
  readonly left: number;
}

/** Car parks (40 at scale 1) with 46,700 passages a day: every visit is one way in and one way out. */
export function createParking(seed: number, scale: number, geography: Geography): Parking {
  const salt = mix(seed, 93);
  const count = Math.max(2, Math.round(40 * scale));
  const perDay = (46_700 * scale) / 2 / count;
  const typeOf = (index: number) =>
    (['商业配建', '小区配建', '路外公共', '路内泊位'] as const)[weighted(mix(mix(salt, 1), index), [0.4, 0.3, 0.2])]!;
  const share = (index: number) => 0.5 + unit(mix(mix(salt, 2), index));
  const totalShare =
    Array.from({ length: count }, (_, index) => share(index)).reduce((sum, each) => sum + each, 0) / count;
  const visitsPerDay = (index: number) => (perDay * share(index)) / totalShare;
  const code = (index: number) => `P310199001${String(index + 1).padStart(3, '0')}`;
  /** Mean stay is about 2 hours: a lot holds its busiest two and a half hours. */
  const total = (index: number) => Math.max(20, Math.round(visitsPerDay(index) * 0.24) + 10);

  const visitDays = new Map<string, readonly Visit[]>();
  function visits(lot: number, day: number): readonly Visit[] {
    const key = `${lot}:${day}`;
    const known = visitDays.get(key);
    if (known) return known;
    const dayHash = mix(mix(mix(salt, 3), lot), day);
    const number = Math.max(3, Math.round(visitsPerDay(lot) * (0.93 + 0.14 * unit(dayHash))));
    const list = Array.from({ length: number }, (_, sequence): Visit => {
      const hash = mix(dayHash, sequence + 1);
      const entered = secondOf(day) + secondOfDay((sequence + unit(hash)) / number);
      const minutes = chance(mix(hash, 1), 0.12) ? between(mix(hash, 2), 300, 900) : between(mix(hash, 2), 6, 180);
      return { sequence, hash, entered, left: entered + minutes * 60 };
    });
    if (visitDays.size > 400) visitDays.clear();
    visitDays.set(key, list);
    return list;
  }

  function passage(lot: number, day: number, visit: Visit, entering: boolean): Passage {
    const { hash } = visit;
    const green = chance(mix(hash, 3), 0.32);
    const tailPart = Array.from({ length: green ? 5 : 4 }, (_, at) => String(mix(hash, 20 + at) % 10)).join('');
    const plate = `${chance(mix(hash, 4), 0.86) ? '沪' : pick(mix(hash, 5), ['苏', '浙', '皖', '豫', '赣'])}${pick(mix(hash, 6), PLATE_LETTERS)}${green ? 'D' : pick(mix(hash, 7), PLATE_LETTERS)}${tailPart}`;
    return {
      id: `${code(lot)}-${day}-${String(visit.sequence).padStart(5, '0')}-${entering ? 'I' : 'O'}`,
      lot,
      plate,
      carType: green ? '新能源车' : (['小型车', '月租车', '大型车'] as const)[weighted(mix(hash, 8), [0.74, 0.23])]!,
      entering,
      lane: `${entering ? '入口' : '出口'}${between(mix(hash, entering ? 9 : 10), 1, 2)}`,
      second: entering ? visit.entered : visit.left,
    };
  }

  /** The last days asked for of each lot: deliveries read a day in several goes. */
  const kept = new Map<number, { readonly day: number; readonly list: readonly Passage[] }[]>();
  function passages(lot: number, day: number): readonly Passage[] {
    const days = kept.get(lot) ?? [];
    const known = days.find((each) => each.day === day);
    if (known) return known.list;
    const from = secondOf(day);
    const until = secondOf(day + 1);
    const list = visits(lot, day).map((visit) => passage(lot, day, visit, true));
    for (const of of [day - 1, day]) {
      for (const visit of visits(lot, of)) {
        if (visit.left >= from && visit.left < until) list.push(passage(lot, of, visit, false));
      }
    }
    list.sort((a, b) => a.second - b.second || (a.id < b.id ? -1 : 1));
    kept.set(lot, [...days.slice(-1), { day, list }]);
    return list;
  }

  return {
    count,
    code,
    passages,
    lot: (index) => {
      const grid = Math.floor(unit(mix(mix(salt, 4), index)) * geography.grids.length);
      const type = typeOf(index);
      const place = geography.grids[grid]!;
      return {
        lot_code: code(index),
        name:
          type === '小区配建'
            ? `${place.estate}停车场`
            : `${place.street}${between(mix(mix(salt, 5), index), 10, 990)}号${type === '路内泊位' ? '道路停车泊位' : '停车场'}`,
        grid_path: place.path,
        lot_type: type,
        total_spaces: total(index),
        operator: pick(mix(mix(salt, 6), index), OPERATORS),
        ...geography.point(grid, mix(mix(salt, 7), index)),
      };
    },
    remaining: (lot, second) => {
      const day = Math.floor(second / 86_400);
      let inside = 0;
      for (const of of [day - 1, day])
        for (const visit of visits(lot, of)) if (visit.entered <= second && visit.left > second) inside++;
      return Math.max(0, total(lot) - inside);
    },
  };
}
