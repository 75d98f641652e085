import { refusal } from './errors.ts';
import type { XlsxLimits } from './limits.ts';
import { type Relationship, readDescription } from './package-parts.ts';
import type { DefinedName, SheetInfo } from './workbook.ts';
import { walkXml } from './xml.ts';
import type { ZipArchive } from './zip-read.ts';

export type CustomPropertyValue = string | number | boolean | Date;

export interface WorkbookPart {
  readonly sheets: readonly {
    readonly name: string;
    readonly state: SheetInfo['state'];
    readonly relationId: string;
  }[];
  readonly date1904: boolean;
  readonly definedNames: readonly DefinedName[];
}

/** Names that make Excel 4 macros run by themselves. */
const AUTO_NAME = /^(_xlnm\.)?auto_(open|close|activate|deactivate)/i;

export async function readWorkbookPart(zip: ZipArchive, part: string, limits: XlsxLimits): Promise<WorkbookPart> {
  const sheets: { name: string; state: SheetInfo['state']; relationId: string }[] = [];
  const names: { name: string; formula: string; localTo: string | undefined; hidden: boolean }[] = [];
  let date1904 = false;
  walkXml(
    await readDescription(zip, part, limits),
    {
      open(element, attributes) {
        if (element === 'workbookPr') date1904 = attributes.date1904 === '1' || attributes.date1904 === 'true';
        if (element === 'sheet') {
          const { name = '', state = 'visible', id = '' } = attributes;
          if (sheets.some((other) => other.name === name)) throw refusal('duplicate', { part, at: name });
          sheets.push({
            name,
            state: state === 'hidden' || state === 'veryHidden' ? state : 'visible',
            relationId: id,
          });
          if (sheets.length > limits.sheets) throw refusal('sheets', { part, limit: limits.sheets });
        }
        if (element === 'definedName') {
          const { name = '', localSheetId, hidden, xlm, vbProcedure } = attributes;
          if (AUTO_NAME.test(name) || xlm === '1' || vbProcedure === '1') throw refusal('macro', { part, at: name });
          names.push({ name, formula: '', localTo: localSheetId, hidden: hidden === '1' || hidden === 'true' });
          if (names.length > limits.definedNames) throw refusal('definedNames', { part, limit: limits.definedNames });
        }
      },
      close(element, text) {
        if (element === 'definedName') names[names.length - 1]!.formula = text.trim();
      },
    },
    part,
    limits.depth,
  );
  if (sheets.length === 0) throw refusal('missingPart', { part: 'sheet' });
  return {
    sheets,
    date1904,
    definedNames: names.map(({ name, formula, localTo, hidden }) => ({
      name,
      formula,
      hidden,
      sheet: localTo === undefined ? undefined : sheets[Number(localTo)]?.name,
    })),
  };
}

/** Custom document properties (docProps/custom.xml). */
export async function readCustomProperties(
  zip: ZipArchive,
  packageRelations: readonly Relationship[],
  limits: XlsxLimits,
): Promise<ReadonlyMap<string, CustomPropertyValue>> {
  const properties = new Map<string, CustomPropertyValue>();
  const part = packageRelations.find(({ type }) => type === 'custom-properties' || type === 'customProperties')?.target;
  if (part === undefined || !zip.has(part)) return properties;
  let current = '';
  walkXml(
    await readDescription(zip, part, limits),
    {
      open(element, { name }) {
        if (element === 'property') current = name ?? '';
      },
      close(element, text) {
        if (current === '' || element === 'property' || element === 'Properties') return;
        properties.set(current, propertyValue(element, text));
      },
    },
    part,
    limits.depth,
  );
  return properties;
}

function propertyValue(type: string, text: string): CustomPropertyValue {
  if (type === 'bool') return text === 'true' || text === '1';
  if (/^(u?i[1248]?|u?int|r[48]|decimal)$/.test(type) && Number.isFinite(Number(text))) return Number(text);
  if (type === 'filetime' || type === 'date') {
    const date = new Date(text);
    if (!Number.isNaN(date.getTime())) return date;
  }
  return text;
}
