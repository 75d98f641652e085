import { rm } from 'node:fs/promises';
import type { CampaignId, PublicationId } from '../core/index.ts';
import {
  type Campaign,
  createSnapshot,
  getCampaign,
  getSnapshot,
  lockCampaign,
  noteCampaignFailure,
  type Objects,
  type Snapshot,
  type SnapshotCounts,
  type Store,
  setCampaignSnapshot,
} from '../store/index.ts';
import type { Reader, SqlSession } from '../warehouse/index.ts';
import { literal } from '../warehouse/sql-text.ts';
import { stateFor } from './as-of.ts';
import { wrongStep } from './errors.ts';
import { confirmationCode, countClasses, type Forms } from './form.ts';
import type { FormPlan } from './plan.ts';
import { prefillSql } from './prefill-sql.ts';

export type ReportReader = Pick<Reader, 'current' | 'manifest' | 'withPublication' | 'pin' | 'unpin'>;

export interface PrefillOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly forms: Forms;
}

export interface Prefill {
  /**
   * Prefills a campaign from the current publication, which stays pinned for it, with what was known at the end of the campaign's
   * day when that is an earlier one. A campaign that has its snapshot keeps it,
   * so that a repeated call does no harm.
   *
   * @throws FillOnceError `reports.step` for a cancelled campaign; `warehouse.publication.unknown` before the first publication
   */
  run(campaignId: CampaignId): Promise<Snapshot>;
}

export function createPrefill({ store, reader, objects, forms }: PrefillOptions): Prefill {
  return {
    run: async (campaignId) => {
      const campaign = await store.system.transaction((tx) => getCampaign(tx, campaignId));
      if (campaign.snapshotId) return store.system.transaction((tx) => getSnapshot(tx, campaign.snapshotId!));
      if (campaign.status !== 'created') throw wrongStep(campaignId, campaign.status, PREFILLED);
      const plan = forms.plan(campaign);
      const publication = await reader.current();
      await reader.pin(publication.id, campaignId);
      const written = await reader.withPublication(stateFor(campaign, publication.id), (sql) =>
        writeSnapshot(sql, objects, { plan, scope: campaign.scope, asOf: campaign.asOf }),
      );
      return store.system.transaction(async (tx) => {
        const locked = await lockCampaign(tx, campaignId);
        if (locked.snapshotId) return getSnapshot(tx, locked.snapshotId);
        const snapshot = await createSnapshot(tx, snapshotRow(campaign, plan, publication.id, written));
        await setCampaignSnapshot(tx, campaignId, snapshot.id);
        await noteCampaignFailure(tx, campaignId, null);
        return snapshot;
      });
    },
  };
}

const PREFILLED = { zh: '预填', en: 'prefilled' };

export interface SnapshotFile {
  readonly ref: string;
  readonly rows: number;
  readonly counts: SnapshotCounts;
}

export interface SnapshotQuery {
  readonly plan: FormPlan;
  readonly scope: string;
  readonly asOf: string;
}

/** Prefills a form from the session's publication into an immutable Parquet file, sorted by place. */
export async function writeSnapshot(sql: SqlSession, objects: Objects, query: SnapshotQuery): Promise<SnapshotFile> {
  const select = prefillSql({ ...query, confirmationCode: await confirmationCode(sql) });
  const file = await objects.draft('.parquet');
  try {
    await sql.run(copySql(`SELECT * FROM (${select}) ORDER BY org_path, row_no`, file));
    const counts = await countFile(sql, query.plan, file);
    return { ref: await objects.put('snapshots', file), ...counts };
  } finally {
    await rm(file, { force: true });
  }
}

/** Rows and cells by class of a snapshot file. */
export async function countFile(
  sql: SqlSession,
  plan: FormPlan,
  file: string,
): Promise<{ rows: number; counts: SnapshotCounts }> {
  const strings = await sql.all<{ class: string; rows: number }>(
    `SELECT class, count(*) AS rows FROM read_parquet(${literal(file)}) GROUP BY class`,
  );
  const rows = strings.reduce((sum, each) => sum + each.rows, 0);
  return { rows, counts: countClasses(plan.columns, strings) };
}

/** Row groups of this size let a community's page read one or two of them (measured against 2,048 to 122,880). */
export function copySql(select: string, file: string): string {
  return `COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720)`;
}

function snapshotRow(campaign: Campaign, plan: FormPlan, publicationId: PublicationId, file: SnapshotFile) {
  const columns = plan.columns.map(({ name, title, type, sensitivity, asked }) => ({
    name,
    title,
    type,
    sensitivity,
    asked,
  }));
  return { campaignId: campaign.id, publicationId, columns, ...file };
}
