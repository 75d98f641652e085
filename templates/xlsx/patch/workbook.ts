import { noSuchSheet } from '../errors.ts';
import type { Area } from '../formula/reference.ts';
import { type ReferenceToken, tokenize } from '../formula/tokens.ts';
import type { XlsxLimits } from '../limits.ts';
import { type PartStore, workbookPart } from './package.ts';
import { readSheet, type SheetDocument } from './sheet.ts';
import {
  attribute,
  attributeByLocal,
  child,
  elements,
  makeElement,
  prefixOf,
  setAttribute,
  textOf,
  type XmlElement,
} from './tree.ts';

export interface WorkbookSheet {
  readonly name: string;
  /** Position among the tabs, from 0. */
  readonly index: number;
  readonly part: string;
  /** Worksheets have cells; chart and dialog sheets have not. */
  readonly isWorksheet: boolean;
}

/** The workbook part of a package and what it leads to. */
export interface Workbook {
  readonly part: string;
  readonly root: XmlElement;
  readonly parts: PartStore;
  readonly sheets: readonly WorkbookSheet[];
  readonly date1904: boolean;
  sheet(name: string): WorkbookSheet | undefined;
  /** The sheet's document; the same every time. */
  document(sheet: WorkbookSheet): Promise<SheetDocument>;
  /** Documents that were asked for, by part. */
  readonly documents: ReadonlyMap<string, SheetDocument>;
  /** A defined name's element: of a sheet first, then of the workbook. */
  definedName(name: string, sheet?: number): XmlElement | undefined;
}

/** A place that a defined name or an address stands for. */
export interface NamedArea {
  readonly sheet: WorkbookSheet;
  readonly area: Area;
}

export async function openWorkbookParts(parts: PartStore, limits: XlsxLimits): Promise<Workbook> {
  const part = await workbookPart(parts);
  const { root } = await parts.tree(part);
  const relations = new Map((await parts.relations(part)).map((relation) => [relation.id, relation]));
  const sheets: WorkbookSheet[] = [];
  for (const [index, element] of elements(child(root, 'sheets') ?? makeElement('sheets')).entries()) {
    const relation = relations.get(attributeByLocal(element, 'id') ?? '');
    sheets.push({
      name: attribute(element, 'name') ?? '',
      index,
      part: relation?.part ?? '',
      isWorksheet: relation?.type === 'worksheet' && parts.has(relation.part),
    });
  }
  const byName = new Map(sheets.map((sheet) => [sheet.name.toLowerCase(), sheet]));
  const documents = new Map<string, SheetDocument>();
  const flag = attribute(child(root, 'workbookPr') ?? root, 'date1904');
  return {
    part,
    root,
    parts,
    sheets,
    documents,
    date1904: flag === '1' || flag === 'true',
    sheet: (name) => byName.get(name.toLowerCase()),
    document: async (sheet) => {
      const known = documents.get(sheet.part);
      if (known) return known;
      if (!sheet.isWorksheet)
        throw noSuchSheet(
          sheet.name,
          sheets.filter((one) => one.isWorksheet).map((one) => one.name),
        );
      const document = readSheet(sheet.part, await parts.archive.readText(sheet.part), limits.depth);
      documents.set(sheet.part, document);
      return document;
    },
    definedName: (name, sheet) => {
      const wanted = name.toLowerCase();
      let general: XmlElement | undefined;
      for (const element of definedNames(root)) {
        if (attribute(element, 'name')?.toLowerCase() !== wanted) continue;
        const local = attribute(element, 'localSheetId');
        if (local === undefined) general = element;
        else if (sheet !== undefined && Number(local) === sheet) return element;
      }
      return general;
    },
  };
}

export function definedNames(root: XmlElement): XmlElement[] {
  const list = child(root, 'definedNames');
  return list ? elements(list, 'definedName') : [];
}

/** The one area a defined name stands for; undefined when it is a constant, a formula or several areas. */
export function areaOfName(workbook: Workbook, element: XmlElement): NamedArea | undefined {
  const tokens = tokenize(textOf(element)).filter(({ kind }) => kind !== 'space');
  const [only] = tokens;
  if (tokens.length !== 1 || only?.kind !== 'reference') return undefined;
  const local = attribute(element, 'localSheetId');
  const sheet = only.sheet
    ? workbook.sheet(only.sheet.first)
    : local === undefined
      ? undefined
      : workbook.sheets[Number(local)];
  if (!sheet || only.sheet?.external || only.sheet?.last) return undefined;
  return { sheet, area: areaOfToken(only) };
}

export function areaOfToken({ from, to }: ReferenceToken): Area {
  return {
    top: Math.min(from.row, to.row),
    left: Math.min(from.column, to.column),
    bottom: Math.max(from.row, to.row),
    right: Math.max(from.column, to.column),
  };
}

/** What comes before `calcPr` in the workbook part (ECMA-376 part 1, 18.2.27). */
const BEFORE_CALCULATION = new Set([
  'fileVersion',
  'fileSharing',
  'workbookPr',
  'workbookProtection',
  'bookViews',
  'sheets',
  'functionGroups',
  'externalReferences',
  'definedNames',
]);

/** Asks whoever opens the file to calculate everything, and drops the old order of calculation. */
export async function requestCalculation(workbook: Workbook): Promise<void> {
  const { root, parts, part } = workbook;
  let settings = child(root, 'calcPr');
  if (!settings) {
    settings = makeElement(`${prefixOf(root)}calcPr`);
    const last = root.children.findLastIndex((node) => typeof node !== 'string' && BEFORE_CALCULATION.has(node.local));
    root.children.splice(last + 1, 0, settings);
  }
  setAttribute(settings, 'fullCalcOnLoad', 1);
  for (const relation of await parts.relations(part)) {
    if (relation.type === 'calcChain') await parts.remove(part, relation);
  }
}
