import { columnName } from './cell-reference.ts';
import type { SheetInfo, Workbook } from './workbook.ts';
import { type OpenOptions, openWorkbook } from './workbook.ts';

export interface SheetReport extends SheetInfo {
  /** Rows the file holds, filled cells, cells with a formula, merged ranges. */
  readonly rows: number;
  readonly cells: number;
  readonly formulas: number;
  /** The first cells with a formula, so that a person can look. */
  readonly formulaCells: readonly string[];
  readonly merges: number;
}

export interface WorkbookReport {
  readonly sheets: readonly SheetReport[];
  readonly date1904: boolean;
  readonly definedNames: readonly string[];
  readonly customProperties: Readonly<Record<string, string>>;
}

const SHOWN_FORMULAS = 20;

/**
 * Reads a workbook through, every cell, and tells what is in it; what breaks a limit is refused.
 *
 * @throws `templates.xlsx.*` refusals
 */
export async function inspectWorkbook(source: string | Uint8Array, options: OpenOptions = {}): Promise<WorkbookReport> {
  const workbook = await openWorkbook(source, options);
  try {
    const sheets: SheetReport[] = [];
    for (const info of workbook.sheets) sheets.push(await inspectSheet(workbook, info));
    const properties: Record<string, string> = Object.create(null);
    for (const [name, value] of workbook.customProperties) properties[name] = String(value);
    return {
      sheets,
      date1904: workbook.date1904,
      definedNames: workbook.definedNames.map(({ name }) => name),
      customProperties: properties,
    };
  } finally {
    await workbook.close();
  }
}

async function inspectSheet(workbook: Workbook, info: SheetInfo): Promise<SheetReport> {
  let rows = 0;
  let cells = 0;
  let formulas = 0;
  const formulaCells: string[] = [];
  for await (const batch of workbook.rowBatches(info.name)) {
    rows += batch.length;
    for (const row of batch) {
      cells += row.filled;
      if (!row.formulas) continue;
      formulas += row.formulas.size;
      for (const column of row.formulas.keys()) {
        if (formulaCells.length < SHOWN_FORMULAS) formulaCells.push(`${columnName(column + 1)}${row.number}`);
      }
    }
  }
  const { merges } = await workbook.tail(info.name);
  return { ...info, rows, cells, formulas, formulaCells, merges: merges.length };
}
