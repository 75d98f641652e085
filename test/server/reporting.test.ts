import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { openWorkbook } from '../../templates/xlsx/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';
import { OFFICE } from './records.ts';

interface Row {
  rowKey: string;
  values: (string | null)[];
  doubts: {
    column: string;
    class: string;
    alternatives: { value: string | null }[];
    answer: { value: string | null } | null;
  }[];
}
interface TaskItem {
  id: string;
  org: string;
  status: string;
  doubtful: number;
  answered: number;
  returnReason: string | null;
}
interface Column {
  id: string;
  type: string;
  codes: string[] | null;
  optional: boolean;
  asked: boolean;
}

describe('a report, from the upload to the export, over HTTP', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  let admin: Client;
  let clerk: Client;
  let reviewer: Client;
  let campaign: string;
  let task: TaskItem;

  beforeAll(async () => {
    office = await openOffice({ clock });
    admin = await signIn(office.server, 'admin');
    clerk = await signIn(office.server, 'clerk');
    reviewer = await signIn(office.server, 'reviewer');
  });
  afterAll(() => office?.close());

  it('recognises the upstream form that was uploaded', async () => {
    const templates = await admin.get<{ items: { id: string; title: string }[] }>('/api/templates');
    expect(templates.body.items.map((item) => item.id)).toContain('vacant-group-rental');
    const { readFile } = await import('node:fs/promises');
    const form = await readFile('templates/shipped/vacant-group-rental/template.xlsx');
    const response = await admin.request('/api/templates/recognise?fileName=%E5%8F%B0%E8%B4%A6.xlsx', {
      method: 'POST',
      body: form,
    });
    expect(await response.json()).toMatchObject({
      fileName: '台账.xlsx',
      template: { id: 'vacant-group-rental', version: 1, themes: ['housing'] },
      differences: [],
    });
  });

  it('is prefilled as soon as the campaign is created', async () => {
    const created = await admin.post<{ id: string }>('/api/campaigns', {
      templateId: 'vacant-group-rental',
      period: '2026-11',
      scope: OFFICE,
      deadline: '2026-11-30T17:00:00+08:00',
    });
    expect(created.status).toBe(200);
    campaign = created.body.id;
    const { body } = await admin.get<{ stage: string; rows: number; coverage: number; counts: Record<string, number> }>(
      `/api/campaigns/${campaign}`,
    );
    expect(body).toMatchObject({ stage: 'prefilled', failure: null });
    expect(body.rows).toBeGreaterThan(30);
    expect(body.coverage).toBeGreaterThan(0.8);
    expect(body.counts.stale! + body.counts.conflicting! + body.counts.missing!).toBeGreaterThan(0);
  });

  it('asks each community for its own doubtful cells only', async () => {
    await admin.post(`/api/campaigns/${campaign}/issue`);
    const { body } = await clerk.get<{ items: TaskItem[]; total: number }>('/api/tasks');
    expect(body.items).toHaveLength(1);
    task = body.items[0]!;
    expect(task).toMatchObject({ org: `${OFFICE}/c05`, status: 'open', answered: 0, assignee: '王芳' });
    const rows = await clerk.get<{ items: Row[]; total: number }>(`/api/tasks/${task.id}/rows?limit=500`);
    const cells = rows.body.items.flatMap((row) => row.doubts);
    expect(cells).toHaveLength(task.doubtful);
    expect(new Set(cells.map((cell) => cell.class)).size).toBeGreaterThanOrEqual(2);
    const conflicting = await clerk.get<{ items: Row[] }>(`/api/tasks/${task.id}/rows?class=conflicting`);
    for (const row of conflicting.body.items) {
      const doubt = row.doubts.find((one) => one.class === 'conflicting')!;
      expect(doubt.alternatives.length).toBeGreaterThan(0);
    }
  });

  it('saves answers, refuses what does not fit, and shows a concurrent change as a conflict', async () => {
    const { body: detail } = await clerk.get<{ columns: Column[] }>(`/api/tasks/${task.id}`);
    const at = new Map(detail.columns.map((column, i) => [column.id, i]));
    const { body: rows } = await clerk.get<{ items: Row[] }>(`/api/tasks/${task.id}/rows?limit=500`);
    const cells = rows.items.flatMap((row) =>
      row.doubts.map((doubt) => ({
        rowKey: row.rowKey,
        column: doubt.column,
        base: row.values[at.get(doubt.column)!]!,
      })),
    );
    const usage = cells.find((cell) => cell.column === 'usage_status')!;
    const wrong = await clerk.post<{ saved: string[]; rejected: { reason: string; message: { zh: string } }[] }>(
      `/api/tasks/${task.id}/patches`,
      { patches: [{ ...usage, value: '没有这种', clientOpId: 'op-wrong-1' }] },
    );
    expect(wrong.body.saved).toEqual([]);
    expect(wrong.body.rejected[0]).toMatchObject({ reason: 'invalid' });

    const colleague = await signIn(office.server, 'colleague');
    const first = { ...usage, value: '空置', clientOpId: 'op-first-1' };
    expect((await colleague.post(`/api/tasks/${task.id}/patches`, { patches: [first] })).body).toMatchObject({
      saved: ['op-first-1'],
      answered: 1,
    });
    const late = await clerk.post<{ rejected: object[] }>(`/api/tasks/${task.id}/patches`, {
      patches: [{ ...usage, base: '自住', value: '群租', clientOpId: 'op-late-1' }],
    });
    expect(late.body.rejected[0]).toMatchObject({ reason: 'conflict', current: '空置', currentBy: '张丽' });
    // The same operation again, as after a lost reply.
    expect((await colleague.post(`/api/tasks/${task.id}/patches`, { patches: [first] })).body).toMatchObject({
      saved: ['op-first-1'],
      answered: 1,
    });

    const rest = cells.filter((cell) => cell !== usage);
    const patches = rest.map((cell, i) => {
      const column = detail.columns[at.get(cell.column)!]!;
      const made =
        column.codes?.[0] ?? (column.type === 'date' ? '2026-05-01' : column.type === 'text' ? '已核实' : '1');
      return { ...cell, value: cell.base ?? made, clientOpId: `op-rest-${i}` };
    });
    const saved = await clerk.post<{ rejected: object[]; answered: number }>(`/api/tasks/${task.id}/patches`, {
      patches,
    });
    expect(saved.body.rejected).toEqual([]);
    expect(saved.body.answered).toBe(task.doubtful);
  });

  it('comes back with a reason, is handed in again and approved', async () => {
    expect((await clerk.post(`/api/tasks/${task.id}/submit`, {})).body).toMatchObject({ status: 'submitted' });
    const differences = await reviewer.get<{ total: number; items: { kind: string; by: string }[] }>(
      `/api/tasks/${task.id}/differences?limit=500`,
    );
    expect(differences.body.total).toBe(task.doubtful);
    expect(new Set(differences.body.items.map((item) => item.by))).toEqual(new Set(['王芳', '张丽']));
    const returned = await reviewer.post(`/api/tasks/${task.id}/return`, { reason: '请核实第一行' });
    expect(returned.body).toMatchObject({ status: 'returned', returnReason: '请核实第一行' });
    await clerk.post(`/api/tasks/${task.id}/submit`, {});
    expect((await reviewer.post(`/api/tasks/${task.id}/approve`)).body).toMatchObject({ status: 'approved' });
  });

  it('says why it cannot be released while tasks are open', async () => {
    await admin.post(`/api/campaigns/${campaign}/merge`);
    await admin.post(`/api/campaigns/${campaign}/release`);
    const { body } = await admin.get<{ stage: string; failure: { step: string } }>(`/api/campaigns/${campaign}`);
    expect(body).toMatchObject({ stage: 'merged', failure: { step: 'release' } });
  });

  it('is released once everything is approved, and exports the upstream layout under its Chinese name', async () => {
    const outsider = await signIn(office.server, 'outsider');
    const { body } = await outsider.get<{ items: TaskItem[] }>('/api/tasks');
    for (const { id } of body.items) {
      await outsider.post(`/api/tasks/${id}/submit`, { incomplete: true });
      await reviewer.post(`/api/tasks/${id}/approve`);
    }
    await admin.post(`/api/campaigns/${campaign}/merge`);
    await admin.post(`/api/campaigns/${campaign}/release`);
    const released = await admin.get<{ stage: string; releases: { number: number; approvedBy: string }[] }>(
      `/api/campaigns/${campaign}`,
    );
    expect(released.body).toMatchObject({ stage: 'released', releases: [{ number: 1, approvedBy: '陈晓' }] });

    const file = await admin.request(`/api/campaigns/${campaign}/export`);
    expect(file.status).toBe(200);
    const name = decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(file.headers.get('Content-Disposition')!)![1]!);
    expect(name).toBe('空置房、群租房信息台账（2026年11月）.xlsx');
    const workbook = await openWorkbook(new Uint8Array(await file.arrayBuffer()));
    expect(workbook.sheets.map((sheet) => sheet.name)).toContain('空置群租台账');
    await workbook.close();
  });

  it('tells where the value of a cell came from', async () => {
    const { body: rows } = await clerk.get<{ items: Row[] }>(`/api/tasks/${task.id}/rows`);
    const row = rows.items.find((one) => one.doubts.some((doubt) => doubt.column === 'usage_status'))!;
    const { body } = await clerk.get<{ steps: { kind: string; by: string }[] }>(
      `/api/campaigns/${campaign}/cells/${row.rowKey}/usage_status`,
    );
    expect(body.steps.map((step) => step.kind)).toEqual(expect.arrayContaining(['source', 'answer', 'review']));
  });
});
