import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/paths.ts';
import {
  type FillData,
  fillWorkbook,
  inspectWorkbook,
  openWorkbook,
  readSheet,
} from '../../../templates/xlsx/index.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { collector } from './collect.ts';

const FOLDER = join(packageRoot(), 'test/templates/xlsx/odd');
const day = (number: number): Date => new Date(Date.UTC(2025, 0, number));
const list = <Item>(count: number, item: (number: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index + 1));
const sum = (count: number, value: (number: number) => number): number =>
  list(count, value).reduce((total, one) => total + one, 0);

interface Case {
  /** Samples whose rows are given whole, and may so be given again line by line. */
  readonly whole: readonly string[];
  readonly data: (count: number) => FillData;
  /** Sheet and cell, with what it must show after `count` rows (at least one). */
  readonly shows: (count: number) => readonly (readonly [string, string, unknown])[];
}

const ledger: Case = {
  whole: ['明细_2025.06'],
  data: (count) => ({
    rows: {
      '明细_2025.06': list(count, (i) => [i, `王${i}`, i % 2 ? '低保' : '特困', i, 2.5, undefined, day(i), undefined]),
    },
    names: { é_Ω名: '填表人：王' },
    text: { 街道: '望江街道' },
  }),
  shows: (count) => {
    const [home, total, last] = ["1月 '台账' & <汇总>", sum(count, (i) => i), count + 4];
    return [
      [home, 'A1', '望江街道困难群众帮扶台账'],
      [home, 'H4', '低保-王1'],
      [home, `F${last - 1}`, count * 2.5],
      [home, `G${last - 1}`, day(count)],
      [home, `D${last}`, total],
      [home, `F${last}`, total * 2.5],
      [home, `G${last}`, day(count)],
      [home, `D${last + 1}`, sum(count, (i) => (i % 2 ? i : 0))],
      [home, `F${last + 1}`, 2.5],
      [home, `A${last + 2}`, '填表人：王'],
      [home, `H${last + 2}`, count],
      ['隐藏页', 'A1', total * 2.5],
      ['隐藏页', 'A2', total + count * 2.5],
    ];
  },
};

const CASES: Readonly<Record<string, Case>> = {
  'openpyxl-1904.xlsx': ledger,
  'libreoffice-1904.xlsx': ledger,
  'openpyxl-cross-tab.xlsx': {
    whole: ['表行', '_码.1'],
    data: (count) => ({
      columns: { 列: list(count, (i) => [`${i}月`, i, undefined]) },
      rows: {
        行: list(count, (i) => [`社区${i}`]),
        宽行: list(count, (i) => [`宽${i}`, i]),
        表行: list(count, (i) => [`名${i}`, i, i / 2, undefined]),
        '_码.1': list(count, (i) => [`0${i}`, `名${i}`, undefined]),
      },
    }),
    shows: (count) => {
      const total = sum(count, (i) => i);
      return [
        ['交叉表', 'B1', '1月'],
        ['很宽', `B${count + 2}`, total],
        ['很宽', `C${count + 2}`, count * 2],
        ['很宽', `A${count + 4}`, total + count * sum(598, (i) => i + 1)],
        ['表', `D${count + 1}`, count],
        ['表', `H${count + 1}`, `名${count}`],
        ['表', `B${count + 2}`, total],
        ['表', `C${count + 2}`, total / 2],
      ];
    },
  },
  'strict-prefixed.xlsx': {
    whole: ['样例'],
    data: (count) => ({
      rows: { 样例: list(count, (i) => [`王${i}`, day(i), i, 2, undefined, undefined]) },
      text: { 单位: '人' },
    }),
    shows: (count) => {
      const total = sum(count, (i) => i * 2);
      return [
        ['明细', `B${count + 1}`, day(count)],
        ['明细', `E${count + 1}`, count * 2],
        ['明细', `F${count + 1}`, total],
        ['明细', `C${count + 2}`, total / 2],
        ['明细', `E${count + 2}`, total],
        ['明细', `F${count + 2}`, count - 1],
        ['明细', `A${count + 3}`, '单位：人'],
        ['明细', `E${count + 4}`, total * 2],
      ];
    },
  },
  'libreoffice-housing.xlsx': {
    whole: ['房屋明细'],
    data: (count) => ({
      rows: {
        房屋明细: list(count, (i) => [
          `路${i}`,
          `户${i}`,
          i % 2 ? '自住' : '空置',
          i * 50,
          day(i),
          undefined,
          undefined,
        ]),
      },
      text: { 街道: '望江街道' },
    }),
    shows: (count) => {
      const total = sum(count, (i) => i * 50);
      return [
        ['房屋', 'A1', '望江街道房屋台账\n（第二行）'],
        ['房屋', 'G4', count],
        ['房屋', `G${count + 3}`, 1],
        ['房屋', `D${count + 4}`, total],
        ['房屋', `A${count + 5}`, Math.floor(count / 2)],
        ['房屋', `B${count + 5}`, sum(count, (i) => (i % 2 ? 0 : i * 50))],
        ['房屋', `A${count + 6}`, total * 2],
        ['房屋', `B${count + 6}`, total + 1],
        ['汇总', 'A1', total],
      ];
    },
  },
};

async function fill(template: string | Uint8Array, data: FillData): Promise<Buffer> {
  const sink = collector();
  await fillWorkbook(template, data, sink.stream);
  return sink.bytes();
}

/** All values of all sheets, by sheet and cell; numbers to fourteen digits, as LibreOffice writes fifteen. */
async function valuesOf(source: string | Uint8Array): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const workbook = await openWorkbook(source);
  for (const { name } of workbook.sheets) {
    for await (const row of workbook.rows(name)) {
      for (const [at, value] of row.values.entries()) {
        if (value === null || value === undefined || value === '') continue;
        const known = typeof value === 'number' ? Number(value.toPrecision(14)) : value;
        values.set(`${name}!${columnOf(at)}${row.number}`, known);
      }
    }
  }
  await workbook.close();
  return values;
}

function columnOf(at: number): string {
  return (at >= 26 ? columnOf(Math.floor(at / 26) - 1) : '') + String.fromCharCode(65 + (at % 26));
}

describe.each(Object.entries(CASES))('%s', (name, { data, shows }) => {
  const path = join(FOLDER, name);

  it('filled with nothing has the same parts, byte for byte', async () => {
    const [before, after] = [await openZip(path), await openZip(await fill(path, {}))];
    expect(after.entries.map((entry) => entry.name)).toEqual(before.entries.map((entry) => entry.name));
    for (const entry of before.entries) {
      expect((await after.raw(entry.name)).compressed.equals((await before.raw(entry.name)).compressed)).toBe(true);
    }
    await before.close();
  });

  it.each([1, 2, 3, 100])('grows to %i rows, and everything that counts them is right', async (count) => {
    const values = await valuesOf(await fill(path, data(count)));
    for (const [sheet, cell, value] of shows(count))
      expect([cell, values.get(`${sheet}!${cell}`)]).toEqual([cell, value]);
  });

  it('may have no rows at all', async () => {
    const bytes = await fill(path, data(0));
    expect((await inspectWorkbook(bytes)).sheets.length).toBeGreaterThan(0);
  });

  it('is imported: rows, merges and drop-downs', async () => {
    const { sheets } = await inspectWorkbook(path);
    const workbook = await openWorkbook(path);
    const content = await readSheet(workbook, sheets[0]!.name);
    await workbook.close();
    expect(content.rows.length).toBeGreaterThan(2);
    expect(content.merges.length).toBe(sheets[0]!.merges);
  });
});

const hasOffice = spawnSync('soffice', ['--version'], { timeout: 60_000 }).status === 0;

describe.runIf(hasOffice)('saved again by LibreOffice', () => {
  it('all of them show what they were filled with, and can be filled again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-odd-'));
    try {
      const filled = new Map<string, Map<string, unknown>>();
      for (const [name, { data }] of Object.entries(CASES)) {
        const bytes = await fill(join(FOLDER, name), data(5));
        await writeFile(join(folder, name), bytes);
        filled.set(name, await valuesOf(bytes));
      }
      const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`;
      const files = [...filled.keys()].map((name) => join(folder, name));
      execFileSync(
        'soffice',
        [profile, '--headless', '--convert-to', 'xlsx', '--outdir', join(folder, 'out'), ...files],
        {
          timeout: 110_000,
          stdio: 'ignore',
        },
      );
      for (const [name, { data, whole }] of Object.entries(CASES)) {
        const saved = await readFile(join(folder, 'out', name));
        expect([name, Object.fromEntries(await valuesOf(saved))]).toEqual([
          name,
          Object.fromEntries(filled.get(name)!),
        ]);
        // The names now mark five rows each: lines of a ruled form.
        const rows = Object.fromEntries(
          Object.entries(data(5).rows ?? {}).filter(([sample]) => whole.includes(sample)),
        );
        const again = await fill(saved, { rows });
        expect([name, Object.fromEntries(await valuesOf(again))]).toEqual([
          name,
          Object.fromEntries(filled.get(name)!),
        ]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
