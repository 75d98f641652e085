import { describe, expect, it } from 'vitest';
import { filled, type RelatedPart, rowXml, type TemplateText } from './template-fixture.ts';

const cell = (address: string, inside: string, style = ''): string => `<c r="${address}"${style}>${inside}</c>`;

/** Column C is the sample month, row 3 the sample row: names down, months across. */
const crossTab: TemplateText = {
  sheets: [
    {
      name: '交叉表',
      before:
        '<cols><col min="1" max="1" width="20" customWidth="1"/><col min="2" max="4" width="9" style="3" customWidth="1"/><col min="5" max="16384" width="8"/></cols>',
      rows: [
        `<row r="1" spans="1:5">${cell('A1', '<is><t>社区情况</t></is>', ' t="inlineStr"')}</row>`,
        `<row r="2" spans="1:5">${cell('A2', '<is><t>社区</t></is>', ' t="inlineStr"')}${cell('B2', '<is><t>基数</t></is>', ' t="inlineStr"')}${cell('C2', '<is><t>月</t></is>', ' s="1" t="inlineStr"')}${cell('D2', '<is><t>合计</t></is>', ' t="inlineStr"')}${cell('E2', '<is><t>占比</t></is>', ' t="inlineStr"')}</row>`,
        `<row r="3" spans="1:5"><c r="A3"/><c r="B3"/>${cell('C3', '<v>0</v>', ' s="4"')}${cell('D3', '<f>SUM(C3:C3)</f><v>0</v>')}${cell('E3', '<f>D3/D$4</f><v>0</v>')}</row>`,
        `<row r="4" spans="1:5">${cell('A4', '<is><t>合计</t></is>', ' t="inlineStr"')}${cell('B4', '<f>SUM(B3)</f><v>0</v>')}${cell('C4', '<f>SUM(C3:C3)</f><v>0</v>')}${cell('D4', '<f>SUM(D3:D3)</f><v>0</v>')}</row>`,
        `<row r="5">${cell('C5', '<f>C4/$D4</f><v>0</v>')}</row>`,
      ].join(''),
      after:
        '<mergeCells count="2"><mergeCell ref="A1:E1"/><mergeCell ref="C6:C7"/></mergeCells><conditionalFormatting sqref="C3:C3"><cfRule type="expression" priority="1"><formula>C3&gt;$D3</formula></cfRule></conditionalFormatting><colBreaks count="1" manualBreakCount="1"><brk id="3" max="1048575" man="1"/></colBreaks>',
    },
    { name: '汇总', rows: rowXml(1, ['=交叉表!D4', '=SUM(交叉表!C4:C4)', '=交叉表!E2']) },
  ],
  names: { 月份: '交叉表!$C$2', 社区: '交叉表!$A$3:$C$3', '0:_xlnm.Print_Area': '交叉表!$A$1:$E$5' },
};

describe('data columns in place of the sample column', () => {
  it('take its width, style and formulas; totals grow', async () => {
    const out = await filled(crossTab, { columns: { 月份: [['1月'], ['2月'], ['3月']] } });
    const sheet = await out.sheet();
    expect([await out.value('C2'), await out.value('D2'), await out.value('E2'), await out.value('F2')]).toEqual([
      '1月',
      '2月',
      '3月',
      '合计',
    ]);
    expect(await out.cell('D2')).toContain('s="1"');
    expect(await out.formula('F3')).toBe('SUM(C3:E3)');
    expect(await out.formula('G3')).toBe('F3/F$4');
    expect(await out.formula('E4')).toBe('SUM(E3:E3)');
    expect(await out.formula('E5')).toBe('E4/$F4');
    expect(sheet).toContain(
      '<col min="1" max="1" width="20" customWidth="1"/><col min="2" max="2" width="9" style="3" customWidth="1"/><col min="3" max="5" width="9" style="3" customWidth="1"/><col min="6" max="6" width="9" style="3" customWidth="1"/><col min="7" max="16384" width="8"/>',
    );
    expect(sheet).toContain(
      '<mergeCell ref="A1:G1"/><mergeCell ref="C6:C7"/><mergeCell ref="D6:D7"/><mergeCell ref="E6:E7"/>',
    );
    expect(sheet).toContain(
      '<conditionalFormatting sqref="C3:E3"><cfRule type="expression" priority="1"><formula>C3&gt;$F3</formula>',
    );
    expect(sheet).toContain('<brk id="5" max="1048575" man="1"/>');
    expect(sheet).not.toContain('spans=');
    expect(await out.formula('A1', 2)).toBe('交叉表!F4');
    expect(await out.formula('B1', 2)).toBe('SUM(交叉表!C4:E4)');
    expect(await out.formula('C1', 2)).toBe('交叉表!G2');
    expect(await out.part('xl/workbook.xml')).toContain('交叉表!$A$1:$G$5');
    expect(out.result.columns).toEqual({ 月份: 3 });
  });

  it('cross with data rows: first columns, then rows', async () => {
    const out = await filled(crossTab, {
      columns: { 月份: [['1月'], ['2月'], ['3月']] },
      rows: {
        社区: [
          ['甲', 1, 10, 20, 30],
          ['乙', 2, 40, 50, 60],
        ],
      },
    });
    expect([await out.formula('F3'), await out.value('F3')]).toEqual(['SUM(C3:E3)', '60']);
    expect([await out.formula('F4'), await out.value('F4')]).toEqual(['SUM(C4:E4)', '150']);
    expect([await out.formula('E5'), await out.value('E5')]).toEqual(['SUM(E3:E4)', '90']);
    expect([await out.formula('F5'), await out.value('F5')]).toEqual(['SUM(F3:F4)', '210']);
    expect([await out.formula('G4'), await out.value('G4')]).toEqual(['F4/F$5', String(150 / 210)]);
    expect([await out.formula('E6'), await out.value('E6')]).toEqual(['E5/$F5', String(90 / 210)]);
    expect(await out.cell('D4')).toBe('<c r="D4" s="4"><v>50</v></c>');
    expect([await out.formula('A1', 2), await out.value('A1', 2)]).toEqual(['交叉表!F5', '210']);
    expect([await out.formula('B1', 2), await out.value('B1', 2)]).toEqual(['SUM(交叉表!C5:E5)', '210']);
    expect(await out.sheet()).toContain('sqref="C3:E4"');
    expect(out.result.rows).toEqual({ 社区: 2 });
  });

  it('may be none: the sample column stays, empty', async () => {
    const out = await filled(crossTab, { columns: { 月份: [] } });
    expect(await out.cell('C2')).toBe('<c r="C2" s="1"/>');
    expect(await out.formula('D3')).toBe('SUM(C3:C3)');
    expect(await out.sheet()).not.toContain('#REF!');
  });

  it('may be pairs of columns', async () => {
    const pairs: TemplateText = {
      sheets: [
        {
          name: '表',
          rows: rowXml(1, ['名', '计划', '实际', '合计']) + rowXml(2, ['甲', 1, '=B2*2', '=SUM(B2)', '=SUM(C2)']),
        },
      ],
      names: { 月: '表!$B$1:$C$2' },
    };
    const out = await filled(pairs, {
      columns: {
        月: [
          ['计划1', '实际1', 10, undefined],
          ['计划2', '实际2', 20, undefined],
        ],
      },
    });
    expect([await out.value('B1'), await out.value('C1'), await out.value('D1'), await out.value('E1')]).toEqual([
      '计划1',
      '实际1',
      '计划2',
      '实际2',
    ]);
    expect([await out.formula('E2'), await out.value('E2')]).toEqual(['D2*2', '40']);
    expect([await out.formula('F2'), await out.value('F2')]).toEqual(['SUM(B2,D2)', '30']);
    expect([await out.formula('G2'), await out.value('G2')]).toEqual(['SUM(C2,E2)', '60']);
  });

  it('are refused when they do not fit on the sheet', async () => {
    const many = Array.from({ length: 16_384 }, () => ['x']);
    await expect(filled(crossTab, { columns: { 月份: many } })).rejects.toMatchObject({
      code: 'templates.xlsx.fill.full',
    });
  });
});

it('a table gets a column of its own for each repetition, named as its header', async () => {
  const table: RelatedPart = {
    type: 'table',
    part: 'xl/tables/table1.xml',
    text: '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:xr3="x" id="1" name="表1" displayName="表1" ref="A1:C2"><autoFilter ref="A1:C2"><filterColumn colId="2"/></autoFilter><tableColumns count="3"><tableColumn id="1" name="名"/><tableColumn id="2" xr3:uid="{1}" name="月"/><tableColumn id="3" name="合计"/></tableColumns></table>',
  };
  const out = await filled(
    {
      sheets: [
        {
          name: '表',
          rows: rowXml(1, ['名', '月', '合计']) + rowXml(2, ['甲', 1, '=SUM(B2)']),
          after: '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
          related: { rId1: table },
        },
      ],
      names: { 月: '表!$B$1' },
    },
    { columns: { 月: [['1月'], [2], ['1月']] } },
  );
  const text = await out.part(table.part);
  expect(text).toContain('ref="A1:E2"><autoFilter ref="A1:E2"><filterColumn colId="4"/></autoFilter>');
  expect(text).toContain(
    '<tableColumns count="5"><tableColumn id="1" name="名"/><tableColumn id="2" xr3:uid="{1}" name="1月"/><tableColumn id="4" name="2"/><tableColumn id="5" name="1月2"/><tableColumn id="3" name="合计"/></tableColumns>',
  );
  expect(await out.cell('C1')).toBe('<c r="C1" t="inlineStr"><is><t>2</t></is></c>');
  expect(await out.value('D1')).toBe('1月2');
});

it('comments, pictures and charts move sideways', async () => {
  const drawing: RelatedPart = {
    type: 'drawing',
    part: 'xl/drawings/drawing1.xml',
    text: '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:twoCellAnchor editAs="oneCell"><xdr:from><xdr:col>4</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:to><xdr:col>6</xdr:col><xdr:row>3</xdr:row></xdr:to></xdr:twoCellAnchor></xdr:wsDr>',
    related: {
      rId1: {
        type: 'chart',
        part: 'xl/charts/chart1.xml',
        text: '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:ser><c:cat><c:f>交叉表!$C$2</c:f></c:cat><c:val><c:f>交叉表!$C$4:$C$4</c:f></c:val></c:ser></c:chartSpace>',
      },
    },
  };
  const vml: RelatedPart = {
    type: 'vmlDrawing',
    part: 'xl/drawings/vmlDrawing1.vml',
    text: '<xml><x:ClientData ObjectType="Note"><x:Anchor>4, 1, 1, 1, 6, 1, 4, 1</x:Anchor><x:Row>2</x:Row><x:Column>3</x:Column></x:ClientData></xml>',
  };
  const [first, second] = crossTab.sheets;
  const out = await filled(
    { ...crossTab, sheets: [{ ...first!, related: { rId1: drawing, rId2: vml } }, second!] },
    { columns: { 月份: [['1月'], ['2月'], ['3月']] } },
  );
  expect(await out.part(drawing.part)).toContain(
    '<xdr:from><xdr:col>6</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:to><xdr:col>8</xdr:col>',
  );
  expect(await out.part('xl/charts/chart1.xml')).toContain(
    '<c:f>交叉表!$C$2:$E$2</c:f></c:cat><c:val><c:f>交叉表!$C$4:$E$4</c:f>',
  );
  expect(await out.part(vml.part)).toContain(
    '<x:Anchor>6, 1, 1, 1, 8, 1, 4, 1</x:Anchor><x:Row>2</x:Row><x:Column>5</x:Column>',
  );
});

it('formulas know the columns of a table by their new names', async () => {
  const table: RelatedPart = {
    type: 'table',
    part: 'xl/tables/table1.xml',
    text: '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="1" name="表1" displayName="表1" ref="A1:C2"><tableColumns count="3"><tableColumn id="1" name="名"/><tableColumn id="2" name="月"/><tableColumn id="3" name="合计"><calculatedColumnFormula>SUM(表1[[#This Row],[月]])</calculatedColumnFormula></tableColumn></tableColumns></table>',
  };
  const template: TemplateText = {
    sheets: [
      {
        name: '表',
        rows:
          rowXml(1, ['名', '月', '合计']) +
          rowXml(2, ['甲', 1, '=SUM(表1[[#This Row],[月]])']) +
          rowXml(4, ['=SUM(表1[月])', '=SUM(表1[月])', '=SUM(表1[[月]:[合计]])', '=表1[[#Headers],[名]]']),
        after: '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
        related: { rId1: table },
      },
    ],
    names: { 月: '表!$B$1', 各月: '表1[月]', 行: '表!$A$2:$B$2' },
  };
  const out = await filled(template, {
    columns: { 月: [['1月'], ["[2'月]"]] },
    rows: {
      行: [
        ['甲', 1, 2],
        ['乙', 3, 4],
      ],
    },
    cells: { A1: '社区' },
  });
  expect([await out.formula('D3'), await out.value('D3')]).toEqual(["SUM(表1[[#This Row],[1月]:['[2''月']]])", '7']);
  expect([await out.formula('A5'), await out.value('A5')]).toEqual(["SUM(表1[[1月]:['[2''月']]])", '10']);
  expect([await out.formula('C5'), await out.value('C5')]).toEqual(["SUM(表1['[2''月']])", '6']);
  expect(await out.formula('D5')).toBe('SUM(表1[[1月]:[合计]])');
  expect([await out.formula('E5'), await out.value('E5')]).toEqual(['表1[[#Headers],[社区]]', '社区']);
  expect(await out.part('xl/workbook.xml')).toContain(
    "<definedName name=\"各月\">表1[[1月]:['[2''月']]]</definedName>",
  );
  expect(await out.part(table.part)).toContain(
    "<calculatedColumnFormula>SUM(表1[[#This Row],[1月]:['[2''月']]])</calculatedColumnFormula>",
  );
});
