import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue, shiftedClock } from '../../core/index.ts';
import { lineageSource } from '../../server/index.ts';
import type {
  AssetDetail,
  AssetList,
  BackfillProgress,
  ColumnLineage,
  DictionaryEntry,
} from '../../server/schema/asset.ts';
import { finishMaterialisation, recordChecks, startMaterialisation } from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { loadDeclared } from '../../warehouse/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';

describe('assets', () => {
  const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
  let office: Office;
  let analyst: Client;
  let clerk: Client;
  beforeAll(async () => {
    office = await openOffice({ clock });
    analyst = await signIn(office.server, 'analyst');
    clerk = await signIn(office.server, 'clerk');
  }, 60_000);
  afterAll(() => office.close());

  const detail = async (key: string) => (await analyst.get<AssetDetail>(`/api/assets/${key}`)).body;

  it('are listed each after what it is made from, with rows, cost, freshness and checks', async () => {
    const { body } = await analyst.get<AssetList>('/api/assets');
    const place = new Map(body.items.map(({ key }, i) => [key, i]));
    for (const { key, deps } of body.items)
      for (const dep of deps) expect(place.get(dep)!, key).toBeLessThan(place.get(key)!);
    const one = (key: string) => body.items.find((item) => item.key === key);
    expect(one('landing.grid.dwelling')).toMatchObject({ theme: 'housing', rows: 48, freshness: { state: 'pass' } });
    expect(one('mart.housing.dwelling')).toMatchObject({ rows: 48, title: { zh: '房屋' } });
    expect(one('mart.housing.dwelling')!.bytes).toBeGreaterThan(1_000);
    expect(one('landing.grid.dwelling')!.bytes).toBeGreaterThan(1_000);
    // Not the mart of the same name.
    expect(one('landing.housing.building')?.bytes).toBeNull();
    expect(one('mart.enterprise.tax_quarter')?.title.zh).toBe('企业季度税收');
    // Another dataset of the same theme never came.
    expect(one('landing.police.rental')?.freshness).toMatchObject({ state: 'unknown', since: null });
    expect(one('mart.housing.dwelling')?.freshness).toMatchObject({ state: 'unknown' });
    expect(one('publication')!.bytes).toBe(
      body.items.filter(({ kind }) => kind === 'mart').reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    );
  });

  it('tell their runs with logs and errors, but no rows of persons', async () => {
    await office.store.system.transaction(async (tx) => {
      const golden = await startMaterialisation(tx, { asset: 'golden', partition: 'current' });
      await finishMaterialisation(tx, golden, {
        rows: 50,
        log: [
          { entity: 'dwelling', mode: 'incremental', touched: 48, rows: 48 },
          { entity: 'person', mode: 'none', touched: 0, rows: 2 },
        ],
      });
      const failed = await startMaterialisation(tx, { asset: 'publication', partition: 'current' });
      await finishMaterialisation(tx, failed, {
        error: {
          code: 'warehouse.publication.checks',
          status: 409,
          message: { zh: '数据检查未通过', en: 'Checks failed' },
          details: { failed: [{ check: 'housing.keys_unique', rows: 1, sample: [{ id_no: '310101199001011234' }] }] },
          retryable: false,
        },
      });
      await recordChecks(tx, null, [
        { asset: 'publication', name: 'housing.keys_unique', status: 'fail', measured: 1, detail: {} },
      ]);
    });
    const golden = await detail('golden.dwelling');
    expect(golden.runs).toMatchObject([{ state: 'done', rows: 48, log: [{ entity: 'dwelling', touched: 48 }] }]);
    expect((await detail('golden.person')).runs).toEqual([]);
    const mart = await detail('mart.housing.dwelling');
    expect(mart.runs[0]).toMatchObject({ state: 'failed', error: { code: 'warehouse.publication.checks' } });
    expect(JSON.stringify(mart)).not.toContain('310101199001011234');
    expect(mart.checks.find(({ id }) => id === 'housing.keys_unique')).toMatchObject({
      severity: 'block',
      state: 'fail',
      rows: 1,
    });
    expect(mart.upstream).toContain('landing.grid.dwelling');
    expect(mart.columns.find(({ column }) => column === 'usage_status')?.from).toEqual([
      'golden.dwelling/usage_status',
    ]);
  });

  it('of datasets show their months', async () => {
    const { partitions } = await detail('landing.grid.dwelling');
    expect(partitions.reduce((sum, { rows }) => sum + rows, 0)).toBe(48);
    expect(partitions[0]?.partition).toMatch(/^\d{4}-\d{2}$/);
  });

  it('are hidden from those who may not see sources; columns and words are for everyone', async () => {
    expect((await clerk.get('/api/assets')).status).toBe(403);
    expect((await clerk.get('/api/assets/publication')).status).toBe(403);
    expect((await clerk.get('/api/dictionary?words=电话')).status).toBe(200);
    expect((await analyst.get('/api/assets/nothing')).status).toBe(404);
    expect((await analyst.get('/api/lineage?column=nothing/at')).status).toBe(404);
  });

  it('have a lineage in which every cell of every shipped form is resolved', async () => {
    const catalogue = loadCatalogue();
    const templates = loadTemplates({ catalogue });
    const lineage = await lineageSource(loadDeclared(catalogue), templates)();
    expect(lineage.unresolved).toEqual([]);
    for (const { id, binding } of templates.all) {
      const cells = [...binding.columns, ...(binding.across?.measures ?? []), ...(binding.indicators ?? [])];
      for (const { name } of cells) expect(lineage.column(`template.${id}/${name}`), `${id} ${name}`).not.toBeNull();
    }
  });

  it('lead from a column of a source to the cells of forms and back', async () => {
    const lineage = async (column: string) =>
      (await clerk.get<ColumnLineage>(`/api/lineage?column=${encodeURIComponent(column)}`)).body;
    const up = await lineage('template.vacant-group-rental/owner_name');
    expect(up.column.title?.zh).toBe('产权人姓名（名称）');
    expect(up.upstream.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['mart.housing.dwelling/owner_name', 'golden.dwelling/owner_name']),
    );
    const sent = up.upstream.filter(({ step }) => step === 'sent');
    expect(sent.some(({ asset }) => asset === 'landing.housing.property')).toBe(true);
    const down = await lineage(sent.find(({ asset }) => asset === 'landing.housing.property')!.key);
    expect(down.downstream.map(({ key }) => key)).toContain('template.vacant-group-rental/owner_name');
    const counted = await lineage('template.population-statistics/residents');
    expect(counted.upstream.map(({ key }) => key)).toContain('golden.person/residence_status');
    const summed = await lineage('template.enterprise-tax-quarter/total_tax');
    expect(summed.upstream.map(({ key }) => key)).toContain('golden.tax_month/total_tax');
    expect((await lineage('template.vacant-group-rental/remarks')).column.step).toBe('asked');
  });

  it('have a dictionary that is found by any word and can be taken away', async () => {
    const search = async (words: string) =>
      (await analyst.get<{ items: DictionaryEntry[] }>(`/api/dictionary?words=${encodeURIComponent(words)}`)).body
        .items;
    const all = await search('');
    expect(all.length).toBeGreaterThan(200);
    const [phone] = (await search('手机号 人员')).filter(({ id }) => id === 'population.person.phone');
    expect(phone).toMatchObject({
      sensitivity: 'personal',
      ttlDays: 365,
      sources: [{ name: 'grid', fields: ['resident.phone'] }, { name: 'civil' }, { name: 'police' }],
    });
    expect(phone!.marts).toContain('population.person/phone');
    const owner = (await search('housing.dwelling.owner_name'))[0]!;
    expect(owner.forms).toContainEqual(expect.objectContaining({ id: 'vacant-group-rental' }));

    const csv = await analyst.request('/api/dictionary/file?format=csv');
    const lines = (await csv.text()).trim().split('\r\n');
    expect(lines).toHaveLength(all.length + 1);
    const xlsx = await analyst.request('/api/dictionary/file');
    expect(xlsx.headers.get('Content-Disposition')).toContain(encodeURIComponent('数据字典.xlsx'));
    const bytes = new Uint8Array(await xlsx.arrayBuffer());
    expect(bytes.slice(0, 2)).toEqual(new Uint8Array([0x50, 0x4b]));
  });

  it('cannot be backfilled by those who may not, nor where no workflows are', async () => {
    const order = { source: 'grid', dataset: 'dwelling', by: 'month', from: '2026-01', to: '2026-02' };
    expect((await analyst.post('/api/backfills', order)).status).toBe(403);
    const admin = await signIn(office.server, 'admin');
    const refused = await admin.post<{ code: string }>('/api/backfills', order);
    expect([refused.status, refused.body.code]).toEqual([503, 'server.backfill.absent']);
    expect((await admin.get<{ backfill: BackfillProgress | null }>('/api/backfills/grid')).body.backfill).toBeNull();
  });
});
