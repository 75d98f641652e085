import { type CampaignId, can, civilTimestamp, type PublicationId, type User } from '../core/index.ts';
import {
  audit,
  type Campaign,
  countConflicts,
  getCampaign,
  getConflict,
  getSnapshot,
  listConflicts,
  type MergeConflict,
  orgUnitNames,
  patchHistory,
  type Resolution,
  resolveConflictRow,
  type Store,
  standingMerge,
  userNames,
} from '../store/index.ts';
import { readSources, type SourceName } from './alternatives.ts';
import { readValue } from './cell-value.ts';
import { conflictSettled, forbidden, invalidValue } from './errors.ts';
import type { Forms } from './form.ts';
import type { ReportReader } from './prefill.ts';
import { rowTitle } from './review.ts';
import type { SnapshotRows } from './snapshot-rows.ts';

export interface ConflictCandidate {
  readonly id: 'mine' | 'theirs';
  readonly kind: 'answer' | 'warehouse';
  /** The person who answered, or the source. */
  readonly source: string;
  readonly sourceName: string;
  readonly value: string | null;
  readonly observed: string | null;
}

/** One cell on which a clerk's answer and the sources' newer value disagree. */
export interface ConflictView {
  readonly id: string;
  readonly rowKey: string;
  readonly rowTitle: string;
  readonly org: string;
  readonly column: string;
  readonly columnTitle: string;
  /** What the snapshot held. */
  readonly base: string | null;
  readonly candidates: readonly ConflictCandidate[];
  readonly decided: {
    readonly choice: Resolution;
    readonly value: string | null;
    readonly by: string;
    readonly at: string;
  } | null;
}

export interface ConflictDecision {
  readonly choice: Resolution;
  /** With `other`: the value that shall stand. */
  readonly value?: string | null;
  readonly reason?: string;
}

export interface Conflicts {
  /** Conflicts of the last merge in the user's scope, decided ones too. */
  list(
    user: User,
    campaignId: CampaignId,
    page: { limit: number; offset: number },
  ): Promise<{ items: ConflictView[]; total: number }>;
  /**
   * Decides a conflict; the decision is in the form after the next merge or with the release.
   *
   * @throws FillOnceError `reports.conflict.settled`, `reports.value`, `reports.forbidden`, `store.not-found`
   */
  decide(user: User, conflictId: string, decision: ConflictDecision): Promise<ConflictView>;
}

/** Those that the last merge found: decided ones too, gone ones not. */
const STANDING_CONFLICTS = ['open', 'resolved'] as const;

export interface ConflictsOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
}

export function createConflicts({ store, reader, forms, rows }: ConflictsOptions): Conflicts {
  const describe = async (
    user: User,
    campaign: Campaign,
    conflicts: readonly MergeConflict[],
  ): Promise<ConflictView[]> => {
    if (conflicts.length === 0) return [];
    const plan = forms.plan(campaign);
    const { snapshot, merge, answers, people, units } = await store.as(user).transaction(async (tx) => {
      const answers = new Map<string, { userId: string; at: Date }>();
      for (const { id, rowKey, column, patchId } of conflicts) {
        const history = await patchHistory(tx, campaign.id, rowKey, column);
        const answer = history.find((patch) => patch.id === patchId);
        if (answer) answers.set(id, answer);
      }
      const ids = [
        ...[...answers.values()].map(({ userId }) => userId),
        ...conflicts.flatMap(({ resolvedBy }) => resolvedBy ?? []),
      ];
      return {
        snapshot: await getSnapshot(tx, campaign.snapshotId!),
        merge: await standingMerge(tx, campaign.id),
        answers,
        people: await userNames(tx, ids),
        units: await orgUnitNames(
          tx,
          conflicts.map(({ rowKey }) => rowKey),
        ),
      };
    });
    const found = await rows.byKey(
      snapshot,
      plan,
      conflicts.map(({ rowKey }) => rowKey),
    );
    const sources = await reader.withPublication(
      (merge?.publicationId ?? snapshot.publicationId) as PublicationId,
      readSources,
    );
    return conflicts.map((conflict): ConflictView => {
      const row = found.get(conflict.rowKey);
      const answer = answers.get(conflict.id);
      return {
        id: conflict.id,
        rowKey: conflict.rowKey,
        rowTitle: row ? rowTitle(plan, row, units) : conflict.rowKey,
        org: conflict.orgPath,
        column: conflict.column,
        columnTitle: plan.column(conflict.column)?.title ?? conflict.column,
        base: conflict.base,
        candidates: [mineOf(conflict, answer, people), theirsOf(conflict, sources)],
        decided: decidedOf(conflict, people),
      };
    });
  };

  return {
    list: async (user, campaignId, page) => {
      const { campaign, conflicts, total } = await store.as(user).transaction(async (tx) => ({
        campaign: await getCampaign(tx, campaignId),
        conflicts: await listConflicts(tx, { campaignId, status: STANDING_CONFLICTS, ...page }),
        total: await countConflicts(tx, campaignId, STANDING_CONFLICTS),
      }));
      return { items: await describe(user, campaign, conflicts), total };
    },

    decide: async (user, conflictId, decision) => {
      const { campaign, conflict } = await store.as(user).transaction(async (tx) => {
        const conflict = await getConflict(tx, conflictId);
        const campaign = await getCampaign(tx, conflict.campaignId);
        if (!can(user, 'task.review', { org: conflict.orgPath, theme: campaign.theme }))
          throw forbidden('task.review', conflict.orgPath);
        const value = chosenValue(conflict, decision, forms, campaign);
        const reason = decision.reason?.trim() || null;
        if (
          !(await resolveConflictRow(tx, conflictId, { resolution: decision.choice, value, reason, userId: user.id }))
        )
          throw conflictSettled(conflictId);
        await audit(tx, {
          action: 'conflict.decide',
          subject: conflictId,
          orgPath: conflict.orgPath,
          detail: { campaign: campaign.id, row: conflict.rowKey, column: conflict.column, choice: decision.choice },
        });
        return { campaign, conflict: await getConflict(tx, conflictId) };
      });
      return (await describe(user, campaign, [conflict]))[0]!;
    },
  };
}

function chosenValue(
  conflict: MergeConflict,
  decision: ConflictDecision,
  forms: Forms,
  campaign: Campaign,
): string | null {
  if (decision.choice !== 'other') return conflict[decision.choice];
  const column = forms.plan(campaign).column(conflict.column)!;
  const read = readValue(column, decision.value ?? null);
  if ('problem' in read) throw invalidValue(column.title, read.problem);
  return read.value;
}

function mineOf(
  conflict: MergeConflict,
  answer: { readonly userId: string; readonly at: Date } | undefined,
  people: ReadonlyMap<string, string>,
): ConflictCandidate {
  return {
    id: 'mine',
    kind: 'answer',
    source: answer?.userId ?? '',
    sourceName: people.get(answer?.userId ?? '') ?? '',
    value: conflict.mine,
    observed: answer ? civilTimestamp(answer.at) : null,
  };
}

function theirsOf(conflict: MergeConflict, sources: ReadonlyMap<number, SourceName>): ConflictCandidate {
  const source = sources.get(conflict.theirsSource ?? -1);
  return {
    id: 'theirs',
    kind: 'warehouse',
    source: source?.name ?? '',
    sourceName: source?.title.zh ?? '',
    value: conflict.theirs,
    observed: conflict.theirsObserved,
  };
}

function decidedOf(
  { status, resolution, value, resolvedBy, resolvedAt }: MergeConflict,
  people: ReadonlyMap<string, string>,
) {
  if (status !== 'resolved' || !resolution || !resolvedBy || !resolvedAt) return null;
  return { choice: resolution, value, by: people.get(resolvedBy) ?? resolvedBy, at: civilTimestamp(resolvedAt) };
}
