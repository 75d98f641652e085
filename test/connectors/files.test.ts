import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCsvRows } from '../../connectors/csv.ts';
import { createFileConnector, type FileDataset } from '../../connectors/files.ts';
import type { Cell } from '../../connectors/table-layout.ts';
import type { Clock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import { patientClock } from './patient-clock.ts';
import { drain } from './small-server.ts';

let folder: string;
let inbox: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inbox-'));
  inbox = join(folder, 'inbox');
  await mkdir(inbox);
});
afterEach(() => rm(folder, { recursive: true }));

const MARKET: FileDataset = {
  kind: 'csv',
  pattern: 'market-enterprise-*.csv',
  encoding: 'gb18030',
  headerContains: ['统一社会信用代码', '企业名称'],
  aliases: { 企业名称: ['名称'] },
  dropRowsWhere: { column: '统一社会信用代码', blankOr: ['合计', '总计'] },
};
const TAX: FileDataset = {
  kind: 'xlsx',
  pattern: 'tax-*.xlsx',
  sheet: '入库税收',
  headerContains: ['纳税人识别号', '所属月份'],
  dropRowsWhere: { column: '纳税人识别号', blankOr: ['合计'] },
};

async function* sheet(...rows: Cell[][]): AsyncIterable<Cell[]> {
  yield* rows;
}

function connector(
  readXlsxRows: (path: string, name: string) => AsyncIterable<Cell[]> = () => sheet(),
  clock: Clock = patientClock(),
) {
  return createFileConnector({
    source: 'market',
    inbox,
    datasets: { enterprise: MARKET, tax_month: TAX },
    readXlsxRows,
    files: openLanding({ folder: join(folder, 'landing'), clock }).documents,
    clock,
  });
}

const drop = (name: string, text: string, encoding = 'gb18030') =>
  writeFile(join(inbox, name), iconv.encode(text, encoding));

const TABLE =
  '锦澜街道市场主体名册,,\n统一社会信用代码,企业名称,注册资本（万元）\nA1,"甲,乙公司",100\n,,\n合　计,,100\n';

describe('a CSV', () => {
  test('in GB18030 is read from under its title, without totals and blank rows', async () => {
    await drop('market-enterprise-2026-10.csv', TABLE);
    const { records, cursor } = await drain(connector(), 'enterprise');
    expect(records).toEqual([{ 统一社会信用代码: 'A1', 企业名称: '甲,乙公司', '注册资本(万元)': '100' }]);
    expect(cursor).toMatchObject({ files: [{ name: 'market-enterprise-2026-10.csv' }] });
  });

  test('with another name in the header is found by the alias and keeps that name', async () => {
    await drop('market-enterprise-1.csv', '名称,统一社会信用代码,新列\n甲,A1,x\n');
    expect((await drain(connector(), 'enterprise')).records).toEqual([
      { 名称: '甲', 统一社会信用代码: 'A1', 新列: 'x' },
    ]);
  });

  test.each([
    ['UTF-8', 'utf8'],
    ['UTF-8 with a mark', 'utf8'],
    ['UTF-16', 'utf16le'],
  ])('in %s is named as wrongly encoded', async (name, encoding) => {
    await drop('market-enterprise-1.csv', `${name.includes('mark') ? '\ufeff' : ''}${TABLE}`, encoding);
    await expect(drain(connector(), 'enterprise')).rejects.toMatchObject({
      code: expect.stringMatching(/answer.encoding|file.header/),
      retryable: false,
    });
  });

  test('without the header is named', async () => {
    await drop('market-enterprise-1.csv', '代码,内容\n1,2\n');
    await expect(drain(connector(), 'enterprise')).rejects.toMatchObject({ code: 'connectors.file.header' });
  });

  test('of any spelling has the rows that RFC 4180 gives it', async () => {
    const path = join(inbox, 'x.csv');
    const rows = async (text: string) => {
      await writeFile(path, text);
      const found: string[][] = [];
      for await (const row of readCsvRows(path, 'utf-8')) found.push(row);
      return found;
    };
    expect(await rows('a,b\r\n"x ""y"" z","1\r\n2"\r\n,')).toEqual([
      ['a', 'b'],
      ['x "y" z', '1\r\n2'],
      ['', ''],
    ]);
    expect(await rows('a\rb\r')).toEqual([['a'], ['b']]);
    expect(await rows('')).toEqual([]);
    expect(await rows('"open, never closed\n')).toEqual([['open, never closed\n']]);
    const long = 'ab,"cd"\n'.repeat(100_000);
    expect((await rows(long)).every((row) => row.join() === 'ab,cd')).toBe(true);
  });
});

describe('a workbook', () => {
  test('is read from its kept copy, dates and numbers as they are', async () => {
    await writeFile(join(inbox, 'tax-2026-10.xlsx'), 'PK');
    const paths: string[] = [];
    const read = (path: string, name: string) => {
      paths.push(path);
      expect(name).toBe('入库税收');
      return sheet(
        ['入库税收表', null],
        ['纳税人 识别号', '所属月份', '税额', null, '更新日期', '税额'],
        ['A1', '2026-10', 1.5, 'dropped', new Date('2026-11-01T00:00:00Z'), true],
        [null, null],
        ['合计', null, 1.5],
      );
    };
    const { records } = await drain(connector(read), 'tax_month');
    expect(records).toEqual([
      { 纳税人识别号: 'A1', 所属月份: '2026-10', 税额: 1.5, 更新日期: '2026-11-01', 税额_2: true },
    ]);
    expect(paths[0]?.startsWith(join(folder, 'landing', 'files'))).toBe(true);
  });

  test('that cannot be read is named and does not hold up the others', async () => {
    for (const name of ['tax-1.xlsx', 'tax-2.xlsx', 'tax-3.xlsx']) await writeFile(join(inbox, name), name);
    let calls = 0;
    const read = () => {
      calls += 1;
      if (calls === 2) throw new Error('not a zip');
      return sheet(['纳税人识别号', '所属月份'], [`A${calls}`, '2026-10']);
    };
    const records: unknown[] = [];
    let cursor: unknown;
    const pull = async () => {
      const signal = new AbortController().signal;
      for await (const page of connector(read).pull({ dataset: 'tax_month', cursor: null, signal })) {
        records.push(...page.records);
        cursor = page.cursor;
      }
    };
    await expect(pull()).rejects.toMatchObject({ code: 'connectors.file.unreadable' });
    expect(records.length).toBe(2);
    expect(cursor).toMatchObject({ files: [{ name: 'tax-1.xlsx' }, { name: 'tax-3.xlsx' }] });
  });
});

describe('the inbox', () => {
  test('is read once; a changed file again, a renamed one not, a removed one is forgotten', async () => {
    await drop('market-enterprise-1.csv', TABLE);
    await drop('market-enterprise-2.csv.part', TABLE);
    await drop('~$market-enterprise-1.csv', 'x');
    const first = await drain(connector(), 'enterprise');
    expect(first.records.length).toBe(1);
    expect((await drain(connector(), 'enterprise', first.cursor)).pages).toEqual([]);

    await rename(join(inbox, 'market-enterprise-1.csv'), join(inbox, 'market-enterprise-10.csv'));
    const renamed = await drain(connector(), 'enterprise', first.cursor);
    expect(renamed.records).toEqual([]);
    expect(renamed.cursor).toMatchObject({ files: [{ name: 'market-enterprise-10.csv' }] });
    expect((await drain(connector(), 'enterprise', renamed.cursor)).pages).toEqual([]);

    await drop('market-enterprise-10.csv', TABLE.replace('A1', 'A2'));
    await utimes(join(inbox, 'market-enterprise-10.csv'), 1, 1);
    expect((await drain(connector(), 'enterprise', renamed.cursor)).records.length).toBe(1);
  });

  test('leaves a file that is still being written to the next pull', async () => {
    const path = join(inbox, 'market-enterprise-1.csv');
    await writeFile(path, iconv.encode(TABLE.slice(0, 30), 'gb18030'));
    const patient = patientClock();
    const clock: Clock = {
      now: patient.now,
      sleep: async () => await writeFile(path, iconv.encode(TABLE, 'gb18030')),
    };
    await expect(drain(connector(undefined, clock), 'enterprise')).rejects.toMatchObject({
      code: 'connectors.file.changing',
      retryable: true,
    });
    expect((await drain(connector(), 'enterprise')).records.length).toBe(1);
  });

  test('that is not there is named', async () => {
    await rm(inbox, { recursive: true });
    await expect(drain(connector(), 'enterprise')).rejects.toMatchObject({
      code: 'connectors.file.inbox',
      retryable: true,
    });
  });

  test('a large file comes in pages, and only the last one moves the cursor', async () => {
    const body = Array.from({ length: 4500 }, (_, i) => `A${i},甲\n`).join('');
    await drop('market-enterprise-1.csv', `统一社会信用代码,企业名称\n${body}`);
    const { pages } = await drain(connector(), 'enterprise');
    expect(pages.map((page) => page.records.length)).toEqual([2000, 2000, 500]);
    expect(pages.map((page) => (page.cursor as { files: unknown[] }).files.length)).toEqual([0, 0, 1]);
  });
});
