import { columnName } from '../cell-reference.ts';
import { quoteSheet } from '../formula/reference.ts';
import { type Expansion, shiftTokens } from '../formula/shift.ts';
import { printTokens, type Token, tokenize } from '../formula/tokens.ts';
import { attribute, setText, textOf, type XmlElement } from '../patch/tree.ts';
import { areaOfName, definedNames, type Workbook } from '../patch/workbook.ts';
import { shiftArea } from './area.ts';

/**
 * Shifts the defined names, print areas and titles and filter ranges among them. A relative reference in a name means
 * another place for every cell that uses it and stays, but not in `bound` names, which mark places of the template.
 */
export function shiftNames(workbook: Workbook, expansion: Expansion, bound: ReadonlySet<XmlElement>): void {
  for (const element of definedNames(workbook.root)) {
    if (bound.has(element)) shiftBound(workbook, element, expansion);
    else shiftName(workbook, element, expansion);
  }
}

function shiftBound(workbook: Workbook, element: XmlElement, expansion: Expansion): void {
  const place = areaOfName(workbook, element);
  const map = place && expansion.mapOf(place.sheet.name);
  if (!place || !map) return;
  const sheet = place.sheet.name;
  const area = shiftArea(place.area, { sheet, axis: expansion.axis, map, expansion });
  if (!area) return;
  const start = `$${columnName(area.left)}$${area.top}`;
  const end = `$${columnName(area.right)}$${area.bottom}`;
  const text = `${quoteSheet(sheet)}!${start === end ? start : `${start}:${end}`}`;
  setText(element, text);
}

function shiftName(workbook: Workbook, element: XmlElement, expansion: Expansion): void {
  const local = attribute(element, 'localSheetId');
  const sheet = (local === undefined ? undefined : workbook.sheets[Number(local)]?.name) ?? '';
  const tokens = tokenize(textOf(element));
  const guarded = tokens.map((token) =>
    isRelative(token, expansion.axis) ? ({ kind: 'unknown', text: token.text } as const) : token,
  );
  const shifted = shiftTokens(guarded, { sheet }, expansion);
  if (shifted.changed) setText(element, printTokens(shifted.tokens));
}

function isRelative(token: Token, axis: 'row' | 'column'): boolean {
  if (token.kind !== 'reference') return false;
  const { from, to } = token;
  return axis === 'row' ? !(from.rowFixed && to.rowFixed) : !(from.columnFixed && to.columnFixed);
}
