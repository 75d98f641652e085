import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shiftedClock } from '../../core/index.ts';
import { finishMaterialisation, startMaterialisation } from '../../store/index.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';
import { builtWeb, findBrowser, launchBrowser, openPage } from './browser.ts';

const executable = findBrowser();
const NOT_RUN = 'no Chrome, Chromium or Edge on this machine';
const PICTURES = process.env.FILLONCE_PICTURES;

describe.skipIf(executable === null)(
  executable === null ? `asset screens (not run: ${NOT_RUN})` : 'asset screens',
  () => {
    const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
    let office: Office;
    let browser: Browser;
    let url: string;
    let page: Page;
    let faults: string[];

    beforeAll(async () => {
      office = await openOffice({ clock, server: { webFolder: builtWeb() } });
      await office.store.system.transaction(async (tx) => {
        const run = await startMaterialisation(tx, { asset: 'golden', partition: 'current' });
        const log = [{ entity: 'dwelling', mode: 'full', touched: 48, rows: 48 }];
        await finishMaterialisation(tx, run, { rows: 48, log });
      });
      ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
      browser = await launchBrowser(executable!);
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await office?.close();
    });
    beforeEach(async () => {
      ({ page, faults } = await openPage(browser));
    });
    afterEach(async () => {
      await page.context().close();
      expect(faults).toEqual([]);
    });

    async function enter(login: string, path: string): Promise<void> {
      await page.goto(`${url}${path}`);
      await page.getByLabel('账号').fill(login);
      await page.locator('input[type=password]').fill(PASSWORD);
      await page.locator('button[type=submit]').click();
      await page.locator('.shell').waitFor();
    }
    const picture = async (name: string) => {
      if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: false });
    };

    it('draw the graph of a theme, lead up and down from one asset, and into it', async () => {
      await enter('analyst', '/warehouse');
      await page.locator('.asset-node').first().waitFor();
      const all = await page.locator('.asset-node').count();
      expect(all).toBeGreaterThan(80);
      await picture('1-graph-all');
      await page.goto(`${url}/warehouse?theme=housing`);
      await page.locator('.asset-node').first().waitFor();
      await picture('2-graph-housing');
      await page.locator('.asset-node[title^="golden.dwelling "]').click();
      await page.getByText('只看 房屋 的上下游').waitFor();
      const shown = (key: string) => page.locator(`.asset-node[title^="${key} "]`).count();
      expect(await shown('mart.housing.dwelling')).toBe(1);
      expect(await shown('landing.tax.tax_month')).toBe(0);
      await picture('3-graph-focus');
      await page.getByRole('link', { name: '打开资产' }).click();
      await page.getByRole('heading', { name: '运行记录' }).waitFor();
      await page.getByText('成功').first().waitFor();
      await picture('4-asset');
      await page.getByRole('link', { name: 'owner_name', exact: true }).click();
      await page.getByText('按此顺序取值').waitFor();
      await picture('5-lineage');
      await page.locator('.walk a.step', { hasText: 'template.vacant-group-rental/owner_name' }).click();
      await page.getByRole('heading', { name: '产权人姓名（名称）', level: 2 }).waitFor();
    });

    it('list freshness and checks of every asset', async () => {
      await enter('leader', '/warehouse?view=list');
      await page.getByRole('row').nth(20).waitFor();
      await page.getByText('按时', { exact: true }).first().waitFor();
      await picture('6-list');
    });

    it('find a word in the dictionary, for a clerk too', async () => {
      await enter('clerk', '/dictionary');
      await page.getByText('population.person.phone').waitFor();
      await picture('7-dictionary');
      await page.getByPlaceholder(/查名称/).fill('手机号');
      await page.getByPlaceholder(/查名称/).press('Enter');
      await page.getByText('population.person.name').waitFor({ state: 'detached' });
      expect(await page.getByText('population.person.phone', { exact: true }).count()).toBe(1);
      expect(await page.getByRole('link', { name: '资产与血缘' }).count()).toBe(0);
      await picture('8-dictionary-search');
    });
  },
);
