import { instantOf, secondOf } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import { chance, mix, unit } from '../random.ts';
import type { Sighting, SightingType } from '../truth/cameras.ts';
import type { World } from '../truth/world.ts';
import { RATES } from './faults.ts';

export interface CameraMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What is to be published, in order; the payload is made when its turn comes. */
export interface PlannedMessage {
  readonly second: number;
  make(): CameraMessage;
}

/** Share of messages that no gateway may keep: faces, persons, and what is not JSON. */
const POISON = 0.004;

/** Rule and state of an ONVIF event, by what was seen. */
const RULES: Readonly<Record<SightingType, readonly [rule: string, state: string]>> = {
  区域入侵: ['FieldDetector', 'IsInside'],
  越线: ['LineDetector', 'State'],
  人员聚集: ['CrowdDetector', 'IsCrowded'],
  遗留物: ['AbandonedObjectDetector', 'State'],
  车辆违停: ['ParkedVehicleDetector', 'State'],
  消防通道占用: ['FireLaneDetector', 'State'],
  设备遮挡: ['TamperDetector', 'IsTamper'],
};

/** Frigate names objects and zones; the zone says what an object in it means. */
const FRIGATE_ZONES: Readonly<Record<SightingType, string>> = {
  区域入侵: 'intrusion_area',
  越线: 'line_gate',
  人员聚集: 'crowd_area',
  遗留物: 'abandoned_watch',
  车辆违停: 'no_parking',
  消防通道占用: 'fire_lane',
  设备遮挡: 'tamper_watch',
};

/**
 * The messages of a day in order of time. ONVIF sends one message at the start and sometimes one at the end, Frigate new,
 * often update, and end. One message in fifty is doubled or swapped with its neighbour, a few are poison.
 */
export function plannedMessages(world: World, faults: Faults, day: number): readonly PlannedMessage[] {
  const salt = mix(world.seed, 161);
  const plan: PlannedMessage[] = [];
  // What ends after midnight is told in the last second of the day, so that days can be sent one after the other.
  const lastSecond = secondOf(day + 1) - 1;
  for (const sighting of world.cameras.sightings(day)) {
    const hash = mix(mix(salt, day), sighting.sequence);
    const add = (second: number, make: () => CameraMessage) =>
      plan.push({ second: Math.min(second, lastSecond), make });
    if (world.cameras.protocol(sighting.camera) === 'onvif') {
      add(sighting.started, () => onvif(world, faults, sighting, true));
      if (chance(mix(hash, 1), 0.15)) add(sighting.ended, () => onvif(world, faults, sighting, false));
    } else {
      add(sighting.started, () => frigate(world, faults, sighting, 'new'));
      if (chance(mix(hash, 2), 0.4)) add(middle(sighting), () => frigate(world, faults, sighting, 'update'));
      add(sighting.ended, () => frigate(world, faults, sighting, 'end'));
    }
    if (chance(mix(hash, 3), POISON)) add(sighting.started, () => poison(world, sighting, mix(hash, 4)));
  }
  plan.sort((a, b) => a.second - b.second);
  return disturbed(plan, mix(salt, day));
}

function disturbed(plan: readonly PlannedMessage[], salt: number): PlannedMessage[] {
  const sent: PlannedMessage[] = [];
  for (let at = 0; at < plan.length; at++) {
    const message = plan[at]!;
    const next = plan[at + 1];
    const roll = mix(mix(salt, 9), at);
    if (chance(roll, RATES.lateDelivery / 2)) sent.push(message, message);
    else if (next && chance(mix(roll, 1), RATES.lateDelivery / 2)) {
      sent.push({ ...next, second: message.second }, message);
      at++;
    } else sent.push(message);
  }
  return sent;
}

function onvif(world: World, faults: Faults, sighting: Sighting, active: boolean): CameraMessage {
  const camera = world.cameras.code(sighting.camera);
  const [rule, state] = RULES[sighting.type];
  const zone = world.cameras.at(sighting.camera).zone_code;
  const time = instantOf(active ? sighting.started : sighting.ended).toISOString();
  // The fraction keeps apart what one camera's rule sees in the same second.
  const utcTime = time.replace('.000Z', `.${String(sighting.sequence % 1000).padStart(3, '0')}Z`);
  const message = {
    UtcTime: utcTime,
    Source: { VideoSource: 'VideoSource_1', AnalyticsConfiguration: 'Analytics_1', Rule: rule },
    [faults.has('camera', 'changed-column') ? 'Payload' : 'Data']: {
      [state]: active,
      ...(sighting.type === '人员聚集' ? { Count: sighting.count } : {}),
      ...(sighting.label === 'none' ? {} : { ClassTypes: sighting.label }),
      ...(zone === null ? {} : { Zone: zone }),
      Likelihood: sighting.score,
    },
  };
  return { topic: `onvif-ej/${camera}/RuleEngine/${rule}`, payload: encode(faults, message) };
}

function frigate(world: World, faults: Faults, sighting: Sighting, type: 'new' | 'update' | 'end'): CameraMessage {
  const started = instantOf(sighting.started).getTime() / 1000;
  const zone = world.cameras.at(sighting.camera).zone_code;
  const zones = [...(zone === null ? [] : [zone]), FRIGATE_ZONES[sighting.type]];
  const after = {
    id: `${started}.${String(sighting.sequence).padStart(5, '0')}-${world.cameras.code(sighting.camera).slice(-6)}`,
    camera: world.cameras.code(sighting.camera),
    label: sighting.label === 'none' ? 'unknown' : sighting.label,
    score: Math.round(sighting.score * 96) / 100,
    top_score: sighting.score,
    start_time: started,
    end_time: type === 'end' ? instantOf(sighting.ended).getTime() / 1000 : null,
    current_zones: zones,
    entered_zones: zones,
    stationary: sighting.type === '车辆违停' || sighting.type === '消防通道占用',
  };
  const message = {
    type,
    before: { ...after, end_time: null },
    [faults.has('camera', 'changed-column') ? 'object' : 'after']: after,
  };
  return { topic: 'frigate/events', payload: encode(faults, message) };
}

/** A GA/T 1400 list of faces or persons, or bytes that are no JSON at all. */
function poison(world: World, sighting: Sighting, hash: number): CameraMessage {
  const camera = world.cameras.code(sighting.camera);
  const topic = `onvif-ej/${camera}/RuleEngine/FieldDetector`;
  const kind = unit(hash);
  if (kind < 0.3) return { topic, payload: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x00, hash % 256]) };
  const name = kind < 0.65 ? 'Face' : 'Person';
  const object = {
    [`${name}ID`]: `${camera}02${sighting.sequence}`,
    InfoKind: 1,
    SourceID: camera,
    GenderCode: '1',
    AgeUpLimit: 30 + (hash % 20),
  };
  return { topic, payload: Buffer.from(JSON.stringify({ [`${name}ListObject`]: { [`${name}Object`]: [object] } })) };
}

function encode(faults: Faults, message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message), faults.has('camera', 'bad-encoding') ? 'utf16le' : 'utf8');
}

function middle({ started, ended }: Sighting): number {
  return Math.floor((started + ended) / 2);
}
