import { secondOf } from '../calendar.ts';
import { between, chance, mix, pick, unit, weighted } from '../random.ts';
import type { Crowd } from './crowd.ts';
import { secondOfDay } from './daily.ts';
import type { Geography } from './geography.ts';

export interface CameraTruth {
  readonly camera_code: string;
  readonly name: string;
  readonly grid_path: string;
  readonly zone_code: string | null;
  readonly lng: number;
  readonly lat: number;
  readonly protocol: string;
}

/** Something a camera saw, as metadata. */
export interface Sighting {
  readonly camera: number;
  /** Number of the sighting within its day. */
  readonly sequence: number;
  readonly day: number;
  readonly type: SightingType;
  readonly label: string;
  readonly score: number;
  readonly count: number;
  readonly started: number;
  readonly ended: number;
}

export const SIGHTING_TYPES = [
  '车辆违停',
  '消防通道占用',
  '区域入侵',
  '人员聚集',
  '越线',
  '遗留物',
  '设备遮挡',
] as const;
export type SightingType = (typeof SIGHTING_TYPES)[number];
const SHARES = [0.33, 0.12, 0.2, 0.1, 0.16, 0.06];
const LABELS: Readonly<Record<SightingType, readonly string[]>> = {
  车辆违停: ['car', 'truck'],
  消防通道占用: ['car', 'bicycle', 'motorcycle'],
  区域入侵: ['person'],
  人员聚集: ['person'],
  越线: ['person', 'bicycle'],
  遗留物: ['package', 'suitcase'],
  设备遮挡: ['none'],
};

export interface Cameras {
  readonly count: number;
  code(index: number): string;
  protocol(index: number): 'onvif' | 'frigate';
  at(index: number): CameraTruth;
  /** What was seen on a day, by start. */
  sightings(day: number): readonly Sighting[];
}

/** Cameras (600 at scale 1) and the 8,000 things a day that they report. */
export function createCameras(seed: number, scale: number, geography: Geography, crowd: Crowd): Cameras {
  const salt = mix(seed, 92);
  const count = Math.max(6, Math.round(600 * scale));
  const zoned = Math.min(Math.floor(count / 2), crowd.count * 3);
  const zoneOf = (index: number) => (index < zoned ? index % crowd.count : -1);
  const gridOf = (index: number) => {
    const zone = zoneOf(index);
    return zone >= 0 ? crowd.grid(zone) : Math.floor(unit(mix(mix(salt, 1), index)) * geography.grids.length);
  };
  const protocol = (index: number) => (index % 2 === 0 ? 'onvif' : 'frigate');
  const code = (index: number) => `31019900101320${String(index + 1).padStart(6, '0')}`;

  function sighting(
    day: number,
    sequence: number,
    camera: number,
    started: number,
    type: SightingType,
    hash: number,
  ): Sighting {
    return {
      camera,
      sequence,
      day,
      type,
      label: pick(mix(hash, 1), LABELS[type]),
      score: Math.round((0.6 + 0.39 * unit(mix(hash, 2))) * 100) / 100,
      count: type === '人员聚集' ? between(mix(hash, 3), 15, 90) : 1,
      started,
      ended: started + between(mix(hash, 4), 8, type === '车辆违停' || type === '消防通道占用' ? 1_500 : 240),
    };
  }

  const kept = new Map<number, readonly Sighting[]>();
  function ofDay(day: number): readonly Sighting[] {
    const dayHash = mix(mix(salt, 2), day);
    const number = Math.max(12, Math.round(8_000 * scale * (0.94 + 0.12 * unit(dayHash))));
    const list: Sighting[] = [];
    for (let at = 0; at < number; at++) {
      const hash = mix(dayHash, at + 1);
      const started = secondOf(day) + secondOfDay((at + unit(hash)) / number);
      const camera = Math.floor(unit(mix(hash, 5)) * count);
      list.push(sighting(day, at, camera, started, SIGHTING_TYPES[weighted(mix(hash, 6), SHARES)]!, hash));
    }
    for (let hour = 0; hour < 24; hour++) {
      const at = secondOf(day) + hour * 3600;
      for (let minute = 0; minute < 60; minute += 10) {
        if (!crowd.isThronged(0, at + minute * 60)) continue;
        const hash = mix(mix(dayHash, 7_000 + hour), minute);
        const seen = zoned > crowd.count && chance(hash, 0.5) ? crowd.count : 0;
        list.push(sighting(day, list.length, seen, at + minute * 60 + (hash % 300), '人员聚集', hash));
      }
    }
    return list.sort((a, b) => a.started - b.started || a.sequence - b.sequence);
  }

  return {
    count,
    code,
    protocol,
    at: (index) => {
      const grid = gridOf(index);
      const zone = zoneOf(index);
      return {
        camera_code: code(index),
        name: `${geography.grids[grid]!.street}${zone >= 0 ? crowd.zone(zone).name : `${between(mix(mix(salt, 3), index), 1, 999)}号`}${pick(mix(mix(salt, 4), index), ['东侧', '西侧', '南门', '北门'])}`,
        grid_path: geography.grids[grid]!.path,
        zone_code: zone >= 0 ? crowd.code(zone) : null,
        ...geography.point(grid, mix(mix(salt, 5), index)),
        protocol: protocol(index),
      };
    },
    sightings: (day) => {
      const known = kept.get(day);
      if (known) return known;
      if (kept.size > 4) kept.clear();
      const made = ofDay(day);
      kept.set(day, made);
      return made;
    },
  };
}
