import { DAY_SECONDS, dayOfSecond, weekday } from '../calendar.ts';
import { between, chance, mix, unit } from '../random.ts';
import type { Geography } from './geography.ts';

export interface ZoneTruth {
  readonly zone_code: string;
  readonly name: string;
  readonly grid_path: string;
  readonly area_m2: number;
  readonly headcount_limit: number;
  readonly lng: number;
  readonly lat: number;
}

/** Counts of one carrier's customers, scaled to all people, in one zone and 5-minute bin. */
export interface Headcount {
  readonly persons: number;
  readonly residents: number;
  readonly workers: number;
  readonly visitors: number;
  readonly inflow: number;
  readonly outflow: number;
}

export const CARRIERS = ['移动', '联通', '电信'] as const;
const SHARES = [0.56, 0.2, 0.24];
export const BIN_SECONDS = 300;
/** Counts up to this are not told (personal data). */
export const SUPPRESS_UP_TO = 15;

export interface Crowd {
  readonly count: number;
  grid(index: number): number;
  code(index: number): string;
  zone(index: number): ZoneTruth;
  headcount(index: number, carrier: number, binStart: number): Headcount;
  /** True while a zone is thronged: the hub for 20 minutes of every hour, other zones now and then in the evening. */
  isThronged(index: number, second: number): boolean;
}

const KINDS = [
  { name: '轨交枢纽广场', limit: 2_400, work: 0.1, live: 0.05, peak: 'commute' },
  { name: '夜市', limit: 1_500, work: 0.1, live: 0.15, peak: 'evening' },
  { name: '商业街', limit: 3_200, work: 0.3, live: 0.2, peak: 'evening' },
  { name: '菜市场', limit: 600, work: 0.2, live: 0.4, peak: 'morning' },
  { name: '中心公园', limit: 4_000, work: 0.02, live: 0.3, peak: 'morning' },
  { name: '办公园区', limit: 5_000, work: 0.85, live: 0.02, peak: 'office' },
  { name: '小学门口', limit: 500, work: 0.1, live: 0.5, peak: 'commute' },
  { name: '医院', limit: 1_800, work: 0.35, live: 0.05, peak: 'office' },
  { name: '居民区广场', limit: 700, work: 0.03, live: 0.85, peak: 'evening' },
  { name: '滨河步道', limit: 2_000, work: 0.02, live: 0.4, peak: 'evening' },
] as const;

const PEAKS = {
  commute: [2, 1, 1, 1, 2, 4, 8, 10, 9, 6, 4, 4, 5, 4, 4, 5, 7, 10, 9, 6, 5, 4, 3, 2],
  evening: [2, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 5, 4, 5, 6, 7, 9, 10, 9, 7, 5, 3],
  morning: [1, 1, 1, 1, 2, 5, 9, 10, 9, 8, 6, 5, 3, 3, 3, 4, 5, 5, 5, 4, 3, 2, 1, 1],
  office: [1, 1, 1, 1, 1, 1, 2, 5, 9, 10, 10, 9, 7, 8, 10, 10, 9, 7, 4, 3, 2, 1, 1, 1],
} as const;

/** Zones whose people the carriers count: 50 at scale 1; zone 0 is the hub that is thronged every hour. */
export function createCrowd(seed: number, scale: number, geography: Geography): Crowd {
  const salt = mix(seed, 91);
  const count = Math.max(4, Math.round(50 * scale));
  const kindOf = (index: number) => KINDS[index % KINDS.length]!;
  const gridOf = (index: number) => Math.floor(unit(mix(mix(salt, 1), index)) * geography.grids.length);
  const codeOf = (index: number) => `Z${String(index + 1).padStart(3, '0')}`;
  const limitOf = (index: number) =>
    Math.round((kindOf(index).limit * (0.7 + 0.6 * unit(mix(mix(salt, 2), index)))) / 50) * 50;

  function isThronged(index: number, second: number): boolean {
    const hour = Math.floor(second / 3600);
    const minute = Math.floor((second % 3600) / 60);
    if (index === 0) {
      const start = 5 * between(mix(mix(salt, 3), hour), 1, 7);
      return minute >= start && minute < start + 20;
    }
    const ofDay = hour % 24;
    const event = mix(mix(mix(salt, 4), index), dayOfSecond(second));
    return chance(event, 0.08) && ofDay === 19 && minute >= 10 && minute < 45;
  }

  /** All people in a zone at a bin. */
  function present(index: number, binStart: number): number {
    const kind = kindOf(index);
    const limit = limitOf(index);
    const noise = 0.92 + 0.16 * unit(mix(mix(mix(salt, 5), index), binStart));
    if (isThronged(index, binStart)) return limit * (1.12 + 0.1 * noise);
    const ofDay = binStart % DAY_SECONDS;
    const hour = Math.floor(ofDay / 3600);
    const share = (ofDay % 3600) / 3600;
    const profile = PEAKS[kind.peak];
    const level = profile[hour]! * (1 - share) + profile[(hour + 1) % 24]! * share;
    const weekend = weekday(dayOfSecond(binStart)) >= 5 ? (kind.peak === 'office' ? 0.3 : 1.15) : 1;
    return limit * 0.062 * level * weekend * noise;
  }

  return {
    count,
    grid: gridOf,
    code: codeOf,
    isThronged,
    zone: (index) => {
      const grid = gridOf(index);
      const limit = limitOf(index);
      return {
        zone_code: codeOf(index),
        name: `${geography.grids[grid]!.estate.slice(0, 2)}${kindOf(index).name}`,
        grid_path: geography.grids[grid]!.path,
        area_m2: Math.round(limit * (0.9 + unit(mix(mix(salt, 6), index)))),
        headcount_limit: limit,
        ...geography.point(grid, mix(mix(salt, 7), index)),
      };
    },
    headcount: (index, carrier, binStart) => {
      const kind = kindOf(index);
      const hash = mix(mix(mix(mix(salt, 8), index), carrier), binStart);
      const share = SHARES[carrier]! * (0.96 + 0.08 * unit(hash));
      const persons = Math.round(present(index, binStart) * share);
      const before = Math.round(present(index, binStart - BIN_SECONDS) * share);
      const residents = Math.round(persons * kind.live);
      const workers = Math.round(persons * kind.work);
      const turnover = Math.round(persons * 0.12);
      return {
        persons,
        residents,
        workers,
        visitors: persons - residents - workers,
        inflow: turnover + Math.max(0, persons - before),
        outflow: turnover + Math.max(0, before - persons),
      };
    },
  };
}
