// Made from /openapi.json by server/api-types.ts; `npx vitest run test/web/api-types.test.ts -u` makes it anew.
// biome-ignore-all format: generated

export type SessionInfo = {
  readonly subdistrict: string;
  readonly me: Me | null;
  readonly demoLogins: readonly (DemoLogin)[];
};
export type Me = {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly roles: readonly (Role)[];
  readonly scope: string;
  readonly scopeName: string;
  readonly themes: readonly (string)[];
  readonly sensitivity: Sensitivity;
  readonly actions: readonly (string)[];
  readonly expiresAt: string;
};
export type Role = "admin" | "reviewer" | "clerk" | "leader" | "analyst" | "duty";
export type Sensitivity = "public" | "internal" | "personal" | "sensitive";
export type DemoLogin = {
  readonly login: string;
  readonly password: string;
  readonly name: string;
  readonly roles: readonly (Role)[];
};
export type ErrorBody = {
  readonly code: string;
  readonly status: number;
  readonly message: Message;
  readonly details: { readonly [key: string]: unknown };
  readonly retryable: boolean;
};
export type Message = {
  readonly zh: string;
  readonly en: string;
};
export type Credentials = {
  readonly login: string;
  readonly password: string;
};
export type Done = {
  readonly ok: true;
};
export type TaskList = {
  readonly items: readonly (TaskSummary)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type TaskSummary = {
  readonly id: string;
  readonly campaignId: string;
  readonly title: string;
  readonly period: string;
  readonly periodTitle: string;
  readonly org: string;
  readonly orgName: string;
  readonly assignee: string | null;
  readonly status: TaskStatus;
  readonly deadline: string;
  readonly doubtful: number;
  readonly answered: number;
  readonly counts: DoubtCounts;
  readonly returnReason: string | null;
  readonly submittedAt: string | null;
};
export type TaskStatus = "open" | "returned" | "submitted" | "approved";
export type DoubtCounts = {
  readonly stale: number;
  readonly conflicting: number;
  readonly missing: number;
};
export type Task = TaskSummary & {
  readonly columns: readonly (TaskColumn)[];
};
export type TaskColumn = Column & {
  readonly identifying: boolean;
  readonly asked: boolean;
  readonly editable: boolean;
};
export type Column = {
  readonly id: string;
  readonly title: string;
  readonly type: "text" | "code" | "integer" | "decimal" | "date" | "timestamp" | "boolean";
  readonly unit: string | null;
  readonly codes: readonly (string)[] | null;
  readonly check: "idNumber" | "creditCode" | "phone" | null;
  readonly sensitivity: Sensitivity;
  readonly optional: boolean;
  readonly masked: boolean;
};
export type TaskRowList = {
  readonly items: readonly (TaskRow)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type TaskRow = {
  readonly rowKey: string;
  readonly org: string;
  readonly orgName: string;
  readonly values: readonly (CellText)[];
  readonly doubts: readonly (Doubt)[];
};
export type CellText = string | null;
export type Doubt = {
  readonly column: string;
  readonly class: DoubtClass;
  readonly reason: Message;
  readonly observed: string | null;
  readonly source: string | null;
  readonly sourceName: string | null;
  readonly ttlDays: number | null;
  readonly alternatives: readonly (Alternative)[];
  readonly answer: Answer | null;
};
export type DoubtClass = "stale" | "conflicting" | "missing";
export type Alternative = {
  readonly source: string;
  readonly sourceName: string;
  readonly value: CellText;
  readonly observed: string | null;
};
export type Answer = {
  readonly value: CellText;
  readonly by: string;
  readonly at: string;
  readonly confirmed: boolean;
};
export type PatchReply = {
  readonly saved: readonly (string)[];
  readonly rejected: readonly (PatchRejection)[];
  readonly answered: number;
  readonly doubtful: number;
};
export type PatchRejection = {
  readonly clientOpId: string;
  readonly reason: "conflict" | "invalid" | "unknown";
  readonly message: Message;
  readonly current: CellText;
  readonly currentBy: string | null;
};
export type PatchBatch = {
  readonly patches: readonly (PatchInput)[];
};
export type PatchInput = {
  readonly rowKey: string;
  readonly column: string;
  readonly base: CellText;
  readonly value: CellText;
  readonly clientOpId: string;
};
export type SubmitInput = {
  readonly incomplete?: boolean;
  readonly note?: string;
};
export type DifferenceList = {
  readonly items: readonly (Difference)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Difference = {
  readonly rowKey: string;
  readonly rowTitle: string;
  readonly column: string;
  readonly columnTitle: string;
  readonly class: DoubtClass | null;
  readonly before: CellText;
  readonly after: CellText;
  readonly kind: "changed" | "filled" | "confirmed";
  readonly by: string;
  readonly at: string;
};
export type ReturnInput = {
  readonly reason: string;
};
export type TaskWorkbookPreview = {
  readonly digest: string;
  readonly counts: {
    readonly change: number;
    readonly conflict: number;
    readonly locked: number;
    readonly invalid: number;
    readonly unknown: number;
    readonly duplicate: number;
    readonly missing: number;
  };
  readonly items: readonly (WorkbookItem)[];
  readonly same: number;
  readonly confirmable: number;
  readonly formulas: number;
  readonly missingColumns: readonly (string)[];
  readonly extraColumns: readonly (string)[];
};
export type WorkbookItem = {
  readonly kind: WorkbookKind;
  readonly at: string | null;
  readonly rowKey: string | null;
  readonly rowTitle: string;
  readonly column: string | null;
  readonly columnTitle: string;
  readonly now: string | null;
  readonly value: string | null;
  readonly by: string | null;
  readonly message: Message;
};
export type WorkbookKind = "change" | "conflict" | "locked" | "invalid" | "unknown" | "duplicate" | "missing";
export type TaskWorkbookReply = {
  readonly saved: number;
  readonly rejected: readonly (WorkbookItem)[];
  readonly answered: number;
  readonly doubtful: number;
};
export type TemplateList = {
  readonly items: readonly (Template)[];
};
export type Template = {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly kind: "roster" | "indicator" | "crosstab";
  readonly periodKind: "day" | "week" | "month" | "quarter" | "year";
  readonly themes: readonly (Theme)[];
  readonly columns: number;
  readonly bound: number;
};
export type Theme = "population" | "housing" | "enterprise" | "economy" | "cases" | "safety" | "parking" | "crowd";
export type Recognition = {
  readonly fileName: string;
  readonly template: Template | null;
  readonly confidence: number;
  readonly sheet: string | null;
  readonly differences: readonly ({
    readonly where: string;
    readonly message: Message;
  })[];
  readonly matches: readonly ({
    readonly header: string;
    readonly element: string | null;
    readonly elementTitle: string | null;
    readonly confidence: number;
  })[];
};
export type OrgUnitList = {
  readonly items: readonly (OrgUnit)[];
};
export type OrgUnit = {
  readonly path: string;
  readonly name: string;
  readonly kind: "district" | "subdistrict" | "community" | "grid";
};
export type CampaignList = {
  readonly items: readonly (CampaignSummary)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type CampaignSummary = {
  readonly id: string;
  readonly templateId: string;
  readonly title: string;
  readonly period: string;
  readonly periodTitle: string;
  readonly scope: string;
  readonly scopeName: string;
  readonly deadline: string;
  readonly createdAt: string;
  readonly stage: Stage;
  readonly rows: number;
  readonly counts: ClassCounts;
  readonly coverage: number;
  readonly tasks: number;
  readonly tasksSubmitted: number;
  readonly tasksApproved: number;
  readonly conflicts: number;
};
export type Stage = "created" | "prefilled" | "issued" | "merged" | "released" | "cancelled";
export type ClassCounts = {
  readonly held: number;
  readonly derived: number;
  readonly stale: number;
  readonly conflicting: number;
  readonly missing: number;
};
export type Campaign = CampaignSummary & {
  readonly failure: {
    readonly step: string;
    readonly message: Message;
    readonly at: string;
  } | null;
  readonly mergedAt: string | null;
  readonly publicationId: string | null;
  readonly asOf: string | null;
  readonly snapshotId: string | null;
  readonly taskList: readonly (TaskSummary)[];
  readonly releases: readonly (Release)[];
  readonly themes: readonly (Theme)[];
};
export type Release = {
  readonly id: string;
  readonly number: number;
  readonly approvedBy: string;
  readonly approvedAt: string;
  readonly reason: string | null;
  readonly ref: string;
};
export type CampaignInput = {
  readonly templateId: string;
  readonly period: string;
  readonly scope: string;
  readonly deadline: string;
  readonly asOf?: string;
};
export type ConflictList = {
  readonly items: readonly (Conflict)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Conflict = {
  readonly id: string;
  readonly rowKey: string;
  readonly rowTitle: string;
  readonly org: string;
  readonly column: string;
  readonly columnTitle: string;
  readonly base: CellText;
  readonly candidates: readonly (Alternative & {
    readonly choice: "mine" | "theirs";
  })[];
  readonly decided: {
    readonly choice: ConflictChoice;
    readonly value: CellText;
    readonly by: string;
    readonly at: string;
  } | null;
};
export type ConflictChoice = "mine" | "theirs" | "other";
export type ConflictDecision = {
  readonly choice: ConflictChoice;
  readonly value?: CellText;
  readonly reason?: string;
};
export type Provenance = {
  readonly rowKey: string;
  readonly column: string;
  readonly columnTitle: string;
  readonly value: CellText;
  readonly class: "held" | "derived" | "stale" | "conflicting" | "missing" | "outside";
  readonly steps: readonly ({
    readonly kind: "source" | "derived" | "answer" | "review" | "decision" | "warehouse";
    readonly value: CellText;
    readonly by: string;
    readonly at: string | null;
    readonly note: Message;
  })[];
};
export type Themes = {
  readonly publicationId: string | null;
  readonly publishedAt: string | null;
  readonly themes: readonly (ThemeEntry)[];
};
export type ThemeEntry = {
  readonly theme: Theme;
  readonly title: Message;
  readonly rows: number;
  readonly marts: readonly (Mart)[];
};
export type Mart = {
  readonly name: string;
  readonly title: Message;
  readonly rows: number;
  readonly columns: number;
};
export type MartDescription = {
  readonly theme: Theme;
  readonly name: string;
  readonly title: Message;
  readonly sensitivity: Sensitivity;
  readonly rows: number;
  readonly columns: readonly (MartColumn)[];
};
export type MartColumn = Column & {
  readonly titleEn: string;
  readonly owner: string | null;
  readonly sources: readonly (string)[];
  readonly ttlDays: number | null;
  readonly key: boolean;
};
export type MartRows = {
  readonly columns: readonly (string)[];
  readonly items: readonly (readonly (Scalar)[])[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly publicationId: string | null;
};
export type Scalar = string | number | boolean | null;
export type StatisticList = {
  readonly items: readonly (Statistic)[];
};
export type Statistic = {
  readonly name: string;
  readonly title: Message;
  readonly theme: Theme | null;
  readonly note: Message | null;
};
export type StatisticTable = {
  readonly name: string;
  readonly title: Message;
  readonly publicationId: string | null;
  readonly publishedAt: string | null;
  readonly dimensions: readonly ({
    readonly id: string;
    readonly title: Message;
  })[];
  readonly measures: readonly ({
    readonly id: string;
    readonly title: Message;
    readonly unit: string | null;
  })[];
  readonly rows: readonly (readonly (Scalar)[])[];
  readonly chart: "bar" | "line" | "none";
};
export type SourceList = {
  readonly items: readonly (SourceDataset)[];
};
export type SourceDataset = {
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly datasetName: string;
  readonly state: "ok" | "late" | "failing" | "never" | "pulling";
  readonly lastSuccess: string | null;
  readonly lastAttempt: string | null;
  readonly error: Message | null;
  readonly errorSince: string | null;
  readonly records: number;
  readonly quarantined: number;
  readonly pulling: number | null;
  readonly nextStep: Message | null;
};
export type RunList = {
  readonly items: readonly (Run)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Run = {
  readonly id: string;
  readonly asset: string;
  readonly partition: string | null;
  readonly state: "running" | "done" | "failed";
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly rows: number | null;
  readonly error: Message | null;
};
export type QuarantineList = {
  readonly items: readonly (Quarantined)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Quarantined = {
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly batchId: string;
  readonly rule: string;
  readonly field: string | null;
  readonly reason: Message;
  readonly count: number;
  readonly examples: readonly (string)[];
  readonly since: string;
};
export type AssetList = {
  readonly items: readonly (AssetSummary)[];
  readonly themes: readonly ({
    readonly theme: string;
    readonly title: Message;
  })[];
  readonly publicationId: string | null;
};
export type AssetSummary = {
  readonly key: string;
  readonly kind: AssetKind;
  readonly theme: string;
  readonly title: Message;
  readonly deps: readonly (string)[];
  readonly owner: string;
  readonly codeVersion: string;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly tookMs: number | null;
  readonly lastRun: {
    readonly state: "running" | "done" | "failed";
    readonly startedAt: string;
    readonly error: {
      readonly code: string;
      readonly message: Message;
    } | null;
  } | null;
  readonly nextRun: string | null;
  readonly freshness: AssetFreshness;
  readonly checks: {
    readonly pass: number;
    readonly warn: number;
    readonly fail: number;
    readonly unknown: number;
  };
};
export type AssetKind = "landing" | "staged" | "golden" | "mart" | "publication";
export type AssetFreshness = {
  readonly state: FreshnessState;
  readonly since: string | null;
  readonly receivedAt: string | null;
  readonly withinHours: number | null;
  readonly because: string | null;
};
export type FreshnessState = "pass" | "warn" | "fail" | "unknown";
export type AssetDetail = {
  readonly key: string;
  readonly kind: AssetKind;
  readonly theme: string;
  readonly title: Message;
  readonly deps: readonly (string)[];
  readonly owner: string;
  readonly codeVersion: string;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly tookMs: number | null;
  readonly lastRun: {
    readonly state: "running" | "done" | "failed";
    readonly startedAt: string;
    readonly error: {
      readonly code: string;
      readonly message: Message;
    } | null;
  } | null;
  readonly nextRun: string | null;
  readonly freshness: AssetFreshness;
  readonly about: string | null;
  readonly checks: readonly (AssetCheck)[];
  readonly runs: readonly (AssetRun)[];
  readonly partitions: readonly ({
    readonly partition: string;
    readonly rows: number;
  })[];
  readonly columns: readonly (LineageColumn)[];
  readonly upstream: readonly (string)[];
  readonly downstream: readonly (string)[];
  readonly repull: {
    readonly source: string;
    readonly dataset: string;
    readonly by: readonly ("day" | "month")[];
    readonly atOnce: number;
  } | null;
  readonly backfill: BackfillProgress | null;
};
export type AssetCheck = {
  readonly id: string;
  readonly about: string;
  readonly severity: "block" | "warn";
  readonly state: "pass" | "warn" | "fail" | "unknown";
  readonly rows: number | null;
  readonly since: string | null;
};
export type AssetRun = {
  readonly id: string;
  readonly partition: string | null;
  readonly state: "running" | "done" | "failed";
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly rows: number | null;
  readonly tookMs: number | null;
  readonly error: {
    readonly code: string;
    readonly message: Message;
  } | null;
  readonly log: readonly ({ readonly [key: string]: unknown })[];
};
export type LineageColumn = {
  readonly key: string;
  readonly asset: string;
  readonly column: string;
  readonly title: Message | null;
  readonly element: string | null;
  readonly step: "sent" | "asked" | "read" | "chosen" | "kept" | "copied" | "computed" | "counted" | "constant";
  readonly from: readonly (string)[];
  readonly counts: readonly (string)[];
  readonly expression: string | null;
};
export type BackfillProgress = {
  readonly id: string;
  readonly source: string;
  readonly dataset: string;
  readonly by: string;
  readonly partitions: {
    readonly by: "day" | "month";
    readonly from: string;
    readonly to: string;
  };
  readonly state: "running" | "cancelling" | "done" | "cancelled" | "stopped";
  readonly atOnce: number;
  readonly total: number;
  readonly done: number;
  readonly records: number;
  readonly running: readonly (string)[];
  readonly failed: readonly ({
    readonly partition: string;
    readonly code: string;
    readonly message: Message;
  })[];
  readonly failedCount: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
};
export type ColumnLineage = {
  readonly column: LineageColumn;
  readonly upstream: readonly (LineageColumn)[];
  readonly downstream: readonly (LineageColumn)[];
};
export type Dictionary = {
  readonly items: readonly (DictionaryEntry)[];
};
export type DictionaryEntry = {
  readonly id: string;
  readonly theme: string;
  readonly themeTitle: Message;
  readonly entity: string;
  readonly entityTitle: Message;
  readonly field: string;
  readonly title: Message;
  readonly synonyms: readonly (string)[];
  readonly type: "text" | "code" | "integer" | "decimal" | "date" | "timestamp" | "boolean";
  readonly unit: string | null;
  readonly codeList: {
    readonly name: string;
    readonly title: string;
    readonly values: readonly (string)[];
  } | null;
  readonly check: string | null;
  readonly sensitivity: Sensitivity;
  readonly owner: string;
  readonly sources: readonly ({
    readonly name: string;
    readonly title: Message;
    readonly fields: readonly (string)[];
  })[];
  readonly ttlDays: number | null;
  readonly optional: boolean;
  readonly marts: readonly (string)[];
  readonly forms: readonly ({
    readonly id: string;
    readonly title: string;
    readonly cell: string;
  })[];
};
export type BackfillInput = {
  readonly source: string;
  readonly dataset: string;
  readonly by: "day" | "month";
  readonly from: string;
  readonly to: string;
  readonly only?: readonly (string)[];
};
export type BackfillAnswer = {
  readonly backfill: BackfillProgress | null;
};
export type OpenRuleList = {
  readonly items: readonly (OpenRule)[];
};
export type OpenRule = BrokenRule & {
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly datasetName: string;
  readonly rows: number;
};
export type BrokenRule = {
  readonly rule: string;
  readonly column: string | null;
  readonly words: Message;
  readonly codes: readonly ({
    readonly code: string;
    readonly value: string;
  })[] | null;
};
export type QuarantinedRecordList = {
  readonly items: readonly (QuarantinedRecord)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type QuarantinedRecord = {
  readonly batch: string;
  readonly row: number;
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly datasetName: string;
  readonly rules: readonly (BrokenRule)[];
  readonly raw: { readonly [key: string]: unknown };
  readonly receivedAt: string;
  readonly state: RecordState;
  readonly decidedBy: string | null;
  readonly reason: string | null;
};
export type RecordState = "open" | "accepted" | "dismissed" | "fixed";
export type MendingPreview = {
  readonly source: string;
  readonly dataset: string;
  readonly selected: number;
  readonly passing: number;
  readonly left: readonly (BrokenRule & {
    readonly rows: number;
  })[];
  readonly samples: readonly ({
    readonly batch: string;
    readonly row: number;
    readonly changes: readonly ({
      readonly column: string;
      readonly before: string | null;
      readonly after: string | null;
    })[];
    readonly breaks: readonly (BrokenRule)[];
  })[];
};
export type MendingPreviewInput = {
  readonly selection: RecordSelection;
  readonly expression: string;
  readonly samples?: number;
};
export type RecordSelection = {
  readonly places: readonly ({
    readonly batch: string;
    readonly row: number;
  })[];
} | {
  readonly filter: {
    readonly source: string;
    readonly dataset: string;
    readonly rule?: string;
    readonly batch?: string;
    readonly text?: string;
  };
};
export type DeskOutcome = {
  readonly selected: number;
  readonly done: number;
  readonly left: number;
  readonly batches: readonly (string)[];
  readonly publishing: boolean;
};
export type MendingInput = {
  readonly key: string;
  readonly selection: RecordSelection;
  readonly reason: string;
  readonly expected?: number;
  readonly expression: string;
};
export type DecideInput = {
  readonly key: string;
  readonly selection: RecordSelection;
  readonly reason: string;
  readonly expected?: number;
};
export type DeskProgress = {
  readonly done: number;
  readonly of: number;
  readonly running: boolean;
};
export type StoppedBatchList = {
  readonly items: readonly (StoppedBatch)[];
};
export type StoppedBatch = {
  readonly batch: string;
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly datasetName: string;
  readonly rows: number;
  readonly why: Message;
  readonly receivedAt: string;
  readonly state: RecordState;
};
export type BatchDecision = {
  readonly key: string;
  readonly reason: string;
  readonly decision: "release" | "refuse";
};
export type MatchPairList = {
  readonly items: readonly (MatchPair)[];
  readonly certain: number;
  readonly doubtful: number;
};
export type MatchPair = {
  readonly identity: string;
  readonly source: string;
  readonly dataset: string;
  readonly entity: string;
  readonly entityName: Message;
  readonly key: string;
  readonly verdict: "certain" | "doubtful";
  readonly score: number;
  readonly second: {
    readonly key: string;
    readonly score: number;
  } | null;
  readonly features: readonly (MatchFeature)[];
};
export type MatchFeature = {
  readonly field: string;
  readonly fieldName: Message;
  readonly left: string | null;
  readonly right: string | null;
  readonly outcome: "agree" | "near" | "partial" | "differ" | "unknown";
  readonly weight: number;
  readonly why: Message;
};
export type MatchDuplicateList = {
  readonly items: readonly (MatchDuplicate)[];
};
export type MatchDuplicate = {
  readonly identity: string;
  readonly key: string;
  readonly entity: string;
  readonly entityName: Message;
  readonly drop: string;
  readonly score: number;
  readonly features: readonly (MatchFeature)[];
};
export type MatchOutcome = {
  readonly linked: number;
  readonly doubtful: number;
  readonly apart: number;
  readonly publishing: boolean;
};
export type MatchLink = {
  readonly order: string;
  readonly reason: string;
};
export type MatchDecision = {
  readonly order: string;
  readonly identity: string;
  readonly key: string;
  readonly verdict: "same" | "different";
  readonly reason: string;
};
export type MatchHistoryList = {
  readonly items: readonly (MatchHistory)[];
};
export type MatchHistory = {
  readonly kind: "link" | "merge";
  readonly identity: string;
  readonly key: string;
  readonly verdict: "same" | "different";
  readonly by: string;
  readonly byName: string | null;
  readonly reason: string;
  readonly at: string;
  readonly stands: boolean;
};
export type ColumnDifferenceList = {
  readonly items: readonly (ColumnDifference)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type ColumnDifference = {
  readonly source: string;
  readonly sourceName: string;
  readonly dataset: string;
  readonly datasetName: string;
  readonly kind: DriftKind;
  readonly column: string;
  readonly knownAs: string | null;
  readonly since: string;
  readonly batch: string;
  readonly contractVersion: number;
  readonly samples: readonly (string)[];
  readonly blocked: number;
  readonly decision: {
    readonly accepted: boolean;
    readonly by: string;
    readonly at: string;
    readonly reason: string | null;
  } | null;
};
export type DriftKind = "unknown" | "missing" | "alias" | "retyped";
export type DriftDecision = {
  readonly key: string;
  readonly reason: string;
  readonly source: string;
  readonly dataset: string;
  readonly kind: DriftKind;
  readonly column: string;
  readonly decision: "accept" | "refuse";
};
export type PublicationList = {
  readonly items: readonly (Publication)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Publication = {
  readonly id: string;
  readonly createdAt: string;
  readonly asOf: string;
  readonly records: number;
  readonly marts: readonly ({
    readonly mart: string;
    readonly title: Message;
    readonly rows: number;
  })[];
  readonly warnings: number;
  readonly pinnedBy: readonly (string)[];
  readonly kept: "current" | "pinned" | "newest" | "young" | "next";
  readonly keptUntil: string | null;
};
export type PublicationComparison = {
  readonly from: string;
  readonly to: string;
  readonly same: number;
  readonly marts: readonly ({
    readonly mart: string;
    readonly title: Message;
    readonly rowsBefore: number;
    readonly rowsAfter: number;
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly columnsAdded: readonly (string)[];
    readonly columnsRemoved: readonly (string)[];
    readonly sample: readonly ({
      readonly change: "added" | "removed" | "changed";
      readonly key: readonly (string)[];
      readonly columns: readonly (string)[];
    })[];
  })[];
};
export type SqlSchema = {
  readonly publicationId: string | null;
  readonly publishedAt: string | null;
  readonly themes: readonly ({
    readonly theme: Theme;
    readonly title: Message;
    readonly marts: readonly (SqlMart)[];
  })[];
  readonly functions: readonly (string)[];
  readonly limits: {
    readonly statementCharacters: number;
    readonly screenRows: number;
    readonly exportRows: number;
    readonly pageRows: number;
    readonly timeMs: number;
    readonly memoryMb: number;
  };
};
export type SqlMart = {
  readonly table: string;
  readonly theme: Theme;
  readonly name: string;
  readonly title: Message;
  readonly rows: number;
  readonly columns: readonly (SqlColumn)[];
};
export type SqlColumn = MartColumn & {
  readonly sqlType: string;
  readonly element: string | null;
};
export type SqlCheck = {
  readonly ok: boolean;
  readonly problems: readonly (SqlProblem)[];
  readonly parameters: readonly (string)[];
  readonly tables: readonly (string)[];
  readonly estimate: SqlEstimate | null;
  readonly publicationId: string | null;
};
export type SqlProblem = {
  readonly code: string;
  readonly message: Message;
  readonly next: Message | null;
  readonly position: number | null;
  readonly length: number | null;
};
export type SqlEstimate = {
  readonly rows: number;
  readonly handledRows: number;
  readonly bytes: number;
  readonly cost: "small" | "medium" | "large" | "huge";
  readonly warnings: readonly (Message)[];
};
export type SqlCheckInput = {
  readonly statement: string;
  readonly parameters?: { readonly [key: string]: Scalar };
};
export type SqlRun = {
  readonly queryId: string;
  readonly state: SqlState;
  readonly position: number | null;
};
export type SqlState = "queued" | "running" | "done" | "failed" | "cancelled";
export type SqlRunInput = {
  readonly statement: string;
  readonly parameters?: { readonly [key: string]: Scalar };
  readonly limit?: number;
};
export type SqlPage = {
  readonly queryId: string;
  readonly state: SqlState;
  readonly position: number | null;
  readonly error: ErrorBody | null;
  readonly publicationId: string | null;
  readonly elapsedMs: number;
  readonly columns: readonly (SqlResultColumn)[];
  readonly items: readonly (readonly (Scalar)[])[];
  readonly total: number;
  readonly truncated: boolean;
  readonly offset: number;
  readonly limit: number;
};
export type SqlResultColumn = {
  readonly name: string;
  readonly sqlType: string;
  readonly type: "text" | "integer" | "decimal" | "date" | "timestamp" | "boolean";
};
export type SavedSqlList = {
  readonly items: readonly (SavedSql)[];
};
export type SavedSql = {
  readonly id: string;
  readonly title: string;
  readonly statement: string;
  readonly parameters: readonly ({
    readonly name: string;
    readonly value: Scalar;
  })[];
  readonly share: SqlShare;
  readonly owner: {
    readonly id: string;
    readonly name: string;
  };
  readonly mine: boolean;
  readonly updatedAt: string;
};
export type SqlShare = "private" | "everyone" | Role;
export type SavedSqlInput = {
  readonly id?: string;
  readonly title: string;
  readonly statement: string;
  readonly parameters?: readonly ({
    readonly name: string;
    readonly value: Scalar;
  })[];
  readonly share?: SqlShare;
};
export type SqlHistory = {
  readonly items: readonly (SqlHistoryEntry)[];
};
export type SqlHistoryEntry = {
  readonly queryId: string;
  readonly at: string;
  readonly statement: string;
  readonly parameters: { readonly [key: string]: Scalar };
  readonly outcome: "running" | "done" | "refused" | "failed" | "cancelled" | "stopped";
  readonly code: string | null;
  readonly rows: number | null;
  readonly elapsedMs: number | null;
  readonly publicationId: string | null;
};
export type IncidentList = {
  readonly items: readonly (Incident)[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
};
export type Incident = {
  readonly id: string;
  readonly rule: string;
  readonly title: Message;
  readonly subject: string;
  readonly subjectName: string;
  readonly theme: Theme | null;
  readonly org: string;
  readonly orgName: string;
  readonly ring: Ring;
  readonly state: IncidentState;
  readonly startedAt: string;
  readonly lastSeenAt: string;
  readonly events: number;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string | null;
  readonly evidence: Message;
  readonly nextStep: Message;
  readonly history: readonly ({
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly note: string;
  })[];
};
export type Ring = "warning" | "control" | "core";
export type IncidentState = "open" | "acknowledged" | "dispatched" | "resolved" | "falseAlarm";
export type IncidentAction = "acknowledge" | "dispatch" | "resolve" | "false-alarm";
export type IncidentNote = {
  readonly note?: string;
  readonly clientOpId: string;
};
export type ServerEvent = {
  readonly id: number;
  readonly type: ServerEventType;
  readonly subject: string;
  readonly org: string | null;
  readonly theme: Theme | null;
  readonly data: { readonly [key: string]: unknown };
};
export type ServerEventType = "task" | "campaign" | "incident" | "publication" | "source";

export interface Operations {
  /** What the sign-in page needs to know */
  readSession: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: SessionInfo;
  };
  /** Sign in */
  signIn: {
    params: undefined;
    query: undefined;
    body: Credentials;
    answer: Me;
  };
  /** Sign out */
  signOut: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** Who is signed in, and what they may do */
  readMe: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: Me;
  };
  /** The tasks in my scope */
  listTasks: {
    params: undefined;
    query: { offset?: number | null; limit?: number; status?: TaskStatus; campaign?: string };
    body: undefined;
    answer: TaskList;
  };
  /** One task with its columns */
  readTask: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Task;
  };
  /** The rows with cells to answer, each with its reasons and alternatives */
  listTaskRows: {
    params: { id: string };
    query: { offset?: number | null; limit?: number; class?: DoubtClass; q?: string };
    body: undefined;
    answer: TaskRowList;
  };
  /** Save answers; each names the value it was made against */
  savePatches: {
    params: { id: string };
    query: undefined;
    body: PatchBatch;
    answer: PatchReply;
  };
  /** Hand the task in */
  submitTask: {
    params: { id: string };
    query: undefined;
    body: SubmitInput;
    answer: TaskSummary;
  };
  /** What the answers changed, filled and confirmed */
  listDifferences: {
    params: { id: string };
    query: { offset?: number | null; limit?: number };
    body: undefined;
    answer: DifferenceList;
  };
  /** Approve a submitted task */
  approveTask: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: TaskSummary;
  };
  /** Send a submitted task back with a reason */
  returnTask: {
    params: { id: string };
    query: undefined;
    body: ReturnInput;
    answer: TaskSummary;
  };
  /** The task as a workbook to fill in */
  exportTaskWorkbook: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Blob;
  };
  /** What a workbook that was brought back would change; nothing is saved */
  previewTaskWorkbook: {
    params: { id: string };
    query: undefined;
    body: Blob;
    answer: TaskWorkbookPreview;
  };
  /** Save the answers of a workbook as they were shown */
  applyTaskWorkbook: {
    params: { id: string };
    query: { digest: string; confirm?: boolean };
    body: Blob;
    answer: TaskWorkbookReply;
  };
  /** The upstream forms that are known */
  listTemplates: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: TemplateList;
  };
  /** Which form an uploaded workbook is */
  recogniseTemplate: {
    params: undefined;
    query: { fileName: string };
    body: Blob;
    answer: Recognition;
  };
  /** The org units in my scope */
  listOrgUnits: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: OrgUnitList;
  };
  /** The campaigns in my scope */
  listCampaigns: {
    params: undefined;
    query: { offset?: number | null; limit?: number; stage?: Stage };
    body: undefined;
    answer: CampaignList;
  };
  /** Create a campaign and start prefilling it */
  createCampaign: {
    params: undefined;
    query: undefined;
    body: CampaignInput;
    answer: Campaign;
  };
  /** Stage, progress, counts, coverage and tasks of one campaign */
  readCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Campaign;
  };
  /** Prefill again after that failed */
  prefillCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** Issue the tasks */
  issueCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** Merge snapshot, answers and newer data */
  mergeCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** Approve the result and release it */
  releaseCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** The cells on which answers and newer data disagree */
  listConflicts: {
    params: { id: string };
    query: { offset?: number | null; limit?: number };
    body: undefined;
    answer: ConflictList;
  };
  /** Choose what stands in a disputed cell */
  decideConflict: {
    params: { id: string; conflictId: string };
    query: undefined;
    body: ConflictDecision;
    answer: Conflict;
  };
  /** The form in its upstream layout, as xlsx */
  exportCampaign: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Blob;
  };
  /** Where the value of a cell came from */
  readProvenance: {
    params: { id: string; rowKey: string; column: string };
    query: undefined;
    body: undefined;
    answer: Provenance;
  };
  /** The themes with their marts and counts, and the publication they come from */
  listThemes: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: Themes;
  };
  /** The dictionary of a mart */
  readMart: {
    params: { theme: Theme; mart: string };
    query: undefined;
    body: undefined;
    answer: MartDescription;
  };
  /** Rows of a mart in my scope, filtered and sorted */
  listMartRows: {
    params: { theme: Theme; mart: string };
    query: { offset?: number | null; limit?: number; columns?: string; filter?: string; sort?: string };
    body: undefined;
    answer: MartRows;
  };
  /** The statistics that are kept */
  listStatistics: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: StatisticList;
  };
  /** The numbers of one statistic in my scope */
  readStatistic: {
    params: { name: string };
    query: undefined;
    body: undefined;
    answer: StatisticTable;
  };
  /** Each source and dataset: last success, what is wrong since when, what to do */
  listSources: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: SourceList;
  };
  /** Pull a source now */
  pullSource: {
    params: { name: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** What the warehouse made, newest first */
  listRuns: {
    params: undefined;
    query: { offset?: number | null; limit?: number; state?: "running" | "done" | "failed" };
    body: undefined;
    answer: RunList;
  };
  /** Records that broke their contract, grouped by rule */
  listQuarantine: {
    params: undefined;
    query: { offset?: number | null; limit?: number; source?: string };
    body: undefined;
    answer: QuarantineList;
  };
  /** All assets with what they are made from, their freshness, cost and checks */
  listAssets: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: AssetList;
  };
  /** One asset: checks, runs with logs, partitions, columns, backfill */
  readAsset: {
    params: { key: string };
    query: undefined;
    body: undefined;
    answer: AssetDetail;
  };
  /** Where a column comes from and what is made of it */
  readLineage: {
    params: undefined;
    query: { column: string };
    body: undefined;
    answer: ColumnLineage;
  };
  /** The data dictionary: every element with its sources, rules and where it appears */
  readDictionary: {
    params: undefined;
    query: { words?: string };
    body: undefined;
    answer: Dictionary;
  };
  /** The data dictionary as a workbook or CSV */
  exportDictionary: {
    params: undefined;
    query: { format?: "xlsx" | "csv" };
    body: undefined;
    answer: Blob;
  };
  /** Ask a source again for days or months of one dataset */
  startBackfill: {
    params: undefined;
    query: undefined;
    body: BackfillInput;
    answer: BackfillProgress;
  };
  /** How far the backfill of a source is, or how the last one ended */
  readBackfill: {
    params: { source: string };
    query: undefined;
    body: undefined;
    answer: BackfillAnswer;
  };
  /** Cancel the backfill of a source */
  cancelBackfill: {
    params: { source: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** Rules that open records break, most broken first */
  listOpenRules: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: OpenRuleList;
  };
  /** Quarantined records as their source sent them */
  listQuarantinedRecords: {
    params: undefined;
    query: { offset?: number | null; limit?: number; source?: string; dataset?: string; rule?: string; batch?: string; state?: RecordState; text?: string };
    body: undefined;
    answer: QuarantinedRecordList;
  };
  /** What an expression would do: how many pass, and a few before and after */
  previewMending: {
    params: undefined;
    query: undefined;
    body: MendingPreviewInput;
    answer: MendingPreview;
  };
  /** Mend records by expression; those that then pass are let in and published */
  mendRecords: {
    params: undefined;
    query: undefined;
    body: MendingInput;
    answer: DeskOutcome;
  };
  /** Hold records against their contract again, as they came */
  replayRecords: {
    params: undefined;
    query: undefined;
    body: DecideInput;
    answer: DeskOutcome;
  };
  /** Leave records out, with a reason */
  dismissRecords: {
    params: undefined;
    query: undefined;
    body: DecideInput;
    answer: DeskOutcome;
  };
  /** How far one of my orders has come */
  readDeskOrder: {
    params: { key: string };
    query: undefined;
    body: undefined;
    answer: DeskProgress;
  };
  /** Batches that broke their contract as a whole */
  listStoppedBatches: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: StoppedBatchList;
  };
  /** Let a stopped batch in, or leave it out for good */
  decideStoppedBatch: {
    params: { batch: string };
    query: undefined;
    body: BatchDecision;
    answer: DeskOutcome;
  };
  /** Records without a usable key beside the entities they resemble most */
  listMatchPairs: {
    params: undefined;
    query: { limit?: number; verdict?: "certain" | "doubtful" };
    body: undefined;
    answer: MatchPairList;
  };
  /** Golden records with keys of their own that look like one entity */
  listMatchDuplicates: {
    params: undefined;
    query: { limit?: number };
    body: undefined;
    answer: MatchDuplicateList;
  };
  /** Link every certain pair and publish */
  linkMatchPairs: {
    params: undefined;
    query: undefined;
    body: MatchLink;
    answer: MatchOutcome;
  };
  /** Say that a record is of an entity, or that two golden records are one, or are not; what stood is taken back */
  decideMatchPair: {
    params: undefined;
    query: undefined;
    body: MatchDecision;
    answer: MatchOutcome;
  };
  /** Who linked or split what, when and why */
  listMatchHistory: {
    params: undefined;
    query: { limit?: number };
    body: undefined;
    answer: MatchHistoryList;
  };
  /** Columns that are new, missing, renamed or of another type, since when, with samples */
  listColumnDifferences: {
    params: undefined;
    query: { offset?: number | null; limit?: number; open?: "true" | "false" };
    body: undefined;
    answer: ColumnDifferenceList;
  };
  /** Accept a difference, or refuse it: batches that show it from now on are stopped */
  decideColumnDifference: {
    params: undefined;
    query: undefined;
    body: DriftDecision;
    answer: DeskOutcome;
  };
  /** Publications, newest first: rows per mart, who keeps each and until when */
  listPublications: {
    params: undefined;
    query: { offset?: number | null; limit?: number };
    body: undefined;
    answer: PublicationList;
  };
  /** Rows added, removed and changed per mart between two publications, with a few keys */
  comparePublications: {
    params: undefined;
    query: { from?: string; to?: string; mart?: string };
    body: undefined;
    answer: PublicationComparison;
  };
  /** The marts and columns that I may ask, with what they mean */
  sqlSchema: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: SqlSchema;
  };
  /** What is wrong with a statement, and what running it would cost */
  checkSql: {
    params: undefined;
    query: undefined;
    body: SqlCheckInput;
    answer: SqlCheck;
  };
  /** Puts a statement into the queue */
  runSql: {
    params: undefined;
    query: undefined;
    body: SqlRunInput;
    answer: SqlRun;
  };
  /** How far a query is, and a page of its rows */
  sqlPage: {
    params: { id: string };
    query: { offset?: number | null; limit?: number; waitMs?: number | null };
    body: undefined;
    answer: SqlPage;
  };
  /** Stops a query, or forgets its result */
  cancelSql: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** The whole result of a query as a file */
  exportSql: {
    params: undefined;
    query: { queryId: string; format: "csv" | "xlsx" | "json" | "parquet" | "arrow"; limit?: number };
    body: undefined;
    answer: Blob;
  };
  /** My saved queries and those shared with me */
  listSavedSql: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: SavedSqlList;
  };
  /** Saves a query, or changes one of mine */
  saveSql: {
    params: undefined;
    query: undefined;
    body: SavedSqlInput;
    answer: SavedSql;
  };
  /** Deletes one of my saved queries */
  deleteSavedSql: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Done;
  };
  /** What I asked lately */
  sqlHistory: {
    params: undefined;
    query: { limit?: number };
    body: undefined;
    answer: SqlHistory;
  };
  /** Incidents in my scope, the gravest and newest first */
  listIncidents: {
    params: undefined;
    query: { offset?: number | null; limit?: number; open?: boolean };
    body: undefined;
    answer: IncidentList;
  };
  /** One incident with its history */
  readIncident: {
    params: { id: string };
    query: undefined;
    body: undefined;
    answer: Incident;
  };
  /** Acknowledge, dispatch, resolve, or call it a false alarm */
  handleIncident: {
    params: { id: string; action: IncidentAction };
    query: undefined;
    body: IncidentNote;
    answer: Done;
  };
  /** What changes in my scope, as server-sent events */
  listen: {
    params: undefined;
    query: undefined;
    body: undefined;
    answer: Blob;
  };
}

export const ROUTES = {
  readSession: ['GET', '/api/session'],
  signIn: ['POST', '/api/session'],
  signOut: ['DELETE', '/api/session'],
  readMe: ['GET', '/api/me'],
  listTasks: ['GET', '/api/tasks'],
  readTask: ['GET', '/api/tasks/{id}'],
  listTaskRows: ['GET', '/api/tasks/{id}/rows'],
  savePatches: ['POST', '/api/tasks/{id}/patches'],
  submitTask: ['POST', '/api/tasks/{id}/submit'],
  listDifferences: ['GET', '/api/tasks/{id}/differences'],
  approveTask: ['POST', '/api/tasks/{id}/approve'],
  returnTask: ['POST', '/api/tasks/{id}/return'],
  exportTaskWorkbook: ['GET', '/api/tasks/{id}/workbook'],
  previewTaskWorkbook: ['POST', '/api/tasks/{id}/workbook'],
  applyTaskWorkbook: ['POST', '/api/tasks/{id}/workbook/apply'],
  listTemplates: ['GET', '/api/templates'],
  recogniseTemplate: ['POST', '/api/templates/recognise'],
  listOrgUnits: ['GET', '/api/org'],
  listCampaigns: ['GET', '/api/campaigns'],
  createCampaign: ['POST', '/api/campaigns'],
  readCampaign: ['GET', '/api/campaigns/{id}'],
  prefillCampaign: ['POST', '/api/campaigns/{id}/prefill'],
  issueCampaign: ['POST', '/api/campaigns/{id}/issue'],
  mergeCampaign: ['POST', '/api/campaigns/{id}/merge'],
  releaseCampaign: ['POST', '/api/campaigns/{id}/release'],
  listConflicts: ['GET', '/api/campaigns/{id}/conflicts'],
  decideConflict: ['POST', '/api/campaigns/{id}/conflicts/{conflictId}'],
  exportCampaign: ['GET', '/api/campaigns/{id}/export'],
  readProvenance: ['GET', '/api/campaigns/{id}/cells/{rowKey}/{column}'],
  listThemes: ['GET', '/api/themes'],
  readMart: ['GET', '/api/marts/{theme}/{mart}'],
  listMartRows: ['GET', '/api/marts/{theme}/{mart}/rows'],
  listStatistics: ['GET', '/api/statistics'],
  readStatistic: ['GET', '/api/statistics/{name}'],
  listSources: ['GET', '/api/sources'],
  pullSource: ['POST', '/api/sources/{name}/pull'],
  listRuns: ['GET', '/api/runs'],
  listQuarantine: ['GET', '/api/quarantine'],
  listAssets: ['GET', '/api/assets'],
  readAsset: ['GET', '/api/assets/{key}'],
  readLineage: ['GET', '/api/lineage'],
  readDictionary: ['GET', '/api/dictionary'],
  exportDictionary: ['GET', '/api/dictionary/file'],
  startBackfill: ['POST', '/api/backfills'],
  readBackfill: ['GET', '/api/backfills/{source}'],
  cancelBackfill: ['POST', '/api/backfills/{source}/cancel'],
  listOpenRules: ['GET', '/api/quarantine/rules'],
  listQuarantinedRecords: ['GET', '/api/quarantine/records'],
  previewMending: ['POST', '/api/quarantine/preview'],
  mendRecords: ['POST', '/api/quarantine/fix'],
  replayRecords: ['POST', '/api/quarantine/replay'],
  dismissRecords: ['POST', '/api/quarantine/dismiss'],
  readDeskOrder: ['GET', '/api/quarantine/orders/{key}'],
  listStoppedBatches: ['GET', '/api/quarantine/batches'],
  decideStoppedBatch: ['POST', '/api/quarantine/batches/{batch}/decide'],
  listMatchPairs: ['GET', '/api/matching/pairs'],
  listMatchDuplicates: ['GET', '/api/matching/duplicates'],
  linkMatchPairs: ['POST', '/api/matching/link'],
  decideMatchPair: ['POST', '/api/matching/decide'],
  listMatchHistory: ['GET', '/api/matching/history'],
  listColumnDifferences: ['GET', '/api/drift'],
  decideColumnDifference: ['POST', '/api/drift/decide'],
  listPublications: ['GET', '/api/publications'],
  comparePublications: ['GET', '/api/publications/compare'],
  sqlSchema: ['GET', '/api/sql/schema'],
  checkSql: ['POST', '/api/sql/check'],
  runSql: ['POST', '/api/sql/run'],
  sqlPage: ['GET', '/api/sql/queries/{id}'],
  cancelSql: ['DELETE', '/api/sql/queries/{id}'],
  exportSql: ['GET', '/api/sql/export'],
  listSavedSql: ['GET', '/api/sql/saved'],
  saveSql: ['POST', '/api/sql/saved'],
  deleteSavedSql: ['DELETE', '/api/sql/saved/{id}'],
  sqlHistory: ['GET', '/api/sql/history'],
  listIncidents: ['GET', '/api/incidents'],
  readIncident: ['GET', '/api/incidents/{id}'],
  handleIncident: ['POST', '/api/incidents/{id}/{action}'],
  listen: ['GET', '/api/events'],
} as const;
