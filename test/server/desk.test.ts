import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { listAudit, updateUser } from '../../store/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';
import { dwellingRecords } from './records.ts';

interface Outcome {
  selected: number;
  done: number;
  left: number;
  batches: string[];
  publishing: boolean;
}

const BAD = 60;

describe('the quarantine desk', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  let admin: Client;
  let analyst: Client;

  /** Lands records of a dataset and stages them. */
  async function land(source: string, dataset: string, rows: readonly object[]): Promise<string> {
    const writer = office.landing.write(source, dataset);
    await writer.append(rows as never);
    const { id } = await writer.commit(await office.landing.lastCursor(source, dataset));
    await office.warehouse.stageOutstanding();
    // Publications are told apart by their milliseconds.
    await clock.advance(1_000);
    return id;
  }

  beforeAll(async () => {
    office = await openOffice({ clock, dwellings: 600 });
    admin = await signIn(office.server, 'admin');
    analyst = await signIn(office.server, 'analyst');
    const { grid } = dwellingRecords(800, clock.now());
    const fresh = grid.slice(600).map((record, i) => ({
      ...record,
      ...(i < BAD ? { dwellingCode: null, code: record.dwellingCode } : {}),
    }));
    await land('grid', 'dwelling', [...grid.slice(0, 600), ...fresh]);
  }, 60_000);
  afterAll(() => office.close());

  const filter = { source: 'grid', dataset: 'dwelling', rule: 'dwellingCode:required' };
  const dwellings = async () =>
    (await admin.get<{ total: number; publicationId: string }>('/api/marts/housing/dwelling/rows?limit=1')).body;

  it('shows rules and raw records, hides personal values from those who may not see them', async () => {
    const rules = await admin.get<{ items: { rule: string; rows: number; words: { zh: string } }[] }>(
      '/api/quarantine/rules',
    );
    expect(rules.body.items).toMatchObject([
      { rule: 'dwellingCode:required', column: 'dwellingCode', rows: BAD, words: { zh: '必填项为空' } },
    ]);
    const path = '/api/quarantine/records?source=grid&dataset=dwelling&state=open&limit=2';
    type Records = { total: number; items: { raw: Record<string, unknown>; batch: string; row: number }[] };
    const full = await admin.get<Records>(path);
    expect(full.body.total).toBe(BAD);
    expect(full.body.items[0]!.raw.ownerPhone).toMatch(/^138/);
    const cut = await analyst.get<Records>(path);
    expect(cut.body.items[0]!.raw).toMatchObject({ ownerPhone: '***', code: '***' });
    expect((await analyst.get(`${path}&text=138`)).status).toBe(403);
    expect((await admin.get<Records>(`${path}&text=${full.body.items[1]!.raw.ownerPhone}`)).body.total).toBe(1);
    expect((await (await signIn(office.server, 'clerk')).get(path)).status).toBe(403);
  });

  it('lets nobody but the administrator decide', async () => {
    const reviewer = await signIn(office.server, 'reviewer');
    const body = { key: 'key-nobody', selection: { filter }, reason: '试试', expression: 'dwellingCode = code' };
    for (const client of [analyst, reviewer]) {
      expect((await client.post('/api/quarantine/fix', body)).status).toBe(403);
      expect(
        (await client.post('/api/quarantine/preview', { selection: { filter }, expression: 'a = b' })).status,
      ).toBe(403);
    }
    expect((await admin.post('/api/quarantine/dismiss', { ...body, reason: ' ' })).status).toBe(400);
  });

  it('previews an expression, mends all by it, publishes, writes it down, and takes the same order once', async () => {
    const before = await dwellings();
    const expression = 'dwellingCode = 去空格(code)';
    const preview = await admin.post<{
      selected: number;
      passing: number;
      samples: { changes: { column: string; before: string | null; after: string | null }[] }[];
    }>('/api/quarantine/preview', { selection: { filter }, expression, samples: 3 });
    expect(preview.body).toMatchObject({ selected: BAD, passing: BAD, left: [] });
    expect(preview.body.samples[0]!.changes).toMatchObject([{ column: 'dwellingCode', before: null }]);
    expect(
      (await admin.post('/api/quarantine/preview', { selection: { filter }, expression: 'x = y(' })).body,
    ).toMatchObject({
      code: 'warehouse.quarantine.expression',
    });

    await clock.advance(1_000);
    const order = { key: 'order-0001', selection: { filter }, expression, reason: '列名写错', expected: BAD };
    expect((await admin.post('/api/quarantine/fix', { ...order, key: 'order-0000', expected: 3 })).body).toMatchObject({
      code: 'warehouse.quarantine.moved',
    });
    const [first, twin] = await Promise.all([
      admin.post<Outcome>('/api/quarantine/fix', order),
      admin.post<Outcome>('/api/quarantine/fix', order),
    ]);
    expect(first.body).toMatchObject({ selected: BAD, done: BAD, left: 0, publishing: true });
    expect(twin.body).toEqual(first.body);
    const after = await dwellings();
    expect(after.total).toBe(before.total + 200);
    expect(after.publicationId).not.toBe(before.publicationId);
    expect((await admin.post<Outcome>('/api/quarantine/fix', order)).body).toEqual(first.body);
    expect((await admin.post('/api/quarantine/fix', { ...order, reason: '另一个' })).status).toBe(400);
    expect((await admin.get('/api/quarantine/orders/order-0001')).body).toMatchObject({ done: BAD, of: BAD });

    const entries = await office.store.system.transaction((tx) =>
      listAudit(tx, { subject: 'grid.dwelling', limit: 20 }),
    );
    const own = entries.filter(({ detail }) => detail.key === 'order-0001').map(({ action }) => action);
    expect(own).toEqual(['quarantine.fix.done', 'quarantine.fix']);
    expect(entries.find(({ action }) => action === 'quarantine.fix')?.detail).toMatchObject({
      expression,
      reason: '列名写错',
    });
    expect((await office.warehouse.verify()).rebuiltOtherwise).toEqual([]);
  });

  it('dismisses single records with a reason, and tries others again as they came', async () => {
    const [good] = dwellingRecords(900, clock.now()).grid.slice(-1);
    await land('grid', 'dwelling', [...dwellingRecords(600, clock.now()).grid, { ...good, dwellingCode: null }]);
    const list = () =>
      admin.get<{ items: { batch: string; row: number }[] }>('/api/quarantine/records?state=open&limit=10');
    const places = (await list()).body.items.map(({ batch, row }) => ({ batch, row }));
    expect(places).toHaveLength(1);
    const again = await admin.post<Outcome>('/api/quarantine/replay', {
      key: 'replay-01',
      selection: { places },
      reason: '再试一次',
    });
    expect(again.body).toMatchObject({ selected: 1, done: 0, left: 1, publishing: false });
    const gone = await admin.post<Outcome>('/api/quarantine/dismiss', {
      key: 'dismiss-01',
      selection: { places },
      reason: '测试数据',
    });
    expect(gone.body).toMatchObject({ done: 1, publishing: false });
    expect((await list()).body.items).toEqual([]);
    const dismissed = await admin.get('/api/quarantine/records?state=dismissed&limit=10');
    expect(dismissed.body).toMatchObject({ items: [{ reason: '测试数据', decidedBy: office.users.admin.id }] });
  });

  it('shows stopped batches and differences of columns, and carries out what is decided', async () => {
    const { grid } = dwellingRecords(1010, clock.now());
    const batch = await land(
      'grid',
      'dwelling',
      grid.slice(1000).map((record, i) => (i < 5 ? { ...record, dwellingCode: null, wechat: '群1' } : record)),
    );
    const stopped = await admin.get<{ items: { batch: string }[] }>('/api/quarantine/batches');
    expect(stopped.body.items).toMatchObject([{ batch, rows: 10, why: { zh: '50.0% 的记录不符合契约，超过上限' } }]);
    const before = await dwellings();
    const released = await admin.post<Outcome>(`/api/quarantine/batches/${batch}/decide`, {
      key: 'release-01',
      reason: '来源已确认',
      decision: 'release',
    });
    expect(released.body).toMatchObject({ done: 1, publishing: true });
    expect((await dwellings()).total).toBe(before.total + 5);

    type Differences = {
      total: number;
      items: { kind: string; column: string; samples: string[]; decision: unknown }[];
    };
    const drift = await admin.get<Differences>('/api/drift?open=true');
    expect(drift.body.items.find(({ column }) => column === 'wechat')).toMatchObject({
      kind: 'unknown',
      sourceName: '网格化管理平台',
      samples: ['群1'],
      decision: null,
    });
    // Whoever sees one theme hears of no others, not even how many there are.
    for (const [theme, total] of [
      ['housing', drift.body.total],
      ['crowd', 0],
    ] as const) {
      await office.store.system.transaction((tx) =>
        updateUser(tx, office.users.duty.id, { roles: ['analyst'], themes: [theme] }),
      );
      const narrow = await signIn(office.server, 'duty');
      const { body } = await narrow.get<Differences>('/api/drift?open=true');
      expect([theme, body.total, body.items.length]).toEqual([theme, total, total]);
    }
    const decision = { source: 'grid', dataset: 'dwelling', kind: 'unknown', column: 'wechat', reason: '不需要' };
    expect(
      (await admin.post('/api/drift/decide', { ...decision, key: 'drift-001', decision: 'refuse' })).body,
    ).toMatchObject({ done: 1 });
    const all = await admin.get<Differences>('/api/drift');
    expect(all.body.items.find(({ column }) => column === 'wechat')?.decision).toMatchObject({
      accepted: false,
      reason: '不需要',
    });
    expect(
      (await analyst.post('/api/drift/decide', { ...decision, key: 'drift-002', decision: 'accept' })).status,
    ).toBe(403);
  });

  it('lists publications and compares two of them within the scope and sight of the reader', async () => {
    type List = {
      total: number;
      items: { id: string; kept: string; records: number; marts: { mart: string; rows: number }[] }[];
    };
    const { body } = await admin.get<List>('/api/publications');
    expect(body.total).toBeGreaterThanOrEqual(3);
    expect(body.items[0]).toMatchObject({ kept: 'current' });
    const [to, from] = [body.items[0]!.id, body.items.at(-1)!.id];
    type Compared = {
      marts: { mart: string; added: number; removed: number; sample: { change: string; key: string[] }[] }[];
    };
    const compared = await admin.get<Compared>(`/api/publications/compare?from=${from}&to=${to}`);
    const dwelling = compared.body.marts.find(({ mart }) => mart === 'housing.dwelling')!;
    const rows = (i: number) => body.items.at(i)!.marts.find(({ mart }) => mart === 'housing.dwelling')!.rows;
    expect(dwelling).toMatchObject({ added: rows(0) - rows(-1), removed: 0 });
    expect(dwelling.added).toBeGreaterThanOrEqual(5);
    expect(dwelling.sample.filter(({ change }) => change === 'added').length).toBe(Math.min(10, dwelling.added));
    expect((await admin.get(`/api/publications/compare?from=${from}&to=pub_none`)).status).toBe(404);
    expect((await admin.get(`/api/publications/compare?from=../../etc&to=${to}`)).status).toBe(404);
    expect((await (await signIn(office.server, 'clerk')).get('/api/publications')).status).toBe(403);
  });
});
