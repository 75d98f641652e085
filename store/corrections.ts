import { sql } from 'kysely';
import { type CampaignId, type ErrorBody, newId } from '../core/index.ts';
import { asJson, asRecords, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type CorrectionStatus = 'queued' | 'acknowledged' | 'refused';

export interface CorrectionTable {
  id: string;
  confirmation_id: string;
  source: string;
  entity: string;
  key: string;
  field: string;
  value: string | null;
  confirmed_at: Date;
  confirmed_by: string;
  status: CorrectionStatus;
  ack_id: string | null;
  attempts: number;
  not_before: Date;
  last_error: JsonColumn<ErrorBody | null>;
  created_at: Date;
  updated_at: Date;
}

/** One accepted change for the system of the department that owns the element. Its id serves as idempotency key there. */
export interface Correction {
  readonly id: string;
  readonly source: string;
  readonly entity: string;
  readonly key: string;
  readonly field: string;
  readonly value: string | null;
  readonly confirmedAt: Date;
  readonly confirmedBy: string;
  readonly status: CorrectionStatus;
  readonly ackId: string | null;
  readonly attempts: number;
}

export interface NewCorrection {
  readonly entity: string;
  readonly key: string;
  readonly field: string;
  readonly confirmedAt: Date;
  readonly source: string;
}

/** Queues corrections for confirmations of a campaign; a confirmation has at most one. */
export async function queueCorrections(
  tx: Tx,
  campaignId: CampaignId,
  corrections: readonly NewCorrection[],
): Promise<number> {
  if (corrections.length === 0) return 0;
  const now = tx.clock.now();
  const records = asRecords(corrections.map((each) => ({ ...each, id: newId<string>('correction', now) })));
  const at = now.toISOString();
  const { numAffectedRows } = await sql`
    INSERT INTO correction (id, confirmation_id, source, entity, key, field, value, confirmed_at, confirmed_by, status,
                            not_before, created_at, updated_at)
    SELECT n.id, c.id, n.source, c.entity, c.key, c.field, c.value, c.confirmed_at, c.confirmed_by, 'queued',
           cast(${at} AS timestamptz), cast(${at} AS timestamptz), cast(${at} AS timestamptz)
    FROM jsonb_to_recordset(${records}) AS n(id text, entity text, key text, field text, "confirmedAt" timestamptz, source text)
    JOIN confirmation c ON c.campaign_id = ${campaignId} AND c.entity = n.entity AND c.key = n.key AND c.field = n.field
                       AND c.confirmed_at = n."confirmedAt"
    ON CONFLICT (confirmation_id) DO NOTHING`.execute(tx.db);
  return Number(numAffectedRows ?? 0n);
}

/** Corrections of a source whose time has come, oldest first. */
export async function dueCorrections(tx: Tx, source: string, limit: number): Promise<Correction[]> {
  const rows = await tx.db
    .selectFrom('correction')
    .select(COLUMNS)
    .where('source', '=', source)
    .where('status', '=', 'queued')
    .where('not_before', '<=', tx.clock.now())
    .orderBy('not_before')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows as Correction[];
}

export async function acknowledgeCorrection(tx: Tx, id: string, ackId: string): Promise<void> {
  await tx.db
    .updateTable('correction')
    .set({ status: 'acknowledged', ack_id: ackId, last_error: null, updated_at: tx.clock.now() })
    .where('id', '=', id)
    .execute();
}

/** Puts a correction off after a failed attempt, twice as long each time up to six hours; or ends it when refused for good. */
export async function failCorrection(tx: Tx, correction: Correction, error: ErrorBody): Promise<void> {
  const now = tx.clock.now();
  const waitMs = Math.min(30_000 * 2 ** Math.min(correction.attempts, 20), 6 * 3_600_000);
  await tx.db
    .updateTable('correction')
    .set((eb) => ({
      status: error.retryable ? 'queued' : 'refused',
      attempts: eb('attempts', '+', 1),
      not_before: new Date(now.getTime() + waitMs),
      last_error: asJson(error),
      updated_at: now,
    }))
    .where('id', '=', correction.id)
    .execute();
}

export async function listCorrections(
  tx: Tx,
  filter: { readonly status?: CorrectionStatus; readonly limit: number; readonly offset: number },
): Promise<Correction[]> {
  let query = tx.db
    .selectFrom('correction')
    .select(COLUMNS)
    .orderBy('created_at', 'desc')
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  return (await query.execute()) as Correction[];
}

const COLUMNS = [
  'id',
  'source',
  'entity',
  'key',
  'field',
  'value',
  'confirmed_at as confirmedAt',
  'confirmed_by as confirmedBy',
  'status',
  'ack_id as ackId',
  'attempts',
] as const;
