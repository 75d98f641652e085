import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import { fillWorkbook, openWorkbook, type Row, readSheet } from '../../../templates/xlsx/index.ts';
import { collector } from './collect.ts';
import { packageBytes, workbookBytes, workbookParts } from './workbook-bytes.ts';

async function rowsOf(bytes: Uint8Array, sheet?: string): Promise<Row[]> {
  const workbook = await openWorkbook(bytes);
  try {
    const rows: Row[] = [];
    for await (const row of workbook.rows(sheet ?? workbook.sheets[0]!.name)) rows.push(row);
    return rows;
  } finally {
    await workbook.close();
  }
}

async function saved(book: ExcelJS.Workbook): Promise<Buffer> {
  return Buffer.from(await book.xlsx.writeBuffer());
}

describe('a workbook made by another library', () => {
  it('gives texts, numbers, truth values, errors, dates and cached formula values', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('人员');
    sheet.addRow([
      '姓名',
      '证件号',
      12.5,
      true,
      new Date(Date.UTC(2024, 1, 29)),
      { error: '#N/A' },
      { formula: 'C1*2', result: 25 },
    ]);
    sheet.getCell('E1').numFmt = 'yyyy"年"m"月"d"日"';
    sheet.getCell('A2').value = { richText: [{ text: '和平', font: { bold: true } }, { text: '街道 & <社区>' }] };
    sheet.getCell('B2').value = '110105199001011234';
    sheet.getCell('C2').value = -0.1;
    sheet.getCell('D2').value = ' 前后有空格 ';
    const [first, second] = await rowsOf(await saved(book));
    expect(first!.values).toEqual([
      '姓名',
      '证件号',
      12.5,
      true,
      new Date(Date.UTC(2024, 1, 29)),
      { error: '#N/A' },
      25,
    ]);
    expect(first!.cell(6)).toMatchObject({ value: 25, formula: 'C1*2' });
    expect(second!.values).toEqual(['和平街道 & <社区>', '110105199001011234', -0.1, ' 前后有空格 ']);
  });

  it('tells sheets, merges, hidden rows and columns, widths, drop-downs and names', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('表一', { views: [{ state: 'frozen', ySplit: 2, xSplit: 1 }] });
    book.addWorksheet('藏', { state: 'hidden' });
    book.addWorksheet('深藏', { state: 'veryHidden' });
    sheet.getCell('A1').value = '常住人口统计表';
    sheet.mergeCells('A1:D1');
    sheet.getCell('B3').value = 1;
    sheet.getCell('B3').numFmt = '#,##0.00';
    sheet.getRow(3).hidden = true;
    sheet.getColumn(3).width = 24;
    sheet.getColumn(4).hidden = true;
    sheet.getCell('C3').dataValidation = { type: 'list', allowBlank: true, formulae: ['"男,女"'] };
    book.definedNames.add('表一!$B$3', '人数');
    const workbook = await openWorkbook(await saved(book));
    expect(workbook.sheets.map(({ name, state }) => [name, state])).toEqual([
      ['表一', 'visible'],
      ['藏', 'hidden'],
      ['深藏', 'veryHidden'],
    ]);
    expect(workbook.definedNames).toMatchObject([{ name: '人数', formula: "'表一'!$B$3" }]);
    const content = await readSheet(workbook, '表一');
    expect(content.merges).toEqual(['A1:D1']);
    expect(content.frozen).toEqual({ rows: 2, columns: 1 });
    expect(content.validations).toMatchObject([{ ranges: 'C3', type: 'list', choices: ['男', '女'] }]);
    const third = content.rows.find(({ number }) => number === 3)!;
    expect(third.hidden).toBe(true);
    expect(content.formatOf(third.cell(1)!.styleId)).toBe('#,##0.00');
    const column = (number: number) => content.columns.find(({ first, last }) => first <= number && number <= last);
    expect(column(3)?.width).toBe(24);
    expect(column(4)?.hidden).toBe(true);
    expect(await workbook.merges('表一')).toEqual(['A1:D1']);
    await expect(workbook.merges('表二')).rejects.toMatchObject({ code: 'templates.xlsx.noSuchSheet' });
    await workbook.close();
  });

  it('reads dates of the 1904 system', async () => {
    const book = new ExcelJS.Workbook();
    book.properties.date1904 = true;
    book.addWorksheet('x').getCell('A1').value = new Date(Date.UTC(2024, 0, 1, 12, 30));
    const bytes = await saved(book);
    const workbook = await openWorkbook(bytes);
    expect(workbook.date1904).toBe(true);
    await workbook.close();
    expect((await rowsOf(bytes))[0]!.values[0]).toEqual(new Date(Date.UTC(2024, 0, 1, 12, 30)));
  });
});

describe('a sheet written by hand', () => {
  it('may use a namespace prefix, leave out references, and hold comments and CDATA', async () => {
    const bytes = await workbookBytes({
      sheet:
        '<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><!-- 注 --><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:v><![CDATA[甲<乙]]></x:v></x:c><!-- c --><x:c t="inlineStr"><x:is><x:t>丙</x:t></x:is></x:c></x:row><x:row r="4"/><x:row><x:c r="C5" t="b"><x:v>1</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell ref="A1:B2"/></x:mergeCells></x:worksheet>',
    });
    const rows = await rowsOf(bytes);
    expect(rows.map(({ number, values }) => [number, values])).toEqual([
      [1, [1, '甲<乙', '丙']],
      [4, []],
      [5, [undefined, undefined, true]],
    ]);
    const workbook = await openWorkbook(bytes);
    expect(await workbook.merges('表')).toEqual(['A1:B2']);
    await workbook.close();
  });

  it('may hold instructions with any signs, but no tags that are not closed in order', async () => {
    const [row] = await rowsOf(await workbookBytes({ rows: '<row><c r="A1"><?pi a>b?><v>1</v></c></row>' }));
    expect(row!.values).toEqual([1]);
    for (const cell of ['<c r="A1"><v>1</c></v>', '<c r="A1"><v>1</f></c>', '<c r="A1"><v>1</v></row>']) {
      const bytes = await workbookBytes({ rows: `<row>${cell}</row>` });
      await expect(rowsOf(bytes)).rejects.toMatchObject({ code: 'templates.xlsx.xml' });
    }
  });

  it('gives rich text without phonetic hints, and decodes entities and Excel escapes', async () => {
    const rows = await rowsOf(
      await workbookBytes({
        strings:
          '<si><r><rPr><b/></rPr><t>东</t></r><r><t xml:space="preserve"> 城</t></r><rPh sb="0" eb="1"><t>dong</t></rPh><phoneticPr fontId="1"/></si><si><t>a&amp;b&#20013;&#x56FD;_x000D_</t></si><si/><si><t/></si>',
        rows: '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>',
      }),
    );
    expect(rows[0]!.values).toEqual(['东 城', 'a&b中国\r', '', '']);
  });

  it('reads numbers in every notation exactly', async () => {
    const numbers = [
      '0',
      '-7',
      '123456789012345',
      '0.1',
      '61401.020000000004',
      '1E+21',
      '-2.5e-7',
      '1e308',
      '  4  ',
      '.5',
      '123456789012345678',
    ];
    const cells = numbers.map((text) => `<c><v>${text}</v></c>`).join('');
    const rows = await rowsOf(await workbookBytes({ rows: `<row>${cells}</row>` }));
    expect(rows[0]!.values).toEqual(numbers.map(Number));
  });

  it('tells dates by the number format only', async () => {
    const formats = ['General', 'yyyy-mm-dd', '0.00', '[h]:mm', '"day"0', 'm"月"d"日"', '[$-804]aaaa', '0.0_d'];
    const styles = `<numFmts>${formats.map((code, i) => `<numFmt numFmtId="${200 + i}" formatCode="${code.replaceAll('"', '&quot;')}"/>`).join('')}</numFmts><cellXfs>${formats.map((_, i) => `<xf numFmtId="${200 + i}"/>`).join('')}<xf numFmtId="14"/><xf numFmtId="57"/></cellXfs>`;
    const cells = [...formats, '14', '57'].map((_, i) => `<c s="${i}"><v>45292</v></c>`).join('');
    const rows = await rowsOf(await workbookBytes({ styles, rows: `<row>${cells}</row>` }));
    const kinds = rows[0]!.values.map((value) => (value instanceof Date ? 'date' : typeof value));
    expect(kinds).toEqual(['number', 'date', 'number', 'number', 'number', 'date', 'date', 'number', 'date', 'date']);
    expect(rows[0]!.values[1]).toEqual(new Date(Date.UTC(2024, 0, 1)));
  });

  it('keeps a formula shared by cells at its first cell and marks the others', async () => {
    const rows = await rowsOf(
      await workbookBytes({
        rows: '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1+1</f><v>3</v></c></row><row r="2"><c r="A2"><f t="shared" si="0"/><v>4</v></c></row>',
      }),
    );
    expect(rows.map((row) => row.cell(0))).toEqual([
      { value: 3, formula: 'B1+1', styleId: 0 },
      { value: 4, formula: '', styleId: 0 },
    ]);
  });

  it('holds a far cell without filling the row', async () => {
    const rows = await rowsOf(await workbookBytes({ rows: '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' }));
    expect(rows[0]!.number).toBe(1_048_576);
    expect(rows[0]!.values[16_383]).toBe(1);
    expect(rows[0]!.cells.filter(Boolean)).toHaveLength(1);
  });
});

it('finds parts whose names differ in case, or have backslashes', async () => {
  const parts = workbookParts({ strings: '<si><t>甲</t></si>', rows: '<row><c t="s"><v>0</v></c></row>' });
  const renamed = Object.entries(parts).map(([name, content]) => [
    name.replace('sharedStrings', 'SharedStrings').replaceAll('/', '\\'),
    content,
  ]);
  expect((await rowsOf(await packageBytes(Object.fromEntries(renamed))))[0]!.values).toEqual(['甲']);
});

it('stops reading the file when the loop is left', async () => {
  const bytes = await workbookBytes({
    rows: Array.from({ length: 200_000 }, (_, i) => `<row><c><v>${i}</v></c></row>`).join(''),
  });
  const workbook = await openWorkbook(bytes);
  const seen: unknown[] = [];
  for await (const row of workbook.rows('表', { from: 3, limit: 2 })) seen.push(row.values[0]);
  expect(seen).toEqual([2, 3]);
  await workbook.close();
});

it('reads and fills markup with spaces wherever XML allows them, and instructions between rows', async () => {
  const bytes = await workbookBytes({
    sheet: `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData ><?a b?>
      <row r = "1" hidden = '1' ><c\tr = "A1" t = "inlineStr" ><is><t>甲</t></is></c\n></row >
      <?a <row>?>
      <row r="3"><c r="A3" t = 'str'><f >B3</f ><v >乙</v ></c ><c r="B3"><v>7</v ></c></row>
    </sheetData ></worksheet >`,
  });
  const rows = await rowsOf(bytes);
  expect(rows.map(({ number, hidden, values }) => [number, hidden, values])).toEqual([
    [1, true, ['甲']],
    [3, false, ['乙', 7]],
  ]);
  const sink = collector();
  await fillWorkbook(bytes, { cells: { '表!B3': 8 } }, sink.stream);
  expect((await rowsOf(sink.bytes())).map(({ values }) => values)).toEqual([['甲'], [8, 8]]);
});
