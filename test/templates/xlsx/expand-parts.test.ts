import { describe, expect, it } from 'vitest';
import type { RowInput } from '../../../templates/xlsx/fill.ts';
import {
  type Filled,
  filled,
  type RelatedPart,
  rowXml,
  type SheetText,
  type TemplateText,
} from './template-fixture.ts';

const X14 = 'http://schemas.microsoft.com/office/spreadsheetml/2009/9/main';
const XM = 'http://schemas.microsoft.com/office/excel/2006/main';
const XDR = 'http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing';
const A = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const C = 'http://schemas.openxmlformats.org/drawingml/2006/chart';
const SML = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Header in row 4, sample in row 5, sum in row 6. */
function template(sheet: Partial<SheetText>, more: Partial<TemplateText> = {}): TemplateText {
  const rows = rowXml(4, ['甲', '乙', '丙']) + rowXml(5, ['x', 1, 2]) + rowXml(6, ['合计', '=SUM(B5)', '=SUM(C5)']);
  return {
    sheets: [
      { name: '台账', rows, ...sheet },
      {
        name: '别处',
        rows: rowXml(1, [1]),
        after: (more.sheets?.[1]?.after ?? '') as string,
        related: more.sheets?.[1]?.related,
      },
    ],
    related: more.related,
    workbook: more.workbook,
    names: { 明细: '台账!$A$5:$C$5', ...more.names },
  };
}

const ten: RowInput[] = Array.from({ length: 10 }, (_, at) => [`行${at}`, at, at * 2]);

/** The template with ten rows in place of its one sample row. */
async function grown(sheet: Partial<SheetText>, more: Partial<TemplateText> = {}): Promise<Filled> {
  return filled(template(sheet, more), { rows: { 明细: ten } });
}

const sheetAfter = async (after: string): Promise<string> => {
  const text = await (await grown({ after })).sheet();
  return text.slice(text.indexOf('</sheetData>') + 12, -'</worksheet>'.length);
};

describe('when rows grow, in the sheet', () => {
  it('views, frozen panes and selections follow', async () => {
    const before =
      '<sheetViews><sheetView workbookViewId="0" topLeftCell="A1"><pane ySplit="4" topLeftCell="A6" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="B6" sqref="B6"/><selection activeCell="A5" sqref="A5"/></sheetView></sheetViews>';
    const sheet = await (await grown({ before })).sheet();
    expect(sheet).toContain('<pane ySplit="4" topLeftCell="A15" activePane="bottomLeft" state="frozen"/>');
    expect(sheet).toContain('<selection pane="bottomLeft" activeCell="B15" sqref="B15"/>');
    expect(sheet).toContain('<selection activeCell="A5" sqref="A5"/>');
  });

  it('merges move, and those of the sample repeat', async () => {
    expect(
      await sheetAfter(
        '<mergeCells count="4"><mergeCell ref="A1:C1"/><mergeCell ref="A5:B5"/><mergeCell ref="A8:C9"/><mergeCell ref="D4:D6"/></mergeCells>',
      ),
    ).toMatch(
      /^<mergeCells count="13"><mergeCell ref="A1:C1"\/><mergeCell ref="A5:B5"\/><mergeCell ref="A6:B6"\/>.*<mergeCell ref="A14:B14"\/><mergeCell ref="A17:C18"\/><mergeCell ref="D4:D15"\/><\/mergeCells>$/,
    );
  });

  it('drop-downs cover all rows, and their lists move', async () => {
    expect(
      await sheetAfter(
        '<dataValidations count="2"><dataValidation type="list" sqref="A5"><formula1>$A$20:$A$25</formula1></dataValidation><dataValidation type="custom" sqref="B5:C5 B20"><formula1>AND($A5&lt;&gt;"",B5&gt;B$6)</formula1></dataValidation></dataValidations>',
      ),
    ).toBe(
      '<dataValidations count="2"><dataValidation type="list" sqref="A5:A14"><formula1>$A$29:$A$34</formula1></dataValidation><dataValidation type="custom" sqref="B5:C14 B29"><formula1>AND($A5&lt;&gt;"",B5&gt;B$15)</formula1></dataValidation></dataValidations>',
    );
  });

  it('so do those of extensions', async () => {
    const after = `<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="${X14}"><x14:dataValidations count="1" xmlns:xm="${XM}"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>别处!$A$1:$A$9</xm:f></x14:formula1><x14:formula2><xm:f>台账!$A$6</xm:f></x14:formula2><xm:sqref>A5</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>`;
    expect(await sheetAfter(after)).toBe(after.replace('$A$6', '$A$15').replace('<xm:sqref>A5<', '<xm:sqref>A5:A14<'));
  });

  it('conditional formats cover all rows, with their formulas, bounds and extensions', async () => {
    expect(
      await sheetAfter(
        '<conditionalFormatting sqref="B5:C5"><cfRule type="expression" dxfId="0" priority="1"><formula>$B5&gt;$B$6</formula></cfRule><cfRule type="dataBar" priority="2"><dataBar><cfvo type="min"/><cfvo type="formula" val="$B$6"/><color rgb="FF638EC6"/></dataBar></cfRule></conditionalFormatting>',
      ),
    ).toBe(
      '<conditionalFormatting sqref="B5:C14"><cfRule type="expression" dxfId="0" priority="1"><formula>$B5&gt;$B$15</formula></cfRule><cfRule type="dataBar" priority="2"><dataBar><cfvo type="min"/><cfvo type="formula" val="$B$15"/><color rgb="FF638EC6"/></dataBar></cfRule></conditionalFormatting>',
    );
    const after = `<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" xmlns:x14="${X14}"><x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="${XM}"><x14:cfRule type="dataBar" id="{1}"><x14:dataBar><x14:cfvo type="formula"><xm:f>$B$6</xm:f></x14:cfvo><x14:cfvo type="max"/></x14:dataBar></x14:cfRule><xm:sqref>B5</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>`;
    expect(await sheetAfter(after)).toBe(after.replace('$B$6', '$B$15').replace('>B5<', '>B5:B14<'));
  });

  it('sparklines of the sample repeat, others draw the grown range', async () => {
    const after = `<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}" xmlns:x14="${X14}"><x14:sparklineGroups xmlns:xm="${XM}"><x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>台账!B5:C5</xm:f><xm:sqref>D5</xm:sqref></x14:sparkline><x14:sparkline><xm:f>台账!B5</xm:f><xm:sqref>B7</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>`;
    const text = await sheetAfter(after);
    expect(text).toContain(
      '<x14:sparkline><xm:f>台账!B5:C5</xm:f><xm:sqref>D5</xm:sqref></x14:sparkline><x14:sparkline><xm:f>台账!B6:C6</xm:f><xm:sqref>D6</xm:sqref></x14:sparkline>',
    );
    expect(text).toContain(
      '<x14:sparkline><xm:f>台账!B14:C14</xm:f><xm:sqref>D14</xm:sqref></x14:sparkline><x14:sparkline><xm:f>台账!B5:B14</xm:f><xm:sqref>B16</xm:sqref></x14:sparkline>',
    );
  });

  it('hyperlinks and their places move', async () => {
    expect(
      await sheetAfter(
        `<hyperlinks><hyperlink ref="A5" r:id="rIdL"/><hyperlink ref="A6" location="台账!A6" display="下"/><hyperlink ref="A1" location="'别处'!A1"/></hyperlinks>`,
      ),
    ).toBe(
      `<hyperlinks><hyperlink ref="A5:A14" r:id="rIdL"/><hyperlink ref="A15" location="台账!A15" display="下"/><hyperlink ref="A1" location="'别处'!A1"/></hyperlinks>`,
    );
  });

  it('page breaks, protected ranges, ignored errors, watches and scenarios move', async () => {
    expect(
      await sheetAfter(
        '<rowBreaks count="2" manualBreakCount="2"><brk id="4" max="16383" man="1"/><brk id="6" max="16383" man="1"/></rowBreaks><colBreaks count="1" manualBreakCount="1"><brk id="2" min="3" max="5" man="1"/></colBreaks>',
      ),
    ).toBe(
      '<rowBreaks count="2" manualBreakCount="2"><brk id="4" max="16383" man="1"/><brk id="15" max="16383" man="1"/></rowBreaks><colBreaks count="1" manualBreakCount="1"><brk id="2" min="3" max="14" man="1"/></colBreaks>',
    );
    expect(
      await sheetAfter(
        '<sheetProtection sheet="1"/><protectedRanges><protectedRange sqref="A5:C5 B6" name="可填"/></protectedRanges><scenarios current="0" sqref="B6"><scenario name="a"><inputCells r="B6" val="1"/></scenario></scenarios>',
      ),
    ).toBe(
      '<sheetProtection sheet="1"/><protectedRanges><protectedRange sqref="A5:C14 B15" name="可填"/></protectedRanges><scenarios current="0" sqref="B15"><scenario name="a"><inputCells r="B15" val="1"/></scenario></scenarios>',
    );
    expect(
      await sheetAfter(
        '<cellWatches><cellWatch r="B6"/></cellWatches><ignoredErrors><ignoredError sqref="A5:A6" numberStoredAsText="1"/></ignoredErrors>',
      ),
    ).toBe(
      '<cellWatches><cellWatch r="B15"/></cellWatches><ignoredErrors><ignoredError sqref="A5:A15" numberStoredAsText="1"/></ignoredErrors>',
    );
  });

  it('an autofilter and its sort order grow, with the hidden name behind it', async () => {
    const out = await grown(
      {
        after:
          '<autoFilter ref="A4:C5"><filterColumn colId="1"><filters><filter val="1"/></filters></filterColumn><sortState ref="A5:C5"><sortCondition ref="B5:B5"/></sortState></autoFilter>',
      },
      { names: { '0:_xlnm._FilterDatabase': '台账!$A$4:$C$5' } },
    );
    expect(await out.sheet()).toContain(
      '<autoFilter ref="A4:C14"><filterColumn colId="1"><filters><filter val="1"/></filters></filterColumn><sortState ref="A5:C14"><sortCondition ref="B5:B14"/></sortState></autoFilter>',
    );
    expect(await out.part('xl/workbook.xml')).toContain('localSheetId="0">台账!$A$4:$C$14<');
  });

  it('form controls kept in the sheet move', async () => {
    const text = await sheetAfter(
      `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="x14"><controls><control shapeId="1025" r:id="rIdC" name="勾选"><controlPr defaultSize="0"><anchor moveWithCells="1"><from><xdr:col xmlns:xdr="${XDR}">3</xdr:col><xdr:row xmlns:xdr="${XDR}">5</xdr:row></from><to><xdr:col xmlns:xdr="${XDR}">4</xdr:col><xdr:row xmlns:xdr="${XDR}">6</xdr:row></to></anchor></controlPr></control></controls></mc:Choice></mc:AlternateContent>`,
    );
    expect([...text.matchAll(/row xmlns:xdr="[^"]*">(\d+)</g)].map(([, row]) => row)).toEqual(['14', '15']);
  });

  it('array formulas grow or repeat, shared ones are written out', async () => {
    const rows =
      rowXml(4, ['甲']) +
      '<row r="5"><c r="A5"><v>1</v></c><c r="B5"><v>2</v></c><c r="D5"><f t="array" ref="D5">SUM(A5:B5*{1,2})</f><v>5</v></c><c r="E5"><f t="shared" ref="E5:E6" si="0">A5*2</f><v>2</v></c><c r="F5"><f t="array" ref="F5:F6">A5:A6*2</f><v>2</v></c></row>' +
      '<row r="6"><c r="A6"><v>9</v></c><c r="C6"><f t="array" ref="C6">SUM(A5:A5*B5:B5)</f><v>2</v></c><c r="E6"><f t="shared" si="0"/><v>18</v></c><c r="F6"><v>18</v></c></row>';
    const out = await filled(template({ rows }), {
      rows: {
        明细: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
    });
    expect(await out.cell('D7')).toBe('<c r="D7"><f t="array" ref="D7">SUM(A7:B7*{1,2})</f><v>17</v></c>');
    expect(await out.cell('C8')).toBe('<c r="C8"><f t="array" ref="C8">SUM(A5:A7*B5:B7)</f><v>44</v></c>');
    expect(await out.cell('E6')).toBe('<c r="E6"><f>A6*2</f><v>6</v></c>');
    expect(await out.cell('E8')).toBe('<c r="E8"><f>A8*2</f><v>18</v></c>');
    expect(await out.cell('F5')).toContain('<f t="array" ref="F5:F8">');
    expect(await out.cell('F6')).not.toContain('<f');
  });

  it('cells that an array formula or a what-if table had filled show nothing old', async () => {
    const rows =
      '<row r="4"><c r="E4"><f t="array" ref="E4:E6">A4:A6*2</f><v>1</v></c></row>' +
      '<row r="5"><c r="A5"><v>1</v></c><c r="B5"><v>2</v></c><c r="E5"><v>77</v></c><c r="F5"><f t="array" ref="F5:G5">A5:B5*2</f><v>2</v></c><c r="G5"><v>66</v></c></row>' +
      '<row r="6"><c r="E6"><v>88</v></c></row>' +
      '<row r="9"><c r="B9"><f t="dataTable" ref="B9:C10" dt2D="1" dtr="1" r1="B5" r2="A12"/><v>3</v></c></row>';
    const out = await filled(template({ rows }), {
      rows: {
        明细: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
    });
    const sheet = await out.sheet();
    expect(sheet).not.toContain('>77<');
    expect(sheet).not.toContain('>66<');
    expect(sheet).toContain('r1="B5" r2="A14"');
  });
});

describe('when rows grow, names', () => {
  it('of areas, print areas and print titles follow; constants and relative ones stay', async () => {
    const out = await grown(
      {},
      {
        names: {
          '0:_xlnm.Print_Area': '台账!$A$1:$C$6',
          '0:_xlnm.Print_Titles': '台账!$A:$B,台账!$4:$4',
          全部: 'OFFSET(台账!$A$5,0,0,COUNTA(台账!$A$5:$A$6),1)',
          税率: '0.13',
          上一格: '台账!A1048576',
          别的: '别处!$A$9',
        },
      },
    );
    const workbook = await out.part('xl/workbook.xml');
    expect(workbook).toContain('>台账!$A$1:$C$15<');
    expect(workbook).toContain('>台账!$A:$B,台账!$4:$4<');
    expect(workbook).toContain('>OFFSET(台账!$A$5,0,0,COUNTA(台账!$A$5:$A$15),1)<');
    expect(workbook).toContain('>台账!A1048576<');
    expect(workbook).toContain('>别处!$A$9<');
    expect(workbook).toContain('name="明细">台账!$A$5:$C$14<');
  });
});

const comments: RelatedPart = {
  type: 'comments',
  part: 'xl/comments1.xml',
  contentType: `${SML}.comments+xml`,
  text: '<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors><author>我</author></authors><commentList><comment ref="A4" authorId="0"><text><r><t>表头</t></r></text></comment><comment ref="B6" authorId="0"><text><t>合计</t></text></comment></commentList></comments>',
};
const box = (row: number, column: number, more = ''): string =>
  `<v:shape id="s${row}" type="#t" style="position:absolute"><v:textbox><div>注<br></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:Anchor>\n    ${column + 1}, 15, ${row - 1}, 10, ${column + 3}, 15, ${row + 3}, 4</x:Anchor><x:Row>${row}</x:Row><x:Column>${column}</x:Column>${more}</x:ClientData></v:shape>`;
const vml: RelatedPart = {
  type: 'vmlDrawing',
  part: 'xl/drawings/vmlDrawing1.vml',
  text: `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">${box(3, 0)}${box(5, 1)}<v:shape id="c"><x:ClientData ObjectType="Checkbox"><x:Anchor>3, 0, 5, 0, 4, 0, 6, 0</x:Anchor><x:FmlaLink>台账!$C$6</x:FmlaLink></x:ClientData></v:shape></xml>`,
};

describe('when rows grow, comments', () => {
  it('move with their boxes, though the old drawing is not well-formed', async () => {
    const out = await grown({ after: '<legacyDrawing r:id="rId2"/>', related: { rId1: comments, rId2: vml } });
    expect(await out.part('xl/comments1.xml')).toContain('ref="A4"');
    expect(await out.part('xl/comments1.xml')).toContain('ref="B15"');
    const boxes = await out.part('xl/drawings/vmlDrawing1.vml');
    expect(boxes).toContain('<x:Row>3</x:Row>');
    expect(boxes).toContain('<x:Row>14</x:Row>');
    expect(boxes).toContain('<x:Anchor>2, 15, 13, 10, 4, 15, 17, 4</x:Anchor>');
    expect(boxes).toContain('<x:Anchor>3, 0, 14, 0, 4, 0, 15, 0</x:Anchor>');
    expect(boxes).toContain('<x:FmlaLink>台账!$C$15</x:FmlaLink>');
    expect(boxes).toContain('注<br>');
  });

  it('in threads move too', async () => {
    const threaded: RelatedPart = {
      type: 'http://schemas.microsoft.com/office/2017/10/relationships/threadedComment',
      part: 'xl/threadedComments/threadedComment1.xml',
      text: '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="B6" id="{1}"><text>问</text></threadedComment></ThreadedComments>',
    };
    const out = await grown({ related: { rId1: threaded } });
    expect(await out.part(threaded.part)).toContain('ref="B15"');
  });
});

const anchor = (from: number, to: number, edit: string, inside = '<xdr:sp textlink="台账!$B$6"/>'): string =>
  `<xdr:twoCellAnchor${edit}><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${from}</xdr:row><xdr:rowOff>5</xdr:rowOff></xdr:from><xdr:to><xdr:col>3</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${to}</xdr:row><xdr:rowOff>6</xdr:rowOff></xdr:to>${inside}<xdr:clientData/></xdr:twoCellAnchor>`;

const series = (name: string, categories: string, values: string, cache: string): string =>
  `<c:ser><c:tx><c:strRef><c:f>${name}</c:f></c:strRef></c:tx><c:cat><c:strRef><c:f>${categories}</c:f></c:strRef></c:cat><c:val><c:numRef><c:f>${values}</c:f>${cache}</c:numRef></c:val></c:ser>`;

describe('when rows grow, drawings', () => {
  it('move and stretch as they were told to', async () => {
    const drawing: RelatedPart = {
      type: 'drawing',
      part: 'xl/drawings/drawing1.xml',
      text: `<xdr:wsDr xmlns:xdr="${XDR}" xmlns:a="${A}">${anchor(2, 7, '')}${anchor(2, 7, ' editAs="oneCell"')}${anchor(7, 9, ' editAs="oneCell"')}${anchor(7, 9, ' editAs="absolute"')}${anchor(4, 4, '')}<xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>8</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="1" cy="1"/></xdr:oneCellAnchor></xdr:wsDr>`,
    };
    const out = await grown({ after: '<drawing r:id="rId1"/>', related: { rId1: drawing } });
    const text = await out.part(drawing.part);
    const rows = [...text.matchAll(/<xdr:row>(\d+)</g)].map(([, row]) => Number(row));
    expect(rows).toEqual([2, 16, 2, 7, 16, 18, 7, 9, 4, 4, 17]);
    expect(text).toContain('textlink="台账!$B$15"');
    expect(text).toContain('<xdr:rowOff>6</xdr:rowOff>');
  });

  it('charts draw the grown ranges and keep their true values', async () => {
    const cache =
      '<c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="1"/><c:pt idx="0"><c:v>1</c:v></c:pt></c:numCache>';
    const chart: RelatedPart = {
      type: 'chart',
      part: 'xl/charts/chart1.xml',
      text: `<c:chartSpace xmlns:c="${C}"><c:chart><c:title><c:tx><c:strRef><c:f>台账!$A$6</c:f></c:strRef></c:tx></c:title>${series('台账!$B$4', '台账!$A$5', '台账!$B$5:$B$5', cache)}${series('台账!$C$4', '台账!$A$5:$A$5', '台账!$C$5', cache)}${series('台账!$A$5', '台账!$B$4:$C$4', '台账!$B$5:$C$5', '')}</c:chart></c:chartSpace>`,
    };
    const drawing: RelatedPart = {
      type: 'drawing',
      part: 'xl/drawings/drawing1.xml',
      text: `<xdr:wsDr xmlns:xdr="${XDR}"/>`,
      related: { rId1: chart },
    };
    // The chart stands on a sheet that itself does not move.
    const out = await grown(
      {},
      { sheets: [{ name: '' }, { name: '', after: '<drawing r:id="rId1"/>', related: { rId1: drawing } }] },
    );
    const text = await out.part(chart.part);
    expect([...text.matchAll(/<c:f>([^<]*)</g)].map(([, formula]) => formula)).toEqual([
      '台账!$A$15',
      '台账!$B$4',
      '台账!$A$5:$A$14',
      '台账!$B$5:$B$14',
      '台账!$C$4',
      '台账!$A$5:$A$14',
      '台账!$C$5:$C$14',
      '台账!$A$5',
      '台账!$B$4:$C$4',
      '台账!$B$5:$C$5',
    ]);
    expect(text).toContain(
      '<c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="10"/><c:pt idx="0"><c:v>0</c:v></c:pt><c:pt idx="1"><c:v>1</c:v></c:pt>',
    );
    expect(text).toContain('<c:pt idx="9"><c:v>18</c:v></c:pt></c:numCache>');
  });
});

const table: RelatedPart = {
  type: 'table',
  part: 'xl/tables/table1.xml',
  contentType: `${SML}.table+xml`,
  text: '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="1" name="表1" displayName="表1" ref="A4:C6" totalsRowCount="1"><autoFilter ref="A4:C5"/><sortState ref="A5:C5"><sortCondition ref="B5:B5"/></sortState><tableColumns count="3"><tableColumn id="1" name="甲" totalsRowLabel="合计"/><tableColumn id="2" name="乙" totalsRowFunction="sum"/><tableColumn id="3" name="丙"><calculatedColumnFormula>表1[[#This Row],[乙]]*$B$9</calculatedColumnFormula><totalsRowFormula>SUM(C5:C5)</totalsRowFormula></tableColumn></tableColumns></table>',
};

describe('when rows grow, tables', () => {
  it('grow with their filter, sort order, formulas and totals', async () => {
    const rows =
      rowXml(4, ['甲', '乙', '丙']) +
      rowXml(5, ['x', 1, '=表1[[#This Row],[乙]]*$B$9']) +
      rowXml(6, ['合计', '=SUBTOTAL(109,表1[乙])', '=SUM(C5:C5)']) +
      rowXml(9, [
        null,
        3,
        '=SUM(表1[丙])',
        '=表1[[#Totals],乙]',
        '=ROWS(表1)',
        '=COUNTA(表1)',
        '=VLOOKUP("c",表1,2,FALSE)',
      ]);
    const out = await filled(
      template({
        rows,
        after: '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
        related: { rId1: table },
      }),
      {
        rows: {
          明细: [
            ['a', 1],
            ['b', 2],
            ['c', 3],
          ],
        },
      },
    );
    const text = await out.part(table.part);
    expect(text).toContain(
      'ref="A4:C8" totalsRowCount="1"><autoFilter ref="A4:C7"/><sortState ref="A5:C7"><sortCondition ref="B5:B7"/>',
    );
    expect(text).toContain('<calculatedColumnFormula>表1[[#This Row],[乙]]*$B$11<');
    expect(text).toContain('<totalsRowFormula>SUM(C5:C7)<');
    expect([await out.formula('C7'), await out.value('C7')]).toEqual(['表1[[#This Row],[乙]]*$B$11', '9']);
    expect(await out.value('B8')).toBe('6');
    expect(await out.value('C8')).toBe('18');
    expect([await out.formula('C11'), await out.value('C11')]).toEqual(['SUM(表1[丙])', '18']);
    expect(await out.value('D11')).toBe('6');
    expect([await out.value('E11'), await out.value('F11'), await out.value('G11')]).toEqual(['3', '9', '3']);
  });

  it('take the name of a header the data sets', async () => {
    const out = await filled(
      template({ after: '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>', related: { rId1: table } }),
      {
        cells: { B4: '二月', C4: '二月' },
      },
    );
    const text = await out.part(table.part);
    expect([...text.matchAll(/<tableColumn id="\d" name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      '甲',
      '二月',
      '二月2',
    ]);
    expect(await out.value('C4')).toBe('二月2');
    expect(out.result.warnings).toMatchObject([{ code: 'columnRenamed', where: '二月' }]);
  });
});

describe('when rows grow, pivot tables', () => {
  const cache = (source: string): RelatedPart => ({
    type: 'pivotCacheDefinition',
    part: 'xl/pivotCache/pivotCacheDefinition1.xml',
    text: `<pivotCacheDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" recordCount="1"><cacheSource type="worksheet">${source}</cacheSource></pivotCacheDefinition>`,
  });

  it('are fed from all rows and rebuilt on opening; the tables themselves move', async () => {
    const pivot: RelatedPart = {
      type: 'pivotTable',
      part: 'xl/pivotTables/pivotTable1.xml',
      text: '<pivotTableDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" name="透视"><location ref="A9:B12" firstHeaderRow="1"/></pivotTableDefinition>',
    };
    const out = await grown(
      { related: { rId1: pivot } },
      { related: { rIdP: cache('<worksheetSource ref="A4:C5" sheet="台账"/>') } },
    );
    const text = await out.part('xl/pivotCache/pivotCacheDefinition1.xml');
    expect(text).toContain('<worksheetSource ref="A4:C14" sheet="台账"/>');
    expect(text).toContain('refreshOnLoad="1"');
    expect(await out.part(pivot.part)).toContain('ref="A18:B21"');
  });

  it('fed from elsewhere are left alone', async () => {
    const related = { rIdP: cache('<worksheetSource ref="A1:A1" sheet="别处"/>') };
    const out = await grown({}, { related });
    expect(out.result.parts.copied).toContain('xl/pivotCache/pivotCacheDefinition1.xml');
  });
});

describe('when rows grow, other sheets', () => {
  it('that look at them have their rules, lists and controls shifted', async () => {
    const control: RelatedPart = {
      type: 'ctrlProp',
      part: 'xl/ctrlProps/ctrlProp1.xml',
      text: '<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="Drop" fmlaLink="台账!$B$6" fmlaRange="台账!$A$5:$A$6"/>',
    };
    const out = await grown(
      {},
      {
        sheets: [
          { name: '' },
          {
            name: '',
            after:
              '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>A1&gt;台账!$B$6</formula></cfRule></conditionalFormatting><dataValidations count="1"><dataValidation type="list" sqref="A1"><formula1>台账!$A$5:$A$6</formula1></dataValidation></dataValidations><hyperlinks><hyperlink ref="A1" location="台账!B6"/></hyperlinks>',
            related: { rId1: control },
          },
        ],
      },
    );
    const sheet = await out.sheet(2);
    expect(sheet).toContain('<formula>A1&gt;台账!$B$15</formula>');
    expect(sheet).toContain('<formula1>台账!$A$5:$A$15</formula1>');
    expect(sheet).toContain('location="台账!B15"');
    expect(sheet).toContain('sqref="A1"');
    expect(await out.part(control.part)).toContain('fmlaLink="台账!$B$15" fmlaRange="台账!$A$5:$A$15"');
  });

  it('that do not look at them are copied as they are', async () => {
    const out = await grown({});
    expect(out.result.parts.copied).toContain('xl/worksheets/sheet2.xml');
  });
});
