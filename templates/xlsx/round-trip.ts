/** A task's way to a clerk's spreadsheet program and back. */

export type { BaseRows } from './round-trip/base-marks.ts';
export { exportTask, type TaskExportOptions } from './round-trip/export-task.ts';
export { identifyTask, importTask, type TaskImportOptions } from './round-trip/import-task.ts';
export type {
  CellChange,
  CellProblem,
  InsertedRow,
  TaskColumn,
  TaskDiff,
  TaskExport,
  TaskIdentity,
  TaskRow,
  TaskToExport,
} from './round-trip/task.ts';
