import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createXlsxCommands } from '../../../cli/xlsx.ts';
import { packageRoot } from '../../../core/paths.ts';
import { openWorkbook, writeWorkbook } from '../../../templates/xlsx/index.ts';
import { collector } from './collect.ts';
import { type CompiledWorker, compileWorker } from './compiled-worker.ts';

let compiled: CompiledWorker;
const path = (name: string) => join(compiled.folder, name);

beforeAll(async () => {
  compiled = await compileWorker();
});

afterAll(() => compiled.remove());

async function run(name: string, args: string[], options: Record<string, string | boolean> = {}) {
  const command = createXlsxCommands({ workerFile: compiled.workerFile }).find((one) => one.name === `xlsx ${name}`)!;
  const defaults = Object.fromEntries(Object.entries(command.options).map(([key, option]) => [key, option.default]));
  const out = collector();
  const code = await command.run({
    args,
    options: { ...defaults, ...options },
    stdout: out.stream,
    stderr: collector().stream,
    signal: new AbortController().signal,
  });
  return { code, text: out.bytes().toString(), lines: out.bytes().toString().trimEnd().split('\n') };
}

const rowsOf = async (file: string) =>
  (await run('read', [file], { ndjson: true })).lines.map((line) => JSON.parse(line));

describe('xlsx write and read', () => {
  it('carry a Parquet file over with its types', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT '110105199001011234' AS 证件号, i::INTEGER AS 序号, DATE '2026-01-01' + i::INTEGER AS 日期, i / 4 AS 数
       FROM range(3000) t(i)) TO '${path('a.parquet')}' (FORMAT parquet)`,
    );
    instance.closeSync();
    const { text } = await run('write', [], { from: path('a.parquet'), out: path('a.xlsx') });
    expect(JSON.parse(text)).toMatchObject({ rows: 3_000, sheets: ['数据'] });
    const rows = await rowsOf(path('a.xlsx'));
    expect(rows).toHaveLength(3_001);
    expect(rows[0]).toEqual(['证件号', '序号', '日期', '数']);
    expect(rows[2]).toEqual(['110105199001011234', 1, '2026-01-02', 0.25]);
  });

  it('take a name with the signs of a pattern for what it is', async () => {
    await writeFile(path('c[1]*.csv'), '名\n甲\n');
    await writeFile(path('c1x.csv'), '名\n乙\n');
    await run('write', [], { from: path('c[1]*.csv'), out: path('c.xlsx') });
    expect(await rowsOf(path('c.xlsx'))).toEqual([['名'], ['甲']]);
  });

  it('keep double and empty titles of a CSV file, and refuse one whose lines do not fit', async () => {
    await writeFile(path('d.csv'), '\uFEFF甲;甲;;"x\ny"\n1;2;3;4\n');
    await run('write', [], { from: path('d.csv'), out: path('d.xlsx') });
    expect(await rowsOf(path('d.xlsx'))).toEqual([
      ['甲', '甲', null, 'x\ny'],
      [1, 2, 3, 4],
    ]);
    await writeFile(path('e.csv'), 'a,b\n1\n1,2,3\n');
    await expect(run('write', [], { from: path('e.csv'), out: path('e.xlsx') })).rejects.toMatchObject({
      code: 'cli.xlsx.table',
    });
    await writeFile(path('f.csv'), '');
    const { text } = await run('write', [], { from: path('f.csv'), out: path('f.xlsx') });
    expect(JSON.parse(text)).toMatchObject({ rows: 0 });
  });

  it('keep leading zeros and long ids of a CSV file, and numbers where a column has nothing else', async () => {
    await writeFile(
      path('b.csv'),
      '编号,证件号,金额,备注\n007,110105199001011234,1.50,\n123,110105199001011235,-2,"甲,乙"\n',
    );
    await run('write', [], { from: path('b.csv'), out: path('b.xlsx'), sheet: '台账' });
    expect(await rowsOf(path('b.xlsx'))).toEqual([
      ['编号', '证件号', '金额', '备注'],
      ['007', '110105199001011234', 1.5],
      ['123', '110105199001011235', -2, '甲,乙'],
    ]);
  });

  it('carry NDJSON over, of objects and of arrays', async () => {
    await writeFile(path('c.ndjson'), '{"名":"甲","值":1}\n\n{"值":null,"名":"=乙","多":{"a":[1]}}\n');
    await run('write', [], { from: path('c.ndjson'), out: path('c.xlsx') });
    const rows = [
      ['名', '值', '多'],
      ['甲', 1],
      ['=乙', null, '{"a":[1]}'],
    ];
    expect(await rowsOf(path('c.xlsx'))).toEqual(rows);
    await writeFile(path('d.ndjson'), (await run('read', [path('c.xlsx')], { ndjson: true })).text);
    await run('write', [], { from: path('d.ndjson'), out: path('d.xlsx') });
    expect(await rowsOf(path('d.xlsx'))).toEqual(rows);
    await writeFile(path('e.ndjson'), '[1]\n{"a":1}\n');
    await expect(run('write', [], { from: path('e.ndjson'), out: path('e.xlsx') })).rejects.toMatchObject({
      code: 'cli.xlsx.line',
    });
  });

  it('give a sheet by name, as text with tabs, and only so many rows', async () => {
    await writeWorkbook(path('f.xlsx'), [
      { name: '藏', state: 'hidden', rows: [['x']] },
      { name: '一', rows: [[1, '甲\t乙', true, new Date(Date.UTC(2026, 0, 2, 3, 4, 5))]] },
      { name: '二', rows: [[1], [2], [3]] },
    ]);
    expect((await run('read', [path('f.xlsx')])).text).toBe('1\t甲 乙\ttrue\t2026-01-02T03:04:05\n');
    expect((await run('read', [path('f.xlsx')], { sheet: '二', limit: '2' })).text).toBe('1\n2\n');
    await expect(run('read', [path('f.xlsx')], { sheet: '三' })).rejects.toMatchObject({
      code: 'templates.xlsx.noSuchSheet',
    });
    await expect(run('read', [])).rejects.toMatchObject({ code: 'cli.usage' });
  });
});

describe('xlsx fill', () => {
  it('puts data into the template and keeps the rest', async () => {
    await writeWorkbook(path('template.xlsx'), [
      {
        name: '表',
        rows: [
          ['人数', 0],
          ['说明', '原样'],
        ],
      },
    ]);
    await writeFile(path('data.json'), JSON.stringify({ cells: { '表!B1': 42 } }));
    await run('fill', [path('template.xlsx')], { data: path('data.json'), out: path('filled.xlsx') });
    expect(await rowsOf(path('filled.xlsx'))).toEqual([
      ['人数', 42],
      ['说明', '原样'],
    ]);
    await writeFile(
      path('data.json'),
      JSON.stringify({ cells: { '表!B1': { date: '2026-06-30' }, '表!B2': '2026-06-30' } }),
    );
    await run('fill', [path('template.xlsx')], { data: path('data.json'), out: path('filled.xlsx') });
    const workbook = await openWorkbook(path('filled.xlsx'));
    const values = [];
    for await (const row of workbook.rows('表')) values.push(row.values[1]);
    await workbook.close();
    expect(values).toEqual([new Date('2026-06-30T00:00:00Z'), '2026-06-30']);
    for (const text of ['{', '{"cells":{"表!B1":{"date":"2026-02-30"}}}']) {
      await writeFile(path('data.json'), text);
      await expect(
        run('fill', [path('template.xlsx')], { data: path('data.json'), out: path('x.xlsx') }),
      ).rejects.toMatchObject({ code: 'cli.usage' });
    }
  });
});

describe('what is not there or not right', () => {
  const words = (code: string) => ({
    code,
    text: { zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.any(String) },
  });

  it.each(['none.csv', 'none.parquet', 'none.ndjson'])('%s that is missing is said to be', async (name) => {
    await expect(run('write', [], { from: path(name), out: path('x.xlsx') })).rejects.toMatchObject(
      words('cli.xlsx.unreadable'),
    );
  });

  it('a file that is no Parquet is said to be none', async () => {
    await writeFile(path('text.parquet'), '姓名,数量');
    await expect(run('write', [], { from: path('text.parquet'), out: path('x.xlsx') })).rejects.toMatchObject(
      words('cli.xlsx.table'),
    );
  });

  it.each([
    [null],
    [[]],
    [5],
    [{ row: {} }],
    [{ cells: 5 }],
    [{ cells: ['x'] }],
    [{ rows: { 样例: 'x' } }],
    [{ rows: { 样例: { a: [1] } } }],
    [{ rows: { 样例: [{ a: 1 }] } }],
    [{ rows: { 样例: [['a'], null] } }],
    [{ rows: { 样例: [1, 2] } }],
    [{ columns: { 样例: 5 } }],
    [{ names: { 样例: [1, 2] } }],
    [{ text: { 单位: { a: 1 } } }],
    [{ text: { 单位: null } }],
  ])('data %j to fill in is refused in words', async (data) => {
    const template = join(packageRoot(), 'test/templates/xlsx/odd/strict-prefixed.xlsx');
    await writeFile(path('wrong.json'), `\uFEFF${JSON.stringify(data)}`);
    await expect(run('fill', [template], { data: path('wrong.json'), out: path('x.xlsx') })).rejects.toMatchObject(
      words('templates.xlsx.fill.data'),
    );
  });
});

describe('xlsx check', () => {
  it('accepts a good workbook with a report and exit 0', async () => {
    await writeWorkbook(path('good.xlsx'), [{ name: '表', rows: [[1, 2]] }]);
    const { code, text } = await run('check', [path('good.xlsx')]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ ok: true, sheets: [{ name: '表', rows: 1, cells: 2 }] });
  });

  it('refuses a bad one with rule, part and limit and exit 1', async () => {
    const whole = await readFile(path('good.xlsx'));
    await writeFile(path('bad.xlsx'), whole.subarray(0, -40));
    const { code, text } = await run('check', [path('bad.xlsx')]);
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      ok: false,
      refusal: { code: 'templates.xlsx.truncated', details: { rule: 'truncated' } },
    });
  });
});
