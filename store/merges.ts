import { type CampaignId, newId, type SnapshotId } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

/** Cells by merge kind, and rows that came or went since the snapshot. */
export type MergeCounts = Readonly<Record<string, number>>;

export interface MergeTable {
  id: string;
  campaign_id: string;
  snapshot_id: string;
  publication_id: string;
  theirs_ref: string;
  changes_ref: string;
  merged_ref: string;
  counts: JsonColumn<MergeCounts>;
  superseded_by: string | null;
  created_at: Date;
}

export interface Merge {
  readonly id: string;
  readonly campaignId: CampaignId;
  readonly snapshotId: SnapshotId;
  readonly publicationId: string;
  readonly theirsRef: string;
  readonly changesRef: string;
  readonly mergedRef: string;
  readonly counts: MergeCounts;
  readonly createdAt: Date;
}

/** Records a merge; the campaign's earlier one is superseded and stays. */
export async function createMergeRow(tx: Tx, merge: Omit<Merge, 'id' | 'createdAt'>): Promise<Merge> {
  const createdAt = tx.clock.now();
  const id = newId<string>('merge', createdAt);
  await tx.db
    .updateTable('merge')
    .set({ superseded_by: id })
    .where('campaign_id', '=', merge.campaignId)
    .where('superseded_by', 'is', null)
    .execute();
  await tx.db
    .insertInto('merge')
    .values({
      id,
      campaign_id: merge.campaignId,
      snapshot_id: merge.snapshotId,
      publication_id: merge.publicationId,
      theirs_ref: merge.theirsRef,
      changes_ref: merge.changesRef,
      merged_ref: merge.mergedRef,
      counts: asJson(merge.counts),
      created_at: createdAt,
    })
    .execute();
  return { ...merge, id, createdAt };
}

/** The standing merge of a campaign, or null. */
export async function standingMerge(tx: Tx, campaignId: CampaignId): Promise<Merge | null> {
  const row = await tx.db
    .selectFrom('merge')
    .select(COLUMNS)
    .where('campaign_id', '=', campaignId)
    .where('superseded_by', 'is', null)
    .executeTakeFirst();
  return (row as Merge | undefined) ?? null;
}

/** @throws FillOnceError `store.not-found` */
export async function getMerge(tx: Tx, id: string): Promise<Merge> {
  const row = await tx.db.selectFrom('merge').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('merge', id);
  return row as Merge;
}

const COLUMNS = [
  'id',
  'campaign_id as campaignId',
  'snapshot_id as snapshotId',
  'publication_id as publicationId',
  'theirs_ref as theirsRef',
  'changes_ref as changesRef',
  'merged_ref as mergedRef',
  'counts',
  'created_at as createdAt',
] as const;
