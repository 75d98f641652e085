import type { XlsxLimits } from '../limits.ts';
import type { Cell } from '../patch/cell.ts';
import type { PartStore } from '../patch/package.ts';
import { cellsOf, changeCells, type SheetDocument } from '../patch/sheet.ts';
import { parseTree, textOf, walk, writeElement, writeTree } from '../patch/tree.ts';
import type { Workbook } from '../patch/workbook.ts';
import { decodeEscapes } from '../xml.ts';
import {
  hasPlaceholder,
  type PlaceholderValue,
  replaceInHeaders,
  replaceInPart,
  replaceInRuns,
} from './placeholders.ts';
import { escapeControls } from './text.ts';
import type { Warnings } from './warnings.ts';

/** Parts outside sheets whose texts may hold placeholders, by relation. */
const TEXT_PARTS: ReadonlySet<string> = new Set(['drawing', 'comments', 'threadedComment', 'chart', 'chartEx']);

export interface ReplacedTexts {
  /** New texts of shared strings, by index. */
  readonly shared: ReadonlyMap<number, string>;
}

/**
 * Replaces `{{path}}` wherever a person reads text: in shared strings, so that all cells that show one change together,
 * and in inline strings, headers and footers, comments, shapes and charts.
 */
export async function replacePlaceholders(
  workbook: Workbook,
  values: Readonly<Record<string, string | number>>,
  limits: XlsxLimits,
  warnings: Warnings,
  changed: Set<Cell>,
): Promise<ReplacedTexts> {
  const { parts } = workbook;
  const value: PlaceholderValue = (path) => {
    if (Object.hasOwn(values, path)) return escapeControls(String(values[path]));
    warnings.add('placeholder', `{{${path}}}`);
    return undefined;
  };
  const shared = new Map<number, string>();
  for (const relation of await parts.relations(workbook.part)) {
    if (relation.type === 'sharedStrings' && parts.has(relation.part)) {
      await replaceShared(parts, relation.part, value, limits, shared);
    }
  }
  for (const sheet of workbook.sheets) {
    if (sheet.isWorksheet) {
      const document = await workbook.document(sheet);
      replaceInHeaders(document.tree.root, value);
      replaceInline(document, value, limits, changed);
    }
    await replaceRelated(parts, sheet.part, value, 0);
  }
  return { shared };
}

async function replaceRelated(parts: PartStore, owner: string, value: PlaceholderValue, level: number): Promise<void> {
  for (const { type, part } of await parts.relations(owner)) {
    if (!TEXT_PARTS.has(type) || !parts.has(part)) continue;
    replaceInPart((await parts.tree(part)).root, value, part);
    if (level < 2) await replaceRelated(parts, part, value, level + 1);
  }
}

/** Only the strings that hold a placeholder are parsed: the table may have a million others. */
async function replaceShared(
  parts: PartStore,
  part: string,
  value: PlaceholderValue,
  limits: XlsxLimits,
  shared: Map<number, string>,
): Promise<void> {
  const text = await parts.text(part);
  const prefix = /<((?:[\w.-]+:)?)sst[\s>]/.exec(text)?.[1] ?? '';
  const item = new RegExp(`<${prefix}si(?:\\s[^>]*)?(?:/>|>[\\s\\S]*?</${prefix}si>)`, 'g');
  let index = 0;
  const next = text.replace(item, (markup) => {
    const at = index++;
    if (!hasPlaceholder(markup.replace(/<[^>]*>/g, ''))) return markup;
    const tree = parseTree(markup, part, limits.depth);
    if (!replaceInRuns(tree.root, value, part)) return markup;
    let plain = '';
    for (const element of walk(tree.root)) if (element.local === 't') plain += decodeEscapes(textOf(element));
    shared.set(at, plain);
    return writeTree(tree);
  });
  if (shared.size > 0) parts.setText(part, next);
}

function replaceInline(document: SheetDocument, value: PlaceholderValue, limits: XlsxLimits, changed: Set<Cell>): void {
  for (const row of document.rows) {
    const mayHold = row.cells ? row.cells.some((cell) => cell.inline !== undefined) : hasPlaceholder(row.body);
    if (!mayHold) continue;
    for (const cell of cellsOf(row, document)) {
      if (cell.inline === undefined || cell.formula || !cell.inline.includes('{')) continue;
      // A value the data put there is a value, whatever it looks like.
      if (changed.has(cell)) continue;
      const { root } = parseTree(cell.inline, document.part, limits.depth);
      if (!replaceInRuns(root, value, document.part)) continue;
      changeCells(row, document);
      cell.inline = writeElement(root);
      changed.add(cell);
    }
  }
}

/** Marks the cells that show a replaced shared string as changed. */
export function markShared(document: SheetDocument, { shared }: ReplacedTexts, changed: Set<Cell>): void {
  if (shared.size === 0) return;
  for (const row of document.rows) {
    if (!row.cells && !row.body.includes('t="s"')) continue;
    for (const cell of cellsOf(row, document)) {
      if (cell.type === 's' && cell.value !== undefined && shared.has(Number(cell.value))) changed.add(cell);
    }
  }
}
