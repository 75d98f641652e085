import { type FillData, type FillResult, fillWorkbook } from '../../../templates/xlsx/fill.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { collector } from './collect.ts';
import { packageBytes } from './workbook-bytes.ts';

export const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
export const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n';

export interface SheetText {
  readonly name: string;
  /** The inside of `sheetData`. */
  readonly rows?: string;
  /** What stands before `sheetData`: views, columns. */
  readonly before?: string;
  /** What stands after it: merges, rules, drawings. */
  readonly after?: string;
  readonly state?: 'hidden' | 'veryHidden';
  /** Parts the sheet leads to, by relation id. */
  readonly related?: Readonly<Record<string, RelatedPart>>;
}

export interface RelatedPart {
  /** The last word of the relationship type, or all of it. */
  readonly type: string;
  readonly part: string;
  readonly text: string;
  readonly contentType?: string;
  readonly related?: Readonly<Record<string, RelatedPart>>;
}

export interface TemplateText {
  readonly sheets: readonly SheetText[];
  /** Defined names; a key like `0:name` belongs to the first sheet. */
  readonly names?: Readonly<Record<string, string>>;
  /** The inside of `sst`. */
  readonly strings?: string;
  /** The inside of `styleSheet`. */
  readonly styles?: string;
  /** Put after the defined names. */
  readonly workbook?: string;
  /** Parts the workbook leads to, by relation id. */
  readonly related?: Readonly<Record<string, RelatedPart>>;
  /** Parts nobody leads to. */
  readonly parts?: Readonly<Record<string, string | Buffer>>;
}

/** The parts of a template written by hand. */
export function templateParts(text: TemplateText): Record<string, string | Buffer> {
  const parts: Record<string, string | Buffer> = {};
  const types: string[] = [];
  const add = (owner: string, related: Readonly<Record<string, RelatedPart>>): void => {
    const relations = Object.entries(related).map(([id, one]) => {
      parts[one.part] = one.text;
      if (one.contentType) types.push(`<Override PartName="/${one.part}" ContentType="${one.contentType}"/>`);
      if (one.related) add(one.part, one.related);
      const type = one.type.includes('/') ? one.type : `${OFFICE}/${one.type}`;
      return `<Relationship Id="${id}" Type="${type}" Target="/${one.part}"/>`;
    });
    const slash = owner.lastIndexOf('/') + 1;
    parts[`${owner.slice(0, slash)}_rels/${owner.slice(slash)}.rels`] =
      `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}</Relationships>`;
  };
  const sheets = text.sheets.map((sheet, at) => {
    const part = `xl/worksheets/sheet${at + 1}.xml`;
    if (sheet.related) add(part, sheet.related);
    return {
      type: 'worksheet',
      part,
      contentType: `${TYPE}.worksheet+xml`,
      text: `${HEAD}<worksheet xmlns="${MAIN}" xmlns:r="${OFFICE}">${sheet.before ?? ''}<sheetData>${sheet.rows ?? ''}</sheetData>${sheet.after ?? ''}</worksheet>`,
    };
  });
  const names = Object.entries(text.names ?? {}).map(([key, value]) => {
    const [, sheet, name] = /^(?:(\d+):)?(.*)$/.exec(key)!;
    return `<definedName name="${name}"${sheet ? ` localSheetId="${sheet}"` : ''}>${value}</definedName>`;
  });
  const workbook = `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${text.sheets
    .map(
      ({ name, state }, at) =>
        `<sheet name="${name}" sheetId="${at + 1}"${state ? ` state="${state}"` : ''} r:id="rIdS${at + 1}"/>`,
    )
    .join(
      '',
    )}</sheets>${names.length > 0 ? `<definedNames>${names.join('')}</definedNames>` : ''}${text.workbook ?? ''}</workbook>`;
  const related: Record<string, RelatedPart> = { ...text.related };
  for (const [at, sheet] of sheets.entries()) related[`rIdS${at + 1}`] = sheet;
  if (text.strings !== undefined) {
    related.rIdStrings = {
      type: 'sharedStrings',
      part: 'xl/sharedStrings.xml',
      contentType: `${TYPE}.sharedStrings+xml`,
      text: `${HEAD}<sst xmlns="${MAIN}">${text.strings}</sst>`,
    };
  }
  related.rIdStyles = {
    type: 'styles',
    part: 'xl/styles.xml',
    contentType: `${TYPE}.styles+xml`,
    text: `${HEAD}<styleSheet xmlns="${MAIN}">${text.styles ?? PLAIN_STYLES}</styleSheet>`,
  };
  add('', {
    rId1: { type: 'officeDocument', part: 'xl/workbook.xml', contentType: `${TYPE}.sheet.main+xml`, text: workbook },
  });
  add('xl/workbook.xml', related);
  const contentTypes = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/><Default Extension="png" ContentType="image/png"/>${types.join('')}</Types>`;
  return { '[Content_Types].xml': contentTypes, ...parts, ...text.parts };
}

/** Style 0 general, 1 text, 2 date, 3 two decimals, 4 with a border. */
export const PLAIN_STYLES =
  '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" applyBorder="1"/></cellXfs><cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles>';

export async function templateBytes(text: TemplateText): Promise<Buffer> {
  return packageBytes(templateParts(text));
}

export interface Filled {
  readonly result: FillResult;
  readonly bytes: Buffer;
  /** The text of a part of the filled file. */
  part(name: string): Promise<string>;
  /** A worksheet part, by number from 1. */
  sheet(number?: number): Promise<string>;
  /** The markup of one cell. */
  cell(address: string, sheet?: number): Promise<string>;
  /** The formula of a cell. */
  formula(address: string, sheet?: number): Promise<string | undefined>;
  /** What a cell shows as kept in the file. */
  value(address: string, sheet?: number): Promise<string | undefined>;
  names(): Promise<string[]>;
}

/** Fills a template written by hand, or given as bytes. */
export async function filled(template: TemplateText | Buffer, data: FillData): Promise<Filled> {
  const bytes = Buffer.isBuffer(template) ? template : await templateBytes(template);
  const sink = collector();
  const result = await fillWorkbook(bytes, data, sink.stream);
  return inspected(sink.bytes(), result);
}

async function inspected(bytes: Buffer, result: FillResult): Promise<Filled> {
  const zip = await openZip(bytes);
  const texts = new Map<string, Promise<string>>();
  const part = (name: string): Promise<string> => {
    let text = texts.get(name);
    if (!text) {
      text = zip.readText(name);
      texts.set(name, text);
    }
    return text;
  };
  const sheet = (number = 1): Promise<string> => part(`xl/worksheets/sheet${number}.xml`);
  const cell = async (address: string, number = 1): Promise<string> =>
    new RegExp(`<c r="${address}"(?:[^>]*/>|.*?</c>)`, 's').exec(await sheet(number))?.[0] ?? '';
  const plain = (text: string | undefined): string | undefined =>
    text?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return {
    result,
    bytes,
    part,
    sheet,
    cell,
    formula: async (address, number) => plain(/<f[^>]*>([^<]*)<\/f>/.exec(await cell(address, number))?.[1]),
    value: async (address, number) => {
      const markup = await cell(address, number);
      return plain(/<v>([^<]*)<\/v>/.exec(markup)?.[1] ?? /<t[^>]*>([^<]*)<\/t>/.exec(markup)?.[1]);
    },
    names: async () => (await zip.entries).map((entry) => entry.name),
  };
}

/** A row of cells: numbers, texts, `=formulas`, null for none. */
export function rowXml(index: number, values: readonly (string | number | null)[], attributes = ''): string {
  const cells = values.map((value, at) => {
    if (value === null) return '';
    const address = String.fromCharCode(65 + at) + index;
    if (typeof value === 'number') return `<c r="${address}"><v>${value}</v></c>`;
    const safe = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    if (value.startsWith('=')) return `<c r="${address}"><f>${safe.slice(1)}</f><v>0</v></c>`;
    return `<c r="${address}" t="inlineStr"><is><t>${safe}</t></is></c>`;
  });
  return `<row r="${index}"${attributes}>${cells.join('')}</row>`;
}
