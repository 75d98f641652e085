import { type CampaignId, can, civilTimestamp, type Message, type User } from '../core/index.ts';
import {
  type Campaign,
  decisionsOfTask,
  getCampaign,
  getSnapshot,
  listConflicts,
  listReleases,
  type MergeConflict,
  type Objects,
  type Patch,
  patchHistory,
  type Snapshot,
  type Store,
  standingMerge,
  type Tx,
  userNames,
} from '../store/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';
import { stateFor } from './as-of.ts';
import { firstStep, type Origin, readOrigin } from './cell-origin.ts';
import { cellUnknown } from './errors.ts';
import type { Forms } from './form.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import type { SnapshotCell, SnapshotRows } from './snapshot-rows.ts';
import { textSql } from './snapshot-values.ts';
import { isMasked, MASK } from './task.ts';

export type ProvenanceKind = 'source' | 'derived' | 'answer' | 'review' | 'decision' | 'warehouse';

export interface ProvenanceStep {
  readonly kind: ProvenanceKind;
  readonly value: string | null;
  /** A source's or a person's name. */
  readonly by: string;
  /** A day for observations, a moment for what people did. */
  readonly at: string | null;
  readonly note: Message;
}

/** Where the value of one cell of a report comes from. */
export interface CellProvenance {
  readonly rowKey: string;
  readonly column: string;
  readonly columnTitle: string;
  /** What stands in the report now: in the last release, else the merge, else the prefilled form. */
  readonly value: string | null;
  readonly class: 'held' | 'derived' | 'stale' | 'conflicting' | 'missing' | 'outside';
  /** Oldest first. */
  readonly steps: readonly ProvenanceStep[];
}

export interface Provenance {
  /** @throws FillOnceError `reports.cell-unknown`, `store.not-found` */
  of(user: User, campaignId: CampaignId, rowKey: string, column: string): Promise<CellProvenance>;
}

const CLASS_WORDS = { h: 'held', d: 'derived', s: 'stale', c: 'conflicting', m: 'missing', x: 'outside' } as const;

export interface ProvenanceOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly forms: Forms;
  readonly rows: SnapshotRows;
}

export function createProvenance({ store, reader, objects, forms, rows }: ProvenanceOptions): Provenance {
  return {
    of: async (user, campaignId, rowKey, columnName) => {
      const told = await store.as(user).transaction((tx) => readTold(tx, campaignId, rowKey, columnName));
      const { campaign, snapshot } = told;
      const plan = forms.plan(campaign);
      const column = plan.column(columnName);
      const row = snapshot && (await rows.byKey(snapshot, plan, [rowKey])).get(rowKey);
      const ref = told.ref;
      const standing = ref === null ? null : await readCell(reader, objects, plan, ref, rowKey, column);
      const cell = row?.cells[plan.columns.indexOf(column!)];
      const place = row?.orgPath ?? standing?.orgPath;
      if (
        !column ||
        !snapshot ||
        place === undefined ||
        !can(user, 'campaign.read', { org: place, theme: plan.theme })
      ) {
        throw cellUnknown(rowKey, columnName);
      }
      const origin = await reader.withPublication(stateFor(campaign, snapshot.publicationId), (sql) =>
        readOrigin(sql, plan, column, rowKey),
      );
      const steps = [
        ...(cell ? [firstStep(column, cell, origin)] : []),
        ...answerSteps(told),
        ...(standing && cell && !told.patches.length && standing.value !== cell.value
          ? [newerStep(standing, origin)]
          : []),
      ];
      const masked = isMasked(column, user);
      const letter = (standing?.class ?? cell?.class ?? 'x') as keyof typeof CLASS_WORDS;
      return {
        rowKey,
        column: column.name,
        columnTitle: column.title,
        value: hide(masked, standing ? standing.value : (cell?.value ?? null)),
        class: CLASS_WORDS[letter],
        steps: steps.map((step) => ({ ...step, value: hide(masked, step.value) })),
      };
    },
  };
}

function hide(masked: boolean, value: string | null): string | null {
  return masked && value !== null ? MASK : value;
}

interface Told {
  readonly campaign: Campaign;
  readonly snapshot: Snapshot | null;
  /** The file in which the report stands now. */
  readonly ref: string | null;
  readonly patches: readonly Patch[];
  readonly decisions: readonly {
    readonly decision: string;
    readonly userId: string;
    readonly at: Date;
    readonly reason: string | null;
  }[];
  readonly conflicts: readonly MergeConflict[];
  readonly people: ReadonlyMap<string, string>;
}

async function readTold(tx: Tx, campaignId: CampaignId, rowKey: string, column: string): Promise<Told> {
  const campaign = await getCampaign(tx, campaignId);
  const snapshot = campaign.snapshotId ? await getSnapshot(tx, campaign.snapshotId) : null;
  const release = (await listReleases(tx, campaignId))[0];
  const merge = release ? null : await standingMerge(tx, campaignId);
  const patches = await patchHistory(tx, campaignId, rowKey, column);
  const decisions = patches[0] ? await decisionsOfTask(tx, patches[0].taskId) : [];
  const conflicts = patches[0]
    ? await listConflicts(tx, { campaignId, status: ['resolved'], rowKey, column, limit: 20, offset: 0 })
    : [];
  const ids = [...patches, ...decisions]
    .map(({ userId }) => userId)
    .concat(conflicts.flatMap(({ resolvedBy }) => resolvedBy ?? []));
  const people = await userNames(tx, ids);
  return { campaign, snapshot, ref: release?.ref ?? merge?.mergedRef ?? null, patches, decisions, conflicts, people };
}

interface StandingCell extends Pick<SnapshotCell, 'value' | 'class' | 'source' | 'observed'> {
  readonly orgPath: string;
}

async function readCell(
  reader: ReportReader,
  objects: Objects,
  plan: FormPlan,
  ref: string,
  rowKey: string,
  column: FormColumn | undefined,
): Promise<StandingCell | null> {
  if (!column) return null;
  const file = literal(await objects.path(ref));
  const has = column.source === 'element' || column.source === 'manual';
  const provenance = has
    ? `(${ident(`${column.name}_s`)} & 127)::INTEGER AS source, ${ident(`${column.name}_o`)}::VARCHAR AS observed`
    : 'NULL::INTEGER AS source, NULL::VARCHAR AS observed';
  const [found] = await reader.withPublication('current', (sql) =>
    sql.all<{ value: string | null; class: string; source: number | null; observed: string | null; org_path: string }>(
      `SELECT ${textSql(column)} AS value, substr(class, ${plan.columns.indexOf(column) + 1}, 1) AS class, ${provenance}, org_path
       FROM read_parquet(${file}) WHERE row_key = $1`,
      [rowKey],
    ),
  );
  return found ? { ...found, orgPath: found.org_path } : null;
}

function newerStep(standing: StandingCell, { sources }: Origin): ProvenanceStep {
  const source = sources.get(standing.source ?? -1);
  return {
    kind: 'warehouse',
    value: standing.value,
    by: source?.title.zh ?? '',
    at: standing.observed,
    note: { zh: '汇总时来源已有新值', en: 'the sources had a newer value when the report was merged' },
  };
}

function answerSteps({ patches, decisions, conflicts, people }: Told): ProvenanceStep[] {
  const name = (id: string) => people.get(id) ?? id;
  const steps = [
    ...patches.map((patch) => ({
      at: patch.at,
      step: {
        kind: 'answer' as const,
        value: patch.value,
        by: name(patch.userId),
        at: civilTimestamp(patch.at),
        note:
          patch.value === patch.base
            ? { zh: '确认原值', en: 'confirmed the value' }
            : {
                zh: `由“${patch.base ?? '空'}”改为“${patch.value ?? '无'}”`,
                en: `changed from '${patch.base ?? ''}' to '${patch.value ?? ''}'`,
              },
      },
    })),
    ...decisions.map((decision) => ({
      at: decision.at,
      step: {
        kind: 'review' as const,
        value: null,
        by: name(decision.userId),
        at: civilTimestamp(decision.at),
        note:
          decision.decision === 'approved'
            ? { zh: '审核通过', en: 'approved' }
            : { zh: `退回：${decision.reason}`, en: `returned: ${decision.reason}` },
      },
    })),
    ...conflicts.map((conflict) => ({
      at: conflict.resolvedAt!,
      step: {
        kind: 'decision' as const,
        value: conflict.value,
        by: name(conflict.resolvedBy!),
        at: civilTimestamp(conflict.resolvedAt!),
        note: {
          zh: `答复“${conflict.mine ?? '无'}”与来源“${conflict.theirs ?? '空'}”冲突，裁定如此`,
          en: `decided between the answer '${conflict.mine ?? ''}' and the source's '${conflict.theirs ?? ''}'`,
        },
      },
    })),
  ];
  return steps.sort((a, b) => a.at.getTime() - b.at.getTime()).map(({ step }) => step);
}
