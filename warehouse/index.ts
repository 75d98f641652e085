export {
  type Asset,
  type AssetGraph,
  type AssetKind,
  assetGraph,
  type Declared,
  defineAsset,
  loadDeclared,
} from './assets.ts';
export type { Cell } from './cell.ts';
export { type ColumnMeaning, createColumnMeaning } from './column-meaning.ts';
export { type Contract, loadContracts } from './contract.ts';
export type { Drift } from './drift.ts';
export type { Difference, DriftDesk } from './drift-desk.ts';
export { DRIFT_KINDS, type DriftKind, type DriftRuling } from './drift-ruling.ts';
export type { Chunk, Row, SessionLimits, SqlParams, SqlSession } from './duckdb.ts';
export {
  type AssetFreshness,
  assetFreshness,
  datasetFreshness,
  type Freshness,
  type FreshnessState,
} from './freshness.ts';
export type { Observation } from './history.ts';
export { entityOfMart, historyName, loadMartTitles, VALID_FROM, VALID_TO } from './history-mart.ts';
export { type Landing, type ManifestFilter, openLanding } from './landing.ts';
export type { DocumentStore, KeptDocument } from './landing-documents.ts';
export type { BatchManifest } from './landing-manifest.ts';
export { type PullResult, type PullToLanding, pullToLanding } from './landing-pull.ts';
export type { BatchWriter } from './landing-writer.ts';
export {
  type ColumnLineage,
  type LineageColumn,
  type LineageStep,
  loadLineage,
  type MartQuery,
} from './lineage.ts';
export type { MadeTitle, MadeTitles } from './made-titles.ts';
export {
  identityOf,
  type LinkOutcome,
  type MatchingDesk,
  type PairDecision,
  type PairName,
  type Proposal,
} from './matching/index.ts';
export type { MendingStep } from './mending.ts';
export { MENDING_FUNCTIONS, readExpression } from './mending-expression.ts';
export { PAGE_OPERATORS, type PageCondition, type PageOperator, type PageRequest } from './page.ts';
export {
  type CompareOptions,
  comparePublications,
  type MartComparison,
  type PublicationComparison,
  type RowDifference,
} from './publication-compare.ts';
export {
  openPublicationFolder,
  type PublicationFolder,
  type PublicationManifest,
  type PublishedColumn,
  type PublishedMart,
  type RetentionRule,
} from './publication-folder.ts';
export { type KeptBecause, type ListedPublication, listPublications } from './publication-list.ts';
export type { BlockedBatch, DoubtedValue, QuarantinedRecord, QuarantineFilter, QuarantineState } from './quarantine.ts';
export type {
  Deciding,
  MendingOutcome,
  MendingPreview,
  MendingSample,
  QuarantineDesk,
  RecordPlace,
  Selection,
} from './quarantine-desk.ts';
export { type EarlierState, openReader, type Page, type Reader, type ReaderOptions } from './reader.ts';
export type { RefreshedEntity } from './refresh.ts';
export {
  createServing,
  type ServeResult,
  type Serving,
  type ServingOptions,
  type ServingProgress,
} from './serving/serving.ts';
export { CONFIRMATION, CONFLICT_BIT, loadSourceCodes, type SourceCode } from './source-codes.ts';
export type { SealingSpool, SpoolOptions, SpoolStatus } from './spool.ts';
export { ident, literal, valuesRows } from './sql-text.ts';
export type { StagedBatch } from './stage.ts';
export type { MartDifference, Verification } from './verify.ts';
export {
  type OutstandingBatch,
  openWarehouse,
  RETENTION,
  type RefreshResult,
  type StageResult,
  type Warehouse,
  type WarehouseOptions,
} from './warehouse.ts';
export type { WarehouseNotice } from './working.ts';
