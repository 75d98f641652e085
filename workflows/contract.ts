import type { Message } from '../core/errors.ts';

/*
 * What the workflows ask of the activities, and the names both sides and the server use. Types and constants only: this file is
 * part of the workflow bundle.
 */

/** Task queues. `warehouse` has exactly one worker anywhere: it owns the DuckDB file. */
export const TASK_QUEUES = {
  workflows: 'fillonce',
  connectors: 'connectors',
  warehouse: 'warehouse',
  reports: 'reports',
} as const;

export const WORKFLOW_IDS = {
  source: (source: string) => `source:${source}`,
  dataset: (source: string, dataset: string) => `asset:staged.${source}.${dataset}:current`,
  batch: (source: string, dataset: string, batch: string) => `asset:staged.${source}.${dataset}:${batch}`,
  publication: () => 'asset:publication:current',
  sweep: () => 'asset:landing:sweep',
  campaign: (campaign: string) => `campaign:${campaign}`,
  incident: (rule: string, subject: string) => `incident:${rule}:${subject}`,
} as const;

export interface DatasetRef {
  readonly source: string;
  readonly dataset: string;
}

export interface PullOutcome {
  readonly records: number;
  readonly batches: number;
}

export interface ConnectorActivities {
  /** Pulls a dataset from its last cursor to its end; what came before a failure stays landed. */
  pullDataset(ref: DatasetRef): Promise<PullOutcome>;
}

/** Stands among entities for all of them: what was touched is not known. */
export const ANY_ENTITY = '*';

export interface StageOutcome {
  /** What was staged now, oldest first. */
  readonly batches: readonly string[];
  readonly rows: number;
  readonly quarantined: number;
  /** Golden entities that the batches touched. */
  readonly entities: readonly string[];
}

export interface WarehouseActivities {
  /** Stages what is landed and not in the ledger: of one dataset, or of all when none is named. */
  stageOutstanding(of: Partial<DatasetRef>): Promise<StageOutcome>;
  stageBatch(input: { readonly batch: string }): Promise<StageOutcome>;
  refreshGolden(input: { readonly entities: readonly string[] }): Promise<{ readonly rows: number }>;
  publish(): Promise<{ readonly publication: string; readonly records: number }>;
  /** Runs the crowd rule over staged headcounts; returns the transitions that incident workflows must hear of. */
  evaluateCrowd(input: { readonly batches: readonly string[] }): Promise<readonly IncidentTransition[]>;
}

export interface ReportActivities {
  prefill(input: { readonly campaign: string }): Promise<void>;
  issueTasks(input: {
    readonly campaign: string;
  }): Promise<{ readonly tasks: number; readonly deadline: string | null }>;
  /** How many tasks still wait for an answer or a review. */
  openTasks(input: { readonly campaign: string }): Promise<number>;
  remind(input: { readonly campaign: string; readonly kind: 'reminder' | 'escalation' }): Promise<void>;
  merge(input: { readonly campaign: string; readonly by: string }): Promise<{ readonly conflicts: number }>;
  release(input: { readonly campaign: string; readonly by: string }): Promise<void>;
  /** Lands what releases vouched for; true when there was anything. */
  writeBack(): Promise<{ readonly landed: boolean }>;
  /** Sends what was corrected to the departments that own it. */
  deliverCorrections(): Promise<{ readonly acknowledged: number; readonly failed: number }>;
  campaignFailed(input: { readonly campaign: string; readonly step: string; readonly failure: Message }): Promise<void>;
}

export interface IncidentTransition {
  readonly rule: string;
  readonly subject: string;
  readonly kind: 'opened' | 'raised' | 'cleared' | 'no_data';
  /** Civil time of the bin that decided. */
  readonly at: string;
  readonly value: number;
  readonly threshold: number;
  readonly ring: 'warning' | 'control' | 'core';
  readonly orgPath: string;
  readonly title: Message;
}

export type HandlingAction = 'acknowledge' | 'dispatch' | 'resolve' | 'false_alarm';

export interface Handling {
  readonly action: HandlingAction;
  readonly by: string;
  readonly note: string;
  /** Idempotency key of the request. */
  readonly key: string;
}

export interface IncidentActivities {
  openIncident(transition: IncidentTransition): Promise<{ readonly incident: string }>;
  recordTransition(input: { readonly incident: string; readonly transition: IncidentTransition }): Promise<void>;
  recordHandling(input: {
    readonly incident: string;
    readonly handling: Handling;
  }): Promise<{ readonly closed: boolean }>;
  escalateIncident(input: { readonly incident: string }): Promise<void>;
}

/** Signal names, spelled once. */
export const SIGNALS = {
  sourceStarted: 'sourceStarted',
  sourceFinished: 'sourceFinished',
  touched: 'touched',
  campaignRequest: 'campaignRequest',
  transition: 'transition',
  handling: 'handling',
} as const;

export type CampaignRequest =
  | { readonly kind: 'issue'; readonly by: string }
  | { readonly kind: 'merge'; readonly by: string }
  | { readonly kind: 'release'; readonly by: string }
  | { readonly kind: 'cancel'; readonly by: string };
