import { type SheetToWrite, type WriteOptions, writeWorkbook } from '../../../templates/xlsx/index.ts';
import { createZipWriter } from '../../../templates/xlsx/zip-write.ts';
import { collector } from './collect.ts';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

export interface WorkbookText {
  /** The sheet's XML between `<sheetData>` and its end. */
  readonly rows?: string;
  /** The whole sheet part instead. */
  readonly sheet?: string;
  readonly strings?: string;
  readonly styles?: string;
  /** Put into `<workbook>` before the sheets. */
  readonly workbook?: string;
  /** Further parts, or other contents for these. */
  readonly parts?: Readonly<Record<string, string | Buffer>>;
  /** Further relationships of the workbook. */
  readonly relations?: string;
  /** Further content types. */
  readonly types?: string;
}

/** The parts of a small workbook, by hand. */
export function workbookParts(text: WorkbookText = {}): Record<string, string | Buffer> {
  const { rows = '', strings, styles, relations = '', types = '' } = text;
  return {
    '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/>${types}</Types>`,
    '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">${text.workbook ?? ''}<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>${
      strings === undefined
        ? ''
        : `<Relationship Id="rId2" Type="${OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>`
    }${styles === undefined ? '' : `<Relationship Id="rId3" Type="${OFFICE}/styles" Target="styles.xml"/>`}${relations}</Relationships>`,
    'xl/worksheets/sheet1.xml': text.sheet ?? `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`,
    ...(strings === undefined ? {} : { 'xl/sharedStrings.xml': `<sst xmlns="${MAIN}">${strings}</sst>` }),
    ...(styles === undefined ? {} : { 'xl/styles.xml': `<styleSheet xmlns="${MAIN}">${styles}</styleSheet>` }),
    ...text.parts,
  };
}

export async function packageBytes(parts: Readonly<Record<string, string | Buffer>>, level = 6): Promise<Buffer> {
  const sink = collector();
  const zip = createZipWriter(sink.stream);
  for (const [name, content] of Object.entries(parts)) await zip.addBytes(name, content, { level });
  await zip.finish();
  return sink.bytes();
}

export async function workbookBytes(text: WorkbookText = {}): Promise<Buffer> {
  return packageBytes(workbookParts(text));
}

export async function written(sheets: readonly SheetToWrite[], options: WriteOptions = {}): Promise<Buffer> {
  const sink = collector();
  await writeWorkbook(sink.stream, sheets, options);
  return sink.bytes();
}
