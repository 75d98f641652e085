import { escapeAttribute, escapeText } from './xml.ts';

export interface WrittenSheet {
  readonly name: string;
  readonly state: 'visible' | 'hidden' | 'veryHidden';
}

export type CustomProperty = string | number | boolean;

interface FrameParts {
  /** What stands at the head of the package, where programs that guess a file's kind look. */
  readonly first: readonly (readonly [name: string, xml: string])[];
  /** What names the sheets, once they are known. */
  last(sheets: readonly WrittenSheet[]): readonly (readonly [name: string, xml: string])[];
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const TYPE = 'application/vnd.openxmlformats-officedocument';
/** Format id that custom properties carry, fixed by the format. */
const PROPERTY_SET = '{D5CDD505-2E9C-101B-9397-08002B2CF9AE}';

/** The parts around the sheets: relationships, content types, the workbook itself. */
export function frameParts(properties: Readonly<Record<string, CustomProperty>>): FrameParts {
  const hasProperties = Object.keys(properties).length > 0;
  const relations = [
    relation(1, `${OFFICE}/relationships/officeDocument`, 'xl/workbook.xml'),
    relation(2, `${OFFICE}/relationships/extended-properties`, 'docProps/app.xml'),
    ...(hasProperties ? [relation(3, `${OFFICE}/relationships/custom-properties`, 'docProps/custom.xml')] : []),
  ];
  return {
    first: [
      ['_rels/.rels', `${XML}<Relationships xmlns="${RELATIONS}">${relations.join('')}</Relationships>`],
      [
        'docProps/app.xml',
        `${XML}<Properties xmlns="${OFFICE}/extended-properties"><Application>Fill Once</Application></Properties>`,
      ],
      ...(hasProperties ? ([['docProps/custom.xml', customProperties(properties)]] as const) : []),
    ],
    last: (sheets) => [
      ['xl/_rels/workbook.xml.rels', workbookRelations(sheets)],
      ['xl/workbook.xml', workbookXml(sheets)],
      ['[Content_Types].xml', contentTypes(sheets, hasProperties)],
    ],
  };
}

function relation(id: number, type: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${type}" Target="${target}"/>`;
}

function workbookRelations(sheets: readonly WrittenSheet[]): string {
  const relations = sheets.map((_, index) =>
    relation(index + 1, `${OFFICE}/relationships/worksheet`, `worksheets/sheet${index + 1}.xml`),
  );
  relations.push(relation(sheets.length + 1, `${OFFICE}/relationships/styles`, 'styles.xml'));
  relations.push(relation(sheets.length + 2, `${OFFICE}/relationships/sharedStrings`, 'sharedStrings.xml'));
  return `${XML}<Relationships xmlns="${RELATIONS}">${relations.join('')}</Relationships>`;
}

function workbookXml(sheets: readonly WrittenSheet[]): string {
  const entries = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${escapeAttribute(name)}" sheetId="${index + 1}"${state === 'visible' ? '' : ` state="${state}"`} r:id="rId${index + 1}"/>`,
  );
  const active = sheets.findIndex(({ state }) => state === 'visible');
  return `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}/relationships"><bookViews><workbookView activeTab="${active}"/></bookViews><sheets>${entries.join('')}</sheets></workbook>`;
}

function contentTypes(sheets: readonly WrittenSheet[], hasProperties: boolean): string {
  const override = (part: string, type: string) => `<Override PartName="${part}" ContentType="${TYPE}.${type}+xml"/>`;
  return [
    `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`,
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
    '<Default Extension="xml" ContentType="application/xml"/>',
    override('/xl/workbook.xml', 'spreadsheetml.sheet.main'),
    ...sheets.map((_, index) => override(`/xl/worksheets/sheet${index + 1}.xml`, 'spreadsheetml.worksheet')),
    override('/xl/styles.xml', 'spreadsheetml.styles'),
    override('/xl/sharedStrings.xml', 'spreadsheetml.sharedStrings'),
    override('/docProps/app.xml', 'extended-properties'),
    hasProperties ? override('/docProps/custom.xml', 'custom-properties') : '',
    '</Types>',
  ].join('');
}

function customProperties(properties: Readonly<Record<string, CustomProperty>>): string {
  const entries = Object.entries(properties).map(([name, value], index) => {
    const [type, text] =
      typeof value === 'boolean'
        ? ['bool', String(value)]
        : typeof value === 'number'
          ? [Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'i4' : 'r8', String(value)]
          : ['lpwstr', escapeText(value)];
    return `<property fmtid="${PROPERTY_SET}" pid="${index + 2}" name="${escapeAttribute(name)}"><vt:${type}>${text}</vt:${type}></property>`;
  });
  return `${XML}<Properties xmlns="${OFFICE}/custom-properties" xmlns:vt="${OFFICE}/docPropsVTypes">${entries.join('')}</Properties>`;
}
