import { MAIN, OFFICE, type RelatedPart, type TemplateText } from './template-fixture.ts';

const X14 = 'http://schemas.microsoft.com/office/spreadsheetml/2009/9/main';
const XM = 'http://schemas.microsoft.com/office/excel/2006/main';
const XDR = 'http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing';
const A = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const C = 'http://schemas.openxmlformats.org/drawingml/2006/chart';
const MC = 'http://schemas.openxmlformats.org/markup-compatibility/2006';
const SML = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const DRAWING_TYPE = 'application/vnd.openxmlformats-officedocument.drawing+xml';
const MS = 'http://schemas.microsoft.com/office';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n';

const STYLES =
  '<numFmts count="1"><numFmt numFmtId="176" formatCode="#,##0.00&quot;元&quot;"/></numFmts><fonts count="2"><font><sz val="11"/><color theme="1"/><name val="宋体"/></font><font><b/><sz val="16"/><name val="黑体"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/></patternFill></fill></fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/><diagonal/></border></borders><cellStyleXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf><xf numFmtId="176" fontId="0" fillId="2" borderId="1" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="1" xfId="0"><protection locked="0"/></xf><xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0"><alignment textRotation="255" indent="1"/></xf></cellXfs><cellStyles count="2"><cellStyle name="常规" xfId="0" builtinId="0"/><cellStyle name="报表标题" xfId="1"/></cellStyles><dxfs count="2"><dxf><fill><patternFill><bgColor rgb="FFFFC7CE"/></patternFill></fill></dxf><dxf><font><b/></font></dxf></dxfs><tableStyles count="1" defaultTableStyle="街道表"><tableStyle name="街道表" pivot="0" count="1"><tableStyleElement type="headerRow" dxfId="1"/></tableStyle></tableStyles>';

const chart = (part: string, categories: string, values: string): RelatedPart => ({
  type: 'chart',
  part,
  contentType: 'application/vnd.openxmlformats-officedocument.drawingml.chart+xml',
  text: `${XML}<c:chartSpace xmlns:c="${C}" xmlns:a="${A}"><c:chart><c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{{街道}}各社区</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:layout/><c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:ser><c:idx val="0"/><c:order val="0"/><c:tx><c:strRef><c:f>台账!$D$4</c:f></c:strRef></c:tx><c:cat><c:strRef><c:f>${categories}</c:f></c:strRef></c:cat><c:val><c:numRef><c:f>${values}</c:f><c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="1"/><c:pt idx="0"><c:v>0</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser><c:axId val="1"/><c:axId val="2"/></c:barChart><c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx><c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx></c:plotArea><c:plotVisOnly val="1"/></c:chart></c:chartSpace>`,
});

const frame = (id: number, relation: string): string =>
  `<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="${id}" name="图表 ${id}"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="${C}"><c:chart xmlns:c="${C}" r:id="${relation}"/></a:graphicData></a:graphic></xdr:graphicFrame>`;
const place = (from: readonly [number, number], to: readonly [number, number]): string =>
  `<xdr:from><xdr:col>${from[1]}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${from[0]}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>${to[1]}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${to[0]}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>`;

const drawing: RelatedPart = {
  type: 'drawing',
  part: 'xl/drawings/drawing1.xml',
  contentType: DRAWING_TYPE,
  text: `${XML}<xdr:wsDr xmlns:xdr="${XDR}" xmlns:a="${A}" xmlns:r="${OFFICE}"><xdr:twoCellAnchor>${place([12, 0], [24, 5])}${frame(2, 'rId1')}<xdr:clientData/></xdr:twoCellAnchor><xdr:twoCellAnchor editAs="oneCell">${place([7, 7], [9, 8])}<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="3" name="公章" descr="公章"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="10" cy="10"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:twoCellAnchor><xdr:twoCellAnchor>${place([26, 0], [28, 3])}<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="4" name="文本框"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="10" cy="10"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>填报单位：{{街道}}</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>`,
  related: {
    rId1: chart('xl/charts/chart1.xml', '台账!$B$5:$B$5', '台账!$D$5:$D$5'),
    rId2: { type: 'image', part: 'xl/media/image1.png', text: 'png' },
  },
};

const vmlShape = (id: string, data: string): string =>
  `<v:shape id="${id}" type="#_x0000_t202" style='position:absolute;visibility:hidden' fillcolor="#ffffe1"><v:textbox><div style='text-align:left'></div></v:textbox>${data}</v:shape>`;
const VML_HEAD =
  '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>';

const FIRST_AFTER = [
  '<sheetProtection sheet="1" objects="1" scenarios="1" formatCells="0"/>',
  '<protectedRanges><protectedRange sqref="A5:E5" name="可填"/></protectedRanges>',
  '<scenarios current="0"><scenario name="甲方案" count="1"><inputCells r="D6" val="1"/></scenario></scenarios>',
  '<autoFilter ref="A4:E5"/>',
  `<customSheetViews><customSheetView guid="{6E8A1C2B-0000-4000-8000-000000000001}" scale="80"><selection activeCell="B6" sqref="B6"/><rowBreaks count="1" manualBreakCount="1"><brk id="6" max="16383" man="1"/></rowBreaks></customSheetView></customSheetViews>`,
  '<mergeCells count="2"><mergeCell ref="A1:F1"/><mergeCell ref="A8:F9"/></mergeCells>',
  '<phoneticPr fontId="0" type="noConversion"/>',
  '<conditionalFormatting sqref="D5:E5"><cfRule type="cellIs" dxfId="0" priority="1" operator="greaterThan"><formula>D$6</formula></cfRule><cfRule type="colorScale" priority="2"><colorScale><cfvo type="min"/><cfvo type="max"/><color rgb="FFF8696B"/><color rgb="FF63BE7B"/></colorScale></cfRule></conditionalFormatting>',
  '<dataValidations count="1"><dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1" promptTitle="提示" prompt="请选择" sqref="C5"><formula1>"男,女"</formula1></dataValidation></dataValidations>',
  '<hyperlinks><hyperlink ref="A10" r:id="rIdH" tooltip="政策"/><hyperlink ref="B10" location="台账!A6" display="合计"/></hyperlinks>',
  '<printOptions horizontalCentered="1" gridLines="1"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0" r:id="rIdP"/>',
  '<headerFooter differentOddEven="1" differentFirst="1"><oddHeader>&amp;C{{街道}}&amp;R第 &amp;P 页</oddHeader><oddFooter>&amp;L&amp;G</oddFooter><evenHeader>&amp;C偶数页</evenHeader><firstHeader>&amp;C首页</firstHeader></headerFooter>',
  '<rowBreaks count="1" manualBreakCount="1"><brk id="6" max="16383" man="1"/></rowBreaks><colBreaks count="1" manualBreakCount="1"><brk id="6" max="1048575" man="1"/></colBreaks>',
  '<ignoredErrors><ignoredError sqref="B5" numberStoredAsText="1"/></ignoredErrors>',
  '<drawing r:id="rId1"/><legacyDrawing r:id="rId3"/><legacyDrawingHF r:id="rId5"/>',
  `<mc:AlternateContent xmlns:mc="${MC}"><mc:Choice Requires="x14"><controls><mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="1026" r:id="rId6" name="已核"><controlPr defaultSize="0" autoFill="0" autoLine="0" autoPict="0"><anchor moveWithCells="1"><from><xdr:col>6</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row><xdr:rowOff>0</xdr:rowOff></from><to><xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>6</xdr:row><xdr:rowOff>0</xdr:rowOff></to></anchor></controlPr></control></mc:Choice></mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>`,
  `<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" xmlns:x14="${X14}"><x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="${XM}"><x14:cfRule type="iconSet" priority="3" id="{00000000-0001-4000-8000-000000000001}"><x14:iconSet iconSet="3Stars"><x14:cfvo type="percent"><xm:f>0</xm:f></x14:cfvo><x14:cfvo type="num"><xm:f>$D$6</xm:f></x14:cfvo><x14:cfvo type="percent"><xm:f>67</xm:f></x14:cfvo></x14:iconSet></x14:cfRule><xm:sqref>E5</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}" xmlns:x14="${X14}"><x14:sparklineGroups xmlns:xm="${XM}"><x14:sparklineGroup displayEmptyCellsAs="gap"><x14:colorSeries rgb="FF376092"/><x14:sparklines><x14:sparkline><xm:f>台账!D5:E5</xm:f><xm:sqref>G5</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="${X14}"><x14:dataValidations count="1" xmlns:xm="${XM}"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>代码!$A$1:$A$2</xm:f></x14:formula1><xm:sqref>A5</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>`,
].join('');

/** A workbook with all that upstream departments put into theirs. Its sample row is row 5 of 台账, named 明细. */
export const RICH: TemplateText = {
  styles: STYLES,
  strings:
    '<si><r><rPr><b/><sz val="16"/></rPr><t>{{街道}}</t></r><r><rPr><sz val="16"/></rPr><t xml:space="preserve"> 人口台账</t></r></si><si><t>社区</t><rPh sb="0" eb="2"><t>shequ</t></rPh><phoneticPr fontId="0"/></si><si><t>姓名</t></si><si><t>性别</t></si><si><t>数量</t></si><si><t>金额</t></si><si><t>说明：\n一、如实填写</t></si>',
  sheets: [
    {
      name: '台账',
      before: `<sheetPr><tabColor rgb="FFFF0000"/><outlinePr summaryBelow="0"/><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:H30"/><sheetViews><sheetView showGridLines="0" zoomScale="85" workbookViewId="0"><pane xSplit="2" ySplit="4" topLeftCell="C5" activePane="bottomRight" state="frozen"/><selection pane="bottomRight" activeCell="C5" sqref="C5"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="14.25" outlineLevelRow="1"/><cols><col min="1" max="2" width="15" customWidth="1"/><col min="3" max="3" width="6" hidden="1" customWidth="1"/><col min="4" max="5" width="12" style="2" customWidth="1"/></cols>`,
      rows: [
        '<row r="1" ht="36" customHeight="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1"/></row>',
        '<row r="2" hidden="1"><c r="A2"><v>42</v></c></row>',
        '<row r="3"><c r="D3"><f>SUM(D5:D5)</f><v>0</v></c><c r="E3"><f>SUM(台账:代码!E6)</f><v>0</v></c></row>',
        '<row r="4"><c r="A4" s="4" t="s"><v>1</v></c><c r="B4" s="4" t="s"><v>2</v></c><c r="C4" s="4" t="s"><v>3</v></c><c r="D4" s="4" t="s"><v>4</v></c><c r="E4" s="4" t="s"><v>5</v></c></row>',
        '<row r="5" ht="22.5" customHeight="1" outlineLevel="1"><c r="A5" s="3"/><c r="B5" s="3"/><c r="C5" s="3"/><c r="D5" s="2"><v>0</v></c><c r="E5" s="2"><f>D5*2</f><v>0</v></c><c r="F5"><f t="array" ref="F5">SUM(D5:E5*{1,1})</f><v>0</v></c></row>',
        '<row r="6"><c r="A6"/><c r="D6" s="2"><f t="shared" ref="D6:E6" si="0">SUM(D5:D5)</f><v>0</v></c><c r="E6" s="2"><f t="shared" si="0"/><v>0</v></c></row>',
        '<row r="8" ht="40" customHeight="1"><c r="A8" t="s"><v>6</v></c></row>',
        '<row r="10"><c r="A10" t="inlineStr"><is><t>政策</t></is></c><c r="B10" t="inlineStr"><is><t>合计</t></is></c><c r="C10" t="b"><v>1</v></c><c r="D10" t="e"><v>#N/A</v></c></row>',
      ].join(''),
      after: FIRST_AFTER.replace('<controls>', `<controls xmlns:xdr="${XDR}">`),
      related: {
        rId1: drawing,
        rId2: {
          type: 'comments',
          part: 'xl/comments1.xml',
          contentType: `${SML}.comments+xml`,
          text: `${XML}<comments xmlns="${MAIN}"><authors><author>tc={1}</author><author>审核员</author></authors><commentList><comment ref="D4" authorId="1"><text><r><t>单位：人</t></r></text></comment><comment ref="D6" authorId="0"><text><t>[线程批注] 核对</t></text></comment></commentList></comments>`,
        },
        rId3: {
          type: 'vmlDrawing',
          part: 'xl/drawings/vmlDrawing1.vml',
          text: `${VML_HEAD}${vmlShape('_x0000_s1025', '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>4, 15, 3, 2, 6, 31, 7, 9</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>3</x:Row><x:Column>3</x:Column></x:ClientData>')}${vmlShape('_x0000_s1027', '<x:ClientData ObjectType="Note"><x:Anchor>4, 15, 5, 2, 6, 31, 9, 9</x:Anchor><x:Row>5</x:Row><x:Column>3</x:Column></x:ClientData>')}${vmlShape('_x0000_s1026', '<x:ClientData ObjectType="Checkbox"><x:Anchor>6, 0, 5, 0, 7, 0, 6, 0</x:Anchor><x:FmlaLink>$H$6</x:FmlaLink></x:ClientData>')}</xml>`,
        },
        rId4: {
          type: `${MS}/2017/10/relationships/threadedComment`,
          part: 'xl/threadedComments/threadedComment1.xml',
          contentType: 'application/vnd.ms-excel.threadedcomments+xml',
          text: `${XML}<ThreadedComments xmlns="${MS}/spreadsheetml/2018/threadedcomments"><threadedComment ref="D6" dT="2025-06-01T00:00:00.00" personId="{00000000-0002-4000-8000-000000000001}" id="{00000000-0003-4000-8000-000000000001}"><text>核对</text></threadedComment></ThreadedComments>`,
        },
        rId5: {
          type: 'vmlDrawing',
          part: 'xl/drawings/vmlDrawing2.vml',
          text: `${VML_HEAD}<v:shape id="LF" type="#_x0000_t75" style='position:absolute'><v:imagedata o:relid="rId1" o:title="徽"/></v:shape></xml>`,
        },
        rId6: {
          type: 'ctrlProp',
          part: 'xl/ctrlProps/ctrlProp1.xml',
          contentType: 'application/vnd.ms-excel.controlproperties+xml',
          text: `${XML}<formControlPr xmlns="${X14}" objectType="CheckBox" fmlaLink="$H$6" lockText="1"/>`,
        },
        rIdP: {
          type: 'printerSettings',
          part: 'xl/printerSettings/printerSettings1.bin',
          text: 'printer',
          contentType: `${SML}.printerSettings`,
        },
      },
    },
    {
      name: '统计',
      rows: [
        '<row r="1"><c r="A1" t="inlineStr"><is><t>项目</t></is></c><c r="B1" t="inlineStr"><is><t>值</t></is></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><t>总数</t></is></c><c r="B2"><f>台账!D6</f><v>0</v></c></row>',
        '<row r="3"><c r="A3" t="inlineStr"><is><t>平均</t></is></c><c r="B3"><f>AVERAGE(台账!D5:D5)</f><v>0</v></c></row>',
        '<row r="5"><c r="D5"><v>2</v></c><c r="E5"><f t="dataTable" ref="E6:E7" dt2D="0" dtr="0" r1="D5"/><v>0</v></c></row>',
        '<row r="9"><c r="A9"><f>[1]Sheet1!$A$1</f><v>7</v></c></row>',
      ].join(''),
      after: '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
      related: {
        rId1: {
          type: 'table',
          part: 'xl/tables/table1.xml',
          contentType: `${SML}.table+xml`,
          text: `${XML}<table xmlns="${MAIN}" id="1" name="统计表" displayName="统计表" ref="A1:B3" totalsRowShown="0"><autoFilter ref="A1:B3"/><tableColumns count="2"><tableColumn id="1" name="项目"/><tableColumn id="2" name="值"/></tableColumns><tableStyleInfo name="街道表" showRowStripes="1"/></table>`,
        },
        rId2: {
          type: 'pivotTable',
          part: 'xl/pivotTables/pivotTable1.xml',
          contentType: `${SML}.pivotTable+xml`,
          text: `${XML}<pivotTableDefinition xmlns="${MAIN}" name="数据透视表1" cacheId="1" dataCaption="值"><location ref="G1:H3" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="5"><pivotField axis="axisRow" showAll="0"><items count="1"><item t="default"/></items></pivotField><pivotField showAll="0"/><pivotField showAll="0"/><pivotField dataField="1" showAll="0"/><pivotField showAll="0"/></pivotFields></pivotTableDefinition>`,
          related: {},
        },
      },
    },
    {
      name: '代码',
      state: 'hidden',
      rows: '<row r="1"><c r="A1" t="inlineStr"><is><t>甲社区</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>乙社区</t></is></c></row><row r="6"><c r="E6"><v>1</v></c></row>',
    },
    { name: '底稿', state: 'veryHidden', rows: '<row r="1"><c r="A1"><v>1</v></c></row>' },
  ],
  names: {
    明细: '台账!$A$5:$D$5',
    税率: '0.13',
    '0:_xlnm.Print_Area': '台账!$A$1:$H$10',
    '0:_xlnm.Print_Titles': '台账!$A:$B,台账!$4:$4',
    '0:_xlnm._FilterDatabase': '台账!$A$4:$E$5',
    '1:本表': '统计!$B$2',
  },
  workbook:
    '<calcPr calcId="191029" iterate="1"/><customWorkbookViews><customWorkbookView name="领导" guid="{6E8A1C2B-0000-4000-8000-000000000001}" windowWidth="1" windowHeight="1" activeSheetId="1"/></customWorkbookViews><pivotCaches><pivotCache cacheId="1" r:id="rIdCache"/></pivotCaches>',
  related: {
    rIdTheme: {
      type: 'theme',
      part: 'xl/theme/theme1.xml',
      contentType: 'application/vnd.openxmlformats-officedocument.theme+xml',
      text: `${XML}<a:theme xmlns:a="${A}" name="Office"><a:themeElements><a:clrScheme name="街道"/></a:themeElements></a:theme>`,
    },
    rIdCache: {
      type: 'pivotCacheDefinition',
      part: 'xl/pivotCache/pivotCacheDefinition1.xml',
      contentType: `${SML}.pivotCacheDefinition+xml`,
      text: `${XML}<pivotCacheDefinition xmlns="${MAIN}" xmlns:r="${OFFICE}" r:id="rId1" recordCount="1"><cacheSource type="worksheet"><worksheetSource ref="A4:E5" sheet="台账"/></cacheSource><cacheFields count="1"><cacheField name="社区" numFmtId="0"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>`,
      related: {
        rId1: {
          type: 'pivotCacheRecords',
          part: 'xl/pivotCache/pivotCacheRecords1.xml',
          contentType: `${SML}.pivotCacheRecords+xml`,
          text: `${XML}<pivotCacheRecords xmlns="${MAIN}" count="1"><r><s v="甲"/></r></pivotCacheRecords>`,
        },
      },
    },
    rIdPersons: {
      type: `${MS}/2017/10/relationships/person`,
      part: 'xl/persons/person.xml',
      contentType: 'application/vnd.ms-excel.person+xml',
      text: `${XML}<personList xmlns="${MS}/spreadsheetml/2018/threadedcomments"><person displayName="审核员" id="{00000000-0002-4000-8000-000000000001}"/></personList>`,
    },
    rIdExternal: {
      type: 'externalLink',
      part: 'xl/externalLinks/externalLink1.xml',
      contentType: `${SML}.externalLink+xml`,
      text: `${XML}<externalLink xmlns="${MAIN}"><externalBook xmlns:r="${OFFICE}" r:id="rId1"><sheetNames><sheetName val="Sheet1"/></sheetNames></externalBook></externalLink>`,
    },
    rIdChain: {
      type: 'calcChain',
      part: 'xl/calcChain.xml',
      contentType: `${SML}.calcChain+xml`,
      text: `${XML}<calcChain xmlns="${MAIN}"><c r="D6" i="1"/></calcChain>`,
    },
  },
  parts: {
    'docProps/custom.xml': `${XML}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>`,
    'docProps/core.xml': `${XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>`,
    'docProps/app.xml': `${XML}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Microsoft Excel</Application></Properties>`,
    'customXml/item1.xml': '<街道 xmlns="urn:x">1</街道>',
    'customXml/itemProps1.xml':
      '<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>',
    'xl/metadata.xml': `${XML}<metadata xmlns="${MAIN}"/>`,
  },
};

/** What must be found after three rows went in place of the sample: feature, part, and how it reads then. */
export const RICH_FEATURES: readonly (readonly [feature: string, part: string, reads: string])[] = [
  ['fonts', 'xl/styles.xml', '<name val="黑体"/>'],
  ['fills', 'xl/styles.xml', '<fgColor rgb="FFFFF2CC"/>'],
  ['borders', 'xl/styles.xml', '<left style="thin"/>'],
  ['number formats', 'xl/styles.xml', 'formatCode="#,##0.00&quot;元&quot;"'],
  ['alignment and rotation', 'xl/styles.xml', 'textRotation="255"'],
  ['named cell styles', 'xl/styles.xml', '<cellStyle name="报表标题" xfId="1"/>'],
  ['differential formats', 'xl/styles.xml', '<dxfs count="2">'],
  ['table styles', 'xl/styles.xml', '<tableStyle name="街道表"'],
  ['theme', 'xl/theme/theme1.xml', '<a:clrScheme name="街道"/>'],
  [
    'rich text',
    'xl/sharedStrings.xml',
    '<r><rPr><b/><sz val="16"/></rPr><t>望江街道</t></r><r><rPr><sz val="16"/></rPr>',
  ],
  ['phonetic hints', 'xl/sharedStrings.xml', '<rPh sb="0" eb="2">'],
  ['column widths', 'xl/worksheets/sheet1.xml', '<col min="1" max="2" width="15" customWidth="1"/>'],
  ['hidden columns', 'xl/worksheets/sheet1.xml', 'hidden="1" customWidth="1"/>'],
  ['row heights', 'xl/worksheets/sheet1.xml', '<row r="10" ht="40" customHeight="1">'],
  ['sample row heights', 'xl/worksheets/sheet1.xml', '<row r="7" ht="22.5" customHeight="1" outlineLevel="1">'],
  ['hidden rows', 'xl/worksheets/sheet1.xml', '<row r="2" hidden="1">'],
  ['outline', 'xl/worksheets/sheet1.xml', '<outlinePr summaryBelow="0"/>'],
  ['tab colour', 'xl/worksheets/sheet1.xml', '<tabColor rgb="FFFF0000"/>'],
  ['grid lines and zoom', 'xl/worksheets/sheet1.xml', 'showGridLines="0" zoomScale="85"'],
  ['frozen panes', 'xl/worksheets/sheet1.xml', '<pane xSplit="2" ySplit="4" topLeftCell="C5"'],
  ['merged cells', 'xl/worksheets/sheet1.xml', '<mergeCell ref="A1:F1"/><mergeCell ref="A10:F11"/>'],
  ['sheet protection', 'xl/worksheets/sheet1.xml', '<sheetProtection sheet="1"'],
  ['protected ranges', 'xl/worksheets/sheet1.xml', '<protectedRange sqref="A5:E7" name="可填"/>'],
  ['scenarios', 'xl/worksheets/sheet1.xml', '<inputCells r="D8" val="1"/>'],
  ['autofilter', 'xl/worksheets/sheet1.xml', '<autoFilter ref="A4:E7"/>'],
  [
    'custom views',
    'xl/worksheets/sheet1.xml',
    '<selection activeCell="B8" sqref="B8"/><rowBreaks count="1" manualBreakCount="1"><brk id="8"',
  ],
  [
    'conditional formats',
    'xl/worksheets/sheet1.xml',
    '<conditionalFormatting sqref="D5:E7"><cfRule type="cellIs" dxfId="0" priority="1" operator="greaterThan"><formula>D$8</formula>',
  ],
  ['colour scales', 'xl/worksheets/sheet1.xml', '<colorScale>'],
  ['icon sets of extensions', 'xl/worksheets/sheet1.xml', '<xm:f>$D$8</xm:f></x14:cfvo>'],
  ['drop-downs', 'xl/worksheets/sheet1.xml', 'sqref="C5:C7"><formula1>"男,女"'],
  [
    'drop-downs of extensions',
    'xl/worksheets/sheet1.xml',
    '<xm:f>代码!$A$1:$A$2</xm:f></x14:formula1><xm:sqref>A5:A7</xm:sqref>',
  ],
  ['sparklines', 'xl/worksheets/sheet1.xml', '<xm:f>台账!D7:E7</xm:f><xm:sqref>G7</xm:sqref>'],
  ['hyperlinks', 'xl/worksheets/sheet1.xml', '<hyperlink ref="A12" r:id="rIdH" tooltip="政策"/>'],
  ['links inside', 'xl/worksheets/sheet1.xml', '<hyperlink ref="B12" location="台账!A8"'],
  [
    'page set-up',
    'xl/worksheets/sheet1.xml',
    '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0" r:id="rIdP"/>',
  ],
  [
    'headers and footers',
    'xl/worksheets/sheet1.xml',
    '<oddHeader>&amp;C望江街道&amp;R第 &amp;P 页</oddHeader><oddFooter>&amp;L&amp;G</oddFooter><evenHeader>',
  ],
  ['row breaks', 'xl/worksheets/sheet1.xml', '</headerFooter><rowBreaks count="1" manualBreakCount="1"><brk id="8"'],
  ['column breaks', 'xl/worksheets/sheet1.xml', '<colBreaks count="1" manualBreakCount="1"><brk id="6"'],
  ['ignored errors', 'xl/worksheets/sheet1.xml', '<ignoredError sqref="B5:B7"'],
  ['array formulas', 'xl/worksheets/sheet1.xml', '<f t="array" ref="F6">SUM(D6:E6*{1,1})</f><v>60</v>'],
  ['shared formulas', 'xl/worksheets/sheet1.xml', '<f>SUM(E5:E7)</f><v>120</v>'],
  ['3-D formulas', 'xl/worksheets/sheet1.xml', '<f>SUM(台账!E8,统计:代码!E6)</f><v>121</v>'],
  ['form controls in the sheet', 'xl/worksheets/sheet1.xml', '<xdr:row>7</xdr:row><xdr:rowOff>0</xdr:rowOff></from>'],
  ['form controls', 'xl/ctrlProps/ctrlProp1.xml', 'fmlaLink="$H$8"'],
  ['comments', 'xl/comments1.xml', '<comment ref="D8" authorId="0">'],
  ['comment boxes', 'xl/drawings/vmlDrawing1.vml', '<x:Anchor>4, 15, 7, 2, 6, 31, 11, 9</x:Anchor><x:Row>7</x:Row>'],
  ['threaded comments', 'xl/threadedComments/threadedComment1.xml', 'ref="D8"'],
  ['people', 'xl/persons/person.xml', 'displayName="审核员"'],
  ['header pictures', 'xl/drawings/vmlDrawing2.vml', 'o:title="徽"'],
  [
    'pictures',
    'xl/drawings/drawing1.xml',
    '<xdr:row>9</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>11</xdr:row>',
  ],
  ['text boxes', 'xl/drawings/drawing1.xml', '<a:t>填报单位：望江街道</a:t>'],
  [
    'charts',
    'xl/charts/chart1.xml',
    '<c:f>台账!$D$5:$D$7</c:f><c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="3"/><c:pt idx="0"><c:v>10</c:v></c:pt>',
  ],
  ['chart titles', 'xl/charts/chart1.xml', '<a:t>望江街道各社区</a:t>'],
  ['media', 'xl/media/image1.png', 'png'],
  ['tables', 'xl/tables/table1.xml', 'ref="A1:B3" totalsRowShown="0"'],
  ['pivot tables', 'xl/pivotTables/pivotTable1.xml', 'name="数据透视表1"'],
  ['pivot sources', 'xl/pivotCache/pivotCacheDefinition1.xml', '<worksheetSource ref="A4:E7" sheet="台账"/>'],
  ['pivot records', 'xl/pivotCache/pivotCacheRecords1.xml', '<s v="甲"/>'],
  ['what-if tables', 'xl/worksheets/sheet2.xml', '<f t="dataTable" ref="E6:E7" dt2D="0" dtr="0" r1="D5"/>'],
  ['external links', 'xl/externalLinks/externalLink1.xml', '<sheetName val="Sheet1"/>'],
  ['formulas to other workbooks', 'xl/worksheets/sheet2.xml', '<f>[1]Sheet1!$A$1</f><v>7</v>'],
  ['hidden sheets', 'xl/workbook.xml', 'state="hidden"'],
  ['very hidden sheets', 'xl/workbook.xml', 'state="veryHidden"'],
  ['constants as names', 'xl/workbook.xml', '<definedName name="税率">0.13</definedName>'],
  ['names of a sheet', 'xl/workbook.xml', '<definedName name="本表" localSheetId="1">统计!$B$2</definedName>'],
  ['print areas', 'xl/workbook.xml', '台账!$A$1:$H$12'],
  ['print titles', 'xl/workbook.xml', '台账!$A:$B,台账!$4:$4'],
  ['calculation settings', 'xl/workbook.xml', '<calcPr calcId="191029" iterate="1" fullCalcOnLoad="1"/>'],
  ['workbook views', 'xl/workbook.xml', '<customWorkbookView name="领导"'],
  ['printer settings', 'xl/printerSettings/printerSettings1.bin', 'printer'],
  ['document properties', 'docProps/core.xml', 'coreProperties'],
  ['custom properties', 'docProps/custom.xml', 'custom-properties'],
  ['custom XML', 'customXml/item1.xml', '<街道 xmlns="urn:x">1</街道>'],
  ['metadata', 'xl/metadata.xml', '<metadata'],
];
