import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogue, parsePeriod } from '../../core/index.ts';
import {
  cellInput,
  type ExportInput,
  type ExportRow,
  exportFill,
  groupPeriods,
  layoutOptions,
  measureColumn,
} from '../../templates/export-fill.ts';
import { layoutDifferences } from '../../templates/layout.ts';
import { loadTemplates } from '../../templates/template.ts';
import { fillWorkbook } from '../../templates/xlsx/fill.ts';
import { readSheet } from '../../templates/xlsx/read-sheet.ts';
import { openWorkbook } from '../../templates/xlsx/workbook.ts';

const templates = loadTemplates({ catalogue: loadCatalogue() });
const texts = { unit: '锦澜街道', reportedOn: '2026-12-03', author: '王小明' };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Fills the form and returns its cells by address, as far as they hold something, and where its layout differs. */
async function exported(id: string, input: Omit<ExportInput, 'template' | 'texts'>) {
  const template = templates.get(id);
  const file = join(folder, `${id}.xlsx`);
  await fillWorkbook(template.file, await exportFill({ template, texts, ...input }), file);
  const workbook = await openWorkbook(file);
  try {
    const sheet = await readSheet(workbook, template.binding.sheet);
    const rows = new Map(sheet.rows.map((row) => [row.number, row]));
    return {
      file,
      cell: (row: number, column: number) => rows.get(row)?.cell(column - 1),
      value: (row: number, column: number) => rows.get(row)?.values[column - 1],
      differences: await layoutDifferences(template.file, file, layoutOptions(template.binding)),
    };
  } finally {
    await workbook.close();
  }
}

const vacant: ExportRow = {
  community: '荷塘里居民区',
  dwelling_code: '319901001000000012',
  area_m2: 62.5,
  floor_no: 3n,
  usage_status: '空置',
  vacant_since: '2026-03-01',
  vacant_months: 8,
  vacancy_reason: '待租',
  last_visit_date: new Date('2026-11-08T00:00:00Z'),
};
const groupRental: ExportRow = {
  dwelling_code: '319901001000000013',
  usage_status: '群租',
  beds: '8',
  monthly_rent: 5200,
};

describe('a roster', () => {
  test('comes back in the upstream layout with its rows, texts and totals', async () => {
    const form = await exported('vacant-group-rental', {
      period: parsePeriod('2026-11'),
      rows: [vacant, groupRental, { ...vacant, dwelling_code: '319901001000000014' }],
    });
    expect(form.differences).toEqual([]);
    expect(form.value(6, 1)).toBe('填报单位（盖章）：锦澜街道');
    expect(form.value(5, 14)).toBe('2026年11月');
    expect([11, 12, 13].map((row) => form.value(row, 1))).toEqual([1, 2, 3]);
    expect(form.value(11, 4)).toBe('319901001000000012');
    expect(form.value(11, 24)).toEqual(new Date('2026-03-01T00:00:00Z'));
    expect(form.value(12, 24) ?? null).toBeNull();
    expect(form.value(12, 35)).toBe(8);
    // Nothing of the sample's own content is left.
    expect(form.value(11, 16) ?? null).toBeNull();
    expect(form.cell(14, 4)).toMatchObject({ formula: 'COUNTA(D11:D13)', value: 3 });
    expect(form.cell(15, 4)).toMatchObject({ value: 2 });
    expect(form.value(18, 1)).toBe('单位负责人：');
    expect(form.value(18, 16)).toBe('填表人：王小明');
  });

  test('takes ten thousand rows from a stream', async () => {
    async function* rows() {
      for (let at = 0; at < 10_000; at++) yield { ...vacant, dwelling_code: String(319901001000000000n + BigInt(at)) };
    }
    const form = await exported('vacant-group-rental', { period: parsePeriod('2026-11'), rows: rows() });
    expect(form.differences).toEqual([]);
  });

  test('without any row keeps one empty line', async () => {
    const form = await exported('vacant-group-rental', { period: parsePeriod('2026-11'), rows: [] });
    expect(form.differences).toEqual([]);
    expect(form.value(11, 4) ?? null).toBeNull();
  });
});

describe('an indicator form', () => {
  test('has a column per community, numbered on, and totals over all', async () => {
    const { indicators } = templates.get('population-statistics').binding;
    const units = Array.from({ length: 20 }, (_, at) => ({
      name: `第${at + 1}居民区`,
      values: Object.fromEntries(indicators!.map(({ name }, line) => [name, 100 * line + at])),
    }));
    const form = await exported('population-statistics', { period: parsePeriod('2026-11'), units });
    expect(form.differences).toEqual([]);
    expect([5, 6, 24].map((column) => form.value(8, column))).toEqual(['第1居民区', '第2居民区', '第20居民区']);
    expect([5, 6, 24].map((column) => form.value(10, column))).toEqual([2, 3, 21]);
    expect(form.cell(12, 4)).toMatchObject({ formula: 'SUM(E12:X12)', value: 190 });
    expect(form.value(7, 3)).toBe('截止时间：2026年11月30日');
  });

  test('labels its lines as the binding does', async () => {
    const { file, binding } = templates.get('population-statistics');
    const workbook = await openWorkbook(file);
    const { rows } = await readSheet(workbook, binding.sheet);
    await workbook.close();
    for (const { row, title } of binding.indicators!) {
      expect(String(rows.find(({ number }) => number === row)?.values[0]).trim()).toBe(title);
    }
  });
});

describe('a cross-tab', () => {
  test('has a group per quarter so far and totals over the groups', async () => {
    const period = parsePeriod('2026-Q3');
    const row = (revenue: number): ExportRow => ({
      name: '锦澜某某有限公司',
      credit_code: '91310000MA1K000001',
      industry: '金融业',
      ...Object.fromEntries(
        groupPeriods(period).map((quarter, at) => [measureColumn('revenue', quarter), revenue + at]),
      ),
    });
    const form = await exported('enterprise-tax-quarter', { period, rows: [row(100), row(200)] });
    expect(form.differences).toEqual([]);
    expect([13, 19, 25].map((column) => form.value(7, column))).toEqual(['第一季度', '第二季度', '第三季度']);
    expect([13, 19, 25].map((column) => form.value(11, column))).toEqual([100, 101, 102]);
    expect(form.cell(11, 31)).toMatchObject({ value: 303 });
    expect(form.cell(13, 31)).toMatchObject({ value: 906 });
    expect(form.value(4, 1)).toBe('（2026年1—3季度）');
  });

  test('of the first quarter has one group', async () => {
    const form = await exported('enterprise-tax-quarter', {
      period: parsePeriod('2026-Q1'),
      rows: [{ name: '甲', credit_code: '91310000MA1K000001', revenue_2026q1: 5, remarks: '新设' }],
    });
    expect(form.differences).toEqual([]);
    expect(form.value(7, 13)).toBe('第一季度');
    expect(form.value(11, 21)).toBe('新设');
    expect(form.value(4, 1)).toBe('（2026年1季度）');
  });
});

test.each([
  ['number', '12.5', 12.5],
  ['number', '未知', '未知'],
  ['text', 310101195601010017n, '310101195601010017'],
  ['date-text', new Date('2026-11-22T00:00:00Z'), '2026-11-22'],
  ['date-dots', '2026-11-22', '2026.11.22'],
  ['date-serial', '2026-11-22', new Date('2026-11-22T00:00:00Z')],
  ['date-serial', '不详', '不详'],
  ['text', '', null],
  ['number', undefined, null],
] as const)('as %s, %s is written as %s', (format, value, expected) => {
  expect(cellInput(value, format)).toEqual(expected);
});

describe('a change of the layout is found', () => {
  test.each([
    [
      'a heading',
      'text',
      (sheet: ExcelJS.Worksheet) => {
        sheet.getCell('K8').value = '房型';
      },
    ],
    [
      'a column width',
      'width',
      (sheet: ExcelJS.Worksheet) => {
        sheet.getColumn(6).width = 12;
      },
    ],
    [
      'a row height',
      'height',
      (sheet: ExcelJS.Worksheet) => {
        sheet.getRow(9).height = 90;
      },
    ],
    [
      'a merge',
      'merge',
      (sheet: ExcelJS.Worksheet) => {
        sheet.unMergeCells('A2:AP2');
      },
    ],
    [
      'the paper',
      'set-up',
      (sheet: ExcelJS.Worksheet) => {
        sheet.pageSetup.paperSize = 9;
      },
    ],
    [
      'a formula',
      'formula',
      (sheet: ExcelJS.Worksheet) => {
        sheet.getCell('D12').value = 3;
      },
    ],
  ] as const)('%s', async (_, what, change) => {
    const { file, binding } = templates.get('vacant-group-rental');
    const write = async (alter: (sheet: ExcelJS.Worksheet) => void) => {
      const book = new ExcelJS.Workbook();
      await book.xlsx.readFile(file);
      alter(book.getWorksheet(binding.sheet)!);
      return new Uint8Array(await book.xlsx.writeBuffer());
    };
    const [same, changed] = [await write(() => {}), await write(change)];
    const differences = await layoutDifferences(same, changed, layoutOptions(binding));
    expect(differences.map((difference) => difference.what)).toContain(what);
    expect(await layoutDifferences(same, same, layoutOptions(binding))).toEqual([]);
  });
});
