import { activityInfo, heartbeat } from '@temporalio/activity';
import type { CampaignId, UserId } from '../../core/index.ts';
import type { Reports } from '../../reports/index.ts';
import { type Correction, findUser, type Store } from '../../store/index.ts';
import type { ReportActivities } from '../contract.ts';
import { asFailure } from './failure.ts';

const HEARTBEAT_EVERY_MS = 10_000;

/** Sends one correction to a source that takes them; the id of the correction is its idempotency key. */
export type SendCorrection = (correction: Correction) => Promise<{ readonly ackId: string }>;

/** Activities of the `reports` queue: the steps of a campaign. */
export function createReportActivities(deps: {
  readonly reports: Reports;
  readonly store: Store;
  /** Sources that take corrections. */
  readonly correctionSenders: ReadonlyMap<string, SendCorrection>;
  readonly onCampaignChanged: (campaign: string) => void;
}): ReportActivities {
  const { reports, store } = deps;

  async function step<T>(campaign: string | null, work: () => Promise<T>): Promise<T> {
    const beat = setInterval(() => heartbeat(), HEARTBEAT_EVERY_MS);
    try {
      return await work();
    } catch (error) {
      throw asFailure(error, activityInfo().attempt);
    } finally {
      clearInterval(beat);
      if (campaign !== null) deps.onCampaignChanged(campaign);
    }
  }

  const person = (id: string) => store.system.transaction((tx) => findUser(tx, id as UserId));

  return {
    prefill: ({ campaign }) =>
      step(campaign, async () => {
        await reports.prefill.run(campaign as CampaignId);
      }),
    issueTasks: ({ campaign }) =>
      step(campaign, async () => {
        const { tasks, deadline } = await reports.campaigns.issue(campaign as CampaignId);
        return { tasks, deadline: deadline.toISOString() };
      }),
    openTasks: ({ campaign }) => step(null, () => reports.campaigns.openTasks(campaign as CampaignId)),
    remind: ({ campaign, kind }) =>
      step(campaign, async () => {
        await (kind === 'reminder' ? reports.reminders.remind : reports.reminders.escalate)(campaign as CampaignId);
      }),
    merge: ({ campaign, by }) =>
      step(campaign, async () => {
        const merge = await reports.merges.run(campaign as CampaignId, (await person(by)) ?? undefined);
        return { conflicts: merge.counts.conflict ?? 0 };
      }),
    release: ({ campaign, by }) =>
      step(campaign, async () => {
        const user = await person(by);
        if (user === null) throw new Error(`there is no user ${by}`);
        await reports.releases.run(user, campaign as CampaignId);
      }),
    writeBack: () =>
      step(null, async () => {
        const { batches } = await reports.writeBack.run();
        return { landed: batches.length > 0 };
      }),
    deliverCorrections: () =>
      step(null, async () => {
        let acknowledged = 0;
        let failed = 0;
        for (const [source, send] of deps.correctionSenders) {
          const delivery = await reports.corrections.deliver(source, send);
          acknowledged += delivery.acknowledged;
          failed += delivery.failed;
        }
        return { acknowledged, failed };
      }),
    campaignFailed: ({ campaign, step: name, failure }) =>
      step(campaign, () => reports.campaigns.noteFailure(campaign as CampaignId, name, failure)),
  };
}
