import { z } from 'zod';
import { civilTimestamp } from '../core/civil-time.ts';
import { contentHash } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { isObject } from './json-shape.ts';
import { carriesPersons } from './person-features.ts';

export type CameraRefusal = 'persons' | 'malformed' | 'shape' | 'topic' | 'large';

/** What a message is: an event to store, one that only says that nothing is there any more, or one that is refused. */
export type CameraMessage =
  | { readonly event: JsonObject }
  | { readonly ended: true }
  | { readonly refused: CameraRefusal };

const PAYLOAD_BYTES = 256 << 10;

const onvif = z.object({
  UtcTime: z.iso.datetime({ offset: true }),
  Source: z.object({ Rule: z.string().max(128).optional() }).loose(),
  Data: z.record(z.string(), z.json()),
});

const frigate = z.object({
  type: z.enum(['new', 'update', 'end']),
  after: z.object({
    id: z.string().min(1).max(128),
    camera: z.string().min(1).max(64),
    label: z.string().max(64),
    score: z.number().nullish(),
    top_score: z.number().nullish(),
    start_time: z.number(),
    end_time: z.number().nullish(),
    current_zones: z.array(z.string().max(64)).max(100).default([]),
    entered_zones: z.array(z.string().max(64)).max(100).default([]),
    stationary: z.boolean().nullish(),
  }),
});

/**
 * Normalises a message of a camera gateway to the contract `camera.event`. Only the fields named here are copied, so
 * nothing else of a message can reach the disk.
 *
 * @param topic `onvif-ej/<camera>/RuleEngine/<rule>` or `frigate/events`
 */
export function readCameraMessage(topic: string, payload: Uint8Array, receivedAt: Date): CameraMessage {
  if (payload.length > PAYLOAD_BYTES) return { refused: 'large' };
  let message: Json;
  try {
    message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return { refused: 'malformed' };
  }
  if (carriesPersons(message)) return { refused: 'persons' };
  if (!isObject(message)) return { refused: 'shape' };
  if (topic === 'frigate/events') return readFrigate(message, receivedAt);
  const rule = /^onvif-ej\/([^/]{1,64})\/RuleEngine\/(.{1,128})$/.exec(topic);
  if (!rule) return { refused: 'topic' };
  return readOnvif(message, rule[1]!, rule[2]!, receivedAt);
}

function readOnvif(message: JsonObject, camera: string, rule: string, receivedAt: Date): CameraMessage {
  const parsed = onvif.safeParse(message);
  if (!parsed.success) return { refused: 'shape' };
  const { UtcTime, Data } = parsed.data;
  // A property event is sent again with false when the state is over.
  if (STATES.some((state) => Data[state] === false || Data[state] === 'false')) return { ended: true };
  const count = Number(Data.Count ?? Data.count ?? Number.NaN);
  const score = Number(Data.Likelihood ?? Data.Confidence ?? Number.NaN);
  return {
    event: {
      eventId: contentHash(`${camera}\n${rule}\n${UtcTime}`).slice(0, 32),
      cameraCode: camera,
      eventType: typeOfRule(rule),
      label: textOf(Data.ClassTypes ?? Data.ObjectType),
      score: Number.isFinite(score) ? score : null,
      objectCount: Number.isInteger(count) ? count : null,
      zoneCode: textOf(Data.Zone ?? Data.ZoneCode),
      startedAt: civilTimestamp(new Date(UtcTime)),
      endedAt: null,
      protocol: 'onvif',
      receivedAt: civilTimestamp(receivedAt),
    },
  };
}

const STATES = ['IsInside', 'State', 'IsTamper', 'IsCrowded', 'Active'] as const;

/** Rule names are the installer's; these words are what ONVIF and its vendors build them from. */
const RULE_TYPES: readonly (readonly [RegExp, string])[] = [
  [/fire.?lane|消防/i, 'fire_lane'],
  [/tamper|scene.?change|遮挡/i, 'tampering'],
  [/abandon|left.?(object|behind)|遗留/i, 'abandoned'],
  [/park|stopped|违停/i, 'illegal_parking'],
  [/crowd|count|queue|聚集/i, 'crowding'],
  [/line|cross|越线/i, 'line_crossing'],
  [/field|intru|inside|loiter|入侵/i, 'intrusion'],
];

/** The standard code of an event type; an unknown rule keeps its name and meets the contract's code list. */
function typeOfRule(rule: string): string {
  return RULE_TYPES.find(([words]) => words.test(rule))?.[1] ?? rule;
}

function readFrigate(message: JsonObject, receivedAt: Date): CameraMessage {
  const parsed = frigate.safeParse(message);
  if (!parsed.success) return { refused: 'shape' };
  const { after } = parsed.data;
  const zones = after.current_zones.length > 0 ? after.current_zones : after.entered_zones;
  return {
    event: {
      eventId: after.id,
      cameraCode: after.camera,
      eventType: typeOfObject(after.label, zones, after.stationary === true),
      label: after.label,
      score: after.top_score ?? after.score ?? null,
      objectCount: 1,
      // A zone named after what is watched for says what happened; the others say where.
      zoneCode: zones.find((zone) => !RULE_TYPES.some(([words]) => words.test(zone))) ?? null,
      startedAt: epochText(after.start_time),
      endedAt: after.end_time == null ? null : epochText(after.end_time),
      protocol: 'frigate',
      receivedAt: civilTimestamp(receivedAt),
    },
  };
}

const VEHICLE = /^(car|truck|bus|van|vehicle|motorcycle|bicycle)$/i;
const LUGGAGE = /^(package|suitcase|backpack|handbag|bag|luggage|box)$/i;

/** What an object means where it is: Frigate names objects and zones, not happenings. */
function typeOfObject(label: string, zones: readonly string[], stationary: boolean): string {
  const named = RULE_TYPES.find(([words]) => zones.some((zone) => words.test(zone)))?.[1];
  if (named !== undefined) return named;
  if (LUGGAGE.test(label)) return 'abandoned';
  if (VEHICLE.test(label)) return stationary ? 'illegal_parking' : 'line_crossing';
  return 'intrusion';
}

function epochText(seconds: number): string {
  return civilTimestamp(new Date(Math.min(Math.max(seconds, 0), 32_503_680_000) * 1000));
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.length > 0 ? value.slice(0, 64) : null;
}
