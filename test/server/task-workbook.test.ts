import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { taskCommands } from '../../cli/task.ts';
import { orgPath, virtualClock } from '../../core/index.ts';
import { createUser, hashPassword, listAudit } from '../../store/index.ts';
import { openZip } from '../../templates/xlsx/zip-read.ts';
import { type Client, signIn } from './client.ts';
import { type CellName, editWorkbook, FIRST_ROW } from './edit-workbook.ts';
import { type Office, openOffice, PASSWORD } from './office.ts';
import { OFFICE } from './records.ts';

interface Row {
  rowKey: string;
  values: (string | null)[];
  doubts: { column: string; class: string; answer: { value: string | null; by: string; confirmed: boolean } | null }[];
}
interface Item {
  kind: string;
  at: string | null;
  rowKey: string | null;
  column: string | null;
  now: string | null;
  value: string | null;
  by: string | null;
  message: { zh: string; en: string };
}
interface Preview {
  digest: string;
  counts: Record<string, number>;
  items: Item[];
  same: number;
  confirmable: number;
  missingColumns: string[];
  extraColumns: string[];
}
interface Reply {
  saved: number;
  rejected: Item[];
  answered: number;
}
interface Failure {
  code: string;
  message: { zh: string };
}
describe('a task taken home as a workbook', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  let admin: Client;
  let clerk: Client;
  let colleague: Client;
  let outsider: Client;
  /** A task in which no test saves anything. */
  let untouched: string;
  beforeAll(async () => {
    office = await openOffice({ clock });
    admin = await signIn(office.server, 'admin');
    clerk = await signIn(office.server, 'clerk');
    colleague = await signIn(office.server, 'colleague');
    outsider = await signIn(office.server, 'outsider');
    untouched = (await issue()).task;
  });
  afterAll(() => office?.close());

  /** A campaign of its own with its tasks issued. */
  async function issue(): Promise<{ campaign: string; task: string; other: string }> {
    const { body } = await admin.post<{ id: string }>('/api/campaigns', {
      templateId: 'vacant-group-rental',
      period: '2026-11',
      scope: OFFICE,
      deadline: '2026-11-30T17:00:00+08:00',
    });
    await admin.post(`/api/campaigns/${body.id}/issue`);
    const { body: tasks } = await admin.get<{ items: { id: string; org: string }[] }>(`/api/tasks?campaign=${body.id}`);
    const of = (unit: string) => tasks.items.find((task) => task.org === `${OFFICE}/${unit}`)!.id;
    return { campaign: body.id, task: of('c05'), other: of('c06') };
  }

  async function rowsOf(task: string): Promise<Row[]> {
    return (await admin.get<{ items: Row[] }>(`/api/tasks/${task}/rows?limit=500`)).body.items;
  }
  async function asked(task: string, column: string): Promise<CellName[]> {
    return (await rowsOf(task)).flatMap(({ rowKey, doubts }) =>
      doubts.filter((doubt) => doubt.column === column).map(() => ({ rowKey, column })),
    );
  }
  const answerOf = async (task: string, { rowKey, column }: CellName) =>
    (await rowsOf(task)).find((row) => row.rowKey === rowKey)!.doubts.find((one) => one.column === column)!.answer;

  async function prefilledIn(task: string, { rowKey, column }: CellName): Promise<string | null> {
    const { body } = await admin.get<{ columns: { id: string }[] }>(`/api/tasks/${task}`);
    const row = (await rowsOf(task)).find((each) => each.rowKey === rowKey)!;
    return row.values[body.columns.findIndex(({ id }) => id === column)]!;
  }

  async function download(task: string, who = clerk): Promise<Uint8Array> {
    const file = await who.request(`/api/tasks/${task}/workbook`);
    expect(file.status).toBe(200);
    return new Uint8Array(await file.arrayBuffer());
  }
  async function upload<Body>(path: string, body: Uint8Array | string, who: Client) {
    const response = await who.request(path, { method: 'POST', body: body as NonNullable<RequestInit['body']> });
    return { status: response.status, body: (await response.json()) as Body };
  }
  const preview = <Body = Preview>(task: string, body: Uint8Array | string, who = clerk) =>
    upload<Body>(`/api/tasks/${task}/workbook`, body, who);
  const apply = <Body = Reply>(task: string, body: Uint8Array, digest: string, more = '', who = clerk) =>
    upload<Body>(`/api/tasks/${task}/workbook/apply?digest=${digest}${more}`, body, who);

  it('goes out under its Chinese name: asked cells open with their reason, held ones locked', async () => {
    const task = untouched;
    const file = await clerk.request(`/api/tasks/${task}/workbook`);
    const name = decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(file.headers.get('Content-Disposition')!)![1]!);
    expect(name).toBe('空置房、群租房信息台账（2026年11月） 春晓居民区 填报.xlsx');
    const rows = await rowsOf(task);
    const [usage] = await asked(task, 'usage_status');
    const bytes = new Uint8Array(await file.arrayBuffer());
    const notes = await (await openZip(bytes)).readText('xl/comments1.xml');
    expect(notes).toMatch(/(?:网格|房管).*请核实/);
    await editWorkbook(bytes, (cell, sheet) => {
      expect(cell(usage!).protection?.locked).toBe(false);
      expect(cell(usage!).dataValidation.type).toBe('list');
      expect(cell({ ...usage!, column: 'address' }).protection?.locked ?? true).toBe(true);
      expect(sheet.rowCount).toBe(FIRST_ROW - 1 + rows.length);
    });
    expect((await preview(task, await download(task))).body).toMatchObject({
      counts: { change: 0, conflict: 0, locked: 0, invalid: 0, unknown: 0, duplicate: 0, missing: 0 },
      items: [],
      same: 0,
    });
  });

  it('comes back sorted, with full-width digits and dates as text: shown first, then saved like typed answers', async () => {
    const { campaign, task } = await issue();
    const [date] = await asked(task, 'vacant_since');
    const [reason] = await asked(task, 'vacancy_reason');
    const [usage] = await asked(task, 'usage_status');
    const back = await editWorkbook(await download(task), (cell, sheet) => {
      cell(date!).value = '２０２６年５月１日';
      cell(reason!).value = '待售';
      cell(usage!).value = '没有这种';
      const rows: ExcelJS.CellValue[][] = [];
      sheet.eachRow((row, number) => {
        if (number >= FIRST_ROW) rows.unshift(row.values as ExcelJS.CellValue[]);
      });
      for (const [at, values] of rows.entries()) sheet.getRow(FIRST_ROW + at).values = values;
    });
    const shown = await preview(task, back);
    expect(shown.status).toBe(200);
    expect(shown.body.counts).toMatchObject({ change: 2, invalid: 1, conflict: 0, locked: 0 });
    expect(shown.body.items.filter(({ kind }) => kind === 'change')).toEqual(
      expect.arrayContaining([expect.objectContaining({ ...date, now: null, value: '2026-05-01' })]),
    );
    const wrong = shown.body.items.find(({ kind }) => kind === 'invalid')!;
    expect(wrong).toMatchObject({ ...usage, value: '没有这种' });
    expect(wrong.at).toMatch(/![A-Z]+\d+$/);
    expect(wrong.message.zh).toContain('空置');
    expect((await rowsOf(task)).flatMap((row) => row.doubts).every((doubt) => doubt.answer === null)).toBe(true);

    const applied = await apply(task, back, shown.body.digest);
    expect(applied.body).toMatchObject({ saved: 2, rejected: [], answered: 2 });
    expect(await answerOf(task, date!)).toMatchObject({ value: '2026-05-01', by: '王芳', confirmed: false });
    const { body: origin } = await clerk.get<{ steps: { kind: string; by: string; value: string }[] }>(
      `/api/campaigns/${campaign}/cells/${date!.rowKey}/vacant_since`,
    );
    expect(origin.steps.at(-1)).toMatchObject({ kind: 'answer', by: '王芳', value: '2026-05-01' });
    const written = await office.store.system.transaction((tx) => listAudit(tx, { subject: task, limit: 10 }));
    expect(written.map(({ action }) => action)).toEqual(['task.workbook.apply', 'task.workbook.export']);

    // The same file once more, as after a lost reply: it says what stands there, and nothing is saved twice.
    expect((await preview(task, back)).body).toMatchObject({ counts: { change: 0, invalid: 1 }, same: 2 });
    const again = await apply<Failure>(task, back, shown.body.digest);
    expect(again).toMatchObject({ status: 409, body: { code: 'reports.workbook.changed' } });
  });

  it('changes nothing that is held, whatever the file claims, and nothing by an emptied cell', async () => {
    const task = untouched;
    const [usage, second] = await asked(task, 'usage_status');
    const back = await editWorkbook(await download(task), (cell, sheet) => {
      cell({ ...usage!, column: 'address' }).value = '别的地址';
      cell({ ...usage!, column: 'address' }).protection = { locked: false };
      cell(second!).value = null;
      // The hidden sheet now claims that every cell of the row is asked.
      const marks = sheet.workbook.getWorksheet('_fillonce')!;
      marks.eachRow((row) => {
        if (row.getCell(1).value === usage!.rowKey)
          row.getCell(3).value = String(row.getCell(3).value).replace(/1/g, '0');
      });
    });
    const { body } = await preview(task, back);
    expect(body.counts).toMatchObject({ change: 0, locked: 1, invalid: 1 });
    expect(body.items.find(({ kind }) => kind === 'locked')).toMatchObject({ column: 'address', value: '别的地址' });
    expect((await apply(task, back, body.digest)).body).toMatchObject({ saved: 0 });
  });

  it('shows a conflict for what a colleague answered meanwhile, and leaves that answer alone', async () => {
    const { task } = await issue();
    const [mine, theirs] = await asked(task, 'usage_status');
    const out = await download(task);
    const base = (await prefilledIn(task, theirs!))!;
    const taken = base === '空置' ? '出租' : '空置';
    await colleague.post(`/api/tasks/${task}/patches`, {
      patches: [{ ...theirs, base, value: taken, clientOpId: 'op-colleague-1' }],
    });
    const back = await editWorkbook(out, (cell) => {
      cell(mine!).value = '群租';
      cell(theirs!).value = '群租';
    });
    const { body } = await preview(task, back);
    expect(body.counts).toMatchObject({ change: 1, conflict: 1 });
    const clash = body.items.find(({ kind }) => kind === 'conflict')!;
    expect(clash).toMatchObject({ ...theirs, now: taken, value: '群租', by: '张丽' });
    expect(clash.message.zh).toContain(base);

    // Both clerks at once with the same file: each answer is saved once.
    const both = await Promise.all([apply(task, back, body.digest), apply(task, back, body.digest)]);
    expect(both.map(({ status }) => status)).toContain(200);
    expect(await answerOf(task, mine!)).toMatchObject({ value: '群租', by: '王芳' });
    expect(await answerOf(task, theirs!)).toMatchObject({ value: taken, by: '张丽' });

    // What is exported now knows both answers: no conflict is left.
    const later = await editWorkbook(await download(task), (cell) => {
      cell(theirs!).value = '群租';
    });
    const next = await preview(task, later);
    expect(next.body.counts).toMatchObject({ change: 1, conflict: 0 });
    // Somebody answers between preview and applying: nothing is saved unseen.
    await colleague.post(`/api/tasks/${task}/patches`, {
      patches: [{ ...theirs, base: taken, value: base, clientOpId: 'op-colleague-2' }],
    });
    expect(await apply<Failure>(task, later, next.body.digest)).toMatchObject({
      status: 409,
      body: { code: 'reports.workbook.changed' },
    });
    expect(await answerOf(task, theirs!)).toMatchObject({ value: base, by: '张丽' });
  });

  it('confirms cells left as they are only when that is asked for', async () => {
    const { task } = await issue();
    const out = await download(task);
    const { body } = await preview(task, out);
    expect(body.confirmable).toBeGreaterThan(0);
    expect((await apply(task, out, body.digest)).body).toMatchObject({ saved: 0, answered: 0 });
    expect((await apply(task, out, body.digest, '&confirm=true')).body).toMatchObject({
      saved: body.confirmable,
      rejected: [],
      answered: body.confirmable,
    });
    const answers = (await rowsOf(task)).flatMap((row) => row.doubts.flatMap(({ answer }) => answer ?? []));
    expect(answers).toHaveLength(body.confirmable);
    expect(answers.every(({ confirmed }) => confirmed)).toBe(true);
  });

  it('holds only columns that its reader may see, and takes none that the one who brings it may not', async () => {
    const { task } = await issue();
    const [phone, second] = await asked(task, 'owner_phone');
    const { body: first } = await clerk.post<{ saved: string[] }>(`/api/tasks/${task}/patches`, {
      patches: [{ ...second, base: await prefilledIn(task, second!), value: '13800000000', clientOpId: 'op-hidden-1' }],
    });
    expect(first.saved).toHaveLength(1);
    await office.store.system.transaction(async (tx) =>
      createUser(tx, {
        login: `guest-${task}`,
        name: '实习生',
        passwordHash: await hashPassword(PASSWORD),
        roles: ['clerk'],
        scope: orgPath(`${OFFICE}/c05`),
        themes: '*',
        sensitivity: 'internal',
      }),
    );
    const guest = await signIn(office.server, `guest-${task}`);
    await editWorkbook(await download(task, guest), (_cell, sheet) => {
      expect(sheet.getRow(1).values).toContain('usage_status');
      expect(sheet.getRow(1).values).not.toContain('owner_phone');
    });
    const back = await editWorkbook(await download(task), (cell) => {
      cell(phone!).value = '１３９０００１２２２２';
    });
    const { body } = await preview(task, back, guest);
    expect(body.counts).toMatchObject({ change: 0, locked: 1 });
    expect(body.items[0]).toMatchObject({ ...phone, now: '***', value: '13900012222' });
    expect((await preview(task, back)).body.counts).toMatchObject({ change: 1, locked: 0 });
  });

  it('names rows that are unknown, there twice or gone, and columns that are gone', async () => {
    const task = untouched;
    const back = await editWorkbook(await download(task), (_cell, sheet) => {
      const last = sheet.rowCount;
      sheet.getRow(last + 1).values = (sheet.getRow(FIRST_ROW).values as ExcelJS.CellValue[]).slice(1);
      sheet.getRow(last + 2).values = ['', '99', '新增的一户', '无名路1号', '不在任务里'];
      sheet.getRow(last).values = [];
    });
    const { body } = await preview(task, back);
    expect(body.counts).toMatchObject({ change: 0, duplicate: 1, unknown: 1, missing: 1 });
    expect(body.items.find(({ kind }) => kind === 'missing')!.message.zh).toContain('保持不变');
    expect((await apply(task, back, body.digest)).body.saved).toBe(0);
  });

  it('is known without its hidden sheet: the server still has the base', async () => {
    const task = untouched;
    const [usage] = await asked(task, 'usage_status');
    const back = await editWorkbook(await download(task), (cell, sheet) => {
      cell(usage!).value = '群租';
      sheet.workbook.removeWorksheet('_fillonce');
    });
    expect((await preview(task, back)).body.counts).toMatchObject({ change: 1, conflict: 0, locked: 0 });
  });

  it('is refused for another task, another campaign, a finished task and a version that never was', async () => {
    const { task, other } = await issue();
    const elsewhere = await issue();
    const out = await download(task);
    expect(await preview<Failure>(other, await download(other, outsider))).toMatchObject({ status: 404 });
    const foreign = await preview<Failure>(task, await download(other, outsider));
    expect(foreign).toMatchObject({ status: 409, body: { code: 'reports.workbook.task' } });
    expect(foreign.body.message.zh).not.toContain('望江');
    const wrong = await preview<Failure>(elsewhere.task, out);
    expect(wrong).toMatchObject({ status: 409, body: { code: 'reports.workbook.campaign' } });
    expect(wrong.body.message.zh).toContain('春晓居民区');
    const forged = await editWorkbook(out, (_cell, sheet) => {
      const header = sheet.getCell('A1');
      header.value = String(header.value).replace(/\.\d+"\]$/, '.999999"]');
      const marks = sheet.workbook.getWorksheet('_fillonce')!.getRow(1).getCell(3);
      marks.value = String(marks.value).replace(/\.\d+$/, '.999999');
    });
    expect(await preview<Failure>(task, forged)).toMatchObject({
      status: 409,
      body: { code: 'reports.workbook.base' },
    });
    await clerk.post(`/api/tasks/${task}/submit`, { incomplete: true });
    expect(await preview<Failure>(task, out)).toMatchObject({ status: 409, body: { code: 'reports.task-status' } });
    const locked = await editWorkbook(await download(task), (_cell, sheet) => {
      sheet.getRow(FIRST_ROW).eachCell((cell) => expect(cell.protection?.locked ?? true).toBe(true));
    });
    expect(locked.byteLength).toBeGreaterThan(0);
  });

  it('is refused when it is no workbook, no task of ours, empty, or not for this person', async () => {
    const task = untouched;
    expect(await preview<Failure>(task, '这不是工作簿'.repeat(100))).toMatchObject({ status: 422 });
    const stray = new ExcelJS.Workbook();
    stray.addWorksheet('别的').addRow(['姓名']);
    const strayBytes = Buffer.from(await stray.xlsx.writeBuffer());
    expect(await preview<Failure>(task, strayBytes)).toMatchObject({
      status: 422,
      body: { code: 'templates.xlsx.task.unknown' },
    });
    expect((await preview<Failure>(task, '')).status).toBe(422);
    expect((await outsider.request(`/api/tasks/${task}/workbook`)).status).toBe(404);
    expect((await preview(task, strayBytes, outsider)).status).toBe(404);
    const leader = await signIn(office.server, 'leader');
    expect((await leader.request(`/api/tasks/${task}/workbook`)).status).toBe(403);
    const reviewer = await signIn(office.server, 'reviewer');
    expect((await reviewer.request(`/api/tasks/${task}/workbook`)).status).toBe(200);
    expect((await preview(task, await download(task), reviewer)).status).toBe(403);
  });

  it('goes out and comes back by the command line, which overwrites no file', async () => {
    const { task } = await issue();
    const [usage, other] = await asked(task, 'usage_status');
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-workbook-'));
    vi.stubEnv('FILLONCE_PASSWORD', PASSWORD);
    try {
      const { url } = await office.server.listen({ host: '127.0.0.1', port: 0 });
      const at = { url, as: 'clerk', json: true };
      expect((await run('task list', [], { ...at, json: false })).out).toContain(task);
      const { out } = await run('task workbook export', [task], { ...at, out: folder });
      const { file } = JSON.parse(out) as { file: string };
      expect(file).toBe(join(folder, '空置房、群租房信息台账（2026年11月） 春晓居民区 填报.xlsx'));
      await expect(run('task workbook export', [task], { ...at, out: folder })).rejects.toMatchObject({
        code: 'cli.file_there',
      });
      await writeFile(file, await editWorkbook(await readFile(file), (cell) => (cell(usage!).value = '群租')));
      const looked = await run('task workbook import', [file], { ...at, json: false });
      expect(looked).toMatchObject({ code: 0 });
      expect(looked.out).toMatch(/change .*群租[\s\S]*change 1 {2}conflict 0[\s\S]*--apply/);
      await writeFile(file, await editWorkbook(await readFile(file), (cell) => (cell(other!).value = '乱填')));
      expect(await answerOf(task, usage!)).toBeNull();
      const saved = await run('task workbook import', [file], { ...at, apply: true });
      expect(saved.code).toBe(1);
      expect(JSON.parse(saved.out)).toMatchObject({ task, preview: { counts: { invalid: 1 } }, applied: { saved: 1 } });
      expect(await answerOf(task, usage!)).toMatchObject({ value: '群租', by: '王芳' });
      await expect(run('task workbook import', [join(folder, 'none.xlsx')], at)).rejects.toMatchObject({
        code: 'cli.file_unreadable',
      });
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function run(name: string, args: readonly string[], options: Record<string, string | boolean>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command = taskCommands.find((each) => each.name === name)!;
  const code = await command.run({ args, options, stdout, stderr, signal: new AbortController().signal });
  stdout.end();
  return { code, out: await text(stdout) };
}
