import type { Message } from '../core/errors.ts';
import type { PartitionRange } from './partition.ts';

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
  partition: (source: string, dataset: string, partition: string) => `asset:landing.${source}.${dataset}:${partition}`,
  /** One at a time for each source: its workflow is the source's limit. */
  backfill: (source: string) => `backfill:${source}`,
  publication: () => 'asset:publication:current',
  sweep: () => 'asset:landing:sweep',
  serving: () => 'asset:serving:current',
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

export interface PartitionRef extends DatasetRef {
  /** `2026-10-03` or `2026-10`. */
  readonly partition: string;
}

export interface BackfillActivities {
  /** Asks a source again for one partition and lands it; the dataset's cursor stays where it is. */
  pullPartition(ref: PartitionRef): Promise<PullOutcome>;
}

/** What to bring again, and how gently. */
export interface BackfillOrder extends DatasetRef {
  readonly id: string;
  readonly range: PartitionRange;
  /** Of the range only these: what failed before. */
  readonly only?: readonly string[];
  /** Partitions under way at the same time: what the source bears. */
  readonly atOnce: number;
  /** The person who ordered it. */
  readonly by: string;
  /** Partitions after which the history is cut (continue-as-new); 250 unless told. */
  readonly perRun?: number;
}

/** `stopped`: it gave up because one partition after the other failed for the same reason. */
export type BackfillState = 'running' | 'cancelling' | 'done' | 'cancelled' | 'stopped';

export interface FailedPartition {
  readonly partition: string;
  readonly code: string;
  readonly message: Message;
}

/** Answer of the query `progress`, while it runs and afterwards. */
export interface BackfillProgress extends DatasetRef {
  readonly id: string;
  readonly by: string;
  readonly range: PartitionRange;
  readonly state: BackfillState;
  readonly atOnce: number;
  readonly total: number;
  readonly done: number;
  readonly records: number;
  readonly running: readonly string[];
  /** At most MOST_FAILED of them; `failedCount` counts all. */
  readonly failed: readonly FailedPartition[];
  readonly failedCount: number;
  readonly startedMs: number;
  readonly finishedMs: number | null;
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

export interface ServingActivities {
  /** Copies the current publication to the database that BI tools read; null where none is configured. */
  serveTables(): Promise<{ readonly publication: string | null }>;
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
  serve: 'serve',
  campaignRequest: 'campaignRequest',
  transition: 'transition',
  handling: 'handling',
  cancelBackfill: 'cancelBackfill',
} as const;

/** Query names. */
export const QUERIES = { progress: 'progress' } as const;

/** From where a campaign goes on whose workflow was lost: `issued` watches its deadline again, `released` sends what is left to send. */
export type CampaignResume = 'issued' | 'released' | 'other';

export type CampaignRequest =
  /** Something was published: a campaign that could not be prefilled tries again. */
  | { readonly kind: 'prefill'; readonly by: string }
  | { readonly kind: 'issue'; readonly by: string }
  | { readonly kind: 'merge'; readonly by: string }
  | { readonly kind: 'release'; readonly by: string }
  | { readonly kind: 'cancel'; readonly by: string };
