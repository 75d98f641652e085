import type { Row } from './row.ts';
import type { ColumnInfo, Validation } from './sheet-frame.ts';
import type { Workbook } from './workbook.ts';

export interface SheetContent {
  readonly name: string;
  /** Rows that hold something, in order; each cut to `maxColumns`. */
  readonly rows: readonly Row[];
  /** True when the sheet has rows beyond `maxRows`. */
  readonly more: boolean;
  readonly merges: readonly string[];
  readonly columns: readonly ColumnInfo[];
  readonly frozen: { readonly rows: number; readonly columns: number };
  readonly validations: readonly Validation[];
  /** Number format code of a cell's style. */
  formatOf(styleId: number): string;
}

export interface ReadSheetOptions {
  /** Rows to keep, 2,000 unless told. */
  readonly maxRows?: number;
  /** Columns to keep, 512 unless told. */
  readonly maxColumns?: number;
}

/**
 * A small sheet whole, with what recognising a form needs: rows, merges, widths, hidden rows and columns, number
 * formats, drop-down lists. Of a large sheet the first rows are kept and the rest is only read through.
 *
 * @example
 * const form = await readSheet(workbook, '表一', { maxRows: 200 });
 * form.rows[0]?.values[0]; // '和平街道常住人口统计表'
 */
export async function readSheet(
  workbook: Workbook,
  sheet: string,
  options: ReadSheetOptions = {},
): Promise<SheetContent> {
  const { maxRows = 2_000, maxColumns = 512 } = options;
  const rows: Row[] = [];
  let more = false;
  for await (const batch of workbook.rowBatches(sheet)) {
    for (const row of batch) {
      if (rows.length < maxRows) rows.push(row.cut(maxColumns));
      else more = true;
    }
  }
  const head = await workbook.head(sheet);
  const { merges, validations } = await workbook.tail(sheet);
  return {
    name: sheet,
    rows,
    more,
    merges,
    columns: head.columns,
    frozen: head.frozen,
    validations,
    formatOf: (styleId) => workbook.numberFormats[styleId] ?? 'General',
  };
}
