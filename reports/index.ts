export type { Alternatives } from './alternatives.ts';
export { earlierDay } from './as-of.ts';
export type { Campaigns, NewCampaignInput } from './campaign.ts';
export { type ReadValue, readValue, type ValueRule } from './cell-value.ts';
export type { ConflictCandidate, ConflictDecision, Conflicts, ConflictView } from './conflict.ts';
export type { Corrections, Delivery } from './correction.ts';
export type { Exported, ExportRequest, Exports } from './export.ts';
export { coverageOf, createForms, type Forms, unitOf } from './form.ts';
export { classify, type GateCell, isAsked, type ReviewClass } from './gate.ts';
export type { Merges } from './merge.ts';
export { type MergeInput, type MergeOutput, type MergePatch, mergeFiles, type SettledConflict } from './merge-files.ts';
export type { MergeKind } from './merge-sql.ts';
export { MOST_PATCHES, type Patches, type PatchInput, type PatchRejection, type PatchReply } from './patch.ts';
export { type ColumnSource, type FormColumn, type FormPlan, planForm } from './plan.ts';
export { type Prefill, type ReportReader, type SnapshotFile, type SnapshotQuery, writeSnapshot } from './prefill.ts';
export { type PrefillQuery, prefillSql } from './prefill-sql.ts';
export type { CellProvenance, Provenance, ProvenanceStep } from './provenance.ts';
export type { ReleaseOptions, Releases } from './release.ts';
export type { Reminders } from './reminder.ts';
export { createReports, type Reports, type ReportsOptions } from './reports.ts';
export type { Difference, Reviews } from './review.ts';
export type { Submissions, SubmitOptions } from './submission.ts';
export {
  type Alternative,
  type Doubt,
  type DoubtClass,
  type DoubtCounts,
  MASK,
  type TaskColumn,
  type TaskDetail,
  type TaskListQuery,
  type TaskRow,
  type TaskRowsQuery,
  type TaskSummary,
  type Tasks,
} from './task.ts';
export type { TaskWorkbooks, WorkbookPreview, WorkbookReply, WorkbookWritten } from './task-workbook.ts';
export type { WorkbookItem, WorkbookKind } from './workbook-comparison.ts';
export type { WriteBack } from './write-back.ts';
