import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot, shiftedClock } from '../../core/index.ts';
import { signIncident } from '../../store/index.ts';
import { type Client, signIn } from '../server/client.ts';
import { editWorkbook } from '../server/edit-workbook.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';
import { OFFICE } from '../server/records.ts';
import { builtWeb, findBrowser, launchBrowser, openPage } from './browser.ts';

const executable = findBrowser();
const NOT_RUN = 'no Chrome, Chromium or Edge on this machine';

if (executable === null && process.env.CI === 'true') {
  it('finds a browser', () => {
    throw new Error(`${NOT_RUN}: install one, or name it in FILLONCE_BROWSER`);
  });
}

describe.skipIf(executable === null)(executable === null ? `the screens (not run: ${NOT_RUN})` : 'the screens', () => {
  // The records of the office are made for this day; from there time runs at its own speed.
  const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
  let office: Office;
  let browser: Browser;
  let url: string;
  let admin: Client;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    office = await openOffice({ clock, server: { webFolder: builtWeb() } });
    office.relay.start();
    ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
    admin = await signIn(office.server, 'admin');
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

  async function enter(login: string, path = '/'): Promise<void> {
    await page.goto(`${url}${path}`);
    await page.getByLabel('账号').fill(login);
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('.shell').waitFor();
  }

  /** A fresh campaign with its tasks issued; returns the task of the clerk's community. */
  async function issueTask(): Promise<string> {
    const { body } = await admin.post<{ id: string }>('/api/campaigns', {
      templateId: 'vacant-group-rental',
      period: '2026-11',
      scope: OFFICE,
      deadline: '2026-11-30T17:00:00+08:00',
    });
    await admin.post(`/api/campaigns/${body.id}/issue`);
    const tasks = await admin.get<{ items: { id: string; org: string }[] }>(`/api/tasks?campaign=${body.id}`);
    return tasks.body.items.find((task) => task.org === `${OFFICE}/c05`)!.id;
  }

  interface Cell {
    class: string;
    column: string;
    answer: { value: string | null; confirmed: boolean } | null;
    alternatives: { value: string | null }[];
  }
  /** All doubtful cells of a task in reading order, as the server has them. */
  async function cellsOf(task: string): Promise<(Cell & { rowKey: string })[]> {
    const { body } = await admin.get<{ items: { rowKey: string; doubts: Cell[] }[] }>(
      `/api/tasks/${task}/rows?limit=500`,
    );
    return body.items.flatMap((row) => row.doubts.map((doubt) => ({ ...doubt, rowKey: row.rowKey })));
  }
  const answerOf = async (task: string, column: string) =>
    (await cellsOf(task)).find((cell) => cell.column === column)?.answer;

  const saved = () => page.getByRole('status').filter({ hasText: '已保存' }).waitFor();
  const activeColumn = () => page.locator('.inspector h2').textContent();

  /** Moves with Tab until the inspector names the column. */
  async function goToColumn(title: string): Promise<void> {
    for (let i = 0; i < 40 && (await activeColumn()) !== title; i++) {
      await page.keyboard.press('Tab');
      await page.waitForTimeout(20);
    }
    expect(await activeColumn()).toBe(title);
  }

  it('let a clerk answer by keyboard: confirm, take another value, choose from a list, and it stays after a reload', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    const first = await activeColumn();
    expect(await page.locator('.inspector').textContent()).toMatch(/为什么要填/);

    await goToColumn('空置或群租');
    await page.keyboard.press('Alt+1');
    await saved();
    const taken = (await cellsOf(task)).find((cell) => cell.column === 'usage_status' && cell.answer)!;
    expect(taken.answer).toMatchObject({ value: taken.alternatives[0]!.value, confirmed: false });

    await goToColumn('空置原因');
    await page.keyboard.type('待售');
    await page.keyboard.press('Enter');
    await saved();
    expect(
      (await cellsOf(task)).some((cell) => cell.column === 'vacancy_reason' && cell.answer?.value === '待售'),
    ).toBe(true);

    await goToColumn('最近走访日期');
    await page.keyboard.press('Space');
    await saved();
    expect((await cellsOf(task)).some((cell) => cell.column === 'last_visit_date' && cell.answer?.confirmed)).toBe(
      true,
    );

    await goToColumn('空置起始日期');
    await page.keyboard.press('Alt+0');
    await saved();
    expect((await cellsOf(task)).some((cell) => cell.column === 'vacant_since' && cell.answer?.value === null)).toBe(
      true,
    );

    await page.reload();
    await page.locator('.fg-is-saved').first().waitFor();
    expect(await page.locator('.fg-is-saved').count()).toBe(4);
    expect(first).not.toBeNull();
  });

  it('keep the first key of pinyin, and leave the keys of an input method alone', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    await goToColumn('走访人');
    const input = await page.context().newCDPSession(page);
    for (const text of ['z', 'zh', 'zhang', 'zhang san']) {
      await input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
    expect(await page.locator('.fg-editor').inputValue()).toBe('zhang san');
    await input.send('Input.insertText', { text: '张三' });
    expect(await page.locator('.fg-editor').inputValue()).toBe('张三');
    await page.keyboard.press('Enter');
    await saved();
    expect((await cellsOf(task)).some((cell) => cell.column === 'visitor_name' && cell.answer?.value === '张三')).toBe(
      true,
    );
  });

  it('take a block that was copied in Excel, and say what was not taken', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    await goToColumn('空置起始日期');
    // As text: the tests are compiled without the browser's types.
    await page.evaluate(`{
      const data = new DataTransfer();
      data.setData('text/html', '<table><tr><td>2026/3/5</td><td>待租</td></tr><tr><td>改天</td><td>不急</td></tr></table>');
      data.setData('text/plain', '2026/3/5\\t待租\\n改天\\t不急');
      const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('.fg-editor').dispatchEvent(paste);
    }`);
    await page.getByText(/已粘贴 2 格/).waitFor();
    await saved();
    expect(await answerOf(task, 'vacant_since')).toMatchObject({ value: '2026-03-05' });
  });

  it('keep answers while the network is away, through a reload, and send them when it is back', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    await page.route('**/patches', (route) => route.abort());
    await page.keyboard.press('Space');
    await page.getByText(/网络断开，1 格待同步/).waitFor();
    expect((await cellsOf(task)).some((cell) => cell.answer)).toBe(false);
    await page.reload();
    await page.locator('.fg-is-waiting').first().waitFor();
    await page.unroute('**/patches');
    await saved();
    expect((await cellsOf(task)).filter((cell) => cell.answer)).toHaveLength(1);
  });

  it('show another person’s change of the same cell as a conflict, and let it be decided', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    await goToColumn('空置或群租');
    const cell = (await cellsOf(task)).find((one) => one.column === 'usage_status')!;
    const colleague = await signIn(office.server, 'colleague');
    await colleague.post(`/api/tasks/${task}/patches`, {
      patches: [
        { rowKey: cell.rowKey, column: 'usage_status', base: '空置', value: '自住', clientOpId: 'colleague-1' },
      ],
    });
    await page.keyboard.type('出租');
    await page.keyboard.press('Enter');
    await page.getByText('1 格冲突').waitFor();
    await page.locator('.fg-is-conflict').click();
    await page.getByText('张丽已改为“自住”，您填的是“出租”。').waitFor();
    await page.getByRole('button', { name: '用我的' }).click();
    await saved();
    expect(await answerOf(task, 'usage_status')).toMatchObject({ value: '出租' });
  });

  it('let a clerk take a task home as a workbook and bring it back: shown first, a conflict decided, then saved', async () => {
    const task = await issueTask();
    await enter('clerk', `/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    const asked = await cellsOf(task);
    const mine = asked.find((cell) => cell.column === 'vacancy_reason');
    const [one, other] = asked.filter((cell) => cell.column === 'usage_status');
    const leaving = page.waitForEvent('download');
    await page.getByRole('button', { name: '下载工作簿' }).press('Enter');
    const download = await leaving;
    expect(download.suggestedFilename()).toBe('空置房、群租房信息台账（2026年11月） 春晓居民区 填报.xlsx');
    const colleague = await signIn(office.server, 'colleague');
    await colleague.post(`/api/tasks/${task}/patches`, {
      patches: [one, other].map((theirs, at) => ({
        ...{ rowKey: theirs!.rowKey, column: 'usage_status', base: '空置' },
        ...{ value: '自住', clientOpId: `colleague-of-two-${at}` },
      })),
    });
    const back = await editWorkbook(await readFile(await download.path()), (cell) => {
      cell(mine!).value = '待售';
      for (const theirs of [one, other]) cell(theirs!).value = '出租';
    });
    await page.locator('input[type=file]').setInputFiles({ name: '台账.xlsx', mimeType: '', buffer: back });
    const dialog = page.getByRole('dialog', { name: '带回的工作簿' });
    await dialog.getByText('将保存 1').waitFor();
    expect((await cellsOf(task)).filter((cell) => cell.answer)).toHaveLength(2);
    await dialog.getByLabel('用我的', { exact: true }).first().press('Space');
    await dialog.getByRole('button', { name: '保存 2 格' }).waitFor();
    await dialog.getByLabel('列出的 2 处冲突都用我的').press('Space');
    await dialog.getByRole('button', { name: '保存 3 格' }).press('Enter');
    await page.locator('.fg-is-saved').nth(2).waitFor();
    expect(await dialog.count()).toBe(0);
    const values = (await cellsOf(task)).flatMap((cell) => cell.answer?.value ?? []);
    expect(values.sort()).toEqual(['出租', '出租', '待售']);
  });

  it('carry a task from the clerk to the reviewer and back', async () => {
    const task = await issueTask();
    await enter('clerk', '/tasks');
    await page.getByRole('heading', { name: '我的任务' }).waitFor();
    await page.goto(`${url}/tasks/${task}`);
    await page.locator('.fg-active').waitFor();
    await page.keyboard.press('Space');
    await saved();
    await page.getByRole('button', { name: '提交' }).click();
    await page.getByRole('button', { name: '确认提交' }).click();
    await page.getByText('已提交，等待审核，暂不能修改。').waitFor();

    const second = await openPage(browser);
    const reviewer = second.page;
    await reviewer.goto(`${url}/tasks/${task}/review`);
    await reviewer.getByLabel('账号').fill('reviewer');
    await reviewer.locator('input[type=password]').fill(PASSWORD);
    await reviewer.locator('button[type=submit]').click();
    await reviewer.getByText('确认', { exact: true }).first().waitFor();
    await reviewer.getByRole('button', { name: '退回' }).click();
    await reviewer.getByRole('dialog').locator('textarea').fill('请把其余的也核实');
    await reviewer.getByRole('dialog').getByRole('button', { name: '退回' }).click();
    // The clerk's open page follows by itself.
    await page.getByText('退回原因：请把其余的也核实').waitFor();
    await reviewer.context().close();
    expect(second.faults).toEqual([]);
  });

  it('let an administrator upload a form, create the campaign and watch it being prefilled', async () => {
    await enter('admin', '/campaigns/new');
    const form = join(packageRoot(), 'templates', 'shipped', 'vacant-group-rental', 'template.xlsx');
    await page.locator('input[type=file]').setInputFiles(form);
    await page.getByText('认出来了：空置房、群租房信息台账').waitFor();
    await page.getByText('更多选项').click();
    await page.getByLabel('数据日期').fill('2026-11-20');
    await page.getByRole('button', { name: '创建并预填' }).click();
    await page.getByText('数据仓库没有 2026-11-20 当日的数据').waitFor();
    await page.getByLabel('数据日期').fill('');
    await page.getByRole('button', { name: '创建并预填' }).click();
    await page.getByRole('button', { name: '下发任务' }).click();
    await page.getByRole('heading', { name: '各单位任务' }).waitFor();
    expect(await page.getByText('春晓居民区').count()).toBeGreaterThan(0);
  });

  it('show an incident to the duty officer as it happens, and take him through its steps', async () => {
    await enter('duty', '/duty');
    await page.getByText('当前没有未办结的事件').waitFor();
    await office.store.system.transaction((tx) =>
      signIncident(tx, {
        rule: 'crowd.headcount',
        subject: 'zone-1',
        orgPath: `${OFFICE}/c06/g01`,
        ring: 'core',
        title: { zh: '滨江广场人数超限', en: 'Riverside square over its limit' },
        detail: { kind: 'opened', value: 5600, threshold: 4800 },
        dedupeKey: 'zone-1-opened',
        at: clock.now(),
      }),
    );
    office.announce({ type: 'incident', subject: 'zone-1', org: `${OFFICE}/c06/g01`, theme: null, data: {} });
    await page.getByRole('heading', { name: '滨江广场人数超限' }).waitFor();
    await page.getByRole('button', { name: '我来处理' }).click();
    await page.getByRole('button', { name: '派人到场' }).click();
    await page.getByRole('dialog').locator('textarea').fill('网格员小周到场');
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click();
    await page.getByText('已派遣').waitFor();
    // The dialog of the step before fades out; its button must not take the next click.
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: '办结' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click();
    await page.getByText('当前没有未办结的事件').waitFor();
  });

  it('open every page of every role without a fault', async () => {
    const pages: Record<string, string[]> = {
      admin: [
        '/',
        '/tasks',
        '/campaigns',
        '/campaigns/new',
        '/data',
        '/data/housing/dwelling',
        '/statistics',
        '/sources',
        '/runs',
        '/duty',
        '/nowhere',
      ],
      leader: ['/', '/campaigns', '/data', '/duty'],
      analyst: ['/', '/data/housing/dwelling', '/runs'],
    };
    for (const [login, paths] of Object.entries(pages)) {
      await enter(login);
      for (const path of paths) {
        await page.goto(`${url}${path}`);
        await page.locator('.main h1, .main .state h2').first().waitFor();
        expect(await page.getByText('页面出错了').count()).toBe(0);
      }
      await page.getByRole('button', { name: '退出登录' }).click();
      await page.getByLabel('账号').waitFor();
    }
  });
});
