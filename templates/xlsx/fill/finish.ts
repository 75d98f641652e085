import { refreshPivot } from '../expand/pivot.ts';
import type { RangeOperand } from '../formula/evaluate.ts';
import { parseArea } from '../formula/reference.ts';
import { areaOfName, requestCalculation } from '../patch/workbook.ts';
import type { SharedText, SheetContent } from '../recalculate/content.ts';
import { createRecalculation, type Recalculation } from '../recalculate/recalculation.ts';
import type { TableShape } from '../recalculate/structured.ts';
import { NO_SHARED_STRINGS, readSharedStrings } from '../shared-strings.ts';
import { refreshCharts } from './chart-caches.ts';
import { type RenamedTable, renameColumns } from './column-names.ts';
import type { Filling } from './filling.ts';
import { type ColumnNames, nameColumns, readTables, tableShape } from './tables.ts';
import { markShared, type ReplacedTexts } from './workbook-text.ts';

export interface Finished {
  readonly contents: ReadonlyMap<number, SheetContent>;
  readonly recalculation: Recalculation;
}

/** After all values are in place: tables, kept results of formulas, charts and pivot tables are brought up to date. */
export async function finishContents(filling: Filling, replaced: ReplacedTexts): Promise<Finished> {
  const { workbook, blocks, changed } = filling;
  const contents = new Map<number, SheetContent>();
  for (const sheet of workbook.sheets) {
    const document = workbook.documents.get(sheet.part);
    if (sheet.isWorksheet && document) contents.set(sheet.index, { sheet, document, blocks: blocks.get(sheet) ?? [] });
  }
  for (const { document } of contents.values()) markShared(document, replaced, changed);
  const sharedText = await readTexts(filling, replaced);
  const tables = await settleTables(filling, contents, sharedText);
  await filling.breathe();
  const recalculation = createRecalculation({
    workbook,
    contents,
    tables,
    sharedText,
    changed,
    moved: filling.moved,
    grown: filling.grown,
    onDropped: (where) => filling.warnings.add('valueDropped', where),
  });
  const isNew = changed.size > 0 || filling.moved.size > 0 || blocks.size > 0 || filling.grown.size > 0;
  if (isNew) {
    await recalculation.run(filling.breathe);
    await refreshCharts(workbook, recalculation);
    await filling.breathe();
    await refreshPivots(filling, tables, recalculation);
    await requestCalculation(workbook);
  }
  return { contents, recalculation };
}

async function readTexts({ archive, workbook, limits }: Filling, { shared }: ReplacedTexts): Promise<SharedText> {
  const part = (await workbook.parts.relations(workbook.part)).find(({ type }) => type === 'sharedStrings')?.part;
  const texts = part && archive.has(part) ? await readSharedStrings(archive, part, limits) : NO_SHARED_STRINGS;
  return (index) => shared.get(index) ?? (index < texts.count ? texts.get(index) : '');
}

async function settleTables(
  { workbook, styles, warnings, changed, moved, columnCopies }: Filling,
  contents: ReadonlyMap<number, SheetContent>,
  sharedText: SharedText,
): Promise<Map<string, TableShape>> {
  const tables = new Map<string, TableShape>();
  const renamed = new Map<string, RenamedTable>();
  const roots = await readTables(workbook);
  for (const { sheet, root } of roots) {
    const content = contents.get(sheet);
    const options = { sharedText, styles, warnings, changed, copies: columnCopies };
    const names: ColumnNames = content ? nameColumns(root, content, options) : new Map();
    const shape = tableShape(sheet, root);
    if (!shape) continue;
    tables.set(shape.name.toLowerCase(), shape);
    if (names.size > 0) renamed.set(shape.name.toLowerCase(), { sheet, names });
  }
  if (renamed.size > 0) renameColumns(workbook, contents, roots, renamed, moved);
  return tables;
}

async function refreshPivots(
  { workbook }: Filling,
  tables: ReadonlyMap<string, TableShape>,
  recalculation: Recalculation,
): Promise<void> {
  for (const { type, part } of await workbook.parts.relations(workbook.part)) {
    if (type !== 'pivotCacheDefinition' || !workbook.parts.has(part)) continue;
    refreshPivot((await workbook.parts.tree(part)).root, ({ name, sheet, ref }) => {
      const range = sourceRange(name, sheet, ref);
      return range === undefined || recalculation.isStale(range);
    });
  }

  function sourceRange(
    name: string | undefined,
    sheet: string | undefined,
    ref: string | undefined,
  ): RangeOperand | undefined {
    const home = sheet === undefined ? undefined : workbook.sheet(sheet);
    const area = ref === undefined ? undefined : parseArea(ref);
    if (home && area) return { kind: 'range', sheet: home.index, area };
    const table = tables.get((name ?? '').toLowerCase());
    if (table) return { kind: 'range', sheet: table.sheet, area: table.area };
    const element = name === undefined ? undefined : workbook.definedName(name, home?.index);
    const place = element && areaOfName(workbook, element);
    return place && { kind: 'range', sheet: place.sheet.index, area: place.area };
  }
}
