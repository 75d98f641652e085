import { execFileSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWorkbook, type SheetToWrite, writeWorkbook } from '../../../templates/xlsx/index.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { collector } from './collect.ts';
import { written } from './workbook-bytes.ts';

async function readBack(bytes: Buffer): Promise<Map<string, (readonly unknown[])[]>> {
  const workbook = await openWorkbook(bytes);
  const sheets = new Map<string, (readonly unknown[])[]>();
  for (const { name } of workbook.sheets) {
    const rows: (readonly unknown[])[] = [];
    for await (const row of workbook.rows(name)) rows[row.number - 1] = row.values;
    sheets.set(name, rows);
  }
  await workbook.close();
  return sheets;
}

/** What a cell comes back as: an empty text cannot be kept. */
function expected(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string') return value.replaceAll('\0', '_x0000_');
  if (typeof value === 'bigint')
    return value <= 999_999_999_999_999n && value >= -999_999_999_999_999n ? Number(value) : String(value);
  return value === 0 ? 0 : value;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[ \t\n\r<>&"'_x0-9A-F=+@-]{0,20}$/),
  fc.constantFrom('和平街道', '110105199001011234', '𠮷野家', '_x0041_', '', '👨‍👩‍👧'),
);
const day = fc.date({
  min: new Date('1900-03-01T00:00:00Z'),
  max: new Date('9999-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const value = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer({ min: -10_000_000, max: 10_000_000 }).map((n) => n / 100),
  fc.boolean(),
  day,
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  fc.constant(null),
);

describe('what is written', () => {
  it('is read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(value, { maxLength: 8 }), { maxLength: 12 }), async (rows) => {
        const sheets = await readBack(await written([{ name: '表', rows }]));
        const back = sheets.get('表')!;
        expect(back).toHaveLength(rows.length);
        for (const [r, row] of rows.entries()) {
          for (const [c, cell] of row.entries())
            expect(back[r]![c] === null ? undefined : back[r]![c]).toEqual(expected(cell));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is read by exceljs alike', async () => {
    const day = new Date(Date.UTC(2026, 2, 31, 8, 15, 30));
    const bytes = await written([
      {
        name: '台账',
        columns: [
          { header: '姓名', width: 14 },
          { header: '证件号', type: 'text', width: 22 },
          { header: '金额', format: '#,##0.00' },
          { header: '日期', type: 'date' },
          { header: '时间', type: 'datetime' },
          { header: '在册', hidden: true },
        ],
        rows: [
          ['王伟', '110105199001011234', 1234.5, day, day, true],
          [' 空 格 ', 42, -0.07, '2026-01-02', null, false],
        ],
        autoFilter: true,
      },
    ]);
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes as never);
    const sheet = book.getWorksheet('台账')!;
    expect(sheet.getRow(1).values).toEqual([undefined, '姓名', '证件号', '金额', '日期', '时间', '在册']);
    expect(sheet.getCell('A1').font.bold).toBe(true);
    expect(sheet.getCell('B2').value).toBe('110105199001011234');
    expect(sheet.getCell('B3').value).toBe('42');
    expect(sheet.getCell('C2').numFmt).toBe('#,##0.00');
    expect(sheet.getCell('D2').numFmt).toBe('yyyy-mm-dd');
    expect(sheet.getCell('D3').value).toEqual(new Date(Date.UTC(2026, 0, 2)));
    expect(sheet.getCell('E2').value).toEqual(day);
    expect(sheet.getCell('F3').value).toBe(false);
    expect(sheet.getCell('A3').value).toBe(' 空 格 ');
    expect(sheet.getColumn(2).width).toBe(22);
    expect(sheet.getColumn(6).hidden).toBe(true);
    expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
    expect(sheet.autoFilter).toBe('A1:F3');
  });

  it('keeps text that looks like a formula as text, marked so', async () => {
    const dangerous = ['=1+1', '+86 10', '-甲', '@cmd', '\t=1', "=cmd|'/c calc'!A0"];
    const bytes = await written([{ name: 's', rows: [dangerous, ['安全', 'a=b', '1-2', 5]] }]);
    const zip = await openZip(bytes);
    const sheet = await zip.readText('xl/worksheets/sheet1.xml');
    const styles = await zip.readText('xl/styles.xml');
    const records = /<cellXfs[^>]*>(.*)<\/cellXfs>/.exec(styles)![1]!.split(/(?=<xf )/);
    const quoted = new Set(records.flatMap((record, id) => (record.includes('quotePrefix="1"') ? [String(id)] : [])));
    expect(sheet).not.toContain('<f>');
    for (const [, row, style] of sheet.matchAll(/<c r="[A-Z]+(\d)"(?: s="(\d+)")?/g)) {
      expect(quoted.has(style ?? '0')).toBe(row === '1');
    }
    await zip.close();
    expect((await readBack(bytes)).get('s')![0]).toEqual(dangerous);
  });

  it('shares strings that repeat and keeps those that do not in their cells', async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => [i % 3 ? '正常' : '待审核', `证件${i}`]);
    const zip = await openZip(await written([{ name: 's', rows }]));
    const shared = await zip.readText('xl/sharedStrings.xml');
    expect(shared.match(/<si>/g)!.length).toBeLessThan(300);
    await zip.close();
    expect((await readBack(await written([{ name: 's', rows }]))).get('s')).toEqual(rows);
  });
});

describe('sheets', () => {
  it('go on in a further one when full, with the header again', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => [i]);
    const sink = collector();
    const result = await writeWorkbook(sink.stream, [{ name: '明细', columns: [{ header: '号' }], rows }], {
      rowsPerSheet: 5,
    });
    expect(result).toMatchObject({ rows: 10, sheets: ['明细', '明细 (2)', '明细 (3)'] });
    const back = await readBack(sink.bytes());
    expect(back.get('明细')).toEqual([['号'], [0], [1], [2], [3]]);
    expect(back.get('明细 (3)')).toEqual([['号'], [8], [9]]);
  });

  it('that are exactly full do not go on', async () => {
    const result = await writeWorkbook(collector().stream, [{ name: 's', rows: [[1], [2]] }], { rowsPerSheet: 2 });
    expect(result.sheets).toEqual(['s']);
  });

  it('may be hidden, carry custom properties and come one after the other', async () => {
    async function* sheets(): AsyncGenerator<SheetToWrite> {
      yield { name: '填报', rows: [[1]] };
      yield { name: '_base', state: 'veryHidden', rows: [['v1']] };
    }
    const sink = collector();
    await writeWorkbook(sink.stream, sheets(), {
      customProperties: { fillonceTask: 'task_<1>', version: 3, draft: true },
    });
    const workbook = await openWorkbook(sink.bytes());
    expect(workbook.sheets.map(({ state }) => state)).toEqual(['visible', 'veryHidden']);
    expect([...workbook.customProperties]).toEqual([
      ['fillonceTask', 'task_<1>'],
      ['version', 3],
      ['draft', true],
    ]);
    await workbook.close();
  });

  it('are refused with a name Excel would not take, twice the same, or none visible', async () => {
    const refused = (sheets: SheetToWrite[]) =>
      expect(writeWorkbook(collector().stream, sheets)).rejects.toMatchObject({ code: 'templates.xlsx.sheet' });
    for (const name of ['', 'a/b', "'a", 'x'.repeat(32), '[1]']) await refused([{ name, rows: [] }]);
    await refused([
      { name: 'Ab', rows: [] },
      { name: 'aB', rows: [] },
    ]);
    await refused([{ name: 's', state: 'hidden', rows: [] }]);
    await refused([]);
    await refused([{ name: 's', columns: [{ header: 'a' }], rows: [[1, 2]] }]);
  });
});

describe('a value that no cell can hold', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), 'x'.repeat(32_768), {}, Symbol('s')])(
    'is refused with its place',
    async (bad) => {
      await expect(writeWorkbook(collector().stream, [{ name: '表', rows: [[1], [2, bad]] }])).rejects.toMatchObject({
        code: 'templates.xlsx.value',
        details: { where: '表!B2' },
      });
    },
  );
});

describe('writing that is cut short', () => {
  it('by its signal rejects with the reason, closes the rows and leaves no file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-write-'));
    const abort = new AbortController();
    let closed = false;
    async function* rows() {
      try {
        for (let i = 0; ; i++) yield [i, '一行', 'x'.repeat(i % 50)];
      } finally {
        closed = true;
      }
    }
    const seen: number[] = [];
    const writing = writeWorkbook(join(folder, 'out.xlsx'), [{ name: 's', rows: rows() }], {
      signal: abort.signal,
      onProgress: (progress) => {
        seen.push(progress.rows);
        if (seen.length === 5) abort.abort(new Error('no longer wanted'));
      },
    });
    await expect(writing).rejects.toThrow('no longer wanted');
    expect(closed).toBe(true);
    expect(await readdir(folder)).toEqual([]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await rm(folder, { recursive: true });
  });

  it('by an HTTP client that goes away rejects and closes the rows', async () => {
    let closed = false;
    async function* rows() {
      try {
        for (let i = 0; ; i++) yield [i, '一行文字'];
      } finally {
        closed = true;
      }
    }
    let settle: (outcome: unknown) => void;
    const outcome = new Promise<unknown>((resolve) => {
      settle = resolve;
    });
    const server = createServer((_request, response) => {
      writeWorkbook(response, [{ name: 's', rows: rows() }]).then(settle, settle);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const request = get({ port, host: '127.0.0.1' }, (response) => {
      let taken = 0;
      response.on('data', (piece: Buffer) => {
        taken += piece.length;
        if (taken > 200_000) request.destroy();
      });
      response.on('error', () => {});
    });
    request.on('error', () => {});
    expect(await outcome).toBeInstanceOf(Error);
    expect(closed).toBe(true);
    server.close();
  });

  it('by a folder that is not there says so', async () => {
    await expect(writeWorkbook('/no/such/folder/a.xlsx', [{ name: 's', rows: [[1]] }])).rejects.toMatchObject({
      code: 'templates.xlsx.unwritable',
      details: { where: '/no/such/folder/a.xlsx' },
    });
  });

  it('by its rows rejects with their error', async () => {
    async function* rows() {
      yield [1];
      throw new Error('query failed');
    }
    await expect(writeWorkbook(collector().stream, [{ name: 's', rows: rows() }])).rejects.toThrow('query failed');
  });
});

it('writes the same bytes for the same rows', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => [i, `行${i}`, i / 7]);
  expect((await written([{ name: 's', rows }])).equals(await written([{ name: 's', rows }]))).toBe(true);
});

it('writes through a link and into a pipe without putting a file in their place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-write-'));
  try {
    const sheets: SheetToWrite[] = [{ name: 's', rows: [['甲']] }];
    await writeFile(join(folder, 'real.xlsx'), 'old');
    await symlink('real.xlsx', join(folder, 'link.xlsx'));
    await writeWorkbook(join(folder, 'link.xlsx'), sheets);
    expect((await lstat(join(folder, 'link.xlsx'))).isSymbolicLink()).toBe(true);
    expect((await readBack(await readFile(join(folder, 'real.xlsx')))).get('s')).toEqual([['甲']]);

    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [piped] = await Promise.all([readFile(pipe), writeWorkbook(pipe, sheets)]);
    expect((await readBack(piped)).get('s')).toEqual([['甲']]);
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['link.xlsx', 'pipe', 'real.xlsx']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
