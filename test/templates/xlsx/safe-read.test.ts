import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWarmInspector, inspectInWorker, readInWorker } from '../../../templates/xlsx/index.ts';
import { type CompiledWorker, compileWorker } from './compiled-worker.ts';
import { workbookBytes, written } from './workbook-bytes.ts';

let compiled: CompiledWorker;
let folder: string;
let workerFile: string;

beforeAll(async () => {
  compiled = await compileWorker();
  ({ folder, workerFile } = compiled);
});

afterAll(() => compiled.remove());

describe('a workbook read in a worker', () => {
  it('is reported, from bytes and from a file', async () => {
    const bytes = await written([{ name: '台账', columns: [{ header: '姓名' }], rows: [['王伟'], ['李静']] }]);
    const report = await inspectInWorker(bytes, { workerFile });
    expect(report.sheets).toMatchObject([{ name: '台账', rows: 3, cells: 3, formulas: 0, merges: 0 }]);
    const path = join(folder, 'a.xlsx');
    await writeFile(path, bytes);
    expect(await inspectInWorker(path, { workerFile })).toEqual(report);
  });

  it('gives its rows, dates and errors as they are', async () => {
    const day = new Date(Date.UTC(2026, 0, 31));
    const rows = Array.from({ length: 30_000 }, (_, i) => [`居民${i}`, i, day, i % 2 === 0]);
    const bytes = await written([
      { name: '隐', state: 'hidden', rows: [] },
      { name: '台账', rows },
    ]);
    const back: unknown[] = [];
    for await (const row of readInWorker(bytes, { workerFile })) back.push(row.values);
    expect(back).toEqual(rows);
    const error = await workbookBytes({ rows: '<row r="2"><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>' });
    for await (const row of readInWorker(error, { workerFile, sheet: '表' }))
      expect(row.cell(1)).toEqual({ value: { error: '#DIV/0!' }, formula: '1/0', styleId: 0 });
  });

  it('that is refused is refused with rule, part and limit', async () => {
    const bytes = await workbookBytes({ rows: '<row><c><v>1</v></c><c><v>2</v></c></row>' });
    await expect(inspectInWorker(bytes, { workerFile, limits: { cells: 1 } })).rejects.toMatchObject({
      code: 'templates.xlsx.cells',
      details: { rule: 'cells', part: 'xl/worksheets/sheet1.xml', limit: 1 },
    });
    await expect(inspectInWorker(join(folder, 'missing.xlsx'), { workerFile })).rejects.toMatchObject({
      code: 'templates.xlsx.unreadable',
    });
  });

  it('may be left in the middle', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => [i, '文字']);
    const bytes = await written([{ name: 's', rows }]);
    const seen: unknown[] = [];
    for await (const row of readInWorker(bytes, { workerFile })) {
      seen.push(row.values[0]);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('a worker that stands ready', () => {
  it('reads one file, and so does the next one', async () => {
    const inspector = createWarmInspector(workerFile);
    try {
      const good = await written([{ name: '台账', rows: [['王伟']] }]);
      const bad = await workbookBytes({ rows: '<row><c><v>1</v></c><c><v>2</v></c></row>' });
      for (let i = 0; i < 3; i++) {
        const reports = await Promise.all([inspector.inspect(good), inspector.inspect(good)]);
        expect(reports.map(({ sheets }) => sheets[0]!.cells)).toEqual([1, 1]);
        await expect(inspector.inspect(bad, { limits: { cells: 1 } })).rejects.toMatchObject({
          code: 'templates.xlsx.cells',
        });
      }
    } finally {
      inspector.close();
    }
  });

  it('starts another where it is asked for another heap, and one for the file that comes when it is closed', async () => {
    const inspector = createWarmInspector(workerFile);
    const good = await written([{ name: '台账', rows: [['王伟']] }]);
    const { sheets } = await inspector.inspect(good, { limits: { heapMb: 100 } });
    expect(sheets[0]!.cells).toBe(1);
    inspector.close();
    expect((await inspector.inspect(good)).sheets).toHaveLength(1);
  });
});

describe('a worker that takes too much', () => {
  const rows = () => Array.from({ length: 60_000 }, (_, i) => [i, `文字${i}`, i / 3]);

  it('of time is stopped at the deadline', async () => {
    const bytes = await written([{ name: 's', rows: rows() }]);
    let due: (() => void) | undefined;
    const clock = {
      now: () => new Date(0),
      sleep: () =>
        new Promise<void>((resolve) => {
          due = resolve;
        }),
    };
    const reading = (async () => {
      for await (const row of readInWorker(bytes, { workerFile, clock })) if (row.number === 1) due!();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'templates.xlsx.deadline' });
  });

  it('of memory is stopped at the heap limit', async () => {
    // Names and their formulas are kept in the heap, more of them than the worker may have.
    const names = Array.from(
      { length: 19_000 },
      (_, i) => `<definedName name="n${i}">${'"甲"&amp;'.repeat(80)}"${i}"</definedName>`,
    );
    const bytes = await workbookBytes({ workbook: `<definedNames>${names.join('')}</definedNames>` });
    await expect(
      inspectInWorker(bytes, { workerFile, limits: { heapMb: 12, ratio: 1e6, frameBytes: 1e8 } }),
    ).rejects.toMatchObject({
      code: 'templates.xlsx.memory',
    });
  });

  it('is stopped by the signal', async () => {
    const abort = new AbortController();
    const bytes = await written([{ name: 's', rows: rows() }]);
    const reading = (async () => {
      for await (const row of readInWorker(bytes, { workerFile, signal: abort.signal }))
        if (row.number === 1) abort.abort(new Error('left'));
    })();
    await expect(reading).rejects.toThrow('left');
  });
});
