import { type CampaignId, type Message, newId, type OrgPath, type SnapshotId, type Theme } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type CampaignStatus = 'created' | 'prefilled' | 'issued' | 'merged' | 'released' | 'cancelled';

/** The step of a campaign that failed, in words for people. */
export interface CampaignFailure {
  readonly step: string;
  readonly message: Message;
  readonly at: string;
}

export interface CampaignTable {
  id: string;
  template_id: string;
  template_version: number;
  title: string;
  period: string;
  scope: string;
  theme: string;
  as_of: string;
  deadline: Date;
  status: CampaignStatus;
  snapshot_id: string | null;
  failure: JsonColumn<CampaignFailure | null>;
  created_by: string;
  created_at: Date;
  updated_at: Date;
}

export interface Campaign {
  readonly id: CampaignId;
  readonly templateId: string;
  readonly templateVersion: number;
  readonly title: string;
  /** Text of the period, `2026-11`. */
  readonly period: string;
  readonly scope: OrgPath;
  readonly theme: Theme;
  /** Civil date to which ages and times to live are counted, `2026-11-22`. */
  readonly asOf: string;
  readonly deadline: Date;
  readonly status: CampaignStatus;
  readonly snapshotId: SnapshotId | null;
  readonly failure: CampaignFailure | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export type NewCampaign = Pick<
  Campaign,
  'templateId' | 'templateVersion' | 'title' | 'period' | 'scope' | 'theme' | 'asOf' | 'deadline' | 'createdBy'
>;

export async function createCampaignRow(tx: Tx, campaign: NewCampaign): Promise<Campaign> {
  const now = tx.clock.now();
  const id = newId<CampaignId>('campaign', now);
  await tx.db
    .insertInto('campaign')
    .values({
      id,
      template_id: campaign.templateId,
      template_version: campaign.templateVersion,
      title: campaign.title,
      period: campaign.period,
      scope: campaign.scope,
      theme: campaign.theme,
      as_of: campaign.asOf,
      deadline: campaign.deadline,
      status: 'created',
      created_by: campaign.createdBy,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return { ...campaign, id, status: 'created', snapshotId: null, failure: null, createdAt: now };
}

/** @throws FillOnceError `store.not-found` also for a campaign outside the user's scope */
export async function getCampaign(tx: Tx, id: CampaignId): Promise<Campaign> {
  const row = await tx.db.selectFrom('campaign').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('campaign', id);
  return row as Campaign;
}

/** Like {@link getCampaign}, and keeps other transactions from changing it until this one ends. */
export async function lockCampaign(tx: Tx, id: CampaignId): Promise<Campaign> {
  const row = await tx.db.selectFrom('campaign').select(COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) throw notFound('campaign', id);
  return row as Campaign;
}

export interface CampaignFilter {
  readonly status?: readonly CampaignStatus[];
  readonly templateId?: string;
  readonly limit: number;
  readonly offset: number;
}

/** Campaigns, newest first. */
export async function listCampaigns(tx: Tx, filter: CampaignFilter): Promise<Campaign[]> {
  let query = tx.db
    .selectFrom('campaign')
    .select(COLUMNS)
    .orderBy('created_at', 'desc')
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.status !== undefined) query = query.where('status', 'in', [...filter.status]);
  if (filter.templateId !== undefined) query = query.where('template_id', '=', filter.templateId);
  return (await query.execute()) as Campaign[];
}

export async function updateCampaign(
  tx: Tx,
  id: CampaignId,
  change: { readonly status?: CampaignStatus; readonly deadline?: Date },
): Promise<void> {
  await tx.db
    .updateTable('campaign')
    .set({ ...change, updated_at: tx.clock.now() })
    .where('id', '=', id)
    .execute();
}

/** Notes that a step of the campaign failed, or with null that it no longer does. The platform's own transactions only. */
export async function noteCampaignFailure(
  tx: Tx,
  id: CampaignId,
  failure: Omit<CampaignFailure, 'at'> | null,
): Promise<void> {
  const now = tx.clock.now();
  await tx.db
    .updateTable('campaign')
    .set({ failure: failure && asJson({ ...failure, at: now.toISOString() }), updated_at: now })
    .where('id', '=', id)
    .execute();
}

export async function setCampaignSnapshot(tx: Tx, id: CampaignId, snapshotId: SnapshotId): Promise<void> {
  await tx.db
    .updateTable('campaign')
    .set({ snapshot_id: snapshotId, status: 'prefilled', updated_at: tx.clock.now() })
    .where('id', '=', id)
    .execute();
}

const COLUMNS = [
  'id',
  'template_id as templateId',
  'template_version as templateVersion',
  'title',
  'period',
  'scope',
  'theme',
  'as_of as asOf',
  'deadline',
  'status',
  'snapshot_id as snapshotId',
  'failure',
  'created_by as createdBy',
  'created_at as createdAt',
] as const;
