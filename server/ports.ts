// One file over the usual size: it is the whole seam between HTTP and the modules behind it, read in one go.
import type { OrgUnit, Theme, User } from '../core/index.ts';
import type { WorkflowStarter } from '../workflows/index.ts';
import type { Assets, BackfillDesk, Dictionary } from './ports-assets.ts';
import type { Desk, Publications } from './ports-desk.ts';
import type { Matching } from './ports-matching.ts';
import type { SqlDesk } from './ports-sql.ts';
import type { TaskWorkbooks } from './ports-workbook.ts';
import type {
  Campaign,
  CampaignInput,
  CampaignListQuery,
  CampaignSummary,
  Conflict,
  ConflictDecision,
  Provenance,
  Recognition,
  Template,
} from './schema/campaign.ts';
import type { ServerEvent } from './schema/event.ts';
import type { Incident } from './schema/incident.ts';
import type { Filter, MartDescription, Sort, Statistic, StatisticTable, Themes } from './schema/mart.ts';
import type { Quarantined, QuarantineQuery, Run, RunQuery, SourceDataset } from './schema/source.ts';
import type {
  Difference,
  PatchInput,
  PatchReply,
  SubmitInput,
  Task,
  TaskListQuery,
  TaskRow,
  TaskRowsQuery,
  TaskSummary,
} from './schema/task.ts';
import type { Listing, PageQuery, Scalar } from './schema/vocabulary.ts';

/*
 * What the server needs of the modules behind it. Every method that reads or writes for a person takes that person
 * first: the server has asked `can` before the call, and the store asks again with row-level security.
 * A method that is asked for something that does not exist, or lies outside the person's scope, answers null.
 */

export interface Users {
  /**
   * The user of that login and password; a wrong one takes as long as a right one.
   *
   * @throws FillOnceError 401, 429 while the account is locked
   */
  signIn(login: string, password: string): Promise<User>;
}

export interface Session {
  readonly user: User;
  readonly expiresAt: Date;
}

export interface Sessions {
  /** Opens a session and returns the token that only the cookie holds; the store keeps its hash. */
  open(user: User): Promise<{ token: string; expiresAt: Date }>;
  find(token: string): Promise<Session | null>;
  close(token: string): Promise<void>;
}

export interface OrgUnits {
  /** The unit at a path, or null. */
  find(path: string): Promise<OrgUnit | null>;
  /** The units at and under a path, in path order. */
  under(path: string, limit: number): Promise<OrgUnit[]>;
}

export interface Tasks {
  /** Where a task belongs, whoever asks: what the server puts to `can` before anything else. Null for an unknown id. */
  place(id: string): Promise<{ org: string; theme: Theme } | null>;
  list(user: User, query: TaskListQuery): Promise<Listing<TaskSummary>>;
  find(user: User, id: string): Promise<Task | null>;
  /** Values of columns above the user's sensitivity come as `***`, and nothing is asked about them. */
  rows(user: User, id: string, query: TaskRowsQuery): Promise<Listing<TaskRow>>;
  differences(user: User, id: string, page: PageQuery): Promise<Listing<Difference>>;
}

export interface Patches {
  /**
   * Resolves when the accepted patches are committed. The same `clientOpId` twice is saved once; a patch to a column above
   * the user's sensitivity is rejected.
   */
  save(user: User, taskId: string, patches: readonly PatchInput[]): Promise<PatchReply>;
}

export interface Reviews {
  /** @throws FillOnceError 409 when cells are unanswered and `incomplete` is not said */
  submit(user: User, taskId: string, how: SubmitInput): Promise<TaskSummary>;
  approve(user: User, taskId: string): Promise<TaskSummary>;
  sendBack(user: User, taskId: string, reason: string): Promise<TaskSummary>;
}

export interface Templates {
  list(): Promise<Template[]>;
  /** Which template the workbook at `path` is. */
  recognise(path: string, fileName: string): Promise<Recognition>;
}

export interface Campaigns {
  list(user: User, query: CampaignListQuery): Promise<Listing<CampaignSummary>>;
  find(user: User, id: string): Promise<Campaign | null>;
  /** Writes the campaign down; `workflows.startCampaign` then prefills it. */
  create(user: User, input: CampaignInput): Promise<Campaign>;
  conflicts(user: User, id: string, page: PageQuery): Promise<Listing<Conflict>>;
  decide(user: User, id: string, conflictId: string, decision: ConflictDecision): Promise<Conflict>;
  provenance(user: User, id: string, rowKey: string, column: string): Promise<Provenance | null>;
}

export interface Releases {
  /** The released (or, before a release, the merged) form as an xlsx file. */
  exportFile(user: User, campaignId: string): Promise<{ fileName: string; body: ReadableStream<Uint8Array> }>;
}

/**
 * Long work: ordered here, done by workers. Each call returns when the order is safely written down; what becomes of it is
 * told by `announcements`.
 */
export type Workflows = Pick<WorkflowStarter, 'startCampaign' | 'requestOfCampaign' | 'handleIncident' | 'pullSource'>;

export interface Marts {
  themes(user: User): Promise<Themes>;
  describe(user: User, theme: Theme, mart: string): Promise<MartDescription | null>;
  /**
   * One page of a mart in the user's scope. The caller has checked every column name against `describe` and asks only
   * for columns that the user may see; values come in the order of `columns`.
   */
  rows(
    user: User,
    request: {
      theme: Theme;
      mart: string;
      columns: readonly string[];
      filters: readonly Filter[];
      sort: readonly Sort[];
      offset: number;
      limit: number;
    },
  ): Promise<{ items: Scalar[][]; total: number; publicationId: string | null }>;
}

export interface Statistics {
  list(user: User): Promise<Statistic[]>;
  /** The numbers of one statistic in the user's scope; null when there is none of that name. */
  table(user: User, name: string, parameters: Readonly<Record<string, string>>): Promise<StatisticTable | null>;
}

export interface Sources {
  list(user: User): Promise<SourceDataset[]>;
  runs(user: User, query: RunQuery): Promise<Listing<Run>>;
  quarantine(user: User, query: QuarantineQuery): Promise<Listing<Quarantined>>;
}

export interface Incidents {
  list(user: User, query: PageQuery & { open?: boolean | undefined }): Promise<Listing<Incident>>;
  find(user: User, id: string): Promise<Incident | null>;
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WebhookReply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

export interface Webhooks {
  /** The receiver of a source's signed pushes, or null when the source does not push. */
  receiver(source: string): ((request: WebhookRequest) => Promise<WebhookReply>) | null;
}

export type Announcement = Omit<ServerEvent, 'id'>;

export interface Announcements {
  /** Calls back for everything that changes from now on; returns how to stop. */
  subscribe(listener: (announcement: Announcement) => void): () => void;
}

/** What `/readyz` asks. A check that throws, or takes longer than two seconds, is not ready. */
export interface Probe {
  readonly name: string;
  check(): Promise<void>;
}

export interface Ports {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly org: OrgUnits;
  readonly tasks: Tasks;
  readonly patches: Patches;
  readonly taskWorkbooks: TaskWorkbooks;
  readonly reviews: Reviews;
  readonly templates: Templates;
  readonly campaigns: Campaigns;
  readonly releases: Releases;
  readonly workflows: Workflows;
  readonly marts: Marts;
  readonly statistics: Statistics;
  readonly sources: Sources;
  readonly assets: Assets;
  readonly backfills: BackfillDesk;
  readonly dictionary: Dictionary;
  readonly desk: Desk;
  readonly matching: Matching;
  readonly publications: Publications;
  readonly incidents: Incidents;
  /** Absent where nothing may run statements. */
  readonly sql?: SqlDesk;
  readonly webhooks: Webhooks;
  readonly announcements: Announcements;
  readonly probes: readonly Probe[];
}
