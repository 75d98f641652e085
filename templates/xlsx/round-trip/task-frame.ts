import { escapeAttribute, escapeText } from '../xml.ts';
import { BASE_PROPERTY, CODE_SHEET, MARK_SHEET, TASK_PROPERTY } from './marks.ts';
import type { TaskIdentity } from './task.ts';

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const TYPE = 'application/vnd.openxmlformats-officedocument';
const PROPERTY_SET = '{D5CDD505-2E9C-101B-9397-08002B2CF9AE}';

/** The parts around the three sheets of an exported task. */
export function taskFrame(
  identity: TaskIdentity,
  title: string,
  lastCell: string,
  hasNotes: boolean,
): readonly (readonly [string, string])[] {
  const relation = (id: number, type: string, target: string): string =>
    `<Relationship Id="rId${id}" Type="${OFFICE}/relationships/${type}" Target="${target}"/>`;
  const relations = (list: readonly string[]): string =>
    `${XML}<Relationships xmlns="${PACKAGE}/relationships">${list.join('')}</Relationships>`;
  const override = (part: string, type: string): string =>
    `<Override PartName="/${part}" ContentType="${TYPE}.${type}+xml"/>`;
  const property = (pid: number, name: string, value: string): string =>
    `<property fmtid="${PROPERTY_SET}" pid="${pid}" name="${name}"><vt:lpwstr>${escapeText(value)}</vt:lpwstr></property>`;
  const sheetTitle = escapeAttribute(title);
  const place = `'${title.replaceAll("'", "''")}'`;
  return [
    [
      '_rels/.rels',
      relations([
        relation(1, 'officeDocument', 'xl/workbook.xml'),
        relation(2, 'custom-properties', 'docProps/custom.xml'),
      ]),
    ],
    [
      'docProps/custom.xml',
      `${XML}<Properties xmlns="${OFFICE}/custom-properties" xmlns:vt="${OFFICE}/docPropsVTypes">${property(2, TASK_PROPERTY, identity.task)}${property(3, BASE_PROPERTY, identity.base)}</Properties>`,
    ],
    [
      'xl/workbook.xml',
      `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}/relationships"><bookViews><workbookView activeTab="0"/></bookViews><sheets><sheet name="${sheetTitle}" sheetId="1" r:id="rId1"/><sheet name="${MARK_SHEET}" sheetId="2" state="veryHidden" r:id="rId2"/><sheet name="${CODE_SHEET}" sheetId="3" state="veryHidden" r:id="rId3"/></sheets><definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">${escapeText(place)}!$A$2:${lastCell}</definedName><definedName name="_xlnm.Print_Titles" localSheetId="0">${escapeText(place)}!$2:$2</definedName></definedNames></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      relations([
        relation(1, 'worksheet', 'worksheets/sheet1.xml'),
        relation(2, 'worksheet', 'worksheets/sheet2.xml'),
        relation(3, 'worksheet', 'worksheets/sheet3.xml'),
        relation(4, 'styles', 'styles.xml'),
      ]),
    ],
    ...(hasNotes
      ? ([
          [
            'xl/worksheets/_rels/sheet1.xml.rels',
            relations([
              relation(1, 'vmlDrawing', '../drawings/vmlDrawing1.vml'),
              relation(2, 'comments', '../comments1.xml'),
            ]),
          ],
        ] as const)
      : []),
    [
      '[Content_Types].xml',
      `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" ContentType="${TYPE}.vmlDrawing"/>${override('xl/workbook.xml', 'spreadsheetml.sheet.main')}${[1, 2, 3].map((number) => override(`xl/worksheets/sheet${number}.xml`, 'spreadsheetml.worksheet')).join('')}${override('xl/styles.xml', 'spreadsheetml.styles')}${hasNotes ? override('xl/comments1.xml', 'spreadsheetml.comments') : ''}${override('docProps/custom.xml', 'custom-properties')}</Types>`,
    ],
  ];
}
