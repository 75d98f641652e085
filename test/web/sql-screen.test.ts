import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shiftedClock } from '../../core/index.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';
import { builtWeb, findBrowser, launchBrowser, openPage } from './browser.ts';

const executable = findBrowser();

const NOT_RUN = 'no Chrome, Chromium or Edge on this machine';

describe.skipIf(executable === null)(
  executable === null ? `the analyst workbench (not run: ${NOT_RUN})` : 'the analyst workbench',
  () => {
    const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
    let office: Office;
    let browser: Browser;
    let url: string;
    let page: Page;
    let faults: string[];

    beforeAll(async () => {
      office = await openOffice({ clock, sql: true, server: { webFolder: builtWeb() } });
      ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
      browser = await launchBrowser(executable!);
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await office?.close();
    });
    beforeEach(async () => {
      ({ page, faults } = await openPage(browser));
      await page.goto(`${url}/sql`);
      await page.getByLabel('账号').fill('analyst');
      await page.locator('input[type=password]').fill(PASSWORD);
      await page.locator('button[type=submit]').click();
      await page.locator('.sql-editor .cm-content').waitFor();
    });
    afterEach(async () => {
      await page.context().close();
      expect(faults).toEqual([]);
    });

    const editor = () => page.getByRole('textbox', { name: 'SQL 语句' });
    async function statement(): Promise<string> {
      await editor().waitFor();
      return (await editor().locator('.cm-line').allTextContents()).join('\n');
    }
    const result = () => page.getByRole('region', { name: '查询结果' });

    /** Types a statement as a person does who closes the list of words, and runs it by keyboard. */
    async function run(text: string): Promise<void> {
      await editor().fill(text);
      await editor().press('Escape');
      await editor().press('Control+Enter');
    }

    const ENDLESS = 'SELECT count(*) FROM range(9000000) a, range(9000000) b WHERE a.range + b.range > 3';

    it('takes an analyst from the schema to rows, a chart and files', async () => {
      await page.getByPlaceholder('按名称、中文名查找').fill('使用情况');
      await page
        .getByRole('button', { name: /使用情况.*usage_status/ })
        .first()
        .hover();
      await page.getByText('housing.dwelling.usage_status').waitFor();
      await page.getByPlaceholder('按名称、中文名查找').fill('');
      await page.getByRole('button', { name: '房屋 48' }).click();
      await page.getByRole('button', { name: '取前 100 行' }).click();
      expect(await statement()).toMatch(/^SELECT .*\nFROM housing\.dwelling\nLIMIT 100$/s);

      await run('SELECT usage_status, count(*) AS n FROM housing.dwelling GROUP BY ALL ORDER BY n DESC');
      await result().getByText('2 行').waitFor();
      const cells = await result().getByRole('gridcell').allTextContents();
      expect(cells).toEqual(['空置', '43', '自住', '5']);
      expect(await result().getByRole('columnheader').first().textContent()).toBe('usage_status使用情况');

      await result().getByText('图表').click();
      await result().getByRole('img', { name: 'usage_status 的 n' }).locator('canvas').waitFor();
      await result().getByText('饼图').click();
      await result().getByRole('img', { name: 'usage_status 的 n' }).locator('canvas').waitFor();

      for (const [label, ending, magic] of [
        ['CSV', 'csv', '\ufeffusage_status'],
        ['Excel', 'xlsx', 'PK'],
        ['Parquet', 'parquet', 'PAR1'],
        ['Arrow', 'arrows', '\ufffd\ufffd\ufffd\ufffd'],
      ] as const) {
        await result().getByRole('button', { name: '导出' }).click();
        const arriving = page.waitForEvent('download');
        await page.getByRole('menuitem', { name: label }).click();
        const file = await arriving;
        expect(file.suggestedFilename()).toMatch(new RegExp(`^查询结果-2.*\\.${ending}$`));
        const bytes = await readFile(await file.path());
        expect(bytes.toString('utf8').startsWith(magic)).toBe(true);
        await page.getByRole('menuitem', { name: label }).waitFor({ state: 'hidden' });
      }
    });

    it('offers words by their Chinese titles, marks what is wrong as it is typed, and says the cost', async () => {
      await editor().pressSequentially('SELECT 使用 FROM housing.dwelling');
      for (let i = 0; i < ' FROM housing.dwelling'.length; i++) await editor().press('ArrowLeft');
      await editor().press('Control+Space');
      await page.getByRole('option', { name: /usage_status/ }).waitFor();
      await editor().press('Enter');
      expect(await statement()).toBe('SELECT usage_status FROM housing.dwelling');
      await page.getByText('用量小').waitFor();

      await editor().fill('SELECT usage_status,\n  no_such FROM housing.dwelling');
      await page.getByRole('button', { name: '第 2 行第 3 列' }).click();
      expect(await page.locator('.cm-lintRange-error').allTextContents()).toEqual(['no_such']);
      await page.keyboard.type('address');
      expect(await statement()).toBe('SELECT usage_status,\n  address FROM housing.dwelling');
      await editor().press('Control+z');
      expect(await statement()).toMatch(/no_such|addres/);
    });

    it('colours and numbers the lines, matches brackets, and lets Tab out of the field', async () => {
      await editor().fill("SELECT count(*), 'x' -- all\nFROM housing.dwelling WHERE area_m2 > $least");
      const coloured = async (kind: string) => page.locator(`.cm-line .sql-${kind}`).allTextContents();
      expect(await coloured('keyword')).toEqual(['SELECT', 'FROM', 'WHERE']);
      expect([...(await coloured('text')), ...(await coloured('comment')), ...(await coloured('parameter'))]).toEqual([
        "'x'",
        '-- all',
        '$least',
      ]);
      await page.locator('.cm-lineNumbers').getByText('2', { exact: true }).waitFor();
      await editor().press('Control+Home');
      for (let i = 0; i < 'SELECT count'.length; i++) await editor().press('ArrowRight');
      await expect.poll(() => page.locator('.cm-matchingBracket').allTextContents()).toEqual(['(', ')']);

      await editor().press('Control+End');
      await editor().press('Enter');
      await editor().press('Control+Space');
      await page.getByRole('listbox', { name: '输入提示' }).waitFor();
      await editor().press('Escape');
      await page.getByRole('listbox', { name: '输入提示' }).waitFor({ state: 'hidden' });
      await editor().press('Tab');
      expect(await page.evaluate("document.activeElement.closest('.sql-editor') !== null")).toBe(false);
    });

    it('runs the statement that is selected, alone', async () => {
      await editor().fill('SELECT 1 AS one\n\nSELECT 2 AS two');
      await editor().press('Escape');
      await editor().press('Control+End');
      await editor().press('Shift+Home');
      await editor().press('Control+Enter');
      await result().getByText('1 行').waitFor();
      expect(await result().getByRole('gridcell').textContent()).toBe('2');
    });

    it('asks for parameters by what they are compared with, and binds them', async () => {
      await editor().fill('SELECT count(*) AS n FROM housing.dwelling WHERE usage_status = $use AND area_m2 > $least');
      await page.getByText('请先填写参数 $use、$least').waitFor();
      await page.getByLabel('参数 use 的值').fill('空置');
      await page.getByLabel('参数 least 的值').fill('1');
      await page.getByText('用量小').waitFor();
      await page.getByLabel('参数 least 的值').press('Enter');
      await result().getByText('1 行').waitFor();
      expect(Number(await result().getByRole('gridcell').textContent())).toBeGreaterThan(0);
      // Panes scroll, the page does not: the button that runs stays in sight on a small screen.
      await page.setViewportSize({ width: 1024, height: 768 });
      await run('SELECT * FROM housing.dwelling WHERE usage_status = $use');
      await result().getByText('43 行').waitFor();
      expect(await page.evaluate("document.querySelector('.main').scrollHeight")).toBe(768);
    });

    it('refuses what reaches outside, says why, and notes it in the history', async () => {
      await run("SELECT * FROM read_text('/etc/passwd')");
      await result().getByRole('heading', { name: '查询没有完成' }).waitFor();
      expect(await result().textContent()).toContain('不能使用函数“read_text”');
      await page.getByText('历史', { exact: true }).click();
      await page.getByRole('button', { name: /read_text.*被拒绝/s }).waitFor();
    });

    it('warns of what is very large, and stops it when told', async () => {
      await editor().fill(ENDLESS);
      await page.getByText('用量很大', { exact: true }).waitFor();
      await editor().press('Control+Enter');
      await page.getByRole('button', { name: '仍然运行' }).click();
      await result().getByRole('heading', { name: '正在运行' }).waitFor();
      await result().getByRole('button', { name: '停止' }).click();
      await result().getByRole('heading', { name: '已停止' }).waitFor();
      await page.getByText('历史', { exact: true }).click();
      await page.getByRole('button', { name: /range\(9000000\).*已停止/s }).waitFor();
    });

    it('scrolls through a long result by keyboard, fetching what comes in sight, and copies cells', async () => {
      await run('SELECT dwelling_code, range AS n FROM housing.dwelling, range(100) ORDER BY n, dwelling_code');
      await result().getByText('4,800 行').waitFor();
      const grid = result().getByRole('grid');
      await grid.focus();
      await page.keyboard.press('Control+ArrowDown');
      await page.keyboard.press('ArrowRight');
      await grid.locator('[aria-rowindex="4801"] [aria-colindex="2"]').getByText('99').waitFor();
      expect(await grid.getByRole('row').count()).toBeLessThan(80);
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.keyboard.press('Shift+ArrowLeft');
      await page.keyboard.press('Control+c');
      await page.getByText('已复制 2 格').waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^\d+\t99$/);
    });

    it('keeps what is typed through a reload, and what was there when something else is opened', async () => {
      await editor().fill('SELECT 1 AS kept');
      await page.getByText('用量小').waitFor();
      await page.reload();
      expect(await statement()).toBe('SELECT 1 AS kept');
      await page.getByRole('button', { name: '房屋 48' }).click();
      await page.getByRole('button', { name: '取前 100 行' }).click();
      await page.getByRole('button', { name: '恢复原来的语句' }).click();
      expect(await statement()).toBe('SELECT 1 AS kept');
    });

    it('saves a statement, shares it, opens it by a link, and deletes it', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await editor().fill('SELECT count(*) FROM housing.dwelling WHERE usage_status = $use');
      await page.getByLabel('参数 use 的值').fill('自住');
      await page.getByRole('button', { name: '保存', exact: true }).click();
      await page.getByLabel('名称', { exact: true }).fill('按用途的房屋数');
      await page.getByLabel('谁可以打开').click();
      await page.getByTitle('所有可以查询的人').click();
      await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
      await page.getByText('已保存“按用途的房屋数”').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });

      await page.getByRole('button', { name: '分享链接' }).click();
      await page.getByText(/链接已复制/).waitFor();
      const named = String(await page.evaluate('navigator.clipboard.readText()'));
      expect(named).toMatch(/\/sql\?saved=/);
      await editor().fill('SELECT 1');
      await page.goto(named);
      await page.getByRole('button', { name: '恢复原来的语句' }).waitFor();
      expect(await statement()).toContain('usage_status = $use');
      expect(await page.getByLabel('参数 use 的值').inputValue()).toBe('自住');
      expect(new URL(page.url()).search).toBe('');

      await editor().fill('SELECT address FROM housing.dwelling LIMIT $n');
      await page.getByRole('button', { name: '分享链接' }).click();
      await page.getByText(/内含语句和参数值/).waitFor();
      const whole = String(await page.evaluate('navigator.clipboard.readText()'));
      await editor().fill('SELECT 2');
      await page.goto('about:blank');
      await page.goto(whole);
      await page.getByRole('button', { name: '恢复原来的语句' }).waitFor();
      expect(await statement()).toBe('SELECT address FROM housing.dwelling LIMIT $n');

      await page.getByText('已保存', { exact: true }).click();
      await page.getByRole('button', { name: '删除“按用途的房屋数”' }).click();
      await page.getByRole('tooltip').getByRole('button', { name: '删除' }).click();
      await page.getByText('还没有保存的查询').waitFor();
    });
  },
);
