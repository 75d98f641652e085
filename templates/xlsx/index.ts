export type { ColumnType } from './cell-bytes.ts';
export { type CellRange, columnName, parseRange } from './cell-reference.ts';
export { type DuckdbConnection, type DuckdbRows, type DuckdbRowsOptions, duckdbRows } from './duckdb-rows.ts';
export { type RefusalRule, refusal } from './errors.ts';
export {
  type CellInput,
  type FillData,
  type FillOptions,
  type FillProgress,
  type FillResult,
  type FillTarget,
  type FillWarning,
  fillWorkbook,
  type RowInput,
} from './fill.ts';
export { inspectWorkbook, type SheetReport, type WorkbookReport } from './inspect.ts';
export { DEFAULT_LIMITS, MAX_COLUMNS, MAX_ROWS, type XlsxLimits } from './limits.ts';
export { numberKind } from './number-format.ts';
export { type ReadSheetOptions, readSheet, type SheetContent } from './read-sheet.ts';
export {
  type BaseRows,
  type CellChange,
  type CellProblem,
  exportTask,
  type InsertedRow,
  identifyTask,
  importTask,
  type TaskColumn,
  type TaskDiff,
  type TaskExport,
  type TaskExportOptions,
  type TaskIdentity,
  type TaskImportOptions,
  type TaskRow,
  type TaskToExport,
} from './round-trip.ts';
export type { Cell, CellError, CellValue, Row } from './row.ts';
export {
  createWarmInspector,
  inspectInWorker,
  readInWorker,
  type SafeOptions,
  type WarmInspector,
} from './safe-read.ts';
export { checkFormula, checkPackage } from './safety.ts';
export { dateToSerial, serialToDate } from './serial-date.ts';
export type { ColumnInfo, SheetHead, SheetTail, Validation } from './sheet-frame.ts';
export {
  type DefinedName,
  type OpenOptions,
  openWorkbook,
  type RowsOptions,
  type SheetInfo,
  type Workbook,
} from './workbook.ts';
export {
  type RowSource,
  type SheetColumn,
  type SheetToWrite,
  type WriteOptions,
  type WriteProgress,
  type WriteResult,
  writeWorkbook,
} from './write-workbook.ts';
