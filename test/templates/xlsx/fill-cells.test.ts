import { describe, expect, it } from 'vitest';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { filled, PLAIN_STYLES, rowXml, type TemplateText, templateBytes } from './template-fixture.ts';

const STRINGS =
  '<si><t>{{街道}}人口台账</t></si><si><t>不变</t></si><si><r><rPr><b/></rPr><t>截至{{</t></r><r><t>日期}}止</t></r></si>';

const template: TemplateText = {
  sheets: [
    {
      name: '台账',
      rows: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>${rowXml(2, ['合计', '=SUM(B3:B4)', '=B2*2', '=1+1'])}<row r="3"><c r="B3" s="3"><v>1</v></c><c r="C3" s="1"/><c r="D3" s="2"/></row><row r="4" s="4" customFormat="1"><c r="B4"><v>2</v></c></row>`,
      after: '<headerFooter><oddHeader>&amp;C{{街道}}</oddHeader></headerFooter>',
    },
    { name: "1月 '报'", rows: rowXml(1, ['=台账!B2+1']) },
  ],
  strings: STRINGS,
  names: { 单价: '台账!$B$3', 块: '台账!$B$3:$C$4', 常数: '3', '0:本地': '台账!$D$3' },
  parts: { 'customXml/item1.xml': '<root>不动</root>', 'xl/media/image1.png': Buffer.from([1, 2, 3]) },
};

describe('filling cells', () => {
  it('sets numbers, texts, booleans and blanks and keeps styles', async () => {
    const out = await filled(template, {
      cells: { B3: 12.5, '台账!C3': '110105194912310021', A4: true, B4: null },
    });
    expect(await out.cell('B3')).toBe('<c r="B3" s="3"><v>12.5</v></c>');
    expect(await out.cell('C3')).toBe('<c r="C3" s="1" t="inlineStr"><is><t>110105194912310021</t></is></c>');
    expect(await out.cell('A4')).toBe('<c r="A4" s="4" t="b"><v>1</v></c>');
    expect(await out.cell('B4')).toBe('<c r="B4"/>');
  });

  it('leaves a cell alone when its value is undefined', async () => {
    const out = await filled(template, { cells: { B3: undefined } });
    expect(out.result.parts.changed).toEqual([]);
  });

  it('writes by defined name: a value, a block, a name of the sheet', async () => {
    const out = await filled(template, {
      names: {
        块: [
          [7, 8],
          [undefined, '=x'],
        ],
        本地: 9,
      },
    });
    expect(await out.value('B3')).toBe('7');
    expect(await out.value('C3')).toBe('8');
    expect(await out.value('B4')).toBe('2');
    expect(await out.value('C4')).toBe('=x');
    expect(await out.value('D3')).toBe('9');
  });

  it('keeps text that looks like a formula as text, in a style that says so', async () => {
    const out = await filled(template, { cells: { B3: '=1+1', C3: '-', D3: '+86', A5: '@x', B5: 'a=b' } });
    const styles = await out.part('xl/styles.xml');
    const xfs = [...styles.slice(styles.indexOf('<cellXfs')).matchAll(/<xf .*?\/>/g)].map(([xf]) => xf);
    for (const address of ['B3', 'C3', 'D3', 'A5']) {
      const style = Number(/s="(\d+)"/.exec(await out.cell(address))![1]);
      expect(xfs[style]).toContain('quotePrefix="1"');
    }
    expect(await out.cell('B5')).toBe('<c r="B5" t="inlineStr"><is><t>a=b</t></is></c>');
    expect(styles).toContain('<cellXfs count="9">');
  });

  it('writes a date as a date, in a text cell as text', async () => {
    const day = new Date('2025-06-01T00:00:00Z');
    const out = await filled(template, { cells: { D3: day, C3: day, B3: day, A3: new Date('2025-06-01T12:00:00Z') } });
    expect(await out.cell('D3')).toBe('<c r="D3" s="2"><v>45809</v></c>');
    expect(await out.value('C3')).toBe('2025-06-01');
    expect(await out.value('A3')).toBe('45809.5');
    const styles = await out.part('xl/styles.xml');
    const xfs = [...styles.slice(styles.indexOf('<cellXfs')).matchAll(/<xf .*?\/>/g)].map(([xf]) => xf);
    expect(xfs[Number(/s="(\d+)"/.exec(await out.cell('B3'))![1])]).toContain('numFmtId="14"');
    expect(xfs[Number(/s="(\d+)"/.exec(await out.cell('A3'))![1])]).toContain('numFmtId="22"');
  });

  it('counts days from 1904 where the workbook does', async () => {
    const parts = { ...template, workbook: '' };
    const bytes = await templateBytes(parts);
    const zip = await openZip(bytes);
    const text = (await zip.readText('xl/workbook.xml')).replace('<sheets>', '<workbookPr date1904="1"/><sheets>');
    const sheet = { ...template, parts: { ...template.parts, 'xl/workbook.xml': text } };
    const out = await filled(sheet, { cells: { D3: new Date('2025-06-01T00:00:00Z') } });
    expect(await out.value('D3')).toBe(String(45809 - 1462));
  });

  it('refuses what a cell cannot hold', async () => {
    const refuses = (value: unknown) => expect(filled(template, { cells: { B3: value as string } })).rejects;
    await refuses(Number.NaN).toMatchObject({ code: 'templates.xlsx.value', details: { where: '台账!B3' } });
    await refuses(Number.POSITIVE_INFINITY).toMatchObject({ code: 'templates.xlsx.value' });
    await refuses('字'.repeat(32_768)).toMatchObject({ code: 'templates.xlsx.value' });
    await refuses(new Date(Number.NaN)).toMatchObject({ code: 'templates.xlsx.value' });
    await refuses({ formula: '1' }).toMatchObject({ code: 'templates.xlsx.value' });
    await expect(filled(template, { cells: { B3: '字'.repeat(32_767) } })).resolves.toBeDefined();
  });

  it('says which sheets and names there are when one is missing', async () => {
    await expect(filled(template, { cells: { '没有!B3': 1 } })).rejects.toMatchObject({
      code: 'templates.xlsx.noSuchSheet',
    });
    await expect(filled(template, { names: { 没有: 1 } })).rejects.toMatchObject({
      code: 'templates.xlsx.fill.name',
      details: { names: ['单价', '块', '常数', '台账!本地'] },
    });
    await expect(filled(template, { names: { 常数: 1 } })).rejects.toMatchObject({ code: 'templates.xlsx.fill.place' });
    await expect(filled(template, { names: { 单价: [[1, 2]] } })).rejects.toMatchObject({
      code: 'templates.xlsx.fill.block',
    });
    await expect(filled(template, { cells: { 'B3:C4': 1 } })).rejects.toMatchObject({
      code: 'templates.xlsx.fill.place',
    });
  });

  it('finds a sheet whose name needs quotes', async () => {
    const out = await filled(template, { cells: { "'1月 ''报'''!C1": 5, "1月 '报'!D1": 6 } });
    expect(await out.value('C1', 2)).toBe('5');
    expect(await out.value('D1', 2)).toBe('6');
  });

  it('keeps control characters, escapes and lone surrogates readable', async () => {
    const out = await filled(template, { cells: { B3: 'a\u0001b_x0041_\r\n c', C3: 'x\ud800y' } });
    expect(await out.cell('B3')).toContain('<t xml:space="preserve">a_x0001_b_x005F_x0041__x000D_\n c</t>');
    expect(await out.value('C3')).toBe('x\ufffdy');
  });
});

describe('placeholders in text', () => {
  it('are replaced in shared strings, keeping runs, and in headers', async () => {
    const out = await filled(template, { text: { 街道: '望江 & 街道', 日期: 20250601, 多余: 'x' } });
    const strings = await out.part('xl/sharedStrings.xml');
    expect(strings).toContain('<si><t>望江 &amp; 街道人口台账</t></si><si><t>不变</t></si>');
    expect(strings).toContain('<r><rPr><b/></rPr><t>截至20250601</t></r><r><t>止</t></r>');
    expect(await out.sheet()).toContain('<oddHeader>&amp;C望江 &amp;&amp; 街道</oddHeader>');
    expect(out.result.warnings).toEqual([]);
  });

  it('that have no value stay and are told', async () => {
    const out = await filled(template, { text: { 街道: '望江' } });
    expect(await out.part('xl/sharedStrings.xml')).toContain('截至{{');
    expect(out.result.warnings.map(({ code, where }) => [code, where])).toEqual([['placeholder', '{{日期}}']]);
  });

  it('do not reach into values the data brings', async () => {
    const out = await filled(template, { text: { 街道: '望江' }, cells: { B3: '{{街道}}' } });
    expect(await out.value('B3')).toBe('{{街道}}');
  });
});

describe('everything else', () => {
  it('is copied with its compressed bytes', async () => {
    const bytes = await templateBytes(template);
    const out = await filled(bytes, { cells: { B3: 1 } });
    const [before, after] = [await openZip(bytes), await openZip(out.bytes)];
    const untouched = before.entries.map(({ name }) => name).filter((name) => !out.result.parts.changed.includes(name));
    expect(untouched).toEqual(out.result.parts.copied);
    expect(untouched).toContain('xl/sharedStrings.xml');
    expect(untouched).toContain('customXml/item1.xml');
    for (const name of untouched) {
      const [a, b] = [await before.raw(name), await after.raw(name)];
      expect(b.compressed.equals(a.compressed), name).toBe(true);
      expect({ ...b, compressed: 0 }).toEqual({ ...a, compressed: 0 });
    }
    expect(after.entries.map(({ name }) => name)).toEqual(before.entries.map(({ name }) => name));
  });

  it('is the whole file when there is nothing to fill', async () => {
    const bytes = await templateBytes(template);
    const out = await filled(bytes, {});
    expect(out.result.parts.changed).toEqual([]);
    expect(out.bytes.equals(bytes)).toBe(true);
  });

  it('keeps rows that do not change as they were written', async () => {
    const odd = {
      ...template,
      sheets: [{ name: '表', rows: '<row  r=\'1\' ht = "20" ><c r=\'A1\'  s="3" ><v>1</v></c></row><row r="2"/>' }],
    };
    const out = await filled(odd, { cells: { A2: 1 } });
    expect(await out.sheet()).toContain('<row  r=\'1\' ht = "20" ><c r=\'A1\'  s="3" ><v>1</v></c></row>');
  });
});

describe('kept results', () => {
  it('of formulas that read a changed cell are computed anew, on every sheet, and no others', async () => {
    const out = await filled(template, { cells: { B3: 10 } });
    expect(await out.value('B2')).toBe('12');
    expect(await out.value('C2')).toBe('24');
    expect(await out.value('D2')).toBe('0');
    expect(await out.value('A1', 2)).toBe('13');
  });

  it('are left to whoever opens the file, which is asked to calculate', async () => {
    const out = await filled(template, { cells: { B3: 10 } });
    expect(await out.part('xl/workbook.xml')).toContain('</definedNames><calcPr fullCalcOnLoad="1"/></workbook>');
    const withSettings = { ...template, workbook: '<calcPr calcId="191029"/>' };
    const other = await filled(withSettings, { cells: { B3: 10 } });
    expect(await other.part('xl/workbook.xml')).toContain('<calcPr calcId="191029" fullCalcOnLoad="1"/>');
  });

  it('lose the chain of calculation with its relation and content type', async () => {
    const chained: TemplateText = {
      ...template,
      related: {
        rIdChain: {
          type: 'calcChain',
          part: 'xl/calcChain.xml',
          contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml',
          text: '<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="B2" i="1"/></calcChain>',
        },
      },
    };
    const out = await filled(chained, { cells: { B3: 10 } });
    expect(await out.names()).not.toContain('xl/calcChain.xml');
    expect(await out.part('[Content_Types].xml')).not.toContain('calcChain');
    expect(await out.part('xl/_rels/workbook.xml.rels')).not.toContain('calcChain');
    expect(out.result.parts.removed).toEqual(['xl/calcChain.xml']);
  });

  it('are dropped, and told, where they are not certain', async () => {
    const unknown = {
      ...template,
      sheets: [{ name: '台账', rows: rowXml(1, [1, '=BAHTTEXT(A1)', '=B1&"x"', '=INDIRECT("A1")', '=NOW()']) }],
      names: {},
    };
    const out = await filled(unknown, { cells: { A1: 2 } });
    expect(await out.cell('B1')).toBe('<c r="B1"><f>BAHTTEXT(A1)</f></c>');
    expect(await out.cell('C1')).toBe('<c r="C1"><f>B1&amp;"x"</f></c>');
    expect(await out.cell('D1')).toBe('<c r="D1"><f>INDIRECT("A1")</f></c>');
    expect(await out.value('E1')).toBe('0');
    expect(out.result.warnings[0]).toMatchObject({ code: 'valueDropped', where: '台账!B1' });
  });

  it('of a shared formula stay right when its first cell is overwritten', async () => {
    const shared = {
      ...template,
      names: {},
      sheets: [
        {
          name: '台账',
          rows: '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*$A$1</f><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/><v>2</v></c></row><row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="shared" si="0"/><v>3</v></c></row>',
        },
      ],
    };
    const out = await filled(shared, { cells: { B1: 5, A2: 4 } });
    expect(await out.cell('B2')).toBe('<c r="B2"><f>A2*$A$1</f><v>4</v></c>');
    expect(await out.cell('B3')).toBe('<c r="B3"><f>A3*$A$1</f><v>3</v></c>');
    const kept = await filled(shared, { cells: { A1: 10 } });
    expect(await kept.cell('B2')).toBe('<c r="B2"><f t="shared" si="0"/><v>20</v></c>');
  });

  it('of an array formula cannot be overwritten in part', async () => {
    const array = {
      ...template,
      names: {},
      sheets: [
        {
          name: '台账',
          rows: '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="array" ref="B1:C1">A1*{1,2}</f><v>1</v></c><c r="C1"><v>2</v></c><c r="D1"><f t="array" ref="D1">SUM(A1*{1,2})</f><v>3</v></c></row>',
        },
      ],
    };
    await expect(filled(array, { cells: { C1: 5 } })).rejects.toMatchObject({ code: 'templates.xlsx.fill.array' });
    const out = await filled(array, { cells: { A1: 2 } });
    expect(await out.value('D1')).toBe('6');
    expect(await out.cell('B1')).toBe('<c r="B1"><f t="array" ref="B1:C1">A1*{1,2}</f></c>');
    expect(await out.cell('C1')).toBe('<c r="C1"/>');
  });
});

it('a workbook whose elements carry a prefix is filled alike', async () => {
  const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const out = await filled(
    {
      ...template,
      styles: PLAIN_STYLES,
      parts: {
        'xl/worksheets/sheet1.xml': `<x:worksheet xmlns:x="${MAIN}"><x:sheetData><x:row r="3"><x:c r="B3" s="3"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
      },
    },
    { cells: { B3: '字', B4: 2 } },
  );
  expect(await out.sheet()).toContain(
    '<x:row r="3"><x:c r="B3" s="3" t="inlineStr"><x:is><x:t>字</x:t></x:is></x:c></x:row><x:row r="4"><x:c r="B4"><x:v>2</x:v></x:c></x:row>',
  );
});
