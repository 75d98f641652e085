import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orgPath, type User, virtualClock } from '../../core/index.ts';
import type { SavedSql, SqlCheck, SqlHistoryEntry, SqlPage, SqlRun, SqlSchema } from '../../server/schema/sql.ts';
import { endInterruptedQueries, listAudit, noteQueryAsked, saveQuery, updateUser } from '../../store/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';

const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
let office: Office;
let analyst: Client;

beforeAll(async () => {
  office = await openOffice({ clock, sql: true });
  analyst = await signIn(office.server, 'analyst');
});
afterAll(() => office.close());

const DWELLINGS = 'SELECT grid_path, count(*) AS dwellings FROM housing.dwelling GROUP BY ALL ORDER BY ALL';
const ENDLESS = 'SELECT count(*) FROM range(9000000) a, range(9000000) b WHERE a.range % 7 = b.range % 3';

async function run(client: Client, statement: string, more: object = {}): Promise<SqlRun> {
  const { status, body } = await client.post<SqlRun>('/api/sql/run', { statement, ...more });
  expect(status).toBe(200);
  return body;
}

/** Asks until the query has ended, as the workbench does. */
async function ended(client: Client, queryId: string, query = ''): Promise<SqlPage> {
  for (;;) {
    const { body } = await client.get<SqlPage>(`/api/sql/queries/${queryId}?waitMs=20000${query}`);
    if (!['queued', 'running'].includes(body.state)) return body;
  }
}

const ask = async (client: Client, statement: string, more: object = {}) =>
  ended(client, (await run(client, statement, more)).queryId);

describe('analyst SQL over HTTP', { timeout: 120_000 }, () => {
  it('is for those who may run statements', async () => {
    const clerk = await signIn(office.server, 'clerk');
    expect((await clerk.get('/api/sql/schema')).status).toBe(403);
    expect((await clerk.post('/api/sql/run', { statement: 'SELECT 1' })).status).toBe(403);
  });

  it('tells what may be asked, with meanings, code lists and masks', async () => {
    const { body } = await analyst.get<SqlSchema>('/api/sql/schema');
    const dwelling = body.themes.flatMap((theme) => theme.marts).find(({ table }) => table === 'housing.dwelling')!;
    const column = (id: string) => dwelling.columns.find((each) => each.id === id)!;
    expect(dwelling.rows).toBe(48);
    expect(column('usage_status')).toMatchObject({
      type: 'code',
      masked: false,
      element: 'housing.dwelling.usage_status',
    });
    expect(column('usage_status').codes).toContain('空置');
    expect(column('owner_name')).toMatchObject({ masked: true, sqlType: 'VARCHAR' });
    expect(dwelling.columns.some(({ id }) => id.startsWith('_'))).toBe(false);
    expect(body.functions).toContain('date_trunc');
    expect(body.functions).not.toContain('getenv');
  });

  it('checks while one types: problems with places, parameters, estimate', async () => {
    const check = async (statement: string, parameters = {}) =>
      (await analyst.post<SqlCheck>('/api/sql/check', { statement, parameters })).body;
    expect(await check(DWELLINGS)).toMatchObject({
      ok: true,
      tables: ['housing.dwelling'],
      estimate: { cost: 'small' },
    });
    expect(await check('SELECT * FROM housing.dwelling WHERE area_m2 > $area')).toMatchObject({
      ok: true,
      parameters: ['area'],
      estimate: null,
    });
    const wrong = await check('SELECT floor_nr FROM housing.dwelling');
    expect(wrong).toMatchObject({ ok: false, problems: [{ code: 'analytics.sql.failed', position: 7, length: 8 }] });
    const crossed = await check('SELECT count(*) FROM range(1000000) a, range(1000000) b');
    expect(crossed.estimate).toMatchObject({ cost: 'huge' });
    expect(crossed.estimate!.warnings).toHaveLength(1);
  });

  it('runs, pages, masks', async () => {
    const all = await ask(analyst, 'SELECT dwelling_code, owner_name FROM housing.dwelling ORDER BY 1');
    expect(all).toMatchObject({ state: 'done', total: 48, truncated: false, error: null });
    expect(new Set(all.items.map(([, owner]) => owner))).toEqual(new Set(['***']));
    const page = await ended(analyst, all.queryId, '&offset=40&limit=5');
    expect(page.items).toEqual(all.items.slice(40, 45));
    const few = await ask(analyst, 'SELECT * FROM housing.dwelling', { limit: 10 });
    expect(few).toMatchObject({ total: 10, truncated: true });
  });

  it('shows everyone the rows of his own units', async () => {
    const counts = new Map<string, unknown>();
    for (const scope of ['310199/001', '310199/001/c05', '310199/001/c06']) {
      await office.store.system.transaction((tx) =>
        updateUser(tx, office.users.duty.id, { scope: orgPath(scope), roles: ['analyst'] }),
      );
      const client = await signIn(office.server, 'duty');
      counts.set(scope, (await ask(client, 'SELECT count(*) FROM housing.dwelling')).items[0]![0]);
    }
    const [whole, ...parts] = [...counts.values()].map(Number);
    expect(whole).toBe(48);
    expect(parts.reduce((a, b) => a + b, 0)).toBe(48);
    expect(Math.min(...parts)).toBeGreaterThan(0);
  });

  it('shows no result, and exports none, after the rights that it was made with', async () => {
    const rights = (scope: string) =>
      office.store.system.transaction((tx) =>
        updateUser(tx, office.users.duty.id, { scope: orgPath(scope), roles: ['analyst'] }),
      );
    await rights('310199/001');
    const { queryId } = await ask(await signIn(office.server, 'duty'), 'SELECT * FROM housing.dwelling', { limit: 10 });
    await rights('310199/001/c05');
    const cut = await signIn(office.server, 'duty');
    for (const path of [`queries/${queryId}`, `export?queryId=${queryId}&format=csv`]) {
      const { status, body } = await cut.get<{ code: string }>(`/api/sql/${path}`);
      expect([path, status, body.code]).toEqual([path, 410, 'analytics.sql.rights']);
    }
    const log = await office.store.system.transaction((tx) => listAudit(tx, { subject: queryId, limit: 1 }));
    expect(log[0]).toMatchObject({
      action: 'sql.export',
      userId: office.users.duty.id,
      detail: { format: 'csv', code: 'analytics.sql.rights' },
    });
    expect((await cut.request(`/api/sql/queries/${queryId}`, { method: 'DELETE' })).status).toBe(200);
  });

  it('refuses with code, place and what to do next', async () => {
    const refused = await ask(analyst, "SELECT * FROM read_text('/etc/passwd')");
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'analytics.sql.function' } });
    expect(refused.error!.details).toMatchObject({
      position: 14,
      next: { zh: expect.any(String), en: expect.any(String) },
    });
  });

  it('queues, tells the place, cancels; others cannot see it', async () => {
    const first = await run(analyst, ENDLESS);
    const second = await run(analyst, 'SELECT 1');
    expect(second).toMatchObject({ state: 'queued', position: 1 });
    const reviewer = await signIn(office.server, 'duty');
    expect((await reviewer.get(`/api/sql/queries/${first.queryId}`)).status).toBe(404);
    expect((await reviewer.request(`/api/sql/queries/${first.queryId}`, { method: 'DELETE' })).status).toBe(404);
    expect((await analyst.request(`/api/sql/queries/${first.queryId}`, { method: 'DELETE' })).status).toBe(200);
    expect(await ended(analyst, first.queryId)).toMatchObject({ state: 'cancelled' });
    expect(await ended(analyst, second.queryId)).toMatchObject({ state: 'done', items: [[1]] });
  });

  it('bounds how many one may have waiting', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await run(analyst, ENDLESS)).queryId);
    expect((await analyst.post('/api/sql/run', { statement: 'SELECT 1' })).status).toBe(429);
    for (const id of ids.reverse()) await analyst.request(`/api/sql/queries/${id}`, { method: 'DELETE' });
    for (const id of ids) await ended(analyst, id);
  });

  it('exports the whole result in every format', { timeout: 120_000 }, async () => {
    const { queryId } = await ask(analyst, "SELECT dwelling_code, '=1+1' AS f FROM housing.dwelling ORDER BY 1", {
      limit: 3,
    });
    const fetched = async (format: string) => {
      const response = await analyst.request(`/api/sql/export?queryId=${queryId}&format=${format}`);
      expect([format, response.status]).toEqual([format, 200]);
      expect(response.headers.get('Content-Disposition')).toContain(`.${format.split('&')[0]}`);
      return Buffer.from(await response.arrayBuffer());
    };
    const csv = (await fetched('csv')).toString();
    expect(csv.split('\r\n')).toHaveLength(48 + 2);
    expect(csv).toContain(",'=1+1");
    expect(JSON.parse((await fetched('json')).toString())).toHaveLength(48);
    expect((await fetched('csv&limit=4')).toString().split('\r\n')).toHaveLength(4 + 2);
    expect((await fetched('csv&limit=2')).toString().split('\r\n')).toHaveLength(2 + 2);
    expect((await fetched('parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect((await fetched('xlsx')).subarray(0, 2).toString()).toBe('PK');
    expect((await fetched('arrow')).readUInt32LE(0)).toBe(0xffffffff);
  });

  it('keeps history and writes everything into the audit log', async () => {
    const { queryId } = await ask(analyst, 'SELECT $a + 1', { parameters: { a: 41 } });
    const { body } = await analyst.get<{ items: SqlHistoryEntry[] }>('/api/sql/history?limit=100');
    expect(body.items.find((entry) => entry.queryId === queryId)).toMatchObject({
      statement: 'SELECT $a + 1',
      parameters: { a: 41 },
      outcome: 'done',
      rows: 1,
      code: null,
    });
    const log = await office.store.system.transaction((tx) => listAudit(tx, { subject: queryId, limit: 10 }));
    expect(log.map(({ action, userId }) => [action, userId])).toEqual([
      ['sql.end', office.users.analyst.id],
      ['sql.ask', office.users.analyst.id],
    ]);
  });

  it('saves, shares with a role, changes and deletes only what is mine', async () => {
    const save = (client: Client, input: object) => client.post<SavedSql>('/api/sql/saved', input);
    const list = async (client: Client) => (await client.get<{ items: SavedSql[] }>('/api/sql/saved')).body.items;
    const colleague = await signIn(office.server, 'duty');
    const mine = (await save(analyst, { title: '按网格', statement: DWELLINGS })).body;
    expect(mine).toMatchObject({ share: 'private', mine: true, owner: { name: '孙敏' } });
    expect(await list(colleague)).toEqual([]);
    const parameters = [{ name: 'area', value: 60 }];
    await save(analyst, { id: mine.id, title: '按网格', statement: 'SELECT $area', parameters, share: 'analyst' });
    expect(await list(colleague)).toMatchObject([{ id: mine.id, mine: false, parameters, owner: { name: '孙敏' } }]);
    expect((await save(colleague, { id: mine.id, title: 'x', statement: 'SELECT 2' })).status).toBe(404);
    expect((await colleague.request(`/api/sql/saved/${mine.id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await analyst.request(`/api/sql/saved/${mine.id}`, { method: 'DELETE' })).status).toBe(200);
    expect(await list(analyst)).toEqual([]);
    const log = await office.store.system.transaction((tx) => listAudit(tx, { subject: mine.id, limit: 10 }));
    expect(log.map(({ action, detail }) => [action, detail.share])).toEqual([
      ['sql.delete', undefined],
      ['sql.save', 'analyst'],
      ['sql.save', 'private'],
    ]);
  });

  it('bounds what one may save, and lists what is mine before what others share', async () => {
    const { users, store } = office;
    const fill = (user: User, share: 'everyone' | 'private') =>
      store.as(user).transaction(async (tx) => {
        for (let i = 0; i < 200; i++)
          await saveQuery(tx, { title: `${i}`, statement: 'SELECT 1', parameters: [], share });
      });
    for (const user of [users.duty, users.leader, users.admin]) await fill(user, 'everyone');
    const { body: mine } = await analyst.post<SavedSql>('/api/sql/saved', { title: '中文', statement: 'SELECT 1' });
    const { items } = (await analyst.get<{ items: SavedSql[] }>('/api/sql/saved')).body;
    expect([items.length, items[0]!.id]).toEqual([500, mine.id]);
    const change = { title: '改', statement: 'SELECT 2', parameters: [], share: 'private' } as const;
    const again = (more: object) => store.as(users.duty).transaction((tx) => saveQuery(tx, { ...change, ...more }));
    await expect(again({})).rejects.toMatchObject({ code: 'store.saved-queries' });
    const theirs = items.find(({ owner }) => owner.id === users.duty.id)!;
    expect(await again({ id: theirs.id })).toMatchObject({ title: '改' });
  });

  it('forgets old history when a statement is run, and the audit log keeps it', async () => {
    const { queryId } = await ask(analyst, 'SELECT 180');
    await clock.advance(181 * 86_400_000);
    const again = await signIn(office.server, 'analyst');
    const later = await ask(again, 'SELECT 181');
    const { body } = await again.get<{ items: SqlHistoryEntry[] }>('/api/sql/history?limit=100');
    expect(body.items.map((entry) => entry.queryId)).toEqual([later.queryId]);
    const log = await office.store.system.transaction((tx) => listAudit(tx, { subject: queryId, limit: 10 }));
    expect(log).toHaveLength(2);
  });

  it('ends in the audit log what a killed platform left running', async () => {
    const { users, store } = office;
    const asked = { id: 'query_killed', statement: 'SELECT 1', parameters: {}, publicationId: null };
    await store.as(users.analyst).transaction((tx) => noteQueryAsked(tx, asked));
    expect(await store.system.transaction((tx) => endInterruptedQueries(tx))).toBe(1);
    const log = await store.system.transaction((tx) => listAudit(tx, { subject: asked.id, limit: 10 }));
    expect(log.map(({ action, detail }) => [action, detail.outcome])).toEqual([
      ['sql.end', 'stopped'],
      ['sql.ask', undefined],
    ]);
  });
});
