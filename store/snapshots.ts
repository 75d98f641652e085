import { type CampaignId, type ElementType, newId, type Sensitivity, type SnapshotId } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

/** A column of a snapshot file, in its order. */
export interface SnapshotColumn {
  readonly name: string;
  readonly title: string;
  readonly type: ElementType;
  readonly sensitivity: Sensitivity;
  /** False for what is derived or never asked. */
  readonly asked: boolean;
}

export type ClassCounts = Readonly<Record<string, number>>;

export interface SnapshotCounts {
  /** Cells by class letter. */
  readonly total: ClassCounts;
  readonly byColumn: Readonly<Record<string, ClassCounts>>;
}

export interface SnapshotTable {
  id: string;
  campaign_id: string;
  ref: string;
  publication_id: string;
  rows: number;
  columns: JsonColumn<readonly SnapshotColumn[]>;
  counts: JsonColumn<SnapshotCounts>;
  created_at: Date;
}

export interface Snapshot {
  readonly id: SnapshotId;
  readonly campaignId: CampaignId;
  /** Object reference of the Parquet file. */
  readonly ref: string;
  readonly publicationId: string;
  readonly rows: number;
  readonly columns: readonly SnapshotColumn[];
  readonly counts: SnapshotCounts;
  readonly createdAt: Date;
}

export async function createSnapshot(tx: Tx, snapshot: Omit<Snapshot, 'id' | 'createdAt'>): Promise<Snapshot> {
  const createdAt = tx.clock.now();
  const id = newId<SnapshotId>('snapshot', createdAt);
  await tx.db
    .insertInto('snapshot')
    .values({
      id,
      campaign_id: snapshot.campaignId,
      ref: snapshot.ref,
      publication_id: snapshot.publicationId,
      rows: snapshot.rows,
      columns: asJson(snapshot.columns),
      counts: asJson(snapshot.counts),
      created_at: createdAt,
    })
    .execute();
  return { ...snapshot, id, createdAt };
}

/** @throws FillOnceError `store.not-found` */
export async function getSnapshot(tx: Tx, id: SnapshotId): Promise<Snapshot> {
  const row = await tx.db
    .selectFrom('snapshot')
    .select([
      'id',
      'campaign_id as campaignId',
      'ref',
      'publication_id as publicationId',
      'rows',
      'columns',
      'counts',
      'created_at as createdAt',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw notFound('snapshot', id);
  return row as Snapshot;
}
