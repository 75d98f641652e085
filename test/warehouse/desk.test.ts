import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/checks.ts';
import type { JsonObject } from '../../core/json.ts';
import { orgPath } from '../../core/org.ts';
import { comparePublications, listPublications, RETENTION } from '../../warehouse/index.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';
const BY = { by: 'user_1', reason: '来源已说明' };

function idNo(i: number): string {
  const first17 = `3101991970010${String(1 + (i % 9))}${String(i % 1000).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}
const resident = (i: number, more: JsonObject = {}): JsonObject => ({
  residentId: `r${i}`,
  idNo: idNo(i),
  updatedAt: AT,
  ...more,
});
const people = (n: number, more: JsonObject = {}) => Array.from({ length: n }, (_, i) => resident(i, more));

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

/** What a rebuild from landing makes is what the working file has: decisions are in landing too. */
async function expectRebuildable(): Promise<void> {
  const found = await fixture.warehouse.verify();
  expect(found.rebuiltOtherwise).toEqual([]);
  expect(found.ok).toBe(true);
}

describe('thousands of records of one rule', () => {
  const BAD = 2_300;
  const HOPELESS = 23;
  const FIX = [{ op: 'compute', expression: "idNo = 替换(半角(idNo), '!', '')" }] as const;

  beforeEach(async () => {
    const bad = Array.from({ length: BAD }, (_, i) =>
      resident(i, { idNo: i % 100 === 99 ? 'nothing' : `${idNo(i)}！`, name: `第${i}人` }),
    );
    await fixture.land('grid.resident', [
      ...Array.from({ length: 9_700 }, (_, i) => resident(i % 900, { residentId: `g${i}` })),
      ...bad,
    ]);
    await fixture.warehouse.stageOutstanding();
  });

  it('are previewed, mended by one expression and published; what still breaks its rule is left as it came', async () => {
    const desk = fixture.warehouse.quarantine;
    const filter = { source: 'grid', dataset: 'resident', rule: 'idNo:check' };
    expect((await desk.list({ ...filter, limit: 1 })).total).toBeGreaterThan(900);
    const all = { filter: { source: 'grid', dataset: 'resident' } };
    const preview = await desk.preview(all, FIX, 3);
    expect(preview).toMatchObject({ selected: BAD, passing: BAD - HOPELESS, source: 'grid', dataset: 'resident' });
    expect(preview.left.reduce((sum, { rows }) => sum + rows, 0)).toBe(HOPELESS);
    expect(preview.samples[0]).toMatchObject({
      before: { idNo: `${idNo(0)}！` },
      after: { idNo: idNo(0) },
      breaks: [],
    });

    const progress: number[] = [];
    const outcome = await desk.fix(all, FIX, BY, { expected: BAD, onProgress: (done) => progress.push(done) });
    expect(outcome).toMatchObject({ selected: BAD, passed: BAD - HOPELESS, left: HOPELESS, entities: ['person'] });
    expect(progress).toEqual([2_000, BAD]);
    expect(outcome.batches).toHaveLength(2);
    expect((await desk.list({ state: 'open', limit: 100 })).records.every(({ raw }) => raw.includes('nothing'))).toBe(
      true,
    );
    await fixture.warehouse.refresh(outcome.entities);
    const { id } = await fixture.warehouse.publish();
    const [found] = await fixture.reader.withPublication(id, (sql) =>
      sql.all("SELECT count(*) AS n FROM population.person WHERE name LIKE '第%'"),
    );
    expect(found).toEqual({ n: BAD - HOPELESS });
    await expectRebuildable();
  });

  it('are let in once, also when a process died after landing them and before saying so', async () => {
    const desk = fixture.warehouse.quarantine;
    const filter = { source: 'grid', dataset: 'resident', text: '第7人' };
    const { samples } = await desk.preview({ filter }, FIX, 1);
    await fixture.land(
      'grid.resident',
      samples.map(({ after }) => after),
    );
    await fixture.bringUp();
    expect(await desk.fix({ filter }, FIX, BY)).toMatchObject({ selected: 1, passed: 1, left: 0 });
    expect((await desk.list({ ...filter, state: 'open', limit: 1 })).total).toBe(0);
    const [versions] = await fixture.warehouse.query((sql) =>
      sql.all(`SELECT count(*) AS n FROM staged."grid.resident" WHERE name = '第7人'`),
    );
    expect(versions).toEqual({ n: 1 });
    await expectRebuildable();
  });

  it('are refused when their number is not the one that was previewed, and when nothing is left', async () => {
    const desk = fixture.warehouse.quarantine;
    const all = { filter: { source: 'grid' } };
    await expect(desk.fix(all, FIX, BY, { expected: 999 })).rejects.toMatchObject({
      code: 'warehouse.quarantine.moved',
    });
    expect(await desk.dismissAll(all, BY, BAD)).toBe(BAD);
    await expect(desk.fix(all, FIX, BY)).rejects.toMatchObject({ code: 'warehouse.quarantine.absent' });
    expect((await desk.list({ state: 'dismissed', text: 'nothing', limit: 5 })).total).toBe(HOPELESS);
  });
});

describe('the names of a fix', () => {
  const all = { filter: { source: 'grid', dataset: 'resident' } };
  const fix = (expression: string) => [{ op: 'compute', expression }] as const;
  const preview = (expression: string) => fixture.warehouse.quarantine.preview(all, fix(expression), 1);

  beforeEach(async () => {
    await fixture.land('grid.resident', [...people(90), resident(99, { idNo: 'nothing', wechat: 'wx1' })]);
    await fixture.warehouse.stageOutstanding();
  });

  it.each([
    ['nickname', "nickname = 'x'"],
    ['nickname', 'name = nickname'],
    ['wechat', "wechat = 'x'"],
    ['toString', 'name = toString'],
    ['constructor', "constructor = 'x'"],
    ['__proto__', "__proto__ = 'x'"],
    ['__proto__', 'name = __proto__'],
  ])('are those of the contract and of the record: no %s in %s', async (column, expression) => {
    const error = await preview(expression).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'warehouse.quarantine.column', status: 400, details: { where: column } });
    expect((error as Error).message).toContain('idNo');
  });

  it('may be read from what the source sends beside its contract', async () => {
    expect((await preview('name = wechat')).samples[0]?.after).toMatchObject({ name: 'wx1' });
  });

  it('lead to an org unit that exists, once the org tree is known', async () => {
    const wrong = `idNo = '${idNo(99)}'; gridPath = '310199/001/c99'`;
    expect(await preview(wrong)).toMatchObject({ passing: 1 });
    await fixture.land('platform.org_unit', [
      { path: '310199/001/c01', name: '一', kind: 'community' },
      { path: '310199/001/c01/g01', name: '一之一', kind: 'grid' },
    ]);
    await fixture.warehouse.stageOutstanding();
    await expect(preview(wrong)).rejects.toMatchObject({ code: 'warehouse.quarantine.org_unit', status: 400 });
    await expect(fixture.warehouse.quarantine.fix(all, fix(wrong), BY)).rejects.toMatchObject({
      code: 'warehouse.quarantine.org_unit',
    });
    const right = `idNo = '${idNo(99)}'; gridPath = '310199/001/c01/g01'`;
    expect(await fixture.warehouse.quarantine.fix(all, fix(right), BY)).toMatchObject({ passed: 1 });
  });
});

describe('a difference of columns', () => {
  const headcount = (minute: number, more: JsonObject = {}): JsonObject => ({
    zone: 'z1',
    carrier: 'cmcc',
    tsStart: `2026-10-01T09:${String(minute).padStart(2, '0')}:00+08:00`,
    persons: 20,
    producedAt: AT,
    ...more,
  });
  const blocked = () => fixture.warehouse.quarantine.blocked();

  it('of a frozen contract is accepted: stopped batches come in, later ones pass, and a rebuild knows it', async () => {
    await fixture.land('signal.headcount', [headcount(0, { mood: 'calm' }), headcount(5, { mood: 'gay' })]);
    await fixture.bringUp();
    const { differences } = await fixture.warehouse.driftDesk.list({ open: true, offset: 0, limit: 10 });
    const mood = differences.find(({ column }) => column === 'mood');
    expect(mood).toMatchObject({ kind: 'unknown', blocked: 1, samples: ['calm', 'gay'], ruling: null });
    const of = { source: 'signal', dataset: 'headcount', kind: 'unknown', column: 'mood' } as const;
    expect(await fixture.warehouse.driftDesk.decide(of, 'accept', BY)).toEqual({
      restaged: true,
      entities: ['headcount'],
    });
    expect(await blocked()).toEqual([]);
    await fixture.land('signal.headcount', [headcount(10, { mood: 'calm' })]);
    expect((await fixture.warehouse.stageOutstanding()).batches).toMatchObject([{ state: 'staged' }]);
    await expect(fixture.warehouse.driftDesk.decide(of, 'accept', BY)).rejects.toMatchObject({
      code: 'warehouse.drift.absent',
    });
    expect((await fixture.warehouse.driftDesk.list({ open: true, offset: 0, limit: 10 })).differences).toEqual(
      differences.filter(({ column }) => column !== 'mood'),
    );
    await fixture.warehouse.refresh();
    await fixture.warehouse.publish();
    await expectRebuildable();
  });

  it('that is refused stops what comes later, not what is there; accepted after all, it lets it in', async () => {
    await fixture.land('grid.resident', people(60, { wechat: 'wx1' }));
    await fixture.bringUp();
    const of = { source: 'grid', dataset: 'resident', kind: 'unknown', column: 'wechat' } as const;
    expect(await fixture.warehouse.driftDesk.decide(of, 'refuse', BY)).toEqual({ restaged: false, entities: [] });
    const later = await fixture.land('grid.resident', people(3, { wechat: 'wx2', name: '王五' }));
    const { batches } = await fixture.warehouse.stageOutstanding();
    expect(batches).toMatchObject([{ batch: later, state: 'blocked', reason: 'refused:unknown:wechat' }]);
    await fixture.warehouse.refresh();
    await fixture.warehouse.publish();
    await expectRebuildable();
    expect(await fixture.warehouse.driftDesk.decide(of, 'accept', BY)).toMatchObject({ restaged: true });
    expect(await blocked()).toEqual([]);
    await fixture.warehouse.refresh();
    await fixture.warehouse.publish();
    await expectRebuildable();
  });

  it('that is accepted does not bring in a stopped batch that a person had left out for good', async () => {
    const odd = await fixture.land('signal.headcount', [headcount(0, { mood: 'calm' })]);
    await fixture.land('signal.headcount', [headcount(5, { mood: 'gay' })]);
    await fixture.bringUp();
    await fixture.warehouse.quarantine.dismissBatch(odd, BY);
    const of = { source: 'signal', dataset: 'headcount', kind: 'unknown', column: 'mood' } as const;
    await fixture.warehouse.driftDesk.decide(of, 'accept', BY);
    expect(await blocked()).toMatchObject([{ batch: odd, state: 'dismissed', reason: 'dismissed' }]);
    await fixture.bringUp();
    await expectRebuildable();
  });

  it('is a column of another type when most of a batch cannot be read', async () => {
    await fixture.land('grid.resident', people(60, { birthDate: '一九八〇年' }));
    await fixture.bringUp();
    const { differences } = await fixture.warehouse.driftDesk.list({ offset: 0, limit: 100 });
    expect(differences.find(({ kind }) => kind === 'retyped')).toMatchObject({
      column: 'birthDate',
      samples: ['一九八〇年'],
    });
    const of = { source: 'grid', dataset: 'resident', kind: 'retyped', column: 'birthDate' } as const;
    await fixture.warehouse.driftDesk.decide(of, 'refuse', BY);
    await fixture.land('grid.resident', people(60, { birthDate: '一九八一年' }));
    await fixture.land('grid.resident', people(60, { birthDate: '1981-02-03' }));
    expect((await fixture.warehouse.stageOutstanding()).batches).toMatchObject([
      { state: 'blocked', reason: 'refused:retyped:birthDate' },
      { state: 'staged' },
    ]);
  });
});

describe('publications', () => {
  it('are listed with who keeps them, and compared by key', async () => {
    await fixture.land('grid.resident', people(20, { gridPath: '310199/001/c05/g01' }));
    await fixture.bringUp();
    const first = (await fixture.reader.current()).id;
    await fixture.reader.pin(first, 'campaign/1');
    await fixture.land('grid.resident', [
      resident(1, { name: '改名', gridPath: '310199/001/c05/g01', updatedAt: '2026-11-01T09:00:00+08:00' }),
      resident(50, { name: '新来', gridPath: '310199/001/c06/g01' }),
    ]);
    await fixture.bringUp();
    const second = (await fixture.reader.current()).id;
    const { publications } = fixture.warehouse;
    const listed = await listPublications(publications, RETENTION, fixture.clock.now().getTime(), {
      offset: 0,
      limit: 10,
    });
    expect(listed.total).toBe(2);
    expect(listed.publications).toMatchObject([
      { manifest: { id: second }, kept: 'current', pinnedBy: [] },
      { manifest: { id: first }, kept: 'pinned', pinnedBy: ['campaign/1'] },
    ]);

    const compared = await comparePublications(publications, first, second, { sample: 5 });
    const person = compared.marts.find(({ mart }) => mart === 'population.person')!;
    expect(person).toMatchObject({ rowsBefore: 20, rowsAfter: 21, added: 1, removed: 0, changed: 1, columnsAdded: [] });
    expect(person.sample).toMatchObject([
      { change: 'added', key: { id_no: idNo(50) } },
      { change: 'changed', key: { id_no: idNo(1) } },
    ]);
    expect(person.sample[1]!.columns).toContain('name');
    const back = await comparePublications(publications, second, first, { sample: 0, mart: 'population.person' });
    expect(back.marts).toMatchObject([{ added: 0, removed: 1, changed: 1, sample: [] }]);
    const own = await comparePublications(publications, first, second, {
      sample: 5,
      within: orgPath('310199/001/c06'),
    });
    expect(
      own.marts.find(({ mart }) => mart === 'population.person')!.sample.every(({ change }) => change === 'added'),
    ).toBe(true);
  });
});
