import { createBreath } from '../../core/breath.ts';
import { createCellSetter, setCells } from './fill/cells.ts';
import type { FillData, FillOptions, FillResult, FillTarget } from './fill/data.ts';
import { checkData } from './fill/data-shape.ts';
import { growColumns, growRows, loadDocuments } from './fill/expansions.ts';
import type { Filling } from './fill/filling.ts';
import { finishContents } from './fill/finish.ts';
import { createWarnings } from './fill/warnings.ts';
import { type ReplacedTexts, replacePlaceholders } from './fill/workbook-text.ts';
import { writePackage } from './fill/write-package.ts';
import { withLimits } from './limits.ts';
import { createPartStore } from './patch/package.ts';
import { createCellStyles } from './patch/styles.ts';
import { makeElement } from './patch/tree.ts';
import { openWorkbookParts } from './patch/workbook.ts';
import { checkPackage } from './safety.ts';
import { openZip, type ZipArchive } from './zip-read.ts';

export type {
  FillData,
  FillOptions,
  FillProgress,
  FillResult,
  FillTarget,
  FillWarning,
  RowInput,
} from './fill/data.ts';
export type { CellInput } from './fill/input.ts';

/**
 * Fills a template workbook and leaves everything else in it as it is: parts the data does not touch keep their
 * compressed bytes, charts, pivot tables, drop-downs, filters, comments and pictures move with the rows they belong to,
 * and no total stays stale.
 *
 * Sample rows and columns are marked by defined names. A formula in a sample row is written in every row as if filled
 * down: relative references to the same record or the one before follow, others stay where they point. A formula
 * outside that takes the sample as a range (`SUM(E5)`, `SUM(E5:E5)`) takes all its rows.
 *
 * Values keep their cell's style. A Date is written by its UTC fields as a serial number; where the style would show it
 * as a bare number the cell gets the same style with a date format, and in a cell formatted as text it is ISO text.
 *
 * @param template path or bytes of an .xlsx
 * @param target path (written beside itself, renamed when complete) or stream
 * @throws `templates.xlsx.*` when the template is refused, a name or sheet is missing, or a value cannot be written
 * @example
 * await fillWorkbook('台账模板.xlsx', {
 *   cells: { '封面!B2': '2025年6月' },
 *   rows: { 明细: residents.map((one) => [one.name, one.idNumber, undefined]) },
 *   text: { street: '望江街道' },
 * }, '台账.xlsx');
 */
export async function fillWorkbook(
  template: string | Uint8Array,
  data: FillData,
  target: FillTarget,
  options: FillOptions = {},
): Promise<FillResult> {
  checkData(data);
  const archive = await openZip(template, options);
  try {
    await checkPackage(archive, options.limits);
    const filling = await openFilling(archive, options);
    const { breathe } = filling;
    await setCells(filling, data, createCellSetter(filling.workbook, filling.styles, filling.changed));
    await breathe();
    const replaced = await replaceText(filling, data);
    await breathe();
    const columns = await growColumns(filling, data.columns);
    const rows = await growRows(filling, data.rows);
    await loadDocuments(filling);
    await breathe();
    const finished = await finishContents(filling, replaced);
    const written = await writePackage(filling, finished, target);
    return { rows, columns, ...written, warnings: filling.warnings.list() };
  } finally {
    await archive.close();
  }
}

async function openFilling(archive: ZipArchive, options: FillOptions): Promise<Filling> {
  const limits = withLimits(options.limits);
  const parts = createPartStore(archive, limits);
  const workbook = await openWorkbookParts(parts, limits);
  const styles = (await parts.relations(workbook.part)).find(({ type, part }) => type === 'styles' && parts.has(part));
  const styleRoot = styles ? (await parts.tree(styles.part)).root : makeElement('styleSheet');
  return {
    archive,
    parts,
    workbook,
    styles: createCellStyles(styleRoot),
    limits,
    options,
    warnings: createWarnings(),
    breathe: createBreath(options.signal),
    bound: new Set(),
    changed: new Set(),
    moved: new Set(),
    grown: new Map(),
    columnCopies: new Map(),
    blocks: new Map(),
  };
}

async function replaceText(filling: Filling, { text }: FillData): Promise<ReplacedTexts> {
  if (!text || Object.keys(text).length === 0) return { shared: new Map() };
  const { workbook, limits, warnings, changed } = filling;
  return replacePlaceholders(workbook, text, limits, warnings, changed);
}
