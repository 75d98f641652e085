import { readFile } from 'node:fs/promises';
import {
  type CampaignId,
  can,
  civilDate,
  civilTimestamp,
  contentHash,
  type Json,
  type Message,
  type OrgPath,
  orgPath,
  parsePeriod,
  periodTitle,
  type User,
} from '../core/index.ts';
import {
  addToOutbox,
  audit,
  type Campaign,
  createCampaignRow,
  createTasks,
  getCampaign,
  getSnapshot,
  keepTemplateVersion,
  listTasks,
  lockCampaign,
  type NewTask,
  noteCampaignFailure,
  notify,
  type Objects,
  type Store,
  type Task,
  type Tx,
  updateCampaign,
  usersResponsibleFor,
} from '../store/index.ts';
import type { Template } from '../templates/index.ts';
import { literal } from '../warehouse/sql-text.ts';
import { checkStateKnown } from './as-of.ts';
import { asOfFuture, deadlinePast, forbidden, wrongPeriod, wrongStep } from './errors.ts';
import { type Forms, unitLevel } from './form.ts';
import type { FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import { unitSql } from './snapshot-values.ts';

export interface NewCampaignInput {
  readonly templateId: string;
  /** Absent: the newest. */
  readonly templateVersion?: number;
  readonly period: string;
  readonly scope: string;
  readonly deadline: Date;
  /** Civil day to which ages are counted, and at whose end the values were known if it is an earlier one; absent: today. */
  readonly asOf?: string;
}

export interface Campaigns {
  /**
   * Writes a campaign down; prefill it next.
   *
   * @throws FillOnceError `reports.forbidden`, `reports.period`, `reports.deadline`, `reports.as_of.future`, `reports.as_of.early`,
   * `reports.as_of.unknown`, `templates.unknown`, `core.period`
   */
  create(user: User, input: NewCampaignInput): Promise<Campaign>;
  /**
   * Creates one task per responsible unit that has doubtful cells; a fully held report makes none. Called again it changes
   * nothing.
   *
   * @throws FillOnceError `reports.step` before the prefill or after the merge
   */
  issue(campaignId: CampaignId): Promise<{ readonly tasks: number; readonly cells: number; readonly deadline: Date }>;
  /** Tasks that still wait for an answer or a review. */
  openTasks(campaignId: CampaignId): Promise<number>;
  /** @throws FillOnceError `reports.step` once it is released */
  cancel(user: User, campaignId: CampaignId): Promise<void>;
  /** Notes a failed step, in words for people. */
  noteFailure(campaignId: CampaignId, step: string, message: Message): Promise<void>;
}

export interface CampaignsOptions {
  readonly store: Store;
  readonly reader: ReportReader;
  readonly objects: Objects;
  readonly forms: Forms;
}

export function createCampaigns({ store, reader, objects, forms }: CampaignsOptions): Campaigns {
  return {
    create: async (user, input) => {
      const template = forms.template(input.templateId, input.templateVersion);
      const period = parsePeriod(input.period);
      if (period.kind !== template.periodKind) throw wrongPeriod(template.title, input.period, template.periodKind);
      const now = store.clock.now();
      if (input.deadline <= now) throw deadlinePast(civilTimestamp(input.deadline));
      const scope = orgPath(input.scope);
      const file = await readFile(template.file);
      const fileRef = await objects.putBytes('templates', file, '.xlsx');
      const plan = forms.plan({ templateId: template.id, templateVersion: template.version, period: period.text });
      if (!can(user, 'campaign.manage', { org: scope, theme: plan.theme })) throw forbidden('campaign.manage', scope);
      const today = civilDate(now);
      const asOf = input.asOf ?? today;
      if (asOf > today) throw asOfFuture(asOf);
      if (asOf < today) {
        const { title } = template;
        await reader.withPublication('current', (sql, publication) =>
          checkStateKnown(sql, publication, { title, plan, scope, asOf }),
        );
      }
      return store.as(user).transaction(async (tx) => {
        await keepTemplate(tx, template, fileRef);
        const campaign = await createCampaignRow(tx, {
          templateId: template.id,
          templateVersion: template.version,
          title: `${template.title}（${periodTitle(period)}）`,
          period: period.text,
          scope,
          theme: plan.theme,
          asOf,
          deadline: input.deadline,
          createdBy: user.id,
        });
        await audit(tx, {
          action: 'campaign.create',
          subject: campaign.id,
          orgPath: scope,
          detail: { template: template.id, period: period.text, ...(asOf === today ? {} : { asOf }) },
        });
        await announceCampaign(tx, campaign, 'created');
        return campaign;
      });
    },

    issue: async (campaignId) => {
      const campaign = await store.system.transaction((tx) => getCampaign(tx, campaignId));
      if (!campaign.snapshotId || !['prefilled', 'issued'].includes(campaign.status)) {
        throw wrongStep(campaignId, campaign.status, { zh: '下发任务', en: 'issued' });
      }
      const plan = forms.plan(campaign);
      const snapshot = await store.system.transaction((tx) => getSnapshot(tx, campaign.snapshotId!));
      const file = await objects.path(snapshot.ref);
      const units = await reader.withPublication('current', (sql) => sql.all<UnitDoubts>(doubtsByUnitSql(plan, file)));
      return store.system.transaction(async (tx) => {
        const locked = await lockCampaign(tx, campaignId);
        await createTasks(
          tx,
          units.map((unit) => toTask(locked, unit)),
        );
        if (locked.status === 'prefilled') {
          await updateCampaign(tx, campaignId, { status: 'issued' });
          await noteCampaignFailure(tx, campaignId, null);
          await announceCampaign(tx, locked, 'issued');
          await tellClerks(tx, locked);
        }
        return {
          tasks: units.length,
          cells: units.reduce((sum, unit) => sum + unit.m + unit.s + unit.c, 0),
          deadline: locked.deadline,
        };
      });
    },

    openTasks: async (campaignId) => (await store.system.transaction((tx) => unfinishedTasks(tx, campaignId))).length,

    cancel: async (user, campaignId) => {
      await store.as(user).transaction(async (tx) => {
        const campaign = await lockCampaign(tx, campaignId);
        if (!can(user, 'campaign.manage', { org: campaign.scope, theme: campaign.theme }))
          throw forbidden('campaign.manage', campaign.title);
        if (campaign.status === 'released')
          throw wrongStep(campaignId, campaign.status, { zh: '撤销', en: 'cancelled' });
        await updateCampaign(tx, campaignId, { status: 'cancelled' });
        await audit(tx, { action: 'campaign.cancel', subject: campaignId, orgPath: campaign.scope });
        await announceCampaign(tx, campaign, 'cancelled');
      });
    },

    noteFailure: (campaignId, step, message) =>
      store.system.transaction((tx) => noteCampaignFailure(tx, campaignId, { step, message })),
  };
}

async function keepTemplate(tx: Tx, template: Template, fileRef: string): Promise<void> {
  const binding = JSON.stringify(template.binding);
  await keepTemplateVersion(tx, {
    templateId: template.id,
    version: template.version,
    kind: template.kind,
    title: template.title,
    periodKind: template.periodKind,
    fileRef,
    binding: JSON.parse(binding) as Json,
    hash: contentHash(`${fileRef} ${binding}`),
  });
}

/** Every clerk of a unit hears of its task once. */
async function tellClerks(tx: Tx, campaign: Campaign): Promise<void> {
  for (const task of await unfinishedTasks(tx, campaign.id)) {
    const clerks = (await usersResponsibleFor(tx, task.orgPath, ['clerk'])).filter(
      (user) => user.scope === task.orgPath,
    );
    await notify(
      tx,
      clerks.map((clerk) => clerk.id),
      {
        kind: 'task.issued',
        title: {
          zh: `新任务：${campaign.title}，${task.cellCount} 处待填`,
          en: `New task: ${campaign.title}, ${task.cellCount} cells to answer`,
        },
        link: `/tasks/${task.id}`,
        dedupeKey: `issued:${task.id}`,
      },
    );
  }
}

export async function unfinishedTasks(tx: Tx, campaignId: CampaignId): Promise<Task[]> {
  return listTasks(tx, { campaignId, status: ['open', 'submitted', 'returned'], limit: 10_000, offset: 0 });
}

/** Tells screens that a campaign moved on. */
export async function announceCampaign(tx: Tx, campaign: Campaign, change: string): Promise<void> {
  await addToOutbox(tx, 'events', campaign.id, {
    type: 'campaign',
    subject: campaign.id,
    org: campaign.scope,
    theme: campaign.theme,
    data: { change },
  });
}

interface UnitDoubts {
  readonly unit: OrgPath;
  readonly rows: number;
  readonly m: number;
  readonly s: number;
  readonly c: number;
}

/** A row is one unit with doubtful cells: how many rows and cells of each class. */
function doubtsByUnitSql(plan: FormPlan, file: string): string {
  const count = (letter: string) => `sum(len(class) - len(replace(class, '${letter}', '')))::BIGINT AS ${letter}`;
  return `SELECT ${unitSql(unitLevel(plan))} AS unit, count(*) AS rows, ${['m', 's', 'c'].map(count).join(', ')}
    FROM read_parquet(${literal(file)}) WHERE regexp_matches(class, '[msc]') GROUP BY 1 ORDER BY 1`;
}

function toTask(campaign: Campaign, { unit, rows, m, s, c }: UnitDoubts): NewTask {
  return {
    campaignId: campaign.id,
    orgPath: unit,
    theme: campaign.theme,
    rowCount: rows,
    cellCount: m + s + c,
    counts: { m, s, c },
    dueAt: campaign.deadline,
  };
}
