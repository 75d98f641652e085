import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellInput, RowInput } from '../../../templates/xlsx/fill.ts';
import { openWorkbook } from '../../../templates/xlsx/index.ts';
import { filled, rowXml, type TemplateText } from './template-fixture.ts';

/** Sample row 5 between a header and a sum; a second sheet that looks at it. */
const ledger: TemplateText = {
  sheets: [
    {
      name: '台账',
      rows: [
        rowXml(2, [null, null, '=SUM(C5)', '=SUM(D5:D5)']),
        rowXml(4, ['序号', '姓名', '数量', '金额', '占比', '累计']),
        '<row r="5" ht="30" customHeight="1" outlineLevel="1"><c r="A5" s="4"><f>ROW()-4</f><v>1</v></c><c r="B5" s="1"/><c r="C5" s="3"><v>2</v></c><c r="D5" s="3"><f>C5*$H$1</f><v>0</v></c><c r="E5"><f>D5/D$6</f><v>0</v></c><c r="F5"><f>SUM(D$5:D5)</f><v>0</v></c><c r="G5" t="inlineStr"><is><t>元</t></is></c></row>',
        rowXml(6, ['合计', '=COUNTA(B5:B5)', '=SUM(C5:C5)', '=SUM(D5:D5)']),
        rowXml(7, ['说明']),
      ].join(''),
      before: '<dimension ref="A1:H7"/>',
    },
    {
      name: '汇总',
      rows: rowXml(1, ['=台账!D6', '=SUM(台账!C5:C5)', '=VLOOKUP("乙",台账!B5:D5,2,FALSE)', '=台账!C4']),
    },
  ],
  names: { 明细: '台账!$B$5:$C$5', 单价: '台账!$H$1' },
};

const three: RowInput[] = [
  ['甲', 1],
  ['乙', 2],
  ['=丙', 3],
];

describe('data rows in place of the sample row', () => {
  it('take its style, height, outline and constants; formulas are filled down', async () => {
    const out = await filled(ledger, { rows: { 明细: three }, names: { 单价: 10 } });
    const sheet = await out.sheet();
    for (const row of [5, 6, 7]) expect(sheet).toContain(`<row r="${row}" ht="30" customHeight="1" outlineLevel="1">`);
    expect(await out.cell('B6')).toBe('<c r="B6" s="1" t="inlineStr"><is><t>乙</t></is></c>');
    expect(await out.cell('C6')).toBe('<c r="C6" s="3"><v>2</v></c>');
    expect(await out.cell('D7')).toBe('<c r="D7" s="3"><f>C7*$H$1</f><v>30</v></c>');
    expect(await out.formula('E7')).toBe('D7/D$8');
    expect(await out.value('E7')).toBe('0.5');
    expect(await out.formula('F7')).toBe('SUM(D$5:D7)');
    expect(await out.value('F7')).toBe('60');
    expect(await out.value('A7')).toBe('3');
    expect(await out.cell('A7')).toContain('s="4"');
    expect(await out.value('G7')).toBe('元');
    expect(sheet).toContain('<dimension ref="A1:H9"/>');
    expect(out.result.rows).toEqual({ 明细: 3 });
  });

  it('are summed by the footers, above and on other sheets, without a stale total', async () => {
    const out = await filled(ledger, { rows: { 明细: three }, names: { 单价: 10 } });
    expect([await out.formula('C2'), await out.value('C2')]).toEqual(['SUM(C5:C7)', '6']);
    expect([await out.formula('C8'), await out.value('C8')]).toEqual(['SUM(C5:C7)', '6']);
    expect([await out.formula('D8'), await out.value('D8')]).toEqual(['SUM(D5:D7)', '60']);
    expect([await out.formula('B8'), await out.value('B8')]).toEqual(['COUNTA(B5:B7)', '3']);
    expect([await out.formula('A1', 2), await out.value('A1', 2)]).toEqual(['台账!D8', '60']);
    expect([await out.formula('B1', 2), await out.value('B1', 2)]).toEqual(['SUM(台账!C5:C7)', '6']);
    expect([await out.formula('C1', 2), await out.value('C1', 2)]).toEqual(['VLOOKUP("乙",台账!B5:D7,2,FALSE)', '2']);
    expect(await out.formula('D1', 2)).toBe('台账!C4');
    expect(await out.part('xl/workbook.xml')).toContain('<definedName name="明细">台账!$B$5:$C$7</definedName>');
  });

  it('may leave a sample cell as it is, or empty it', async () => {
    const rows: CellInput[][] = [['甲', undefined], ['乙', null], ['丙']];
    const out = await filled(ledger, { rows: { 明细: rows } });
    expect(await out.cell('C5')).toBe('<c r="C5" s="3"><v>2</v></c>');
    expect(await out.cell('C6')).toBe('<c r="C6" s="3"/>');
    expect(await out.cell('C7')).toBe('<c r="C7" s="3"><v>2</v></c>');
  });

  it('may be one', async () => {
    const out = await filled(ledger, { rows: { 明细: [['甲', 7]] } });
    expect(await out.value('C5')).toBe('7');
    expect(await out.formula('C6')).toBe('SUM(C5:C5)');
    expect(await out.value('C6')).toBe('7');
    expect(await out.value('A7')).toBe('说明');
  });

  it('may be none: one empty row stays, and totals are zero, not errors', async () => {
    const out = await filled(ledger, { rows: { 明细: [] } });
    expect(await out.cell('B5')).toBe('<c r="B5" s="1"/>');
    expect(await out.cell('C5')).toBe('<c r="C5" s="3"/>');
    expect([await out.formula('C6'), await out.value('C6')]).toEqual(['SUM(C5:C5)', '0']);
    expect(await out.value('B6')).toBe('0');
    expect(await out.sheet()).not.toContain('#REF!');
    expect(out.result.rows).toEqual({ 明细: 0 });
  });

  it('may come one by one', async () => {
    async function* slowly(): AsyncGenerator<RowInput> {
      for (const row of three) yield row;
    }
    const out = await filled(ledger, { rows: { 明细: slowly() } });
    expect(await out.value('C8')).toBe('6');
  });

  it('may be very many', async () => {
    const count = 100_000;
    function* many(): Generator<RowInput> {
      for (let i = 1; i <= count; i++) yield [`居民${i}`, i];
    }
    const out = await filled(ledger, { rows: { 明细: many() }, names: { 单价: 1 } });
    expect(await out.value(`C${count + 5}`)).toBe(String((count * (count + 1)) / 2));
    expect(await out.value(`F${count + 4}`)).toBe(String((count * (count + 1)) / 2));
    expect(await out.value('C1', 2)).toBe('#N/A');
    expect(out.result.rows).toEqual({ 明细: count });
    expect(out.result.warnings).toEqual([]);
  });

  it('are refused when they have more values than the sample has cells, or a value that cannot be written', async () => {
    await expect(filled(ledger, { rows: { 明细: [['甲', 1, 2]] } })).rejects.toMatchObject({
      code: 'templates.xlsx.value',
    });
    await expect(filled(ledger, { rows: { 明细: [['甲', Number.NaN]] } })).rejects.toMatchObject({
      code: 'templates.xlsx.value',
      details: { where: '明细 #1:2' },
    });
  });

  it('are refused when they do not fit on the sheet, or push something off it', async () => {
    const low = (row: number, rows: string): TemplateText => ({
      sheets: [{ name: '表', rows }],
      names: { 行: `表!$A$${row}` },
    });
    const four = [['a'], ['b'], ['c'], ['d']];
    const full = { code: 'templates.xlsx.fill.full' };
    const bottom = rowXml(1_048_574, ['x']);
    await expect(filled(low(1_048_574, bottom), { rows: { 行: four } })).rejects.toMatchObject(full);
    await expect(filled(low(1_048_574, bottom), { rows: { 行: four.slice(1) } })).resolves.toBeDefined();
    await expect(filled(low(9, `${rowXml(9, ['x'])}${bottom}`), { rows: { 行: four } })).rejects.toMatchObject(full);
  });
});

describe('several samples on a sheet', () => {
  const two: TemplateText = {
    sheets: [
      {
        name: '表',
        rows: [
          rowXml(1, ['=SUM(A2)+SUM(A5)']),
          rowXml(2, [1]),
          rowXml(3, ['=SUM(A2:A2)']),
          rowXml(5, [2, '=A5/A$3']),
          rowXml(6, ['=SUM(A5:A5)', '=SUM(A2:A5)']),
        ].join(''),
      },
    ],
    names: { 上: '表!$A$2', 下: '表!$A$5' },
  };

  it('grow each on its own', async () => {
    const out = await filled(two, { rows: { 上: [[1], [2], [3]], 下: [[10], [20]] } });
    expect([await out.formula('A1'), await out.value('A1')]).toEqual(['SUM(A2:A4)+SUM(A7:A8)', '36']);
    expect([await out.formula('A5'), await out.value('A5')]).toEqual(['SUM(A2:A4)', '6']);
    expect([await out.formula('B8'), await out.value('B8')]).toEqual(['A8/A$5', String(20 / 6)]);
    expect([await out.formula('A9'), await out.value('A9')]).toEqual(['SUM(A7:A8)', '30']);
    expect([await out.formula('B9'), await out.value('B9')]).toEqual(['SUM(A2:A8)', '42']);
  });

  it('stand side by side when they share their rows, the shorter one left empty below', async () => {
    const beside: TemplateText = {
      sheets: [{ name: '表', rows: rowXml(2, [0, 'x', 0, '=A2+C2']) + rowXml(3, ['=SUM(A2)', null, '=SUM(C2)']) }],
      names: { 左: '表!$A$2', 右: '表!$C$2' },
    };
    const out = await filled(beside, { rows: { 左: [[1], [2], [3]], 右: [[10]] } });
    expect(await out.value('A5')).toBe('6');
    expect(await out.value('C5')).toBe('10');
    expect(await out.cell('C3')).toBe('<c r="C3"/>');
    expect(await out.value('D2')).toBe('11');
    expect(await out.value('D4')).toBe('3');
  });

  it('must not overlap otherwise', async () => {
    const crossed = { ...two, names: { 上: '表!$A$2:$A$3', 下: '表!$A$3:$A$5' } };
    await expect(filled(crossed, { rows: { 上: [[1]], 下: [[1]] } })).rejects.toMatchObject({
      code: 'templates.xlsx.fill.overlap',
    });
  });
});

describe('a sample of several rows', () => {
  const record: TemplateText = {
    sheets: [
      {
        name: '表',
        rows: [
          rowXml(1, ['头']),
          rowXml(2, ['甲', 1, '=B2+B3']),
          rowXml(3, ['乙', 2]),
          rowXml(4, ['=SUM(B2)', '=SUM(B3)', '=SUM(B2:B3)']),
        ].join(''),
        after:
          '<mergeCells count="2"><mergeCell ref="D2:D3"/><mergeCell ref="A1:D1"/></mergeCells><dataValidations count="1"><dataValidation type="list" sqref="B3"><formula1>"是,否"</formula1></dataValidation></dataValidations><rowBreaks count="2" manualBreakCount="2"><brk id="2" max="16383" man="1"/><brk id="3" max="16383" man="1"/></rowBreaks>',
      },
    ],
    names: { 记录: '表!$A$2:$B$3' },
  };

  it('repeats as a record, with what belongs to one of its lines', async () => {
    const out = await filled(record, {
      rows: {
        记录: [
          ['a', 1, 'b', 2],
          ['c', 3, 'd', 4],
          ['e', 5, 'f', 6],
        ],
      },
    });
    expect([await out.value('A4'), await out.value('B4'), await out.value('A5'), await out.value('B5')]).toEqual([
      'c',
      '3',
      'd',
      '4',
    ]);
    expect([await out.formula('C6'), await out.value('C6')]).toEqual(['B6+B7', '11']);
    expect([await out.formula('A8'), await out.value('A8')]).toEqual(['SUM(B2,B4,B6)', '9']);
    expect([await out.formula('B8'), await out.value('B8')]).toEqual(['SUM(B3,B5,B7)', '12']);
    expect([await out.formula('C8'), await out.value('C8')]).toEqual(['SUM(B2:B7)', '21']);
    const sheet = await out.sheet();
    expect(sheet).toContain(
      '<mergeCells count="4"><mergeCell ref="D2:D3"/><mergeCell ref="D4:D5"/><mergeCell ref="D6:D7"/><mergeCell ref="A1:D1"/>',
    );
    expect(sheet).toContain('sqref="B3 B5 B7"');
    expect([...sheet.matchAll(/<brk id="(\d+)"/g)].map(([, id]) => id)).toEqual(['2', '4', '6', '7']);
    expect(sheet).toContain('<rowBreaks count="4" manualBreakCount="4">');
  });

  it('is a record however short its data, when cells are merged across its lines', async () => {
    const merged = {
      ...record,
      sheets: [{ ...record.sheets[0]!, after: record.sheets[0]!.after!.replace('ref="D2:D3"', 'ref="A2:A3"') }],
    };
    const out = await filled(merged, {
      rows: {
        记录: [
          ['a', 1],
          ['b', 2],
        ],
      },
    });
    expect([await out.value('A2'), await out.value('A4'), await out.value('B4')]).toEqual(['a', 'b', '2']);
    expect(await out.sheet()).toContain('<mergeCell ref="A2:A3"/><mergeCell ref="A4:A5"/>');
  });

  it('is a ruled form when the data comes line by line', async () => {
    const form: TemplateText = {
      sheets: [
        {
          name: '表',
          rows:
            [1, 2, 3, 4]
              .map((row) => `<row r="${row}" ht="${20 + row}"><c r="A${row}"/><c r="B${row}"/></row>`)
              .join('') + rowXml(5, ['=SUM(B1:B4)']),
        },
      ],
      names: { 行: '表!$A$1:$B$4' },
    };
    const lines = (count: number): RowInput[] => Array.from({ length: count }, (_, at) => [`${at}`, at + 1]);
    const heights = async (count: number) => {
      const out = await filled(form, { rows: { 行: lines(count) } });
      const sheet = await out.sheet();
      return {
        heights: [...sheet.matchAll(/ht="(\d+)"/g)].map(([, ht]) => Number(ht)),
        sum: await out.value(`A${count + 1}`),
        formula: await out.formula(`A${count + 1}`),
      };
    };
    expect(await heights(6)).toEqual({ heights: [21, 22, 23, 22, 23, 24], sum: '21', formula: 'SUM(B1:B6)' });
    expect(await heights(4)).toEqual({ heights: [21, 22, 23, 24], sum: '10', formula: 'SUM(B1:B4)' });
    expect(await heights(2)).toEqual({ heights: [21, 24], sum: '3', formula: 'SUM(B1:B2)' });
    const none = await filled(form, { rows: { 行: [] } });
    expect(await none.formula('A5')).toBe('SUM(B1:B4)');
    expect(await none.value('A5')).toBe('0');
  });
});

it('a sample row may be named as a whole row, or through a merged range', async () => {
  const whole: TemplateText = {
    sheets: [
      {
        name: '表',
        rows: rowXml(2, [1, 2, 3]) + rowXml(3, ['=SUM(A2)']),
        after: '<mergeCells count="1"><mergeCell ref="B2:C2"/></mergeCells>',
      },
    ],
    names: { 行: '表!$2:$2' },
  };
  const out = await filled(whole, { rows: { 行: [[5], [6, 7]] } });
  expect(await out.value('A4')).toBe('11');
  expect(await out.value('B2')).toBe('2');
  expect(await out.value('B3')).toBe('7');
  expect(await out.sheet()).toContain(
    '<mergeCells count="2"><mergeCell ref="B2:C2"/><mergeCell ref="B3:C3"/></mergeCells>',
  );
});

it('a merged cell that reaches out of the sample grows and shows its text once', async () => {
  const tall: TemplateText = {
    sheets: [
      {
        name: '表',
        rows: rowXml(2, ['类别', 1]) + rowXml(3, [null, 2]),
        after: '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>',
      },
    ],
    names: { 行: '表!$B$2' },
  };
  const out = await filled(tall, { rows: { 行: [[1], [2], [3]] } });
  expect(await out.sheet()).toContain('<mergeCell ref="A2:A5"/>');
  expect((await out.sheet()).match(/类别/g)).toHaveLength(1);
});

it('stops when told to', async () => {
  const { fillWorkbook } = await import('../../../templates/xlsx/fill.ts');
  const { templateBytes } = await import('./template-fixture.ts');
  const { collector } = await import('./collect.ts');
  const controller = new AbortController();
  function* rows(): Generator<RowInput> {
    for (let i = 0; i < 50_000; i++) {
      if (i === 5_000) controller.abort(new Error('enough'));
      yield ['x', i];
    }
  }
  const bytes = await templateBytes(ledger);
  const run = fillWorkbook(bytes, { rows: { 明细: rows() } }, collector().stream, { signal: controller.signal });
  await expect(run).rejects.toThrow('enough');
});

it('formulas saved without results are worked out, not taken for blank', async () => {
  const bare: TemplateText = {
    sheets: [
      {
        name: '表',
        rows: `${rowXml(1, [1])}<row r="2"><c r="A2"><f>SUM(别!A1:A2)</f></c><c r="B2"><f>A1+A2</f></c></row>`,
      },
      { name: '别', rows: `${rowXml(1, [5])}<row r="2"><c r="A2"><f>A1*2</f></c></row>` },
    ],
    names: { 行: '表!$A$1' },
  };
  const out = await filled(bare, { rows: { 行: [[1], [2]] } });
  expect([await out.value('A3'), await out.value('B3')]).toEqual(['15', '16']);
  expect(out.result.parts.copied).toContain('xl/worksheets/sheet2.xml');
});

it('whatever grows by whatever, sums, running sums and merges agree with a model', async () => {
  const sample = fc.record({
    gap: fc.integer({ min: 3, max: 5 }),
    lines: fc.integer({ min: 1, max: 3 }),
    data: fc.array(fc.integer({ min: -9, max: 99 }), { maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 4 }), async (samples) => {
      let row = 1;
      const rows: string[] = [];
      const names: Record<string, string> = {};
      const merges: string[] = [];
      const totals: string[] = [];
      for (const [at, { gap, lines }] of samples.entries()) {
        row += gap;
        const last = row + lines - 1;
        for (let line = row; line <= last; line++)
          rows.push(
            rowXml(line, [line === row ? 0 : null, `=A${row}*2`, line === row ? `=N(C${row - lines})+A${row}` : null]),
          );
        names[`样例${at}`] = `表!$A$${row}:$A$${last}`;
        if (lines > 1) merges.push(`<mergeCell ref="D${row}:D${last}"/>`);
        totals.push(`SUM(A${row}:A${last})`);
        rows.push(rowXml(last + 1, [`=SUM(A${row})`, `=SUM(B${row}:B${last})`, `=MAX(C${row}:C${last})`]));
        row = last + 2;
      }
      const template: TemplateText = {
        sheets: [
          {
            name: '表',
            rows: rows.join(''),
            after: merges.length > 0 ? `<mergeCells count="${merges.length}">${merges.join('')}</mergeCells>` : '',
          },
          { name: '汇总', rows: rowXml(1, [`=${totals.map((total) => total.replace('(A', '(表!A')).join('+')}`]) },
        ],
        names,
      };
      // Padded to the whole record, as a row as long as one line would be one line.
      const data = samples.map(
        ({ data, lines }, at) =>
          [`样例${at}`, data.map((value) => [value, ...Array.from({ length: lines - 1 }, () => null)])] as const,
      );
      const out = await filled(template, { rows: Object.fromEntries(data) });
      const workbook = await openWorkbook(out.bytes);
      const values: unknown[][] = [];
      for await (const { number, values: cells } of workbook.rows('表')) values[number] = [...cells];
      const merged = await workbook.merges('表');
      let at = 1;
      let mergeCount = 0;
      for (const { gap, lines, data: numbers } of samples) {
        at += gap;
        const records = Math.max(1, numbers.length);
        if (lines > 1) mergeCount += records;
        let running = 0;
        for (const [record, value] of numbers.entries()) {
          const line = at + record * lines;
          running += value;
          expect(values[line]!.slice(0, 3)).toEqual([value, value * 2, running]);
        }
        const foot = at + records * lines;
        const sum = numbers.reduce((total, value) => total + value, 0);
        expect(values[foot]!.slice(0, 2)).toEqual([sum, sum * 2 * lines]);
        at = foot + 1;
      }
      expect(merged).toHaveLength(mergeCount);
      await workbook.close();
      const all = samples.flatMap((one) => one.data).reduce((total, value) => total + value, 0);
      expect(await out.value('A1', 2)).toBe(String(all));
      expect(await out.sheet()).not.toContain('#REF!');
    }),
    { numRuns: 60 },
  );
});
