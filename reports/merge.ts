import { type CampaignId, type PublicationId, SENSITIVITIES, type User } from '../core/index.ts';
import {
  type AcceptedPatch,
  acceptedPatches,
  audit,
  type Campaign,
  createMergeRow,
  type FoundConflict,
  getCampaign,
  getSnapshot,
  listConflicts,
  lockCampaign,
  type Merge,
  type MergeConflict,
  noteCampaignFailure,
  type Objects,
  replaceConflicts,
  type Snapshot,
  type Store,
  standingMerge,
  type Tx,
  updateCampaign,
} from '../store/index.ts';
import { stateFor } from './as-of.ts';
import { announceCampaign } from './campaign.ts';
import { wrongStep } from './errors.ts';
import type { Forms } from './form.ts';
import { type MergeInput, type MergeOutput, mergeFiles } from './merge-files.ts';
import type { FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';

export interface Merges {
  /**
   * Merges the approved answers of a campaign with its snapshot and with what the sources say now, and writes down every cell
   * on which answer and source disagree. May be run again at any time before or after a release; decisions already taken on
   * conflicts that still stand are kept.
   *
   * @param by who asked for it, for the audit log
   * @returns the merge, with `counts` of cells by kind and rows by fate
   * @throws FillOnceError `reports.step` before the tasks are issued
   */
  run(campaignId: CampaignId, by?: User): Promise<Merge>;
  /** The same answers again over the publication of the standing merge, with the decisions taken since. */
  settle(campaignId: CampaignId): Promise<Merge>;
}

export interface MergesOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly forms: Forms;
}

export function createMerges({ store, reader, objects, forms }: MergesOptions): Merges {
  const merge = async (campaignId: CampaignId, publicationId: PublicationId, by: User | undefined) => {
    const sides = await store.system.transaction((tx) => readSides(tx, campaignId));
    const { campaign, snapshot, patches, settled, standing } = sides;
    const plan = forms.plan(campaign);
    await reader.pin(publicationId, campaignId);
    const output = await reader.withPublication(stateFor(campaign, publicationId), (sql) =>
      mergeFiles(sql, objects, {
        plan,
        scope: campaign.scope,
        asOf: campaign.asOf,
        baseRef: snapshot.ref,
        theirs: theirsOf(publicationId, snapshot, standing, patches),
        patches: patches.map(({ id, ...patch }) => ({ ...patch, patchId: id, base: patch.snapshotValue })),
        settled,
      }),
    );
    return store.system.transaction(async (tx) => {
      const locked = await lockCampaign(tx, campaignId);
      const { conflicts, classes, counts, ...refs } = output;
      const made = await createMergeRow(tx, {
        campaignId,
        snapshotId: snapshot.id,
        publicationId,
        ...refs,
        counts: { ...counts, ...prefixed(classes.total), patches: patches.length, settled: settled.length },
      });
      await replaceConflicts(
        tx,
        campaignId,
        conflicts.map((conflict) => toFound(conflict, plan)),
      );
      if (locked.status !== 'merged') await updateCampaign(tx, campaignId, { status: 'merged' });
      await noteCampaignFailure(tx, campaignId, null);
      await audit(tx, {
        action: 'campaign.merge',
        subject: campaignId,
        orgPath: campaign.scope,
        detail: { merge: made.id, by: by?.id ?? 'platform' },
      });
      await announceCampaign(tx, locked, 'merged');
      return made;
    });
  };

  return {
    run: async (campaignId, by) => merge(campaignId, (await reader.current()).id, by),
    settle: async (campaignId) => {
      const standing = await store.system.transaction((tx) => standingMerge(tx, campaignId));
      return merge(
        campaignId,
        (standing?.publicationId as PublicationId | undefined) ?? (await reader.current()).id,
        undefined,
      );
    },
  };
}

interface Sides {
  readonly campaign: Campaign;
  readonly snapshot: Snapshot;
  readonly patches: readonly AcceptedPatch[];
  readonly settled: readonly MergeConflict[];
  readonly standing: Merge | null;
}

async function readSides(tx: Tx, campaignId: CampaignId): Promise<Sides> {
  const campaign = await getCampaign(tx, campaignId);
  if (!campaign.snapshotId || !['issued', 'merged', 'released'].includes(campaign.status)) {
    throw wrongStep(campaignId, campaign.status, { zh: '汇总', en: 'merged' });
  }
  return {
    campaign,
    snapshot: await getSnapshot(tx, campaign.snapshotId),
    patches: await acceptedPatches(tx, campaignId),
    settled: await listConflicts(tx, { campaignId, status: ['resolved'], limit: 1_000_000, offset: 0 }),
    standing: await standingMerge(tx, campaignId),
  };
}

/** A publication never changes, so what was prefilled from it once need not be again. */
function theirsOf(
  publicationId: string,
  snapshot: Snapshot,
  standing: Merge | null,
  patches: readonly AcceptedPatch[],
): MergeInput['theirs'] {
  if (publicationId === snapshot.publicationId) return 'unchanged';
  // The file also holds the answered rows that left the form: other answers would need other rows.
  const sameAnswers = standing?.publicationId === publicationId && standing.counts.patches === patches.length;
  return sameAnswers ? { ref: standing.theirsRef } : 'prefill';
}

function toFound(conflict: MergeOutput['conflicts'][number], plan: FormPlan): FoundConflict {
  const column = plan.column(conflict.column)!;
  return { ...conflict, patchId: conflict.patchId!, sensitivity: SENSITIVITIES.indexOf(column.sensitivity) };
}

/** Cells by class beside cells by kind: `class_h`, `class_m`, … */
function prefixed(classes: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(classes).map(([letter, count]) => [`class_${letter}`, count]));
}
