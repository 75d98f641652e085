import { sql } from 'kysely';
import { type CampaignId, newId } from '../core/index.ts';
import { asRecords } from './json-column.ts';
import type { Tx } from './store.ts';

export interface ConfirmationTable {
  id: string;
  campaign_id: string;
  patch_id: string | null;
  entity: string;
  key: string;
  field: string;
  value: string | null;
  confirmed_at: Date;
  confirmed_by: string;
  batch: string | null;
  landed_at: Date | null;
}

export interface Confirmation {
  readonly id: string;
  readonly campaignId: CampaignId;
  readonly entity: string;
  readonly key: string;
  readonly field: string;
  readonly value: string | null;
  readonly confirmedAt: Date;
  readonly confirmedBy: string;
}

export interface NewConfirmation extends Omit<Confirmation, 'id' | 'campaignId'> {
  readonly patchId: string | null;
}

/** Queues what was vouched for; the same confirmation again is not queued twice. Returns how many are new. */
export async function queueConfirmations(
  tx: Tx,
  campaignId: CampaignId,
  confirmations: readonly NewConfirmation[],
): Promise<number> {
  if (confirmations.length === 0) return 0;
  const now = tx.clock.now();
  const records = asRecords(confirmations.map((each) => ({ ...each, id: newId<string>('confirm', now) })));
  const { numAffectedRows } = await sql`
    INSERT INTO confirmation (id, campaign_id, patch_id, entity, key, field, value, confirmed_at, confirmed_by)
    SELECT c.id, ${campaignId}, c."patchId", c.entity, c.key, c.field, c.value, c."confirmedAt", c."confirmedBy"
    FROM jsonb_to_recordset(${records}) AS c(id text, "patchId" text, entity text, key text, field text, value text,
                                             "confirmedAt" timestamptz, "confirmedBy" text)
    ON CONFLICT (campaign_id, entity, key, field, confirmed_at) DO NOTHING`.execute(tx.db);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Puts up to `limit` waiting confirmations under one batch name and gives them; those of a batch that was begun and
 * not finished come first and under their old name, so that landing can tell that it has them.
 */
export async function takeConfirmationBatch(
  tx: Tx,
  limit: number,
): Promise<{ readonly batch: string; readonly confirmations: Confirmation[] } | null> {
  const begun = await tx.db
    .selectFrom('confirmation')
    .select('batch')
    .where('landed_at', 'is', null)
    .where('batch', 'is not', null)
    .orderBy('batch')
    .limit(1)
    .executeTakeFirst();
  const batch = begun?.batch ?? newId<string>('writeback', tx.clock.now());
  if (!begun) {
    await sql`
      UPDATE confirmation SET batch = ${batch} WHERE id IN (
        SELECT id FROM confirmation WHERE landed_at IS NULL AND batch IS NULL ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`.execute(
      tx.db,
    );
  }
  const rows = await tx.db
    .selectFrom('confirmation')
    .select([
      'id',
      'campaign_id as campaignId',
      'entity',
      'key',
      'field',
      'value',
      'confirmed_at as confirmedAt',
      'confirmed_by as confirmedBy',
    ])
    .where('batch', '=', batch)
    .where('landed_at', 'is', null)
    .orderBy('entity')
    .orderBy('key')
    .orderBy('field')
    .orderBy('confirmed_at')
    .execute();
  return rows.length === 0 ? null : { batch, confirmations: rows as Confirmation[] };
}

export async function markLanded(tx: Tx, batch: string): Promise<void> {
  await tx.db
    .updateTable('confirmation')
    .set({ landed_at: tx.clock.now() })
    .where('batch', '=', batch)
    .where('landed_at', 'is', null)
    .execute();
}

/** Values vouched for that have not reached landing yet. */
export async function countWaitingConfirmations(tx: Tx): Promise<number> {
  const row = await tx.db
    .selectFrom('confirmation')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('landed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
