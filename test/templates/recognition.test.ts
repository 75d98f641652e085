import ExcelJS from 'exceljs';
import { describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../core/index.ts';
import { accepted } from '../../templates/matching.ts';
import { createRecogniser, type Recognition } from '../../templates/recognition.ts';
import { loadTemplates } from '../../templates/template.ts';
import { loadVocabulary } from '../../templates/vocabulary.ts';
import { openWorkbook } from '../../templates/xlsx/workbook.ts';

const catalogue = loadCatalogue();
const vocabulary = loadVocabulary(catalogue);
const templates = loadTemplates({ catalogue, vocabulary });
const recogniser = createRecogniser({ templates, catalogue, vocabulary });

/** The template as upstream might send it next time: without our names, and changed by hand. */
async function upload(
  id: string,
  change: (book: ExcelJS.Workbook, sheet: ExcelJS.Worksheet) => void,
): Promise<Recognition> {
  const { file, binding } = templates.get(id);
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  book.definedNames.model = [];
  change(book, book.getWorksheet(binding.sheet)!);
  return recogniseBook(book);
}

async function recogniseBook(book: ExcelJS.Workbook): Promise<Recognition> {
  const workbook = await openWorkbook(new Uint8Array(await book.xlsx.writeBuffer()));
  try {
    return await recogniser.recognise(workbook);
  } finally {
    await workbook.close();
  }
}

/** exceljs splices rows and columns without their merges, so the headings are unmerged and written into every cell. */
function unmerge(sheet: ExcelJS.Worksheet): void {
  for (const range of [...(sheet.model.merges as unknown as string[])]) sheet.unMergeCells(range);
}

describe('an upload is recognised', () => {
  test.each(templates.all.map(({ id }) => id))('%s as it was shipped, without defined names', async (id) => {
    const { match } = await upload(id, () => {});
    expect(match?.template.id).toBe(id);
    expect(match?.differences).toEqual([]);
    expect(match?.exact).toBe(true);
  });

  test('with another period and office in the title and last month’s data', async () => {
    const { match, form } = await upload('vacant-group-rental', (_, sheet) => {
      sheet.getCell('A2').value = '锦澜街道2026年空置房、群租房信息台账';
      sheet.getCell('N5').value = '（2026年10月）';
      for (let row = 0; row < 30; row++) {
        const values = Array.from({ length: 42 }, (_, column) =>
          column === 0 ? row + 1 : column % 5 === 0 ? column : `值${row}`,
        );
        sheet.insertRow(11 + row, values);
      }
    });
    expect(form.period).toBe('2026-10');
    expect(match?.template.id).toBe('vacant-group-rental');
    expect(match?.differences).toEqual([]);
  });

  test('with the table moved down', async () => {
    const { match, form } = await upload('enterprise-tax-quarter', (book, sheet) => {
      const moved = book.addWorksheet('表三');
      sheet.eachRow((row, number) => {
        row.eachCell((cell, column) => {
          if (cell.master === cell) moved.getCell(number + 4, column).value = cell.text;
        });
      });
      for (const range of sheet.model.merges as unknown as string[]) {
        moved.mergeCells(range.replace(/\d+/g, (row) => String(Number(row) + 4)));
      }
      moved.getCell('A1').value = '投资促进工作材料';
      book.removeWorksheet(sheet.id);
    });
    expect(form.headerRows).toEqual([11, 13]);
    expect(match?.template.id).toBe('enterprise-tax-quarter');
    expect(match?.differences).toEqual([]);
  });

  test('with another column, a column gone, one renamed and one moved; each is named', async () => {
    const { match } = await upload('vacant-group-rental', (book, sheet) => {
      const headings: string[][] = [];
      for (let column = 1; column <= 42; column++) {
        const path = [7, 8, 9].map((row) => sheet.getCell(row, column).text);
        headings.push(path);
      }
      const changed = book.addWorksheet('台账');
      changed.getCell('A1').value = '空置房、群租房信息台账';
      const order = headings.map((path, index) => ({ path, index }));
      order.splice(10, 1); // 户型 is gone
      const remarks = order.pop()!;
      order.splice(3, 0, remarks); // 备注 moves to the front
      order.find(({ path }) => path[2] === '室号')!.path = ['房屋基本情况', '门牌室号', '门牌室号'];
      order.push({ path: ['整治进度', '整治进度', '整治进度'], index: 99 });
      order.forEach(({ path }, at) => {
        path.forEach((text, level) => {
          changed.getCell(level + 2, at + 1).value = text;
        });
      });
      changed.mergeCells(1, 1, 1, order.length);
      for (let column = 1; column <= order.length; column++) {
        const path = order[column - 1]!.path;
        if (path[0] === path[2]) changed.mergeCells(2, column, 4, column);
        else if (path[1] === path[2]) changed.mergeCells(3, column, 4, column);
      }
      book.removeWorksheet(sheet.id);
    });
    expect(match?.template.id).toBe('vacant-group-rental');
    expect(match?.exact).toBe(false);
    expect(match?.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'removed', title: '房屋基本情况 / 户型' }),
        expect.objectContaining({ kind: 'renamed', title: '房屋基本情况 / 门牌室号', was: '房屋基本情况 / 室号' }),
        expect.objectContaining({ kind: 'moved', title: '备注' }),
        expect.objectContaining({ kind: 'added', title: '整治进度' }),
      ]),
    );
    expect(match?.differences).toHaveLength(4);
    expect(match?.columns.get('AP')).toBe('D');
  });

  test('a cross-tab with three quarters filled is the template with its group repeated', async () => {
    const { match } = await upload('enterprise-tax-quarter', (book, sheet) => {
      unmerge(sheet);
      const groups = ['第一季度', '第二季度', '第三季度'];
      const fixed = (column: number) => [7, 8, 9].map((row) => sheet.getCell(row, column).text);
      const filled = book.addWorksheet('分季度税收（三季度）');
      filled.getCell('A1').value = '辖区企业税收分季度统计表';
      const headings = [
        ...Array.from({ length: 12 }, (_, at) => [fixed(at + 1)[0]!, fixed(at + 1)[0]!, fixed(at + 1)[0]!]),
        ...groups.flatMap((group) =>
          ['营业收入', '税收合计', '增值税', '企业所得税', '个人所得税', '其他税费'].map((measure, at) =>
            at < 2 ? [group, measure, measure] : [group, '其中', measure],
          ),
        ),
        ['年初累计', '营业收入', '营业收入'],
        ['年初累计', '税收合计', '税收合计'],
        ['备注', '备注', '备注'],
      ];
      headings.forEach((path, at) => {
        path.forEach((text, level) => {
          filled.getCell(level + 3, at + 1).value = text;
        });
        if (path[0] === path[2]) filled.mergeCells(3, at + 1, 5, at + 1);
        else if (path[1] === path[2]) filled.mergeCells(4, at + 1, 5, at + 1);
      });
      filled.mergeCells(1, 1, 1, headings.length);
      book.removeWorksheet(sheet.id);
    });
    expect(match?.template.id).toBe('enterprise-tax-quarter');
    expect(match?.differences).toEqual([]);
  });

  test('an indicator form with a line more and a line less', async () => {
    const { match } = await upload('population-statistics', (_, sheet) => {
      sheet.getCell('A30').value = '　　　　85岁及以上';
      sheet.getCell('A57').value = '结婚登记对数';
    });
    expect(match?.template.id).toBe('population-statistics');
    expect(match?.differences.map(({ kind, what }) => `${kind} ${what}`)).toContain('renamed line');
    expect(match?.lines.get('13')).toBe('13');
  });

  test('a form with the communities in place of the sample column', async () => {
    const { match } = await upload('population-statistics', (_, sheet) => {
      unmerge(sheet);
      sheet.mergeCells('A8:A9');
      sheet.mergeCells('A2:J2');
      ['荷塘里居民区', '望江门居民区', '书院里居民区', '文昌居民区'].forEach((name, at) => {
        sheet.getCell(8, 5 + at).value = name;
        sheet.getCell(9, 5 + at).value = null;
      });
      for (const [column, text] of [
        ['B', '计量单位'],
        ['C', '代码'],
        ['D', '全街道合计'],
        ['I', '备注'],
      ] as const) {
        sheet.getCell(`${column}8`).value = text;
        sheet.getCell(`${column}9`).value = null;
      }
    });
    expect(match?.template.id).toBe('population-statistics');
    expect(match?.differences).toEqual([]);
  });
});

describe('an unknown form is analysed', () => {
  test('a roster of elders: kind, heading, data and what could fill each column', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('Sheet1');
    sheet.addRow(['高龄独居老人关爱服务情况摸底表']);
    sheet.addRow(['填报单位：', null, null, null, '2026年11月']);
    sheet.addRow(['序号', '老人信息', null, null, null, '联系人', null, '服务需求', '备注']);
    sheet.addRow([null, '姓 名', '公民身份号码', '居住地址', '手机号码', '姓名', '与老人关系', null, null]);
    for (const range of ['A1:I1', 'A3:A4', 'B3:E3', 'F3:G3', 'H3:H4', 'I3:I4']) sheet.mergeCells(range);
    const { match, form, columns } = await recogniseBook(book);
    expect(match).toBeUndefined();
    expect(form).toMatchObject({
      kind: 'roster',
      title: '高龄独居老人关爱服务情况摸底表',
      headerRows: [3, 4],
      firstDataRow: 5,
    });
    expect(columns.map((match) => (match.role === 'value' ? accepted(match)?.id : match.role))).toEqual([
      'serial',
      'population.person.name',
      'population.person.id_no',
      'population.person.residence_address',
      'population.person.phone',
      undefined,
      undefined,
      undefined,
      'remarks',
    ]);
  });

  test('an indicator form: every line that the warehouse can count finds its measure, the others are asked', async () => {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('月报');
    sheet.addRow(['平安建设月报表']);
    sheet.addRow(['指标名称', '计量单位', '本月', '上月']);
    for (const line of [
      ['一、警情', null],
      ['110接警数', '起'],
      ['　　其中：刑事类', '起'],
      ['　　治安类', '起'],
      ['二、群防群治', null],
      ['平安志愿者上岗人次', '人次'],
    ]) {
      sheet.addRow(line);
    }
    sheet.mergeCells('A1:D1');
    sheet.mergeCells('A3:D3');
    sheet.mergeCells('A7:D7');
    const { form, lines } = await recogniseBook(book);
    expect(form.kind).toBe('indicator');
    expect(lines.map((match) => accepted(match)?.id)).toEqual([
      'safety.police_incident.total_count',
      'safety.police_incident.criminal_count',
      'safety.police_incident.public_order_count',
      undefined,
    ]);
  });

  test('a workbook without any table is refused with a way on', async () => {
    const book = new ExcelJS.Workbook();
    book.addWorksheet('通知').addRow(['请各单位于本周五前报送']);
    await expect(recogniseBook(book)).rejects.toMatchObject({ code: 'templates.no_form' });
  });
});
