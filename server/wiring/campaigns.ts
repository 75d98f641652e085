import { type CampaignId, civilTimestamp, parsePeriod, periodTitle, type User } from '../../core/index.ts';
import { type ConflictView, coverageOf, earlierDay, type Reports } from '../../reports/index.ts';
import {
  type Campaign as CampaignRow,
  campaignProgress,
  countConflicts,
  getCampaign,
  getSnapshot,
  listCampaigns,
  listReleases,
  orgUnitNames,
  type Store,
  standingMerge,
  type Tx,
  userNames,
} from '../../store/index.ts';
import type { Campaigns } from '../ports.ts';
import type { CampaignSummary, Conflict } from '../schema/campaign.ts';
import { orNothing } from './absent.ts';
import { toSummary } from './tasks.ts';

/** Tasks shown with their campaign: more than a subdistrict has grids. */
const MOST_TASKS = 500;

/** Campaigns as the screens show them, over the rows of the store; the steps themselves are reports' and the workers'. */
export function wireCampaigns({ store, reports }: { store: Store; reports: Reports }): Campaigns {
  const { tasks, campaigns, conflicts, provenance } = reports;

  async function find(user: User, id: CampaignId) {
    const { row, summary, releases, mergedAt, publicationId, people } = await store.as(user).transaction(async (tx) => {
      const row = await getCampaign(tx, id);
      const releases = await listReleases(tx, id);
      const people = await userNames(
        tx,
        releases.map((release) => release.releasedBy),
      );
      return {
        row,
        releases,
        people,
        summary: await summarise(tx, row),
        mergedAt: (await standingMerge(tx, id))?.createdAt ?? null,
        publicationId: row.snapshotId ? (await getSnapshot(tx, row.snapshotId)).publicationId : null,
      };
    });
    const { items } = await tasks.list(user, { campaignId: id, limit: MOST_TASKS, offset: 0 });
    return {
      ...summary,
      failure: row.failure && { ...row.failure, at: civilTimestamp(new Date(row.failure.at)) },
      mergedAt: mergedAt && civilTimestamp(mergedAt),
      publicationId,
      asOf: earlierDay(row),
      snapshotId: row.snapshotId as string | null,
      taskList: items.map(toSummary),
      releases: releases.map((release) => ({
        id: release.id as string,
        number: release.number,
        approvedBy: people.get(release.releasedBy) ?? release.releasedBy,
        approvedAt: civilTimestamp(release.at),
        rows: release.counts.rows ?? 0,
        reason: release.reason,
        ref: release.ref,
      })),
      themes: [row.theme],
    };
  }

  return {
    list: async (user, { stage, offset, limit }) =>
      store.as(user).transaction(async (tx) => {
        const rows = await listCampaigns(tx, { ...(stage === undefined ? {} : { status: [stage] }), limit, offset });
        const items: CampaignSummary[] = [];
        for (const row of rows) items.push(await summarise(tx, row));
        let count = tx.db.selectFrom('campaign').select((eb) => eb.fn.countAll<number>().as('total'));
        if (stage !== undefined) count = count.where('status', '=', stage);
        return { items, total: Number((await count.executeTakeFirstOrThrow()).total), offset, limit };
      }),
    find: (user, id) => orNothing(find(user, id as CampaignId)),
    create: async (user, { templateId, period, scope, deadline, asOf }) => {
      const { id } = await campaigns.create(user, {
        ...{ templateId, period, scope, deadline: new Date(deadline) },
        ...(asOf === undefined ? {} : { asOf }),
      });
      return find(user, id);
    },
    conflicts: async (user, id, page) => {
      const { items, total } = await conflicts.list(user, id as CampaignId, page);
      return { items: items.map(toConflict), total, ...page };
    },
    decide: async (user, _id, conflictId, { choice, value, reason }) =>
      toConflict(
        await conflicts.decide(user, conflictId, {
          choice,
          ...(value === undefined ? {} : { value }),
          ...(reason === undefined ? {} : { reason }),
        }),
      ),
    provenance: async (user, id, rowKey, column) => {
      const cell = await orNothing(provenance.of(user, id as CampaignId, rowKey, column));
      return cell && { ...cell, steps: cell.steps.map((step) => ({ ...step, note: { ...step.note } })) };
    },
  };
}

function toConflict(view: ConflictView): Conflict {
  return {
    ...view,
    candidates: view.candidates.map(({ id, source, sourceName, value, observed }) => ({
      choice: id,
      ...{ source, sourceName, value, observed },
    })),
    decided: view.decided && { ...view.decided },
  };
}

async function summarise(tx: Tx, row: CampaignRow): Promise<CampaignSummary> {
  const snapshot = row.snapshotId ? await getSnapshot(tx, row.snapshotId) : null;
  const { h = 0, d = 0, s = 0, c = 0, m = 0 } = snapshot?.counts.total ?? {};
  const { tasks } = await campaignProgress(tx, row.id);
  const names = await orgUnitNames(tx, [row.scope]);
  return {
    id: row.id,
    templateId: row.templateId,
    title: row.title,
    period: row.period,
    periodTitle: periodTitle(parsePeriod(row.period)),
    scope: row.scope,
    scopeName: names.get(row.scope) ?? row.scope,
    deadline: civilTimestamp(row.deadline),
    createdAt: civilTimestamp(row.createdAt),
    stage: row.status,
    rows: snapshot?.rows ?? 0,
    counts: { held: h, derived: d, stale: s, conflicting: c, missing: m },
    coverage: snapshot ? coverageOf(snapshot) : 0,
    tasks: tasks.open + tasks.returned + tasks.submitted + tasks.approved,
    tasksSubmitted: tasks.submitted + tasks.approved,
    tasksApproved: tasks.approved,
    conflicts: await countConflicts(tx, row.id, ['open']),
  };
}
