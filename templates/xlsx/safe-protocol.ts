import type { ErrorBody } from '../../core/errors.ts';
import type { WorkbookReport } from './inspect.ts';
import type { XlsxLimits } from './limits.ts';
import type { CellValue } from './row.ts';

/** What the worker is asked to do. */
export interface SafeTask {
  readonly source: string | Uint8Array;
  readonly limits: Partial<XlsxLimits>;
  /** Undefined to inspect the whole workbook; else the sheet to read, '' for the first visible one. */
  readonly sheet: string | undefined;
}

/** A row as it crosses between processes. */
export interface SafeRow {
  readonly number: number;
  readonly hidden: boolean;
  readonly values: readonly (CellValue | undefined)[];
  readonly styleIds: readonly number[];
  readonly formulas: ReadonlyMap<number, string> | undefined;
  readonly filled: number;
}

export type SafeMessage =
  | { readonly kind: 'report'; readonly report: WorkbookReport }
  | { readonly kind: 'rows'; readonly rows: readonly SafeRow[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: ErrorBody; readonly internal: string | undefined };
