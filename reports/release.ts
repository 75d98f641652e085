import { type CampaignId, can, type User } from '../core/index.ts';
import {
  acceptedPatches,
  audit,
  type Campaign,
  countConflicts,
  createReleaseRow,
  listConflicts,
  listReleases,
  lockCampaign,
  type Merge,
  type MergeConflict,
  noteCampaignFailure,
  queueConfirmations,
  queueCorrections,
  type Release,
  type Store,
  standingMerge,
  type Tx,
  updateCampaign,
} from '../store/index.ts';
import { announceCampaign, unfinishedTasks } from './campaign.ts';
import { forbidden, mergeOutdated, openConflicts, openTasksLeft, wrongStep } from './errors.ts';
import type { Forms } from './form.ts';
import type { Merges } from './merge.ts';
import { vouchedFor } from './vouched.ts';

export interface ReleaseOptions {
  /** Releases although tasks are not approved; and why a released report is released again. */
  readonly reason?: string;
}

export interface Releases {
  /**
   * Makes the merged form the report: immutable, numbered, superseding the one before. In the same transaction everything
   * that was vouched for is queued for write-back, and what changed for the owner departments.
   *
   * @throws FillOnceError `reports.release.conflicts`, `reports.release.tasks`, `reports.release.merge-outdated`,
   *   `reports.step`, `reports.forbidden`
   */
  run(user: User, campaignId: CampaignId, options?: ReleaseOptions): Promise<Release>;
}

export interface ReleasesOptions {
  readonly store: Store;
  readonly forms: Forms;
  readonly merges: Merges;
}

export function createReleases({ store, forms, merges }: ReleasesOptions): Releases {
  const attempt = (user: User, campaignId: CampaignId, reason: string | null): Promise<Release | 'unsettled'> =>
    store.system.transaction(async (tx) => {
      const campaign = await lockCampaign(tx, campaignId);
      if (!can(user, 'task.review', { org: campaign.scope, theme: campaign.theme }))
        throw forbidden('release', campaign.title);
      const merge = await standingMerge(tx, campaignId);
      if (campaign.status === 'released' && merge) {
        const last = (await listReleases(tx, campaignId))[0];
        if (last?.mergeId === merge.id) return last;
      }
      if (campaign.status !== 'merged' || !merge)
        throw wrongStep(campaignId, campaign.status, { zh: '上报', en: 'released' });
      await refuseUnfinished(tx, campaign, reason);
      const patches = await acceptedPatches(tx, campaignId);
      if (merge.counts.patches !== patches.length) throw mergeOutdated(campaignId);
      const settled = await listConflicts(tx, { campaignId, status: ['resolved'], limit: 1_000_000, offset: 0 });
      if (isUnsettled(merge, settled)) return 'unsettled';

      const { ref, counts } = { ref: merge.mergedRef, counts: merge.counts };
      const release = await createReleaseRow(tx, {
        campaignId,
        ref,
        mergeId: merge.id,
        counts,
        reason,
        releasedBy: user.id,
      });
      const { confirmations, corrections } = vouchedFor(forms.plan(campaign), patches, settled);
      await queueConfirmations(tx, campaignId, confirmations);
      await queueCorrections(tx, campaignId, corrections);
      await updateCampaign(tx, campaignId, { status: 'released' });
      await noteCampaignFailure(tx, campaignId, null);
      await audit(
        { ...tx, user },
        {
          action: 'campaign.release',
          subject: campaignId,
          orgPath: campaign.scope,
          detail: { release: release.id, number: release.number, ...(reason === null ? {} : { reason }) },
        },
      );
      await announceCampaign(tx, campaign, 'released');
      return release;
    });

  return {
    run: async (user, campaignId, { reason } = {}) => {
      for (let round = 0; round < 3; round++) {
        const outcome = await attempt(user, campaignId, reason?.trim() || null);
        if (outcome !== 'unsettled') return outcome;
        // Conflicts were decided after the merge: put the decisions into the file, over the same publication.
        await merges.settle(campaignId);
      }
      throw mergeOutdated(campaignId);
    },
  };
}

async function refuseUnfinished(tx: Tx, campaign: Campaign, reason: string | null): Promise<void> {
  const open = await countConflicts(tx, campaign.id, ['open']);
  if (open > 0) throw openConflicts(campaign.id, open);
  const waiting = await unfinishedTasks(tx, campaign.id);
  if (waiting.length > 0 && reason === null) throw openTasksLeft(campaign.id, waiting.length);
}

/** True when a conflict was decided after the merge that is to be released. */
function isUnsettled(merge: Merge, settled: readonly MergeConflict[]): boolean {
  return merge.counts.settled !== settled.length || settled.some((conflict) => conflict.resolvedAt! > merge.createdAt);
}
