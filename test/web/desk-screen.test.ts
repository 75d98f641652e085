import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shiftedClock } from '../../core/index.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';
import { dwellingRecords } from '../server/records.ts';
import { builtWeb, findBrowser, launchBrowser, openPage } from './browser.ts';

const executable = findBrowser();
const BAD = 1000;

describe.skipIf(executable === null)('the quarantine desk on screen', () => {
  // The records of the office are made for this day; from there time runs at its own speed.
  const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
  let office: Office;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let url: string;

  beforeAll(async () => {
    office = await openOffice({ clock, server: { webFolder: builtWeb() } });
    const { grid } = dwellingRecords(11_000, clock.now());
    await land(
      grid.map((record, i) =>
        i < BAD ? { ...record, dwellingCode: null, 房屋编码: `${record.dwellingCode} ` } : record,
      ),
    );
    await land(grid.slice(0, 4).map((record) => ({ ...record, dwellingCode: null })));
    ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
    browser = await launchBrowser(executable!);
    ({ page, faults } = await openPage(browser));
    await page.goto(`${url}/quarantine`);
    await page.getByLabel('账号').fill('admin');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('.shell').waitFor();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await office?.close();
  });

  async function land(rows: readonly object[]): Promise<void> {
    const writer = office.landing.write('grid', 'dwelling');
    await writer.append(rows as never);
    await writer.commit(await office.landing.lastCursor('grid', 'dwelling'));
    await office.warehouse.stageOutstanding();
  }

  it('mends a thousand records: rule, samples, expression with preview, apply, how many pass', async () => {
    await page.getByText(`共 1,000 条，显示前 50 条`).waitFor();
    await page.getByRole('textbox', { name: '用表达式修复' }).fill('dwellingCode = 去空格(房屋编码');
    await page.getByText('修复表达式有误').waitFor();
    await page.getByRole('textbox', { name: '用表达式修复' }).fill('dwellingCode = 去空格(房屋编码)');
    await page.getByText('1,000 / 1,000 条改后通过').waitFor();
    expect(await page.getByText('改前改后（前 8 条）').count()).toBe(1);
    const apply = page.getByRole('button', { name: '应用到 1,000 条' });
    expect(await apply.isDisabled()).toBe(true);
    await page.getByLabel('原因').fill('列名写错');
    await apply.click();
    await page.getByText('1,000 条已通过并收入，0 条留下').waitFor();
    expect((await office.warehouse.quarantine.list({ state: 'open', limit: 1 })).total).toBe(0);
    const rows = await office.reader.withPublication('current', (sql) =>
      sql.all('SELECT count(*) AS n FROM housing.dwelling'),
    );
    expect(rows).toEqual([{ n: 11_000 }]);
    expect(faults).toEqual([]);
  });

  it('decides stopped batches and changes of columns, each with a reason', async () => {
    await page.getByText('整批拦下').click();
    await page.getByText('100.0% 的记录不符合契约，超过上限').waitFor();
    await page.getByRole('button', { name: '不收' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: '不收' }).isDisabled()).toBe(true);
    await dialog.getByLabel('原因').fill('重复发送');
    await dialog.getByRole('button', { name: '不收' }).click();
    await page.getByText('没有整批拦下的数据').waitFor();

    await page.getByText('结构变化').click();
    const row = page.getByRole('row').filter({ hasText: '房屋编码' });
    await row.getByRole('button', { name: '接受' }).click();
    await dialog.getByLabel('原因').fill('以后改用这个列');
    await dialog.getByRole('button', { name: '接受' }).click();
    await row.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('lists publications and shows what the mending changed', async () => {
    await page.goto(`${url}/publications`);
    await page.getByRole('heading', { name: '比较' }).waitFor();
    await page.getByText('housing.dwelling', { exact: true }).waitFor();
    expect(await page.getByText('+10,952').count()).toBe(1);
    await page.locator('summary').first().click();
    expect(faults).toEqual([]);
  });
});
