import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import { civilSecond } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import { chance, mix } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import type { World } from '../truth/world.ts';
import type { Value } from './faults.ts';
import { type HttpReply, type HttpRequest, type HttpSource, openHttpSource } from './http-source.ts';
import { lowerBound, positionAt, type Table } from './table.ts';

export interface GridParts {
  readonly seed: number;
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  readonly tables: readonly Table[];
  readonly clientId: string;
  readonly clientSecret: string;
  /** File that keeps accepted corrections, one JSON a line. */
  readonly correctionsFile: string;
  readonly tokenSeconds: number;
}

const DATASETS: Readonly<Record<string, string>> = {
  residents: 'resident',
  households: 'household',
  dwellings: 'dwelling',
  enterprises: 'enterprise',
  cases: 'case',
  cameras: 'camera',
};
const MAX_LIMIT = 2_000;
/** Shares of requests that are told to wait, fail, or break off. */
const TROUBLE = { limited: 0.008, failed: 0.007, cut: 0.007 } as const;
const RETRY_AFTER_SECONDS = 1;

interface AcceptedCorrection {
  readonly ackId: string;
  readonly idempotencyKey: string;
  readonly dataset: string;
  readonly key: string;
  readonly field: string;
  readonly value: Value;
  /** Civil second of acceptance. */
  readonly second: number;
}

/** The grid platform: HTTP JSON with expiring tokens and cursor paging, which also takes corrections. */
export async function openGrid(parts: GridParts): Promise<HttpSource> {
  const { world, timeline, clock, faults, progress, ports } = parts;
  const { calendar } = world;
  const tables = new Map(parts.tables.map((table) => [table.dataset, table]));
  /** Corrections name the dataset, its path, or the entity it is about. */
  const tableFor = (name: string) =>
    tables.get(DATASETS[name] ?? name) ?? parts.tables.find((table) => table.entity === name);
  const accepted = new Map<string, AcceptedCorrection>();
  let requests = 0;
  let tokens = 0;
  const validUntil = new Map<string, number>();

  for (const line of existsSync(parts.correctionsFile) ? readFileSync(parts.correctionsFile, 'utf8').split('\n') : []) {
    // A line that was cut by a crash was never acknowledged.
    if (line.endsWith('}')) apply(JSON.parse(line) as AcceptedCorrection);
  }

  function apply(correction: AcceptedCorrection): boolean {
    const done =
      tableFor(correction.dataset)?.correct(correction.key, correction.field, correction.value, correction.second) ??
      false;
    if (done) accepted.set(correction.idempotencyKey, correction);
    return done;
  }

  async function handle(request: HttpRequest): Promise<HttpReply> {
    const roll = mix(mix(parts.seed, 120), ++requests);
    if (request.path === '/oauth/token') return issueToken(request);
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const until = validUntil.get(token);
    if (until === undefined) return { status: 401, json: { error: 'token_invalid' } };
    if (until < clock.now().getTime()) return { status: 401, json: { error: 'token_expired' } };
    if (chance(roll, TROUBLE.limited)) {
      return {
        status: 429,
        json: { error: 'too_many_requests' },
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      };
    }
    if (chance(mix(roll, 1), TROUBLE.failed)) return { status: 500, json: { error: 'internal_error' } };
    if (request.path === '/api/v1/corrections' && request.method === 'POST') return takeCorrection(request);
    const dataset = DATASETS[/^\/api\/v1\/(\w+)$/.exec(request.path)?.[1] ?? ''];
    const table = tables.get(dataset ?? '');
    if (!table || request.method !== 'GET') return { status: 404, json: { error: 'not_found' } };
    const reply = list(table, request.query);
    return chance(mix(roll, 2), TROUBLE.cut) ? { ...reply, cut: true } : reply;
  }

  async function issueToken(request: HttpRequest): Promise<HttpReply> {
    const body = parse(await request.body());
    if (body?.client_id !== parts.clientId || body.client_secret !== parts.clientSecret) {
      return { status: 401, json: { error: 'invalid_client' } };
    }
    const now = clock.now().getTime();
    for (const [token, until] of validUntil) if (until < now - 600_000) validUntil.delete(token);
    const token = createHash('sha256').update(`${parts.seed}/${parts.clientSecret}/${now}/${++tokens}`).digest('hex');
    validUntil.set(token, now + parts.tokenSeconds * 1000);
    return { status: 200, json: { access_token: token, token_type: 'Bearer', expires_in: parts.tokenSeconds } };
  }

  function list(table: Table, query: URLSearchParams): HttpReply {
    const limit = Math.floor(Number(query.get('limit') ?? 500));
    if (!(limit >= 1 && limit <= MAX_LIMIT))
      return { status: 400, json: { error: 'limit_out_of_range', max: MAX_LIMIT } };
    const since = query.get('updated_since');
    const sinceAt = since === null ? Number.NEGATIVE_INFINITY : civilSecond(new Date(since));
    const cursor = query.get('cursor');
    const after = cursor === null ? undefined : Number.parseInt(Buffer.from(cursor, 'base64url').toString(), 36);
    if (Number.isNaN(sinceAt) || Number.isNaN(after)) return { status: 400, json: { error: 'bad_parameter' } };
    const positions = table.positions();
    const start = after === undefined ? lowerBound(positions, positionAt(sinceAt)) : lowerBound(positions, after + 1);
    const page = positions.subarray(start, start + limit);
    const items = Array.from(page, (position) => changedColumns(table.row(position).values));
    progress.served('grid', table.dataset, items.length);
    const last = page.at(-1);
    const more = start + limit < positions.length;
    const next = last === undefined ? null : cursorOf(last);
    if (faults.has('grid', 'lying-pages'))
      return { status: 200, json: { items, next_cursor: cursor ?? cursorOf(positionAt(0)), server_time: now() } };
    return { status: 200, json: { items, next_cursor: more ? next : null, server_time: now() } };
  }

  function changedColumns(values: JsonObject): JsonObject {
    if (!faults.has('grid', 'changed-column')) return values;
    const { updatedAt, ...rest } = values;
    return { ...rest, lastModified: updatedAt };
  }

  async function takeCorrection(request: HttpRequest): Promise<HttpReply> {
    const body = parse(await request.body());
    const { idempotencyKey, dataset, key, field, value } = body ?? {};
    if (
      typeof idempotencyKey !== 'string' ||
      typeof dataset !== 'string' ||
      typeof key !== 'string' ||
      typeof field !== 'string' ||
      !isValue(value)
    ) {
      return {
        status: 400,
        json: { error: 'bad_correction', needs: ['idempotencyKey', 'dataset', 'key', 'field', 'value'] },
      };
    }
    const before = accepted.get(idempotencyKey);
    if (before) return { status: 202, json: { ackId: before.ackId } };
    const ackId = `ACK${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 16).toUpperCase()}`;
    const correction = {
      ackId,
      idempotencyKey,
      dataset,
      key,
      field,
      value,
      second: timeline.now(),
    };
    if (!apply(correction)) return { status: 422, json: { error: 'unknown_record_or_field' } };
    appendFileSync(parts.correctionsFile, `${JSON.stringify(correction)}\n`);
    return { status: 202, json: { ackId } };
  }

  const now = () => calendar.stamp(timeline.now());
  return openHttpSource({ source: 'grid', faults, clock, ports, handle });
}

function cursorOf(position: number): string {
  return Buffer.from(position.toString(36)).toString('base64url');
}

function isValue(value: unknown): value is Value {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
