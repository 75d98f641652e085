import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idNumberCheckDigit, shiftedClock } from '../../core/index.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';
import { builtWeb, findBrowser, launchBrowser, openPage } from './browser.ts';

const executable = findBrowser();
const AT = '2026-10-01T09:00:00+08:00';
/** Pictures are kept in this folder when it is named. */
const SHOTS = process.env.FILLONCE_SHOTS;

function idNo(i: number): string {
  const first17 = `310199197001${String((i % 28) + 1).padStart(2, '0')}${String(1 + Math.floor(i / 28)).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}
const phone = (i: number) => `138000000${String(i).padStart(2, '0')}`;

describe.skipIf(executable === null)('matching on screen', () => {
  const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
  let office: Office;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let url: string;

  async function land(source: string, dataset: string, rows: readonly object[]): Promise<void> {
    const writer = office.landing.write(source, dataset);
    await writer.append(rows as never);
    await writer.commit(await office.landing.lastCursor(source, dataset));
    await office.warehouse.stageOutstanding();
  }

  const shot = async (name: string) => {
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  };

  beforeAll(async () => {
    office = await openOffice({ clock, server: { webFolder: builtWeb() } });
    const people = Array.from({ length: 28 }, (_, i) => i);
    const born = (i: number) => `1970-01-${String(i + 1).padStart(2, '0')}`;
    await land(
      'grid',
      'resident',
      people.map((i) => ({
        residentId: `r${i}`,
        idNo: idNo(i),
        name: `张伟${'甲乙丙丁'[i] ?? '戊'}`,
        birthDate: born(i),
        phone: phone(i),
        updatedAt: AT,
      })),
    );
    const twice = { name: '欧阳修', birthDate: '1961-04-05', phone: '13811112222' };
    await land(
      'grid',
      'resident',
      [40, 41].map((i) => ({ residentId: `r${i}`, idNo: idNo(i), ...twice, updatedAt: AT })),
    );
    await land('civil', 'person', [
      ...people.slice(4).map((i) => ({ sfzhm: idNo(i), xm: '张伟戊', gxsj: AT })),
      { sfzhm: '', xm: '張 偉甲', csrq: born(0), gxsj: AT },
      { sfzhm: '', xm: '张伟乙', csrq: born(1), lxdh: '13900000001', gxsj: AT },
      { sfzhm: '', xm: '张伟', csrq: born(2), lxdh: phone(2), gxsj: AT },
      { sfzhm: '', xm: '张伟丁', csrq: born(3), lxdh: phone(3), gxsj: AT },
    ]);
    await office.warehouse.refresh();
    ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
    browser = await launchBrowser(executable!);
    ({ page, faults } = await openPage(browser));
    await page.goto(`${url}/matching`);
    await page.getByLabel('账号').fill('admin');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('.shell').waitFor();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await office?.close();
  });

  it('shows a doubtful pair side by side, and decides it by key once a reason is given', async () => {
    await page.getByText('待判定 3 对').waitFor();
    await page.getByText('常见姓名约每一百名居民里就有一人').waitFor();
    await shot('doubtful');
    await page.keyboard.press('s');
    await page.getByText('请先写原因').waitFor();
    await page.keyboard.type('电话核实');
    await page.keyboard.press('Enter');
    await page.keyboard.press('n');
    await page.keyboard.press('s');
    await page.getByText('待判定 2 对').waitFor();
    await page.keyboard.press('d');
    await page.getByText('跳过了 1 对').waitFor();
    await shot('skipped');
    await page.getByRole('button', { name: '重新看一遍' }).click();
    await page.getByText('待判定 1 对').waitFor();
    expect(faults).toEqual([]);
  });

  it('links the certain ones after saying how many', async () => {
    await page.getByRole('button', { name: '归并 1 条' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('原因').fill('月度归并');
    await shot('link');
    await dialog.getByRole('button', { name: '归并 1 条' }).click();
    await page.getByText('另有 1 条').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('merges two golden records of one person, and parts them again', async () => {
    await page.getByText('疑似重复', { exact: true }).click();
    await page.getByText('两个号码都有效，一般是两个人').waitFor();
    await page.getByLabel('原因').fill('本人核实');
    await page.getByLabel('原因').press('Enter');
    await shot('duplicates');
    await page.keyboard.press('s');
    await page.getByText('没有疑似重复的主记录').waitFor();
    await page.getByText('经过', { exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: '本人核实' });
    await row.getByRole('button', { name: '拆分' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('原因').fill('核错了');
    await dialog.getByRole('button', { name: '拆分' }).click();
    await page.getByRole('row').filter({ hasText: '核错了' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('remembers who decided what, and takes a link back', async () => {
    await page.getByText('经过', { exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: '月度归并' });
    await row.waitFor();
    await shot('history');
    await row.getByRole('button', { name: '拆分' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('原因').fill('同名不同人');
    await dialog.getByRole('button', { name: '拆分' }).click();
    await page.getByRole('row').filter({ hasText: '同名不同人' }).waitFor();
    await page.getByText('后来另有判定').nth(1).waitFor();
    expect(await page.getByText('后来另有判定').count()).toBe(2);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Matching' }).waitFor();
    await shot('history-en');
    await page.getByText('Records without a key', { exact: true }).click();
    await page.getByText('Waiting: 1').waitFor();
    await shot('doubtful-en');
    expect(faults).toEqual([]);
  });

  it('is not offered to who may not decide', async () => {
    const other = await openPage(browser);
    await other.page.goto(`${url}/`);
    await other.page.getByLabel('账号').fill('analyst');
    await other.page.locator('input[type=password]').fill(PASSWORD);
    await other.page.locator('button[type=submit]').click();
    await other.page.locator('.shell').waitFor();
    expect(await other.page.getByRole('link', { name: '主体归并' }).count()).toBe(0);
    await other.page.goto(`${url}/matching`);
    await other.page.getByRole('alert').waitFor();
    expect(other.faults).toEqual([]);
  });
});
