import { sql } from 'kysely';
import { type IncidentId, type JsonObject, type Message, newId, type OrgPath } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type IncidentStatus = 'open' | 'acknowledged' | 'handling' | 'closed' | 'false_alarm';
export const STANDING: readonly IncidentStatus[] = ['open', 'acknowledged', 'handling'];

export interface IncidentTable {
  id: string;
  rule: string;
  subject: string;
  org_path: string;
  ring: string;
  status: IncidentStatus;
  title: JsonColumn<Message>;
  detail: JsonColumn<JsonObject>;
  event_count: number;
  owner_id: string | null;
  opened_at: Date;
  last_event_at: Date;
  acknowledged_at: Date | null;
  closed_at: Date | null;
  close_note: string | null;
  updated_at: Date;
}

export interface IncidentEventTable {
  id: string;
  incident_id: string;
  kind: string;
  dedupe_key: string;
  at: Date;
  user_id: string | null;
  detail: JsonColumn<JsonObject>;
}

export interface Incident {
  readonly id: IncidentId;
  readonly rule: string;
  readonly subject: string;
  readonly orgPath: OrgPath;
  /** Ring: `core`, `control` or `warning`. */
  readonly ring: string;
  readonly status: IncidentStatus;
  readonly title: Message;
  readonly detail: JsonObject;
  readonly eventCount: number;
  readonly ownerId: string | null;
  readonly openedAt: Date;
  readonly lastEventAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly closedAt: Date | null;
  readonly closeNote: string | null;
}

export interface IncidentSign {
  readonly rule: string;
  /** What it goes wrong with: a zone, a camera, a dwelling. */
  readonly subject: string;
  readonly orgPath: string;
  readonly ring: string;
  readonly title: Message;
  readonly detail: JsonObject;
  /** Identity of the event at its source. */
  readonly dedupeKey: string;
  readonly at: Date;
}

/**
 * Adds an event to the incident that stands for its rule and subject, opening one when none stands.
 *
 * @returns the incident, whether this event opened it, and whether the event was new (false: told before)
 */
export async function signIncident(
  tx: Tx,
  sign: IncidentSign,
): Promise<{ readonly incident: Incident; readonly opened: boolean; readonly counted: boolean }> {
  const now = tx.clock.now();
  const inserted = await tx.db
    .insertInto('incident')
    .values({
      id: newId<IncidentId>('incident', now),
      rule: sign.rule,
      subject: sign.subject,
      org_path: sign.orgPath,
      ring: sign.ring,
      status: 'open',
      title: asJson(sign.title),
      detail: asJson(sign.detail),
      event_count: 0,
      opened_at: sign.at,
      last_event_at: sign.at,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['rule', 'subject'])
        .where('status', 'in', sql<IncidentStatus>`('open', 'acknowledged', 'handling')`)
        .doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  const standing = await tx.db
    .selectFrom('incident')
    .select('id')
    .where('rule', '=', sign.rule)
    .where('subject', '=', sign.subject)
    .where('status', 'in', [...STANDING])
    .forUpdate()
    .executeTakeFirstOrThrow();
  const counted = await addIncidentEvent(tx, standing.id as IncidentId, {
    kind: 'sign',
    dedupeKey: sign.dedupeKey,
    at: sign.at,
    detail: sign.detail,
  });
  if (counted) {
    await tx.db
      .updateTable('incident')
      .set((eb) => ({
        event_count: eb('event_count', '+', 1),
        last_event_at: eb.fn('greatest', ['last_event_at', eb.val(sign.at)]),
        ring: sign.ring,
        detail: asJson(sign.detail),
        updated_at: now,
      }))
      .where('id', '=', standing.id)
      .execute();
  }
  return { incident: await getIncident(tx, standing.id as IncidentId), opened: inserted !== undefined, counted };
}

/** Adds an event (a sign, a note, a step of handling) to an incident; false when its dedupe key is known. */
export async function addIncidentEvent(
  tx: Tx,
  incidentId: IncidentId,
  event: { readonly kind: string; readonly dedupeKey: string; readonly at: Date; readonly detail: JsonObject },
): Promise<boolean> {
  const row = await tx.db
    .insertInto('incident_event')
    .values({
      id: newId<string>('event', event.at),
      incident_id: incidentId,
      kind: event.kind,
      dedupe_key: event.dedupeKey,
      at: event.at,
      user_id: tx.user?.id ?? null,
      detail: asJson(event.detail),
    })
    .onConflict((conflict) => conflict.columns(['incident_id', 'dedupe_key']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** @throws FillOnceError `store.not-found` */
export async function getIncident(tx: Tx, id: IncidentId): Promise<Incident> {
  const row = await tx.db.selectFrom('incident').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('incident', id);
  return row as Incident;
}

/**
 * Moves an incident on and keeps the step among its events. A closed one stays closed: the next sign opens a new one.
 *
 * @throws FillOnceError `store.not-found` when it is unknown, out of scope or closed already
 */
export async function moveIncident(
  tx: Tx,
  id: IncidentId,
  status: Exclude<IncidentStatus, 'open'>,
  step: { readonly note?: string; readonly ownerId?: string } = {},
): Promise<Incident> {
  const now = tx.clock.now();
  const closes = status === 'closed' || status === 'false_alarm';
  const row = await tx.db
    .updateTable('incident')
    .set((eb) => ({
      status,
      acknowledged_at: eb.fn.coalesce('acknowledged_at', eb.val(now)),
      ...(step.ownerId === undefined ? {} : { owner_id: step.ownerId }),
      ...(closes ? { closed_at: now, close_note: step.note ?? null } : {}),
      updated_at: now,
    }))
    .where('id', '=', id)
    .where('status', 'in', [...STANDING])
    .returning('id')
    .executeTakeFirst();
  if (!row) throw notFound('standing incident', id);
  await addIncidentEvent(tx, id, {
    kind: status,
    dedupeKey: `${status}:${newId<string>('step', now)}`,
    at: now,
    detail: step.note === undefined ? {} : { note: step.note },
  });
  return getIncident(tx, id);
}

export interface IncidentFilter {
  readonly status?: readonly IncidentStatus[];
  readonly rule?: string;
  readonly since?: Date;
  readonly limit: number;
  readonly offset: number;
}

/** Incidents, the latest event first. */
export async function listIncidents(tx: Tx, filter: IncidentFilter): Promise<Incident[]> {
  let query = tx.db
    .selectFrom('incident')
    .select(COLUMNS)
    .orderBy('last_event_at', 'desc')
    .orderBy('id')
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.status !== undefined) query = query.where('status', 'in', [...filter.status]);
  if (filter.rule !== undefined) query = query.where('rule', '=', filter.rule);
  if (filter.since !== undefined) query = query.where('last_event_at', '>=', filter.since);
  return (await query.execute()) as Incident[];
}

export interface IncidentEvent {
  readonly id: string;
  readonly kind: string;
  readonly at: Date;
  readonly userId: string | null;
  readonly detail: JsonObject;
}

/** The last `limit` events of an incident, oldest first. */
export async function listIncidentEvents(tx: Tx, id: IncidentId, limit: number): Promise<IncidentEvent[]> {
  const rows = await tx.db
    .selectFrom('incident_event')
    .select(['id', 'kind', 'at', 'user_id as userId', 'detail'])
    .where('incident_id', '=', id)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.reverse();
}

const COLUMNS = [
  'id',
  'rule',
  'subject',
  'org_path as orgPath',
  'ring',
  'status',
  'title',
  'detail',
  'event_count as eventCount',
  'owner_id as ownerId',
  'opened_at as openedAt',
  'last_event_at as lastEventAt',
  'acknowledged_at as acknowledgedAt',
  'closed_at as closedAt',
  'close_note as closeNote',
] as const;
