import type { Breath } from '../../../core/breath.ts';
import { type Area, parseArea, printArea } from '../formula/reference.ts';
import { compileRolling } from '../formula/rolling.ts';
import { type Expansion, type Place, type Reading, shiftFormula, shiftTokens } from '../formula/shift.ts';
import { printTokens, type ReferenceToken, tokenize } from '../formula/tokens.ts';
import {
  attribute,
  child,
  cloneElement,
  elements,
  removeChild,
  setAttribute,
  setText,
  textOf,
  walk,
  writeElement,
  type XmlElement,
  type XmlNode,
} from '../patch/tree.ts';
import { shiftAnchor } from './anchor.ts';
import { copiesOf, type SheetShift, shiftArea, shiftCell, shiftList, shiftReference } from './area.ts';
import { shiftColumns } from './columns.ts';
import { shiftFilter } from './filter.ts';
import { shiftBreaks, shiftPane } from './view.ts';

/**
 * Shifts everything in a worksheet part that stands outside its cells: views, filters, merges, rules, links, breaks,
 * protected ranges, sparklines and so on, of the main part and of its extensions.
 */
export async function shiftWorksheet(root: XmlElement, shift: SheetShift, breathe: Breath): Promise<void> {
  for (const element of elements(root)) {
    await EDITORS[element.local]?.(element, shift, breathe);
    await breathe();
  }
}

/** Formulas in a sheet that itself does not move: its rules and sparklines may look at one that does. */
export function shiftLooking(root: XmlElement, sheet: string, expansion: Expansion): void {
  for (const element of walk(root)) {
    if (element.local === 'hyperlink') shiftLocation(element, { sheet }, expansion);
    else if (FORMULA_ELEMENTS.has(element.local)) shiftText(element, { sheet }, expansion);
    else if (element.local === 'cfvo') shiftThreshold(element, { sheet }, expansion);
    else if (element.local === 'dataRef') shiftDataReference(element, expansion);
  }
}

type Editor = (element: XmlElement, shift: SheetShift, breathe: Breath) => void | Promise<void>;

/** Merges and sparklines are repeated with every row. */
const COPIES_BETWEEN_BREATHS = 256;

const FORMULA_ELEMENTS: ReadonlySet<string> = new Set(['formula', 'formula1', 'formula2', 'f']);

const EDITORS: Readonly<Record<string, Editor>> = {
  dimension: (element, shift) => setReference(element, 'ref', shift),
  sheetViews: (element, shift) => shiftViews(element, shift),
  customSheetViews: (element, shift) => {
    for (const view of elements(element)) {
      shiftView(view, shift);
      for (const inner of elements(view)) {
        if (inner.local === 'rowBreaks' || inner.local === 'colBreaks') shiftBreaks(inner, shift);
        if (inner.local === 'autoFilter') shiftFilter(inner, shift);
      }
    }
  },
  cols: shiftColumns,
  protectedRanges: eachList('protectedRange'),
  ignoredErrors: eachList('ignoredError'),
  scenarios: (element, shift) => {
    setList(element, shift);
    for (const inner of walk(element)) if (inner.local === 'inputCells') setCell(inner, 'r', shift);
  },
  cellWatches: (element, shift) => {
    for (const watch of elements(element)) setCell(watch, 'r', shift);
  },
  smartTags: (element, shift) => {
    for (const tags of elements(element)) setCell(tags, 'r', shift);
  },
  webPublishItems: (element, shift) => {
    for (const item of elements(element)) setReference(item, 'sourceRef', shift);
  },
  autoFilter: shiftFilter,
  sortState: (element, shift) => {
    setReference(element, 'ref', shift);
    for (const condition of elements(element)) setReference(condition, 'ref', shift);
  },
  dataConsolidate: (element, shift) => {
    for (const inner of walk(element)) if (inner.local === 'dataRef') shiftDataReference(inner, shift.expansion);
  },
  mergeCells: shiftMerges,
  conditionalFormatting: shiftRule,
  dataValidations: (element, shift) => {
    for (const rule of elements(element)) shiftRule(rule, shift);
  },
  hyperlinks: (element, shift) => {
    for (const link of elements(element)) {
      setReference(link, 'ref', shift);
      shiftLocation(link, { sheet: shift.sheet }, shift.expansion);
    }
  },
  rowBreaks: shiftBreaks,
  colBreaks: shiftBreaks,
  controls: shiftControls,
  oleObjects: shiftControls,
  AlternateContent: shiftControls,
  extLst: shiftExtensions,
};

function shiftViews(views: XmlElement, shift: SheetShift): void {
  for (const view of elements(views)) shiftView(view, shift);
}

function shiftView(view: XmlElement, shift: SheetShift): void {
  const pane = child(view, 'pane');
  if (pane) shiftPane(view, pane, shift);
  setCell(view, 'topLeftCell', shift);
  for (const selection of elements(view, 'selection')) {
    setCell(selection, 'activeCell', shift);
    // A selection is one cell to start with; it does not grow with the rows.
    const list = attribute(selection, 'sqref');
    const active = attribute(selection, 'activeCell');
    if (list !== undefined && active !== undefined && !/[\s:]/.test(list)) setAttribute(selection, 'sqref', active);
    else setList(selection, shift);
  }
}

async function shiftMerges(merges: XmlElement, shift: SheetShift, breathe: Breath): Promise<void> {
  const out: XmlElement[] = [];
  for (const merge of elements(merges, 'mergeCell')) {
    const area = parseArea(attribute(merge, 'ref') ?? '');
    if (!area) {
      out.push(merge);
      continue;
    }
    const moved = shiftArea(area, shift);
    const areas = copiesOf(area, shift) ?? (moved ? [moved] : []);
    for (const one of areas) {
      const copy = cloneElement(merge);
      setAttribute(copy, 'ref', printArea(one));
      out.push(copy);
      if (out.length % COPIES_BETWEEN_BREATHS === 0) await breathe();
    }
  }
  merges.children = out;
  if (attribute(merges, 'count') !== undefined) setAttribute(merges, 'count', out.length);
}

/** A drop-down or a conditional format, of the main part (`sqref`) or of an extension (`xm:sqref`). */
function shiftRule(rule: XmlElement, shift: SheetShift): void {
  const inner = elements(rule, 'sqref')[0];
  const list = inner ? textOf(inner) : attribute(rule, 'sqref');
  if (list === undefined) return;
  const place = anchorOf(list, shift.sheet);
  const moved = shiftList(list, shift);
  if (inner) setText(inner, moved);
  else setAttribute(rule, 'sqref', moved);
  for (const element of walk(rule)) {
    if (FORMULA_ELEMENTS.has(element.local)) shiftText(element, place, shift.expansion);
    else if (element.local === 'cfvo') shiftThreshold(element, place, shift.expansion);
  }
}

/** Formulas of a rule are written for the top left cell of what it covers. */
function anchorOf(list: string, sheet: string): Place {
  const areas = list
    .split(/\s+/)
    .map(parseArea)
    .filter((area): area is Area => area !== undefined);
  if (areas.length === 0) return { sheet };
  return {
    sheet,
    row: Math.min(...areas.map((area) => area.top)),
    column: Math.min(...areas.map((area) => area.left)),
  };
}

/** A formula as the text of an element: `formula1`, `xm:f`, or one that only wraps an `xm:f`. */
function shiftText(element: XmlElement, place: Place, expansion: Expansion): void {
  if (elements(element).length > 0) return;
  const moved = shiftFormula(textOf(element), place, expansion);
  if (moved !== undefined) setText(element, moved);
}

/** A bound of a data bar or icon set that is a formula. */
function shiftThreshold(element: XmlElement, place: Place, expansion: Expansion): void {
  const value = attribute(element, 'val');
  if (value === undefined || value === '' || Number.isFinite(Number(value))) return;
  const moved = shiftFormula(value, place, expansion);
  if (moved !== undefined) setAttribute(element, 'val', moved);
}

function shiftLocation(link: XmlElement, place: Place, expansion: Expansion): void {
  const location = attribute(link, 'location');
  const moved = location === undefined ? undefined : shiftFormula(location.replace(/^#/, ''), place, expansion);
  if (moved !== undefined) setAttribute(link, 'location', location!.startsWith('#') ? `#${moved}` : moved);
}

function shiftDataReference(element: XmlElement, expansion: Expansion): void {
  const sheet = attribute(element, 'sheet');
  const ref = attribute(element, 'ref');
  const map = sheet === undefined ? undefined : expansion.mapOf(sheet);
  if (!map || ref === undefined) return;
  setAttribute(element, 'ref', shiftReference(ref, { sheet: sheet!, axis: expansion.axis, map, expansion }) ?? ref);
}

function shiftControls(element: XmlElement, shift: SheetShift): void {
  for (const inner of walk(element)) {
    if (inner.local === 'anchor') shiftAnchor(inner, shift, attribute(inner, 'sizeWithCells') === '1');
    for (const name of ['linkedCell', 'listFillRange', 'link']) shiftAttribute(inner, name, shift);
  }
}

function shiftAttribute(element: XmlElement, name: string, shift: SheetShift): void {
  const value = attribute(element, name);
  const moved = value === undefined ? undefined : shiftFormula(value, { sheet: shift.sheet }, shift.expansion);
  if (moved !== undefined) setAttribute(element, name, moved);
}

async function shiftExtensions(list: XmlElement, shift: SheetShift, breathe: Breath): Promise<void> {
  for (const element of walk(list)) {
    if (element.local === 'conditionalFormatting' || element.local === 'dataValidation') shiftRule(element, shift);
    else if (element.local === 'sparklineGroup') await shiftSparklines(element, shift, breathe);
    else if (element.local === 'ignoredError' || element.local === 'protectedRange') shiftRule(element, shift);
  }
}

/** Sparklines stand in one cell each, so those in the sample are repeated with it. */
async function shiftSparklines(group: XmlElement, shift: SheetShift, breathe: Breath): Promise<void> {
  for (const element of elements(group, 'f')) shiftText(element, { sheet: shift.sheet }, shift.expansion);
  const holder = child(group, 'sparklines');
  if (!holder) return;
  const out: XmlNode[] = [];
  for (const sparkline of elements(holder)) {
    const place = child(sparkline, 'sqref');
    const formula = child(sparkline, 'f');
    const area = place ? parseArea(textOf(place)) : undefined;
    if (!place || !area) {
      out.push(sparkline);
      continue;
    }
    const standing: Place = { sheet: shift.sheet, row: area.top, column: area.left };
    const tokens =
      formula && shiftTokens(tokenize(textOf(formula)), standing, shift.expansion, sparklineReading(shift)).tokens;
    const moved = shiftArea(area, shift);
    const copies = copiesOf(area, shift) ?? (moved ? [moved] : []);
    const write = sparklineWriter(sparkline);
    const print = tokens && compileRolling(tokens);
    for (const copy of copies) {
      const at = printArea(copy);
      // Rows grow last, and by the ten thousand: a tree of their sparklines would be for nobody to read.
      if (shift.axis === 'row' && write) out.push(write(print?.(copy.top), at));
      else out.push(copyOf(sparkline, tokens && printTokens(tokens, shift.axis === 'row' ? copy.top : copy.left), at));
      if (out.length % COPIES_BETWEEN_BREATHS === 0) await breathe();
    }
  }
  holder.children = out;
}

function copyOf(sparkline: XmlElement, formula: string | undefined, place: string): XmlElement {
  const next = cloneElement(sparkline);
  const holder = child(next, 'f');
  setText(child(next, 'sqref')!, place);
  if (holder && formula !== undefined) setText(holder, formula);
  return next;
}

/** Writes copies of one sparkline without making an element of each; undefined for one without a formula. */
function sparklineWriter(sparkline: XmlElement): ((markup: string | undefined, place: string) => string) | undefined {
  const pieces = writeElement(copyOf(sparkline, MARK, MARK)).split(MARK);
  const [formula, place] = [child(sparkline, 'f'), child(sparkline, 'sqref')];
  if (!formula || !place || pieces.length !== 3) return undefined;
  const formulaFirst = sparkline.children.indexOf(formula) < sparkline.children.indexOf(place);
  return (text, at) => {
    const [first, second] = formulaFirst ? [text ?? '', at] : [at, text ?? ''];
    return `${pieces[0]}${first}${pieces[1]}${second}${pieces[2]}`;
  };
}

/** Stands where the texts go; no part holds it, as XML cannot. */
const MARK = '\u0001';

/** A sparkline draws a column of the sample or a row of it. */
function sparklineReading({ axis }: SheetShift): (token: ReferenceToken) => Reading {
  return ({ from, to }) => {
    const isAcross = axis === 'row' ? from.column !== to.column : from.row !== to.row;
    return isAcross ? 'place' : 'range';
  };
}

function eachList(local: string): Editor {
  return (element, shift) => {
    for (const inner of elements(element, local)) setList(inner, shift);
  };
}

function setList(element: XmlElement, shift: SheetShift): void {
  const list = attribute(element, 'sqref');
  if (list !== undefined) setAttribute(element, 'sqref', shiftList(list, shift));
}

function setReference(element: XmlElement, name: string, shift: SheetShift): void {
  const value = attribute(element, name);
  if (value === undefined) return;
  const moved = shiftReference(value, shift);
  if (moved !== undefined) setAttribute(element, name, moved);
}

function setCell(element: XmlElement, name: string, shift: SheetShift): void {
  const value = attribute(element, name);
  if (value === undefined) return;
  const moved = shiftCell(value, shift);
  if (moved !== undefined) setAttribute(element, name, moved);
}

/** Drops rules and merges that cover nothing any more, and lists that are left empty. */
export function dropEmptied(root: XmlElement): void {
  for (const element of elements(root, 'conditionalFormatting')) {
    if (attribute(element, 'sqref') === '') removeChild(root, element);
  }
  for (const element of elements(root, 'mergeCells')) {
    if (elements(element).length === 0) removeChild(root, element);
  }
}
