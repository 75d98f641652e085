import { type CampaignId, newId, type ReleaseId } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type ReleaseCounts = Readonly<Record<string, number>>;

export interface ReleaseTable {
  id: string;
  campaign_id: string;
  number: number;
  ref: string;
  merge_id: string;
  counts: JsonColumn<ReleaseCounts>;
  supersedes: string | null;
  reason: string | null;
  released_by: string;
  at: Date;
}

export interface Release {
  readonly id: ReleaseId;
  readonly campaignId: CampaignId;
  readonly number: number;
  /** Object reference of the merged Parquet file. */
  readonly ref: string;
  readonly mergeId: string;
  readonly counts: ReleaseCounts;
  readonly supersedes: ReleaseId | null;
  readonly reason: string | null;
  readonly releasedBy: string;
  readonly at: Date;
}

/** Adds the next release of a campaign. The caller holds the campaign's lock. */
export async function createReleaseRow(
  tx: Tx,
  release: Pick<Release, 'campaignId' | 'ref' | 'mergeId' | 'counts' | 'reason' | 'releasedBy'>,
): Promise<Release> {
  const at = tx.clock.now();
  const last = (await listReleases(tx, release.campaignId))[0];
  const row: Release = {
    ...release,
    id: newId<ReleaseId>('release', at),
    number: (last?.number ?? 0) + 1,
    supersedes: last?.id ?? null,
    at,
  };
  await tx.db
    .insertInto('release')
    .values({
      id: row.id,
      campaign_id: row.campaignId,
      number: row.number,
      ref: row.ref,
      merge_id: row.mergeId,
      counts: asJson(row.counts),
      supersedes: row.supersedes,
      reason: row.reason,
      released_by: row.releasedBy,
      at,
    })
    .execute();
  return row;
}

/** @throws FillOnceError `store.not-found` */
export async function getRelease(tx: Tx, id: ReleaseId): Promise<Release> {
  const row = await tx.db.selectFrom('release').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('release', id);
  return row as Release;
}

/** The releases of a campaign, newest first. */
export async function listReleases(tx: Tx, campaignId: CampaignId): Promise<Release[]> {
  const rows = await tx.db
    .selectFrom('release')
    .select(COLUMNS)
    .where('campaign_id', '=', campaignId)
    .orderBy('number', 'desc')
    .limit(500)
    .execute();
  return rows as Release[];
}

const COLUMNS = [
  'id',
  'campaign_id as campaignId',
  'number',
  'ref',
  'merge_id as mergeId',
  'counts',
  'supersedes',
  'reason',
  'released_by as releasedBy',
  'at',
] as const;
