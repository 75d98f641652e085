import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGb18030Encoder } from '../../city/formats/gb18030.ts';
import type { City } from '../../city/index.ts';
import { openIn, smallCity } from './small-city.ts';

let city: City;
let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ city, folder, remove } = await smallCity({ sources: ['tax', 'market'] }));
});
afterAll(() => remove());

const files = () => readdirSync(city.endpoints.inbox.folder).sort();
const csv = (name: string) =>
  new TextDecoder('gb18030', { fatal: true })
    .decode(readFileSync(join(city.endpoints.inbox.folder, name)))
    .split('\r\n');

describe('the inbox', () => {
  it('holds a tax workbook for each of the last eight months at least, from the start of a quarter', () => {
    const months = files()
      .filter((name) => name.startsWith('tax-'))
      .map((name) => name.slice(4, 11));
    expect(months[0]).toBe('2026-01');
    expect(months.at(-1)).toBe('2026-10');
    expect(months.length).toBe(10);
  });

  it('holds workbooks with title, header, rows and totals', async () => {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(join(city.endpoints.inbox.folder, 'tax-2026-09.xlsx'));
    const sheet = workbook.getWorksheet('入库税收')!;
    expect(sheet.getRow(3).getCell(1).value).toBe('纳税人识别号');
    expect(sheet.getRow(4).getCell(2).value).toBe('2026-09');
    expect(sheet.getRow(sheet.rowCount).getCell(1).value).toBe('合计');
    expect(sheet.rowCount).toBeGreaterThan(110);
    expect(workbook.getWorksheet('登记信息')?.getRow(2).getCell(1).value).toBe('纳税人识别号');
  });

  it('calls columns by their other names in some months', async () => {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(join(city.endpoints.inbox.folder, 'tax-2026-10.xlsx'));
    const header = workbook.getWorksheet('入库税收')!.getRow(3).values;
    expect(header).toContain('销售额');
    expect(header).toContain('备注');
    expect(csv('market-enterprise-2026-10.csv')[1]).toContain('市场主体名称');
    expect(csv('market-enterprise-2026-09.csv')[1]).toContain('企业名称');
  });

  it('holds GB18030 lists: the whole register once, before that what changed', () => {
    const whole = csv('market-enterprise-2026-10.csv');
    expect(whole.length).toBeGreaterThan(125);
    expect(whole.at(-2)).toMatch(/^合计,/);
    expect(csv('market-enterprise-2026-09.csv').length).toBeLessThan(20);
  });

  it('gets the next file in the next month, and a broken one on demand', async () => {
    const before = files();
    await city.fault({ source: 'market', kind: 'bad-encoding', on: true });
    const [broken] = files().filter((name) => !before.includes(name));
    expect(() => csv(broken!)).toThrow();
    await city.fault({ source: 'market', kind: 'bad-encoding', on: false });
    await city.advance(30);
    expect(files().filter((name) => name.includes('2026-11'))).toEqual([
      'market-enterprise-2026-11.csv',
      'tax-2026-11.xlsx',
    ]);
    expect(files().some((name) => name.endsWith('.part'))).toBe(false);
  });

  it('leaves files alone after a restart', async () => {
    const stat = () => files().map((name) => statSync(join(city.endpoints.inbox.folder, name)).mtimeMs);
    const before = stat();
    const restarted = await openIn(folder, { sources: ['tax', 'market'] });
    expect(stat()).toEqual(before);
    expect((await restarted.today()).now).toBe('2026-12-22');
    await restarted.stop();
  });
});

describe('GB18030', () => {
  it('is what the decoder reads back', () => {
    const text = '锦澜街道 ABC，㐀䶵𠮷😀€ºÿ龥';
    expect(new TextDecoder('gb18030', { fatal: true }).decode(createGb18030Encoder()(text))).toBe(text);
  });
});
