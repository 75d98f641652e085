import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import {
  identifyTask,
  importTask,
  type TaskColumn,
  type TaskDiff,
  type TaskImportOptions,
  type TaskRow,
} from '../../../templates/xlsx/round-trip.ts';
import { COLUMNS, exported } from './task-fixture.ts';

/** Neighbours: street, kind and community are shared, names and numbers are not. */
const PEOPLE: readonly TaskRow[] = Array.from({ length: 24 }, (_, at) => ({
  key: `k${at + 1}`,
  values: [
    `人${at + 1}`,
    `11010519800101${String(1000 + at)}`,
    at % 2 ? '男' : '女',
    `1980-01-${String((at % 28) + 1).padStart(2, '0')}`,
    '60',
    '3',
    'false',
    null,
    '01',
  ],
  asked: ['person.phone', 'person.area', 'person.count', 'person.kind'],
}));

const FIRST = 3;
/** The sheet as it stands in another program. */
type Edit = (sheet: ExcelJS.Worksheet, book: ExcelJS.Workbook) => void;

/** The file after somebody edited it in a program that writes every part anew. */
async function edited(bytes: Buffer, edit: Edit): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(bytes as unknown as ArrayBuffer);
  edit(book.worksheets[0]!, book);
  return Buffer.from(await book.xlsx.writeBuffer());
}

async function returned(edit: Edit, options: TaskImportOptions = {}): Promise<TaskDiff> {
  return importTask(await edited(await exported(PEOPLE), edit), COLUMNS, options);
}

const brief = ({ changes }: TaskDiff) => changes.map(({ row, column, value }) => [row, column, value]);
const nothing = { rows: 24, changes: [], inserted: [], deleted: [], problems: [] };
const row = (sheet: ExcelJS.Worksheet, number: number): ExcelJS.CellValue[] =>
  Array.from({ length: 10 }, (_, at) => sheet.getRow(number).getCell(at + 1).value);
const put = (sheet: ExcelJS.Worksheet, number: number, values: readonly ExcelJS.CellValue[], from = 1): void => {
  for (const [at, value] of values.entries()) sheet.getRow(number).getCell(from + at).value = value;
};
const all = (sheet: ExcelJS.Worksheet): ExcelJS.CellValue[][] => PEOPLE.map((_, at) => row(sheet, FIRST + at));

describe('rows', () => {
  it('sorted without the hidden column of their keys keep what they said', async () => {
    const diff = await returned((sheet) => {
      const rows = all(sheet).reverse();
      rows[0]![8] = '13800138000';
      for (const [at, values] of rows.entries()) put(sheet, FIRST + at, values.slice(1), 2);
    });
    expect(brief(diff)).toEqual([['k24', 'person.phone', '13800138000']]);
    expect(diff).toMatchObject({ ...nothing, changes: [{ at: '人口 核查!I3' }] });
  });

  it('moved up beside the keys, where cells and not rows were deleted, are one row less', async () => {
    const diff = await returned((sheet) => {
      const rows = all(sheet);
      rows.splice(4, 1);
      rows.push(Array(10).fill(null));
      for (const [at, values] of rows.entries()) put(sheet, FIRST + at, values.slice(1), 2);
    });
    expect(diff).toMatchObject({ rows: 23, changes: [], inserted: [], deleted: ['k5'] });
  });

  it('copied with their key and turned into another person are new', async () => {
    const diff = await returned((sheet) => {
      const copy = row(sheet, FIRST + 3);
      copy[1] = '新生儿';
      copy[2] = null;
      // In the place of a person who moved away: alike but for who it is.
      put(sheet, FIRST + 5, copy);
    });
    expect(diff.changes).toEqual([]);
    expect(diff.deleted).toEqual(['k6']);
    expect(diff.inserted.map(({ values }) => values['person.name'])).toEqual(['新生儿']);
  });

  it('typed anew beside a deleted one are not taken for it because both live in one street', async () => {
    const diff = await returned((sheet) => {
      put(sheet, FIRST + 5, [null, '新来的', '110105199001010077', '男', '1990-01-01', 60, 3, '否', null, '01']);
    });
    expect(diff.changes).toEqual([]);
    expect(diff).toMatchObject({ rows: 23, deleted: ['k6'], inserted: [{ at: '人口 核查!8' }] });
  });

  it('whose key was erased are known although every blank was filled in', async () => {
    const diff = await returned((sheet) => {
      put(sheet, FIRST + 2, [null]);
      put(sheet, FIRST + 2, [75, 4, '是', '13900139000', '02'], 6);
    });
    expect(diff).toMatchObject({ rows: 24, inserted: [], deleted: [] });
    expect(brief(diff)).toEqual([
      ['k3', 'person.area', '75'],
      ['k3', 'person.count', '4'],
      ['k3', 'person.alone', 'true'],
      ['k3', 'person.phone', '13900139000'],
      ['k3', 'person.kind', '02'],
    ]);
  });

  it('whose keys became numbers in order are matched by what they hold', async () => {
    const diff = await returned((sheet) => {
      for (const at of PEOPLE.keys()) put(sheet, FIRST + at, [at + 1]);
    });
    expect(diff).toMatchObject(nothing);
  });

  it('rewritten beyond recognition are still the rows of their keys', async () => {
    const diff = await returned((sheet) => {
      put(sheet, FIRST, ['k1', '甲', '乙', '丙', '丁', 1, 2, '是', '3', '02']);
    });
    expect(diff).toMatchObject({ rows: 24, inserted: [], deleted: [] });
    expect(diff.changes.map(({ row: key }) => key)).toEqual(Array(9).fill('k1'));
  });

  it('that are hidden by a filter are read; hidden ones that were deleted are told', async () => {
    const diff = await returned((sheet) => {
      for (let number = FIRST; number < FIRST + 12; number++) sheet.getRow(number).hidden = true;
      put(sheet, FIRST + 1, ['13800138000'], 9);
      sheet.spliceRows(FIRST + 6, 3);
    });
    expect(brief(diff)).toEqual([['k2', 'person.phone', '13800138000']]);
    expect(diff.deleted).toEqual(['k7', 'k8', 'k9']);
  });

  it('sorted together with the header are all found', async () => {
    const diff = await returned((sheet) => {
      const rows = [row(sheet, 1), row(sheet, 2), ...all(sheet)];
      const order = [5, 9, 2, 11, 0, ...rows.keys()].filter((at, index, list) => list.indexOf(at) === index);
      for (const [at, from] of order.entries()) put(sheet, at + 1, rows[from]!);
    });
    expect(diff).toMatchObject(nothing);
  });

  it('sorted with the header to the very end are all found', async () => {
    const diff = await importTask(
      await edited(
        await exported(Array.from({ length: 60 }, (_, at) => ({ ...PEOPLE[at % 24]!, key: `m${at}` }))),
        (sheet) => {
          const head = [row(sheet, 1), row(sheet, 2)];
          for (let number = 1; number <= 60; number++) put(sheet, number, row(sheet, number + 2));
          put(sheet, 61, head[1]!);
          put(sheet, 62, head[0]!);
        },
      ),
      COLUMNS,
    );
    expect(diff).toMatchObject({ rows: 60, changes: [], inserted: [], deleted: [] });
  });
});

describe('a file', () => {
  it('with the sheet renamed, another put first, notes and merged titles is read as before', async () => {
    const diff = await returned((sheet, book) => {
      sheet.name = '我的表 (改)';
      sheet.getCell('C5').note = '问过本人';
      const other = book.addWorksheet('说明');
      other.addRow(['姓名', '电话']);
      other.addRow(['谁', '110']);
      // The new one comes first.
      (other as unknown as { orderNo: number }).orderNo = -1;
      sheet.views = [];
    });
    expect(diff).toMatchObject(nothing);
  });

  it('whose sheet was copied for safety is read where it was changed', async () => {
    const diff = await returned((sheet, book) => {
      const copy = book.addWorksheet('人口 核查 (2)');
      for (let number = 1; number <= sheet.rowCount; number++) put(copy, number, row(sheet, number));
      put(copy, FIRST, ['13800138000'], 9);
    });
    expect(diff).toMatchObject({ ...nothing, changes: [{ row: 'k1', at: '人口 核查 (2)!I3' }] });
  });

  it('whose copies say different things is refused', async () => {
    const both: Edit = (sheet, book) => {
      const copy = book.addWorksheet('人口 核查 (2)');
      for (let number = 1; number <= sheet.rowCount; number++) put(copy, number, row(sheet, number));
      put(sheet, FIRST, ['13800138000'], 9);
      put(copy, FIRST, ['13900139000'], 9);
    };
    await expect(returned(both)).rejects.toMatchObject({ code: 'templates.xlsx.task.copies' });
  });

  it('without its hidden sheet is compared with what the server holds, or refused with what to do', async () => {
    const bare: Edit = (sheet, book) => {
      book.removeWorksheet(book.getWorksheet('_fillonce')!.id);
      put(sheet, FIRST, ['13800138000'], 9);
    };
    await expect(returned(bare)).rejects.toMatchObject({
      code: 'templates.xlsx.task.marks',
      details: { task: 'task_1', base: 'snap_7' },
    });
    const diff = await returned(bare, {
      baseRows: ({ task, base }) => (task === 'task_1' && base === 'snap_7' ? PEOPLE : undefined),
    });
    expect(diff).toMatchObject({ ...nothing, changes: [{ row: 'k1', value: '13800138000', locked: false }] });
  });

  it('whose hidden sheet was cut short is not believed', async () => {
    const cut: Edit = (_, book) => book.getWorksheet('_fillonce')!.spliceRows(10, 2);
    await expect(returned(cut)).rejects.toMatchObject({ code: 'templates.xlsx.task.marks' });
    expect(await returned(cut, { baseRows: () => PEOPLE })).toMatchObject(nothing);
  });

  it('that is only a copy of the sheet in another workbook is still known', async () => {
    const book = new ExcelJS.Workbook();
    await book.xlsx.load((await exported(PEOPLE)) as unknown as ArrayBuffer);
    const other = new ExcelJS.Workbook();
    const copy = other.addWorksheet('Sheet1');
    const sheet = book.worksheets[0]!;
    for (let number = 1; number <= sheet.rowCount; number++) put(copy, number, row(sheet, number));
    const bytes = Buffer.from(await other.xlsx.writeBuffer());
    expect(await identifyTask(bytes)).toEqual({ task: 'task_1', base: 'snap_7' });
    expect(await importTask(bytes, COLUMNS, { baseRows: () => PEOPLE })).toMatchObject(nothing);
  });

  it('with the rows of another task pasted in is refused, not taken for a deletion of everything', async () => {
    await expect(
      returned((sheet) => {
        for (const at of PEOPLE.keys()) {
          const name = `别人${at}`;
          put(sheet, FIRST + at, [`x${at}`, name, `32010519700101${2000 + at}`, null, null, 90 + at, 1, null, name]);
        }
      }),
    ).rejects.toMatchObject({ code: 'templates.xlsx.task.other' });
  });
});

describe('a cell', () => {
  it('inside a merged area says what the area shows, unless that is something else', async () => {
    const diff = await returned((sheet) => {
      sheet.mergeCells(`F${FIRST}:F${FIRST + 5}`);
      sheet.mergeCells(`J${FIRST}:J${FIRST + 1}`);
      put(sheet, FIRST, ['02'], 10);
    });
    expect(brief(diff)).toEqual([['k1', 'person.kind', '02']]);
    expect(diff.problems.map(({ row: key, column, at }) => [key, column, at])).toEqual([
      ['k2', 'person.kind', '人口 核查!J4'],
    ]);
    expect(diff.problems[0]!.message.zh).toContain('合并');
  });

  it('with a formula nobody worked out is a problem, not an empty value', async () => {
    const diff = await returned((sheet) => {
      sheet.getCell('G3').value = { formula: 'G4+1' } as ExcelJS.CellFormulaValue;
      sheet.getCell('F4').value = { formula: 'G4+1', result: 61.5 } as ExcelJS.CellFormulaValue;
    });
    expect(brief(diff)).toEqual([['k2', 'person.area', '61.5']]);
    expect(diff.problems).toMatchObject([{ at: '人口 核查!G3', row: 'k1', column: 'person.count' }]);
    expect([...diff.formulas].sort()).toEqual(['人口 核查!F4', '人口 核查!G3']);
  });

  it('that lost its zeros, or all but the first digits of a number, is not taken for a new value', async () => {
    const rows = [{ key: 'z', values: ['甲', '010-1', null, null, null, null, null, '01012345678', null] }];
    const diff = await importTask(
      await edited(await exported(rows), (sheet) => {
        sheet.getCell('I3').value = 1_012_345_678;
        sheet.getCell('C3').value = '1.10105E+17';
      }),
      COLUMNS,
    );
    expect(diff.changes).toEqual([]);
    expect(diff.problems).toMatchObject([{ at: '人口 核查!C3', column: 'person.id' }]);
  });
});

describe('a workbook that counts from 1904', () => {
  it('has its days in numbers read from there', async () => {
    const diff = await returned((sheet, book) => {
      book.properties.date1904 = true;
      // 1980-01-01, as a plain number.
      for (let number = FIRST; number < FIRST + 24; number++) {
        sheet.getCell(`E${number}`).style = {};
        sheet.getCell(`E${number}`).value = 27_759 + ((number - FIRST) % 28);
      }
    });
    expect(diff).toMatchObject(nothing);
  });
});

const hasOffice = spawnSync('soffice', ['--version'], { timeout: 60_000 }).status === 0;

describe.runIf(hasOffice)('saved by LibreOffice', () => {
  it('as .xlsx, and by way of its own format, a task is the same task', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-task-'));
    const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`;
    const convert = (from: string, kind: string, out: string): void => {
      execFileSync('soffice', [profile, '--headless', '--convert-to', kind, '--outdir', join(folder, out), from], {
        timeout: 100_000,
        stdio: 'ignore',
      });
    };
    try {
      const columns: TaskColumn[] = [
        ...COLUMNS,
        { id: 'person.seen', title: '走访时间', type: 'timestamp' },
        { id: 'person.note', title: '备注', type: 'text' },
      ];
      const odd = [
        '=1+1',
        '第一行\n第二行',
        ' 两边空格 ',
        '_x0041_',
        'a&b<c>"\'',
        '０１２',
        '1949-12-31',
        '007',
        '#N/A',
        '+86 1',
        '-',
        '是',
      ];
      const rows = PEOPLE.map((one, at) => ({
        ...one,
        values: [...one.values, `2025-06-01 09:05:${String(at).padStart(2, '0')}`, odd[at] ?? null],
        notes: { 'person.phone': '来源：网格平台' },
      }));
      await writeFile(join(folder, 'task.xlsx'), await exported(rows, columns));
      convert(join(folder, 'task.xlsx'), 'xlsx', 'once');
      convert(join(folder, 'once', 'task.xlsx'), 'ods', 'other');
      convert(join(folder, 'other', 'task.ods'), 'xlsx', 'twice');
      for (const way of ['once', 'twice']) {
        const bytes = await readFile(join(folder, way, 'task.xlsx'));
        expect([way, await identifyTask(bytes)]).toEqual([way, { task: 'task_1', base: 'snap_7' }]);
        expect([way, await importTask(bytes, columns)]).toMatchObject([way, nothing]);
      }
      // Saved there, edited elsewhere, saved there again.
      const changed = await edited(await readFile(join(folder, 'once', 'task.xlsx')), (sheet) => {
        sheet.getCell('I4').value = '１３８００１３８０００';
        sheet.getCell('E5').value = '１９８０年１月４日';
        sheet.spliceRows(FIRST + 10, 1);
      });
      await writeFile(join(folder, 'changed.xlsx'), changed);
      convert(join(folder, 'changed.xlsx'), 'xlsx', 'last');
      const diff = await importTask(await readFile(join(folder, 'last', 'changed.xlsx')), columns);
      expect(brief(diff)).toEqual([
        ['k2', 'person.phone', '13800138000'],
        ['k3', 'person.born', '1980-01-04'],
      ]);
      expect(diff).toMatchObject({ deleted: ['k11'], inserted: [], problems: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
