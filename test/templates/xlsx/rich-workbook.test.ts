import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/paths.ts';
import { openWorkbook } from '../../../templates/xlsx/index.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { RICH, RICH_FEATURES } from './rich-workbook.ts';
import { type Filled, filled, templateBytes } from './template-fixture.ts';

describe('a rich workbook, filled with three rows', () => {
  let before: Buffer;
  let out: Filled;
  beforeAll(async () => {
    before = await templateBytes(RICH);
    out = await filled(before, {
      rows: {
        明细: [
          ['甲社区', '张三', '男', 10],
          ['乙社区', '李四', '女', 20],
          ['乙社区', '王五', undefined, 30],
        ],
      },
      text: { 街道: '望江街道' },
    });
  });

  it.each(RICH_FEATURES)('keeps its %s', async (_feature, part, reads) => {
    expect(await out.part(part)).toContain(reads);
  });

  it('keeps every part but the chain of calculation, and copies what did not change', async () => {
    const [old, now] = [await openZip(before), await openZip(out.bytes)];
    const names = old.entries.map(({ name }) => name);
    expect(now.entries.map(({ name }) => name)).toEqual(names.filter((name) => name !== 'xl/calcChain.xml'));
    for (const name of out.result.parts.copied) {
      expect((await now.raw(name)).compressed.equals((await old.raw(name)).compressed), name).toBe(true);
    }
    expect(out.result.parts.copied.length).toBeGreaterThan(20);
  });

  it('shows true totals on every sheet', async () => {
    expect(await out.value('D3')).toBe('60');
    expect(await out.value('D8')).toBe('60');
    expect(await out.value('B2', 2)).toBe('60');
    expect(await out.value('B3', 2)).toBe('20');
  });

  it('is read again as it was filled', async () => {
    const workbook = await openWorkbook(out.bytes);
    const rows: unknown[] = [];
    for await (const row of workbook.rows('台账', { from: 5, limit: 3 })) rows.push(row.values.slice(0, 5));
    await workbook.close();
    expect(rows).toEqual([
      ['甲社区', '张三', '男', 10, 20],
      ['乙社区', '李四', '女', 20, 40],
      ['乙社区', '王五', null, 30, 60],
    ]);
  });
});

it('is the form that the bench fills', async () => {
  const [form, rich] = [
    await openZip(join(packageRoot(), 'bench', 'rich-form.xlsx')),
    await openZip(await templateBytes(RICH)),
  ];
  expect(form.entries.map(({ name }) => name)).toEqual(rich.entries.map(({ name }) => name));
  for (const { name } of rich.entries) expect(await form.readText(name), name).toBe(await rich.readText(name));
  await form.close();
});
