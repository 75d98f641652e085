import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellValue, openWorkbook, type SheetToWrite, writeWorkbook } from '../../../templates/xlsx/index.ts';
import { cellText } from '../../../templates/xlsx/round-trip/cell-text.ts';
import {
  identifyTask,
  importTask,
  type TaskColumn,
  type TaskDiff,
  type TaskRow,
} from '../../../templates/xlsx/round-trip.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { collector } from './collect.ts';
import { COLUMNS, exported, ROWS } from './task-fixture.ts';

type Grid = (CellValue | undefined)[][];

/** The file as another program saves it: values only, everything else its own way. */
async function resaved(bytes: Buffer, edit: (grid: Grid) => Grid, keepProperties = true): Promise<Buffer> {
  const workbook = await openWorkbook(bytes);
  const sheets: SheetToWrite[] = [];
  for (const { name } of workbook.sheets) {
    const grid: Grid = [];
    for await (const row of workbook.rows(name)) grid[row.number - 1] = [...row.values];
    const filled = Array.from(grid, (row) => row ?? []);
    const rows = name.startsWith('_') ? filled : edit(filled);
    sheets.push({
      name,
      rows: rows.map((row) =>
        Array.from(row, (value) => (typeof value === 'object' && value && 'error' in value ? '#N/A' : value)),
      ),
      state: 'hidden',
    });
  }
  const properties = keepProperties ? Object.fromEntries(workbook.customProperties) : {};
  await workbook.close();
  const sink = collector();
  await writeWorkbook(
    sink.stream,
    [...sheets.slice(0, 1).map((sheet) => ({ ...sheet, state: 'visible' as const })), ...sheets.slice(1)],
    {
      customProperties: properties as Record<string, string>,
    },
  );
  return sink.bytes();
}

const returned = async (edit: (grid: Grid) => Grid): Promise<TaskDiff> =>
  importTask(await resaved(await exported(), edit), COLUMNS);
const brief = ({ changes }: TaskDiff) => changes.map(({ row, column, value }) => [row, column, value]);

describe('an exported task', () => {
  it('is a workbook with keys, marks, locks, drop-downs and notes', async () => {
    const bytes = await exported();
    const zip = await openZip(bytes);
    const sheet = await zip.readText('xl/worksheets/sheet1.xml');
    const workbook = await zip.readText('xl/workbook.xml');
    expect(workbook).toContain('<sheet name="人口 核查"');
    expect(workbook).toContain('name="_fillonce" sheetId="2" state="veryHidden"');
    expect(await zip.readText('docProps/custom.xml')).toContain('name="FillOnceBase"><vt:lpwstr>snap_7<');
    expect(sheet).toContain('<sheetProtection sheet="1"');
    expect(sheet).toContain('<formula1>"男,女"</formula1>');
    expect(sheet).toContain('<formula1>"是,否"</formula1>');
    expect(sheet).toContain('<autoFilter ref="A2:J6"/>');
    const styles = [
      ...(await zip.readText('xl/styles.xml')).split('<cellXfs')[1]!.matchAll(/<xf .*?(?:<\/xf>|\/>)/g),
    ].map(([xf]) => xf);
    const styleOf = (address: string) => styles[Number(new RegExp(`r="${address}" s="(\\d+)"`).exec(sheet)![1])];
    expect(styleOf('I3')).toContain('locked="0"');
    expect(styleOf('B3')).toContain('locked="1"');
    expect(styleOf('B5')).toContain('quotePrefix="1"');
    expect(await zip.readText('xl/comments1.xml')).toContain(
      '<comment ref="I3" authorId="0"><text><t xml:space="preserve">来源：网格平台',
    );
    expect(sheet).toContain('<legacyDrawing r:id="rId1"/>');
    expect(sheet).toContain('李四（东）');
  });

  it('is known again, and unchanged has no difference', async () => {
    const bytes = await exported();
    expect(await identifyTask(bytes)).toEqual({ task: 'task_1', base: 'snap_7' });
    expect(await importTask(bytes, COLUMNS)).toEqual({
      task: 'task_1',
      base: 'snap_7',
      rows: 4,
      changes: [],
      inserted: [],
      deleted: [],
      problems: [],
      missingColumns: [],
      extraColumns: [],
      formulas: [],
    });
  });

  it('is refused when columns or rows are not told apart', async () => {
    await expect(exported([...ROWS, ROWS[0]!])).rejects.toMatchObject({ code: 'templates.xlsx.task.export' });
    await expect(exported(ROWS, [COLUMNS[0]!, COLUMNS[0]!])).rejects.toMatchObject({
      code: 'templates.xlsx.task.export',
    });
    await expect(exported([{ key: 'long', values: ['长'.repeat(32_768)] }])).rejects.toMatchObject({
      code: 'templates.xlsx.task.export',
      details: { where: 'person.name, B3' },
    });
    await expect(exported(ROWS, [])).rejects.toMatchObject({ code: 'templates.xlsx.task.export' });
  });

  it('may have no rows', async () => {
    expect(await importTask(await exported([]), COLUMNS)).toMatchObject({ rows: 0, changes: [], deleted: [] });
  });
});

describe('a task that comes back', () => {
  it('saved by another program has no difference', async () => {
    expect(await returned((grid) => grid)).toMatchObject({
      rows: 4,
      changes: [],
      inserted: [],
      deleted: [],
      problems: [],
    });
  });

  it('without its properties is known by its hidden sheet', async () => {
    const bytes = await resaved(await exported(), (grid) => grid, false);
    expect(await identifyTask(bytes)).toEqual({ task: 'task_1', base: 'snap_7' });
    expect(await importTask(bytes, COLUMNS)).toMatchObject({ rows: 4, changes: [] });
  });

  it('that is none is refused', async () => {
    const sink = collector();
    await writeWorkbook(sink.stream, [{ name: '别的', rows: [['姓名'], ['张三']] }]);
    await expect(importTask(sink.bytes(), COLUMNS)).rejects.toMatchObject({ code: 'templates.xlsx.task.unknown' });
    const emptied = await resaved(await exported(), () => [['什么都没有']]);
    await expect(importTask(emptied, COLUMNS)).rejects.toMatchObject({ code: 'templates.xlsx.task.sheet' });
  });

  it('sorted, with columns moved and a title above, says only what changed', async () => {
    const diff = await returned((grid) => {
      const [ids, titles, ...rows] = grid;
      rows[1]![8] = '13700137000';
      rows[3]![5] = 61.25;
      const moved = [ids!, titles!, ...rows.reverse()].map((row) => {
        const full = Array.from({ length: 10 }, (_, at) => row[at] ?? null);
        return [full[3], full[0], ...full.slice(4), full[1], full[2]];
      });
      return [['人口核查表'], [], ...moved];
    });
    expect(brief(diff)).toEqual([
      ['r4', 'person.area', '61.25'],
      ['r2', 'person.phone', '13700137000'],
    ]);
    expect(diff).toMatchObject({ rows: 4, deleted: [], inserted: [], missingColumns: [] });
    expect(diff.changes[1]!.at).toBe('人口 核查!G7');
  });

  it('with rows inserted, copied and deleted tells which is which', async () => {
    const diff = await returned((grid) => {
      const copy = [...grid[5]!];
      copy[1] = '赵七';
      copy[8] = '13100131000';
      return [
        grid[0]!,
        grid[1]!,
        [null, '新人', null, '女'],
        grid[2]!,
        copy,
        grid[5]!,
        Array.from(grid[3]!, (value, at) => (at === 0 ? value : null)),
      ];
    });
    expect(diff.rows).toBe(2);
    expect(diff.changes).toEqual([]);
    expect(diff.deleted).toEqual(['r2', 'r3']);
    expect(diff.inserted.map(({ at, values }) => [at, values['person.name']])).toEqual([
      ['人口 核查!3', '新人'],
      ['人口 核查!5', '赵七'],
    ]);
  });

  it('with its keys and ids gone is matched by titles and by what rows hold', async () => {
    const diff = await returned((grid) => {
      const rows = grid.slice(1).map((row) => Array.from({ length: 9 }, (_, at) => row[at + 1] ?? null));
      rows[4]![7] = '13000130000';
      return [rows[0]!, rows[4]!, rows[2]!, rows[1]!, rows[3]!];
    });
    expect(brief(diff)).toEqual([['r4', 'person.phone', '13000130000']]);
    expect(diff).toMatchObject({ rows: 4, inserted: [], deleted: [] });
  });

  it('without one of its columns says nothing of that column, and names strange ones', async () => {
    const diff = await returned((grid) =>
      grid.map((row, at) => [
        ...Array.from({ length: 8 }, (_, column) => row[column] ?? null),
        at === 1 ? '备注' : at > 1 ? '好' : null,
      ]),
    );
    expect(diff).toMatchObject({
      changes: [],
      missingColumns: ['person.phone', 'person.kind'],
      extraColumns: ['备注'],
    });
  });

  it('takes values however they were entered', async () => {
    const diff = await returned((grid) => {
      // The same values in other clothes.
      grid[2]![4] = '１９４９年１２月３１日';
      grid[2]![5] = '８５．５０ 平方米';
      grid[2]![6] = ' 3人';
      grid[2]![7] = '×';
      grid[2]![8] = 13_800_138_000;
      grid[2]![9] = 1;
      grid[4]![4] = '2001/2/3';
      grid[4]![5] = '1,234.25';
      grid[4]![2] = '１１０１０５１９４９１２３１００３８ ';
      grid[5]![4] = 36_526;
      grid[5]![1] = '赵六\u200b';
      return grid;
    });
    expect(diff.changes).toEqual([]);
    expect(diff.problems).toEqual([]);
  });

  it('says what changed, what was locked, and what cannot be read', async () => {
    const diff = await returned((grid) => {
      grid[2]![1] = '张三丰';
      grid[2]![8] = null;
      grid[3]![2] = 110_105_194_912_310_030;
      grid[3]![4] = '二〇〇一年';
      grid[4]![3] = ' 女 ';
      grid[4]![7] = '√';
      return grid;
    });
    expect(diff.changes.map(({ row, column, value, locked }) => [row, column, value, locked])).toEqual([
      ['r1', 'person.name', '张三丰', true],
      ['r1', 'person.phone', null, false],
      ['r2', 'person.born', '二〇〇一年', false],
      ['r3', 'person.sex', '女', false],
      ['r3', 'person.alone', 'true', false],
    ]);
    expect(diff.problems.map(({ at, row, column }) => [at, row, column])).toEqual([
      ['人口 核查!C4', 'r2', 'person.id'],
    ]);
    expect(diff.problems[0]!.message.zh).toContain('文本');
  });

  it('with more changes than allowed is refused', async () => {
    const bytes = await resaved(await exported(), (grid) =>
      grid.map((row, at) => (at > 1 ? [row[0], ...row.slice(1).map(() => 'x')] : row)),
    );
    await expect(importTask(bytes, COLUMNS, { mostChanges: 5 })).rejects.toMatchObject({
      code: 'templates.xlsx.cells',
    });
  });

  it('is found again whatever order its rows and columns are in', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, at): TaskRow => ({
        key: `k${at}`,
        values: [
          `人${at % 7}`,
          `${at}`.padStart(18, '1'),
          at % 2 ? '男' : '女',
          `2001-02-${String((at % 28) + 1).padStart(2, '0')}`,
          String(at / 4),
          String(at),
          at % 3 ? 'true' : 'false',
          null,
          '10',
        ],
        asked: ['person.phone'],
      }),
    );
    const bytes = await exported(rows);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...rows.keys()], { minLength: 5 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }),
        fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
        async (order, across, edited) => {
          const back = await resaved(bytes, (grid) => {
            const data = order.map((at) => [
              ...Array.from({ length: 10 }, (_, column) => grid[at + 2]![column] ?? null),
            ]);
            for (const at of edited) data[at]![8] = `1380013800${at}`;
            return [grid[0]!, grid[1]!, ...data].map((row) => across.map((column) => row[column] ?? null));
          });
          const diff = await importTask(back, COLUMNS);
          expect(diff.rows).toBe(order.length);
          expect(diff.deleted).toHaveLength(30 - order.length);
          expect(brief(diff).sort()).toEqual(
            edited.map((at) => [`k${order[at]}`, 'person.phone', `1380013800${at}`]).sort(),
          );
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('a cell', () => {
  it.each<[TaskColumn['type'], CellValue, string | null]>([
    ['date', '2025.6.1', '2025-06-01'],
    ['date', '2025年06月01日', '2025-06-01'],
    ['date', '20250601', '2025-06-01'],
    ['date', '45809', '2025-06-01'],
    ['date', 45_809, '2025-06-01'],
    ['date', 20_250_601, '2025-06-01'],
    ['date', new Date('2025-06-01T08:00:00Z'), '2025-06-01'],
    ['date', '2025-06-01 00:00:00', '2025-06-01'],
    ['date', '2025-02-30', '2025-02-30'],
    ['timestamp', '2025/6/1 9:05', '2025-06-01 09:05:00'],
    ['timestamp', new Date('2025-06-01T09:05:00Z'), '2025-06-01 09:05:00'],
    ['integer', '１，２３４', '1234'],
    ['integer', '+12', '12'],
    ['decimal', '007.50', '7.5'],
    ['decimal', 0.1 + 0.2, '0.3'],
    ['decimal', -0, '0'],
    ['decimal', '约12', '约12'],
    ['boolean', '√', 'true'],
    ['boolean', 0, 'false'],
    ['boolean', true, 'true'],
    ['text', 13_800_138_000, '13800138000'],
    ['text', ' ＡＢ\u3000１ ', 'AB 1'],
    ['text', '   ', null],
    ['text', true, '是'],
  ])('of %s holding %j says %j', (type, value, text) => {
    expect(cellText({ type }, value)).toEqual({ text });
  });

  it('of a list of yes and no takes a tick or a cross, of any other list it does not', () => {
    const said = (codes: string[], typed: string) => cellText({ type: 'code', codes }, typed);
    expect([said(['是', '否'], '√'), said(['否', '是'], '×')]).toEqual([{ text: '是' }, { text: '否' }]);
    expect(said(['是', '否', '不详'], '√')).toEqual({ text: '√' });
    expect(said(['空置', '出租'], '√')).toEqual({ text: '√' });
  });

  it('says the same when it is read again', () => {
    const types = fc.constantFrom<TaskColumn['type']>(
      'text',
      'integer',
      'decimal',
      'date',
      'timestamp',
      'boolean',
      'code',
    );
    fc.assert(
      fc.property(types, fc.string({ unit: 'grapheme' }), (type, typed) => {
        const rule = { type, codes: ['男', 'A 1'] };
        const once = cellText(rule, typed);
        if ('text' in once) expect(cellText(rule, once.text)).toEqual(once);
      }),
    );
  });
});
