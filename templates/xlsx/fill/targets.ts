import { noSuchSheet } from '../errors.ts';
import { parseArea } from '../formula/reference.ts';
import { tokenize } from '../formula/tokens.ts';
import { attribute, textOf, type XmlElement } from '../patch/tree.ts';
import { areaOfName, areaOfToken, definedNames, type NamedArea, type Workbook } from '../patch/workbook.ts';
import { noSuchName, notAPlace } from './errors.ts';

export interface NamedTarget extends NamedArea {
  readonly element: XmlElement;
}

/** The area a defined name marks; `Sheet!name` for one that belongs to a sheet. */
export function namedTarget(workbook: Workbook, name: string): NamedTarget {
  const bang = name.lastIndexOf('!');
  const sheet = bang < 0 ? undefined : sheetNamed(workbook, name.slice(0, bang).replace(/^'|'$/g, ''));
  const word = name.slice(bang + 1);
  const element = workbook.definedName(word, sheet?.index) ?? onlyLocal(workbook, word);
  if (!element) {
    const names = definedNames(workbook.root).map((one) => written(workbook, one));
    throw noSuchName(
      name,
      names.filter((one) => !one.includes('_xlnm.')),
    );
  }
  const place = areaOfName(workbook, element);
  if (!place?.sheet.isWorksheet) throw notAPlace(name, textOf(element));
  return { ...place, element };
}

/** A name as it is asked for: `Sheet!name` where it belongs to a sheet. */
function written(workbook: Workbook, element: XmlElement): string {
  const name = attribute(element, 'name') ?? '';
  const sheet = workbook.sheets[Number(attribute(element, 'localSheetId') ?? Number.NaN)];
  return sheet ? `${sheet.name}!${name}` : name;
}

/** A name that only one sheet has needs no sheet in front. */
function onlyLocal(workbook: Workbook, name: string): XmlElement | undefined {
  const found = definedNames(workbook.root).filter(
    (element) => attribute(element, 'name')?.toLowerCase() === name.toLowerCase(),
  );
  return found.length === 1 ? found[0] : undefined;
}

/** The cell of an address such as `台账!B3`, `'1月 报表'!B3` or `B3`. */
export function addressTarget(workbook: Workbook, address: string): NamedArea {
  const [token, ...more] = tokenize(address);
  if (token?.kind === 'reference' && token.shape === 'cell' && more.length === 0 && !token.sheet?.external) {
    return { sheet: sheetNamed(workbook, token.sheet?.first), area: areaOfToken(token) };
  }
  const bang = address.lastIndexOf('!');
  const area = parseArea(address.slice(bang + 1));
  if (bang < 0 || !area || area.top !== area.bottom || area.left !== area.right) throw notAPlace(address, address);
  return { sheet: sheetNamed(workbook, address.slice(0, bang)), area };
}

function sheetNamed(workbook: Workbook, name: string | undefined) {
  const sheet = name === undefined ? workbook.sheets.find((one) => one.isWorksheet) : workbook.sheet(name);
  if (sheet?.isWorksheet) return sheet;
  throw noSuchSheet(
    name ?? '',
    workbook.sheets.filter((one) => one.isWorksheet).map((one) => one.name),
  );
}
