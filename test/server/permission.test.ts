import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { type Client, clientOf, signIn } from './client.ts';
import { type Login, type Office, openOffice } from './office.ts';
import { OFFICE } from './records.ts';

interface MartPage {
  columns: string[];
  items: (string | number | null)[][];
  total: number;
}

describe('what a person may see and do', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  const people = new Map<Login, Client>();
  let office: Office;
  let campaign: string;
  let tasks: { id: string; org: string }[];
  const as = (login: Login) => people.get(login)!;

  beforeAll(async () => {
    office = await openOffice({ clock });
    for (const login of Object.keys(office.users) as Login[]) people.set(login, await signIn(office.server, login));
    const created = await as('admin').post<{ id: string }>('/api/campaigns', {
      templateId: 'vacant-group-rental',
      period: '2026-11',
      scope: OFFICE,
      deadline: '2026-11-30T17:00:00+08:00',
    });
    campaign = created.body.id;
    await as('admin').post(`/api/campaigns/${campaign}/issue`);
    tasks = (await as('admin').get<{ items: { id: string; org: string }[] }>('/api/tasks')).body.items;
  });
  afterAll(() => office?.close());

  const taskOf = (community: string) => tasks.find((task) => task.org.endsWith(community))!.id;

  it('is nothing at all without signing in', async () => {
    const nobody = clientOf(office.server);
    const document = (await nobody.get<{ paths: Record<string, object> }>('/openapi.json')).body;
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path === '/api/session') continue;
      const address = path
        .replace('{theme}', 'housing')
        .replace('{mart}', 'dwelling')
        .replace('{action}', 'resolve')
        .replace(/\{\w+\}/g, 'some-thing');
      for (const method of Object.keys(methods)) {
        const order = {
          ...{ key: '12345678', reason: '原因' },
          selection: { filter: { source: 'grid', dataset: 'dwelling' } },
        };
        const bodies: Record<string, object> = {
          '/api/tasks/{id}/patches': {
            patches: [{ rowKey: 'r', column: 'c', base: null, value: null, clientOpId: '12345678' }],
          },
          '/api/tasks/{id}/return': { reason: '原因' },
          '/api/campaigns': {
            templateId: 't',
            period: '2026-11',
            scope: OFFICE,
            deadline: '2026-11-30T17:00:00+08:00',
          },
          '/api/campaigns/{id}/conflicts/{conflictId}': { choice: 'mine' },
          '/api/incidents/{id}/{action}': { clientOpId: '12345678' },
          '/api/quarantine/preview': { ...order, expression: 'a = b' },
          '/api/quarantine/fix': { ...order, expression: 'a = b' },
          '/api/quarantine/replay': order,
          '/api/quarantine/dismiss': order,
          '/api/quarantine/batches/{batch}/decide': { ...order, decision: 'release' },
          '/api/drift/decide': {
            ...order,
            ...{ source: 'grid', dataset: 'dwelling', kind: 'unknown', column: 'c', decision: 'accept' },
          },
        };
        const response = await nobody.request(path.includes('recognise') ? `${address}?fileName=x.xlsx` : address, {
          method: method.toUpperCase(),
          headers: { 'Content-Type': 'application/json' },
          ...(method === 'post' ? { body: JSON.stringify(bodies[path] ?? {}) } : {}),
        });
        expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 401`);
      }
    }
  });

  it('follows the role', async () => {
    const refused: [Login, string, 'get' | 'post', string, object?][] = [
      ['clerk', 'sources', 'get', '/api/sources'],
      ['clerk', 'a pull', 'post', '/api/sources/grid/pull'],
      ['clerk', 'incidents', 'get', '/api/incidents'],
      ['clerk', 'the quarantine', 'get', '/api/quarantine'],
      ['clerk', 'its own approval', 'post', `/api/tasks/${taskOf('c05')}/approve`],
      ['clerk', 'the export', 'get', `/api/campaigns/${campaign}/export`],
      ['reviewer', 'an answer', 'post', `/api/tasks/${taskOf('c05')}/submit`, {}],
      ['leader', 'a release', 'post', `/api/campaigns/${campaign}/release`],
      ['leader', 'rows of a task', 'get', `/api/tasks/${taskOf('c05')}/rows`],
      ['analyst', 'campaigns', 'get', '/api/campaigns'],
      ['duty', 'tasks', 'get', '/api/tasks'],
      ['reviewer', 'a pull', 'post', '/api/sources/grid/pull'],
    ];
    for (const [login, what, method, path, body] of refused) {
      const { status } = method === 'get' ? await as(login).get(path) : await as(login).post(path, body);
      expect(`${login}: ${what} ${status}`).toBe(`${login}: ${what} 403`);
    }
  });

  it('ends at the border of the unit: what lies outside does not exist', async () => {
    const own = await as('clerk').get<{ items: { org: string }[] }>('/api/tasks');
    expect(own.body.items.map((item) => item.org)).toEqual([`${OFFICE}/c05`]);
    for (const path of ['', '/rows', '/differences']) {
      expect((await as('clerk').get(`/api/tasks/${taskOf('c06')}${path}`)).status).toBe(404);
    }
    const patches = [
      { rowKey: '3101990010000003', column: 'usage_status', base: '空置', value: '空置', clientOpId: 'op-other-1' },
    ];
    expect((await as('clerk').post(`/api/tasks/${taskOf('c06')}/patches`, { patches })).status).toBe(404);
    const { body } = await as('clerk').get<{ taskList: { org: string }[] }>(`/api/campaigns/${campaign}`);
    expect(body.taskList.map((task) => task.org)).toEqual([`${OFFICE}/c05`]);
  });

  it('cuts the rows of a mart to the unit', async () => {
    const query = '/api/marts/housing/dwelling/rows?columns=grid_path&limit=500';
    const all = await as('admin').get<MartPage>(query);
    const own = await as('clerk').get<MartPage>(query);
    expect(all.body.total).toBe(48);
    expect(own.body.total).toBe(32);
    for (const [path] of own.body.items) expect(String(path)).toMatch(new RegExp(`^${OFFICE}/c05/`));
  });

  it('hides columns above the sensitivity, and neither filters nor sorts by them', async () => {
    const path = '/api/marts/housing/dwelling';
    const { body } = await as('analyst').get<{ columns: { id: string; masked: boolean }[] }>(path);
    const masked = body.columns.filter((column) => column.masked).map((column) => column.id);
    expect(masked).toEqual(expect.arrayContaining(['owner_id_no', 'owner_name', 'owner_phone', 'certificate_no']));
    const rows = await as('analyst').get<MartPage>(`${path}/rows?columns=address,owner_id_no&limit=5`);
    for (const [address, idNo] of rows.body.items) {
      expect(address).toMatch(/春晓路/);
      expect(idNo).toBe('***');
    }
    const filter = encodeURIComponent(JSON.stringify([{ column: 'owner_id_no', op: 'startsWith', value: '3101' }]));
    expect((await as('analyst').get(`${path}/rows?filter=${filter}`)).status).toBe(403);
    expect((await as('analyst').get(`${path}/rows?sort=owner_id_no`)).status).toBe(403);
    const shown = await as('admin').get<MartPage>(`${path}/rows?columns=owner_id_no&limit=1`);
    expect(shown.body.items[0]![0]).toMatch(/^\d{17}[\dX]$/);
  });

  it('answers a filter with values, never with SQL', async () => {
    const path = '/api/marts/housing/dwelling/rows';
    const condition = (of: object) => encodeURIComponent(JSON.stringify([of]));
    const found = await as('admin').get<MartPage>(
      `${path}?columns=usage_status&filter=${condition({ column: 'usage_status', op: 'eq', value: '自住' })}`,
    );
    expect(new Set(found.body.items.flat())).toEqual(new Set(['自住']));
    const quoted = await as('admin').get<MartPage>(
      `${path}?filter=${condition({ column: 'address', op: 'contains', value: "' OR 1=1 --" })}`,
    );
    expect(quoted.body.total).toBe(0);
    for (const wrong of [
      'columns=nope',
      'sort=address;drop',
      `filter=${condition({ column: 'x"', op: 'eq', value: 1 })}`,
      'filter=%7B',
      'limit=501',
    ]) {
      expect(`${wrong} ${(await as('admin').get(`${path}?${wrong}`)).status}`).toBe(`${wrong} 400`);
    }
  });

  it('counts in the unit, and keeps small numbers to itself', async () => {
    const list = await as('leader').get<{ items: { name: string }[] }>('/api/statistics');
    expect(list.body.items.map((item) => item.name)).toContain('housing-use');
    interface Table {
      dimensions: object[];
      rows: (string | number | null)[][];
    }
    const all = await as('leader').get<Table>('/api/statistics/housing-use');
    const own = await as('clerk').get<Table>('/api/statistics/housing-use');
    const sum = ({ dimensions, rows }: Table) =>
      rows.flatMap((row) => row.slice(dimensions.length)).reduce<number>((n, value) => n + Number(value ?? 0), 0);
    expect(sum(own.body)).toBeLessThan(sum(all.body));
    expect((await as('clerk').get('/api/statistics/nothing')).status).toBe(404);
  });

  it('shows the sources and what they sent, to those who look after them', async () => {
    const { body } = await as('admin').get<{ items: { source: string; state: string; records: number }[] }>(
      '/api/sources',
    );
    expect(body.items).toMatchObject([
      { source: 'grid', state: 'ok', records: 48 },
      { source: 'housing', state: 'ok', records: 48 },
      { source: 'police', state: 'never', records: 0 },
    ]);
    expect((await as('admin').post('/api/sources/nowhere/pull')).status).toBe(404);
    await as('admin').post('/api/sources/police/pull');
    const after = await as('admin').get<{ items: { source: string; state: string }[] }>('/api/sources');
    expect(after.body.items[2]).toMatchObject({ source: 'police', state: 'pulling' });
  });
});
