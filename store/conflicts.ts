import { sql } from 'kysely';
import { type CampaignId, newId, type OrgPath, type PatchId } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asRecords } from './json-column.ts';
import type { Tx } from './store.ts';

export type ConflictStatus = 'open' | 'resolved' | 'gone';
export type Resolution = 'mine' | 'theirs' | 'other';

export interface MergeConflictTable {
  id: string;
  campaign_id: string;
  org_path: string;
  row_key: string;
  column_name: string;
  sensitivity: number;
  base: string | null;
  mine: string | null;
  theirs: string | null;
  theirs_source: number | null;
  theirs_observed: string | null;
  patch_id: string | null;
  status: ConflictStatus;
  resolution: Resolution | null;
  value: string | null;
  reason: string | null;
  resolved_by: string | null;
  resolved_at: Date | null;
  created_at: Date;
}

export interface MergeConflict {
  readonly id: string;
  readonly campaignId: CampaignId;
  readonly orgPath: OrgPath;
  readonly rowKey: string;
  readonly column: string;
  readonly base: string | null;
  /** What the clerk answered, and what the sources say now. */
  readonly mine: string | null;
  readonly theirs: string | null;
  /** Code of `platform.source`, and the day of the observation. */
  readonly theirsSource: number | null;
  readonly theirsObserved: string | null;
  readonly patchId: PatchId | null;
  readonly status: ConflictStatus;
  readonly resolution: Resolution | null;
  readonly value: string | null;
  readonly reason: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedAt: Date | null;
}

export interface FoundConflict {
  readonly orgPath: string;
  readonly rowKey: string;
  readonly column: string;
  readonly sensitivity: number;
  readonly base: string | null;
  readonly mine: string | null;
  readonly theirs: string | null;
  readonly theirsSource: number | null;
  readonly theirsObserved: string | null;
  readonly patchId: string;
}

/**
 * Makes the campaign's conflicts those that a merge found: known ones keep their resolution, new ones are open, and
 * open ones that no longer stand are marked gone.
 */
export async function replaceConflicts(tx: Tx, campaignId: CampaignId, found: readonly FoundConflict[]): Promise<void> {
  const now = tx.clock.now();
  const records = asRecords(found.map((conflict) => ({ ...conflict, id: newId<string>('conflict', now) })));
  const at = now.toISOString();
  await sql`
    UPDATE merge_conflict m SET status = 'gone'
    WHERE m.campaign_id = ${campaignId} AND m.status = 'open' AND NOT EXISTS (
      SELECT FROM jsonb_to_recordset(${records}) AS f("rowKey" text, "column" text, mine text, theirs text)
      WHERE f."rowKey" = m.row_key AND f."column" = m.column_name
        AND f.mine IS NOT DISTINCT FROM m.mine AND f.theirs IS NOT DISTINCT FROM m.theirs)`.execute(tx.db);
  await sql`
    INSERT INTO merge_conflict (id, campaign_id, org_path, row_key, column_name, sensitivity, base, mine, theirs,
                                theirs_source, theirs_observed, patch_id, status, created_at)
    SELECT f.id, ${campaignId}, f."orgPath", f."rowKey", f."column", f.sensitivity, f.base, f.mine, f.theirs,
           f."theirsSource", f."theirsObserved", f."patchId", 'open', cast(${at} AS timestamptz)
    FROM jsonb_to_recordset(${records}) AS f(id text, "orgPath" text, "rowKey" text, "column" text, sensitivity integer,
      base text, mine text, theirs text, "theirsSource" integer, "theirsObserved" date, "patchId" text)
    ON CONFLICT (campaign_id, row_key, column_name, coalesce(mine, chr(1)), coalesce(theirs, chr(1)))
    DO UPDATE SET patch_id = excluded.patch_id,
                  status = CASE merge_conflict.status WHEN 'gone' THEN 'open' ELSE merge_conflict.status END`.execute(
    tx.db,
  );
}

export interface ConflictFilter {
  readonly campaignId: CampaignId;
  readonly status?: readonly ConflictStatus[];
  readonly rowKey?: string;
  readonly column?: string;
  readonly limit: number;
  readonly offset: number;
}

export async function listConflicts(tx: Tx, filter: ConflictFilter): Promise<MergeConflict[]> {
  let query = tx.db
    .selectFrom('merge_conflict')
    .select(COLUMNS)
    .where('campaign_id', '=', filter.campaignId)
    .orderBy('org_path')
    .orderBy('row_key')
    .orderBy('column_name')
    .orderBy('id')
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.status !== undefined) query = query.where('status', 'in', [...filter.status]);
  if (filter.rowKey !== undefined) query = query.where('row_key', '=', filter.rowKey);
  if (filter.column !== undefined) query = query.where('column_name', '=', filter.column);
  return (await query.execute()) as MergeConflict[];
}

export async function countConflicts(
  tx: Tx,
  campaignId: CampaignId,
  status: readonly ConflictStatus[],
): Promise<number> {
  const row = await tx.db
    .selectFrom('merge_conflict')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('campaign_id', '=', campaignId)
    .where('status', 'in', [...status])
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** @throws FillOnceError `store.not-found` */
export async function getConflict(tx: Tx, id: string): Promise<MergeConflict> {
  const row = await tx.db.selectFrom('merge_conflict').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('conflict', id);
  return row as MergeConflict;
}

/** Decides an open conflict; false when it was decided or gone before. */
export async function resolveConflictRow(
  tx: Tx,
  id: string,
  resolution: {
    readonly resolution: Resolution;
    readonly value: string | null;
    readonly reason: string | null;
    readonly userId: string;
  },
): Promise<boolean> {
  const result = await tx.db
    .updateTable('merge_conflict')
    .set({
      status: 'resolved',
      resolution: resolution.resolution,
      value: resolution.value,
      reason: resolution.reason,
      resolved_by: resolution.userId,
      resolved_at: tx.clock.now(),
    })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

const COLUMNS = [
  'id',
  'campaign_id as campaignId',
  'org_path as orgPath',
  'row_key as rowKey',
  'column_name as column',
  'base',
  'mine',
  'theirs',
  'theirs_source as theirsSource',
  'theirs_observed as theirsObserved',
  'patch_id as patchId',
  'status',
  'resolution',
  'value',
  'reason',
  'resolved_by as resolvedBy',
  'resolved_at as resolvedAt',
] as const;
