import { noSuchSheet, refusal } from './errors.ts';
import { withLimits, type XlsxLimits } from './limits.ts';
import { type Relationship, readRelationships } from './package-parts.ts';
import { createPendingBytes } from './pending-bytes.ts';
import { plainXml } from './plain-xml.ts';
import type { Row } from './row.ts';
import { checkFormula, checkPackage } from './safety.ts';
import { NO_SHARED_STRINGS, readSharedStrings, type SharedStrings } from './shared-strings.ts';
import { parseHead, parseTail, type SheetHead, type SheetTail } from './sheet-frame.ts';
import { createSheetScan, type SheetScan } from './sheet-scan.ts';
import { type CellStyles, readStyles } from './styles-read.ts';
import { type CustomPropertyValue, readCustomProperties, readWorkbookPart } from './workbook-part.ts';
import { openZip, type ZipArchive } from './zip-read.ts';

export interface SheetInfo {
  readonly name: string;
  readonly state: 'visible' | 'hidden' | 'veryHidden';
  /** What the sheet says of its extent, e.g. `A1:T100`; a hint, often missing, sometimes wrong. */
  readonly dimension: string | undefined;
}

export interface DefinedName {
  readonly name: string;
  /** Reference or formula, without `=`. */
  readonly formula: string;
  /** Name of the sheet it is local to; undefined when it is the workbook's. */
  readonly sheet: string | undefined;
  readonly hidden: boolean;
}

export interface RowsOptions {
  /** First row, from 1. */
  readonly from?: number;
  /** Rows to give at most. */
  readonly limit?: number;
}

/** An open workbook. Sheets are read as they are asked for; close it when done. */
export interface Workbook {
  readonly sheets: readonly SheetInfo[];
  /** Whether serial numbers count from 1904; dates in rows are already right. */
  readonly date1904: boolean;
  readonly definedNames: readonly DefinedName[];
  /** Custom document properties by name. */
  readonly customProperties: ReadonlyMap<string, CustomPropertyValue>;
  /** Number format codes by style index. */
  readonly numberFormats: readonly string[];
  /** Rows in order; rows the file leaves out are left out here. Nothing is read ahead of what is taken but one piece. */
  rows(sheet: string, options?: RowsOptions): AsyncIterable<Row>;
  /** The same in batches of some hundred rows, for who reads hundreds of thousands. */
  rowBatches(sheet: string): AsyncIterable<readonly Row[]>;
  /** Merged ranges such as `A1:C2`. Reads through the sheet once when its rows were not read before. */
  merges(sheet: string): Promise<readonly string[]>;
  /** Columns, panes: what stands before the rows. */
  head(sheet: string): Promise<SheetHead>;
  /** Merges, validations: what stands after them. */
  tail(sheet: string): Promise<SheetTail>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly limits?: Partial<XlsxLimits>;
  readonly signal?: AbortSignal;
}

/**
 * Opens an .xlsx from a path or bytes, under limits, after refusing what a data file may not bring (see `checkPackage`).
 *
 * @throws `templates.xlsx.*` refusals, now or while rows are read.
 * @example
 * const workbook = await openWorkbook('纳税.xlsx');
 * try {
 *   for await (const row of workbook.rows(workbook.sheets[0]!.name)) use(row.values);
 * } finally {
 *   await workbook.close();
 * }
 */
export async function openWorkbook(source: string | Uint8Array, options: OpenOptions = {}): Promise<Workbook> {
  const zip = await openZip(source, options);
  try {
    return await createWorkbook(zip, withLimits(options.limits));
  } catch (error) {
    await zip.close();
    throw error;
  }
}

async function createWorkbook(zip: ZipArchive, limits: XlsxLimits): Promise<Workbook> {
  await checkPackage(zip, limits);
  const packageRelations = await readRelationships(zip, '', limits);
  const workbookName = packageRelations.find(({ type }) => type === 'officeDocument')?.target;
  if (workbookName === undefined || !zip.has(workbookName))
    throw refusal('missingPart', { part: workbookName ?? 'officeDocument' });
  const content = await readWorkbookPart(zip, workbookName, limits);
  const relations = await readRelationships(zip, workbookName, limits);
  const partOf = (type: string): string | undefined =>
    relations.find((relation: Relationship) => relation.type === type && !relation.external && zip.has(relation.target))
      ?.target;
  const styles: CellStyles = await readStyles(zip, partOf('styles'), limits);
  const stringsPart = partOf('sharedStrings');
  const parts = new Map<string, string>();
  for (const { name, relationId } of content.sheets) {
    const relation = relations.find(({ id }) => id === relationId);
    if (relation?.type === 'chartsheet') continue;
    if (!relation || relation.external || !zip.has(relation.target))
      throw refusal('missingPart', { part: relation?.target ?? `sheet ${name}` });
    parts.set(name, relation.target);
  }

  const heads = new Map<string, SheetHead>();
  const tails = new Map<string, SheetTail>();
  let strings: Promise<SharedStrings> | undefined;

  const counter = createCellCount(limits);

  const partNamed = (sheet: string): string => {
    const part = parts.get(sheet);
    if (part === undefined) throw noSuchSheet(sheet, [...parts.keys()]);
    return part;
  };

  const scanOf = (part: string, table: SharedStrings): SheetScan =>
    createSheetScan({
      part,
      limits,
      strings: table,
      dateStyles: styles.dates,
      date1904: content.date1904,
      countCells: counter(part),
    });

  async function* rowBatches(sheet: string): AsyncGenerator<Row[]> {
    const part = partNamed(sheet);
    strings ??= stringsPart ? readSharedStrings(zip, stringsPart, limits) : Promise.resolve(NO_SHARED_STRINGS);
    const scan = scanOf(part, await strings);
    for await (const piece of plainXml(part, zip.stream(part))) {
      const rows = scan.push(piece);
      if (scan.head && !heads.has(sheet)) heads.set(sheet, parseHead(scan.head, part, limits));
      for (const row of rows) {
        if (row.formulas)
          for (const [column, formula] of row.formulas)
            checkFormula(formula, part, `row ${row.number} column ${column + 1}`);
      }
      if (rows.length > 0) yield rows;
    }
    scan.finish();
    if (!tails.has(sheet)) tails.set(sheet, parseTail(scan.tail!, part, limits));
  }

  async function* rows(
    sheet: string,
    { from = 1, limit = Number.POSITIVE_INFINITY }: RowsOptions = {},
  ): AsyncGenerator<Row> {
    let given = 0;
    if (limit <= 0) return;
    for await (const batch of rowBatches(sheet)) {
      for (const row of batch) {
        if (row.number < from) continue;
        yield row;
        if (++given >= limit) return;
      }
    }
  }

  async function head(sheet: string): Promise<SheetHead> {
    const part = partNamed(sheet);
    const known = heads.get(sheet);
    if (known) return known;
    const scan = scanOf(part, NO_SHARED_STRINGS);
    const pending = createPendingBytes(() => ['sheetData']);
    for await (const piece of plainXml(part, zip.stream(part))) {
      const gathered = pending.take(piece);
      if (!gathered) continue;
      if (scan.takeHead(gathered) >= 0) break;
      pending.keep(gathered);
    }
    if (!scan.head) scan.finish();
    const parsed = parseHead(scan.head!, part, limits);
    heads.set(sheet, parsed);
    return parsed;
  }

  async function tail(sheet: string): Promise<SheetTail> {
    if (!tails.has(sheet)) {
      for await (const _ of rowBatches(sheet));
    }
    return tails.get(sheet)!;
  }

  const sheets: SheetInfo[] = [];
  for (const { name, state } of content.sheets) {
    if (parts.has(name)) sheets.push({ name, state, dimension: (await head(name)).dimension });
  }

  return {
    sheets,
    date1904: content.date1904,
    definedNames: content.definedNames,
    customProperties: await readCustomProperties(zip, packageRelations, limits),
    numberFormats: styles.formats,
    rows,
    rowBatches,
    merges: async (sheet) => (await tail(sheet)).merges,
    head,
    tail,
    close: () => zip.close(),
  };
}

/** Cells of the whole workbook; reading a sheet again counts them once. */
function createCellCount(limits: XlsxLimits): (part: string) => (filled: number, width: number) => void {
  const counted = new Map<string, { filled: number; width: number }>();
  const total = { filled: 0, width: 0 };
  return (part) => {
    const here = { filled: 0, width: 0 };
    return (filled, width) => {
      here.filled += filled;
      here.width += width;
      const before = counted.get(part) ?? { filled: 0, width: 0 };
      total.filled += Math.max(0, here.filled - before.filled);
      total.width += Math.max(0, here.width - before.width);
      counted.set(part, { filled: Math.max(here.filled, before.filled), width: Math.max(here.width, before.width) });
      if (total.filled > limits.cells) throw refusal('cells', { part, limit: limits.cells });
      if (total.width > limits.width) throw refusal('width', { part, limit: limits.width });
    };
  };
}
