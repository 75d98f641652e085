import { type Axis, createAxis, sampleRange } from './layout-axis.ts';
import { type CellRange, columnName, parseRange } from './xlsx/cell-reference.ts';
import type { Cell, Row } from './xlsx/row.ts';
import { openWorkbook, type Workbook } from './xlsx/workbook.ts';
import { openZip, type ZipArchive } from './xlsx/zip-read.ts';

/** One thing in which an exported form is not laid out as upstream laid it out. */
export interface LayoutDifference {
  readonly sheet: string;
  readonly what: 'sheet' | 'width' | 'height' | 'merge' | 'text' | 'style' | 'formula' | 'set-up' | 'part';
  /** A cell, range, column or row of the export; an XML element; a part. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
}

export interface LayoutOptions {
  /** Defined names of cells whose text is meant to change. */
  readonly texts?: readonly string[];
  /** Defined name of the sample row. */
  readonly row?: string;
  /** Defined name of the sample columns; their headings may change in the cell `groupTitle`. */
  readonly group?: string;
  readonly groupTitle?: string;
}

type Note = (what: LayoutDifference['what'], where: string, expected: unknown, found: unknown) => void;

/** Elements of a sheet that must be the same to the letter, and those whose ranges may grow but not their number. */
const SAME = ['sheetPr', 'printOptions', 'pageMargins', 'pageSetup', 'headerFooter'];
const AS_MANY = ['dataValidation', 'conditionalFormatting', 'cfRule', 'legacyDrawing', 'drawing'];
const MOST = 200;

/**
 * Compares an exported form with the upstream template: sheets, widths, heights, merges, texts, styles, formulas, print set-up,
 * rules and parts. What grew must look like the sample it grew from. An empty list means "exactly the upstream layout".
 *
 * @param template path or bytes of the upstream workbook
 * @param exported path or bytes of the filled one
 * @example
 * await layoutDifferences(template.file, 'out.xlsx', layoutOptions(template.binding)); // []
 */
export async function layoutDifferences(
  template: string | Uint8Array,
  exported: string | Uint8Array,
  options: LayoutOptions = {},
): Promise<LayoutDifference[]> {
  const books = [await openWorkbook(template), await openWorkbook(exported)] as const;
  const zips = [await openZip(template), await openZip(exported)] as const;
  try {
    const differences: LayoutDifference[] = [];
    const noteOn =
      (sheet: string): Note =>
      (what, where, expected, found) => {
        if (expected === found || differences.length >= MOST) return;
        differences.push({ sheet, what, where, expected: String(expected ?? ''), found: String(found ?? '') });
      };
    const [before, after] = books;
    const list = ({ sheets }: Workbook) => sheets.map(({ name, state }) => `${name} ${state}`).join(', ');
    noteOn('')('sheet', 'workbook', list(before), list(after));
    for (const { name } of before.sheets) {
      if (!after.sheets.some((sheet) => sheet.name === name)) continue;
      const rows = await compareSheet(name, books, options, noteOn(name));
      await compareHeights(name, zips, rows, noteOn(name));
    }
    await compareParts(zips, noteOn(''));
    return differences;
  } finally {
    for (const open of [...books, ...zips]) await open.close();
  }
}

async function compareSheet(
  sheet: string,
  [before, after]: readonly [Workbook, Workbook],
  options: LayoutOptions,
  note: Note,
): Promise<Axis> {
  const rangesOf = (name: string | undefined) =>
    [sampleRange(before, sheet, name), sampleRange(after, sheet, name)] as const;
  const [row, grownRow] = rangesOf(options.row);
  const [group, grownGroup] = rangesOf(options.group);
  const rows = createAxis(row && grownRow && [row.top, row.bottom, grownRow.bottom]);
  const columns = createAxis(group && grownGroup && [group.left, group.right, grownGroup.right]);
  const open = [...(options.texts ?? []), options.groupTitle].flatMap((name) => sampleRange(before, sheet, name) ?? []);
  await compareWidths(sheet, [before, after], columns, note);
  compareMerges(await before.merges(sheet), new Set(await after.merges(sheet)), { rows, columns, row, group }, note);

  const wanted = new Map<number, Row>();
  for await (const each of before.rows(sheet)) wanted.set(each.number, each);
  const seen = new Set<number>();
  for await (const found of after.rows(sheet)) {
    const origin = rows.origin(found.number);
    const source = wanted.get(origin);
    seen.add(origin);
    const width = Math.max(found.values.length, columns.last(source?.values.length ?? 0));
    for (let column = 1; column <= width; column++) {
      const at = { row: origin, column: columns.origin(column) };
      const isData = isIn(row, at) || (isIn(group, at) && !isText(source?.cell(at.column - 1)));
      const isOpen = isData || open.some((range) => isIn(range, at));
      compareCell(
        source?.cell(at.column - 1),
        found.cell(column - 1),
        isOpen,
        `${columnName(column)}${found.number}`,
        note,
      );
    }
  }
  for (const [number, each] of wanted) {
    const holds = each.values.some((value) => value !== null && value !== undefined);
    if (holds && !seen.has(number)) note('text', `row ${number} of the template`, 'present', 'missing');
  }
  return rows;
}

function compareCell(
  wanted: Cell | undefined,
  found: Cell | undefined,
  isOpen: boolean,
  where: string,
  note: Note,
): void {
  if (wanted) note('style', where, wanted.styleId, found?.styleId);
  if (wanted?.formula !== undefined) {
    note('formula', where, true, found?.formula !== undefined);
    return;
  }
  if (!isOpen) note('text', where, show(wanted), show(found));
}

async function compareWidths(
  sheet: string,
  [before, after]: readonly [Workbook, Workbook],
  columns: Axis,
  note: Note,
): Promise<void> {
  const [wanted, found] = [await before.head(sheet), await after.head(sheet)];
  const widthIn = (list: typeof wanted.columns, index: number) => {
    const column = list.find(({ first, last }) => index >= first && index <= last);
    return column && `${column.width}${column.hidden ? ' hidden' : ''}`;
  };
  const last = Math.max(1, ...wanted.columns.map((column) => Math.min(column.last, 1_000)));
  for (let index = 1; index <= columns.last(last); index++) {
    note('width', columnName(index), widthIn(wanted.columns, columns.origin(index)), widthIn(found.columns, index));
  }
  note('set-up', 'frozen panes', JSON.stringify(wanted.frozen), JSON.stringify(found.frozen));
}

interface Grown {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly row: CellRange | undefined;
  readonly group: CellRange | undefined;
}

function compareMerges(
  wanted: readonly string[],
  found: ReadonlySet<string>,
  { rows, columns, row, group }: Grown,
  note: Note,
): void {
  const expected = new Set<string>();
  for (const merge of wanted) {
    const range = parseRange(merge)!;
    const isSample = row && range.top >= row.top && range.bottom <= row.bottom;
    const isRepeated = group && range.left >= group.left && range.right <= group.right;
    const last = { bottom: rows.last(range.bottom), right: columns.last(range.right) };
    const first = { top: isSample ? range.top : rows.first(range.top), left: columns.first(range.left) };
    const height = isSample ? range.bottom - range.top + 1 : last.bottom - first.top + 1;
    const width = isRepeated ? range.right - range.left + 1 : last.right - first.left + 1;
    const rowStep = isSample ? row.bottom - row.top + 1 : height;
    const columnStep = isRepeated ? group.right - group.left + 1 : width;
    for (let top = first.top; top + height - 1 <= last.bottom; top += rowStep) {
      for (let left = first.left; left + width - 1 <= last.right; left += columnStep) {
        expected.add(`${columnName(left)}${top}:${columnName(left + width - 1)}${top + height - 1}`);
      }
    }
  }
  for (const text of expected) if (!found.has(text)) note('merge', text, 'merged', 'apart');
  for (const text of found) if (!expected.has(text)) note('merge', text, 'apart', 'merged');
}

async function compareHeights(
  sheet: string,
  [before, after]: readonly [ZipArchive, ZipArchive],
  rows: Axis,
  note: Note,
): Promise<void> {
  const [wanted, found] = [await rowHeights(before, sheet), await rowHeights(after, sheet)];
  for (const [row, height] of found) note('height', String(row), wanted.get(rows.origin(row)), height);
  for (const [row, height] of wanted) note('height', String(rows.first(row)), height, found.get(rows.first(row)));
}

async function rowHeights(zip: ZipArchive, sheet: string): Promise<Map<number, string>> {
  const heights = new Map<number, string>();
  for (const [tag] of (await zip.readText(await sheetPart(zip, sheet))).matchAll(/<row\b[^>]*>/g)) {
    const height = attribute(tag, 'ht');
    if (height !== undefined) heights.set(Number(attribute(tag, 'r')), height);
  }
  return heights;
}

/** The part of a sheet: by its relation in the workbook. */
async function sheetPart(zip: ZipArchive, sheet: string): Promise<string> {
  const tags = async (part: string, name: string) =>
    (await zip.readText(part)).match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? [];
  const written = sheet.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const id = (await tags('xl/workbook.xml', 'sheet')).find((tag) => attribute(tag, 'name') === written);
  const relation = (await tags('xl/_rels/workbook.xml.rels', 'Relationship')).find(
    (tag) => attribute(tag, 'Id') === attribute(id!, 'r:id'),
  );
  const target = attribute(relation!, 'Target')!;
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

/** Print set-up and rules of every sheet part, and that no part was lost. */
async function compareParts([before, after]: readonly [ZipArchive, ZipArchive], note: Note): Promise<void> {
  for (const { name } of before.entries) {
    // The order of calculation is Excel's own note to itself.
    if (name.endsWith('calcChain.xml')) continue;
    note('part', name, 'present', after.has(name) ? 'present' : 'missing');
    if (!/^xl\/worksheets\/[^/]+\.xml$/.test(name) || !after.has(name)) continue;
    const [wanted, found] = [outsideRows(await before.readText(name)), outsideRows(await after.readText(name))];
    for (const element of SAME)
      note('set-up', `${name} ${element}`, elementIn(wanted, element), elementIn(found, element));
    for (const element of AS_MANY)
      note('set-up', `${name} ${element}`, countIn(wanted, element), countIn(found, element));
  }
}

function outsideRows(xml: string): string {
  const [start, end] = [xml.indexOf('<sheetData'), xml.lastIndexOf('</sheetData>')];
  return start < 0 || end < 0 ? xml : xml.slice(0, start) + xml.slice(end);
}

function elementIn(xml: string, element: string): string | undefined {
  const match = new RegExp(`<${element}\\b(?:[^>]*/>|[\\s\\S]*?</${element}>)`).exec(xml);
  return match?.[0].replace(/\s+\/>/g, '/>');
}

function countIn(xml: string, element: string): number {
  return xml.split(new RegExp(`<${element}[\\s>/]`)).length - 1;
}

function isIn(range: CellRange | undefined, { row, column }: { row: number; column: number }): boolean {
  return (
    range !== undefined && row >= range.top && row <= range.bottom && column >= range.left && column <= range.right
  );
}

function isText(cell: Cell | undefined): boolean {
  return typeof cell?.value === 'string' && cell.value !== '';
}

function show(cell: Cell | undefined): string {
  const value = cell?.value;
  if (value === null || value === undefined) return '';
  return value instanceof Date ? value.toISOString() : typeof value === 'object' ? value.error : String(value);
}
