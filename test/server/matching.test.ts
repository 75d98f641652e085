import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idNumberCheckDigit, virtualClock } from '../../core/index.ts';
import { signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';

const AT = '2026-10-01T09:00:00+08:00';
const idNo = (day: string) => `310199${day}001${idNumberCheckDigit(`310199${day}001`)}`;

describe('matching over HTTP', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;

  async function land(source: string, dataset: string, rows: readonly object[]): Promise<void> {
    const writer = office.landing.write(source, dataset);
    await writer.append(rows as never);
    await writer.commit(await office.landing.lastCursor(source, dataset));
    await office.warehouse.stageOutstanding();
    await clock.advance(1_000);
  }

  beforeAll(async () => {
    office = await openOffice({ clock, dwellings: 600 });
    const people = Array.from({ length: 9 }, (_, i) => ({ idNo: idNo(`1970010${i + 1}`), name: `张伟${i}` }));
    await land(
      'grid',
      'resident',
      people.map((person, i) => ({ ...person, residentId: `r${i}`, birthDate: `1970-01-0${i + 1}`, updatedAt: AT })),
    );
    const known = people.slice(1).map((person) => ({ sfzhm: person.idNo, xm: person.name, gxsj: AT }));
    await land('civil', 'person', [...known, { sfzhm: '', xm: '張 偉0', csrq: '1970-01-01', gxsj: AT }]);
    await office.warehouse.refresh();
  }, 60_000);
  afterAll(() => office.close());

  it('shows a doubtful pair with its reasons, takes the decision of who may, and remembers it', async () => {
    const admin = await signIn(office.server, 'admin');
    type Pairs = { items: { identity: string; key: string; score: number; features: { field: string }[] }[] };
    const { body } = await admin.get<Pairs>('/api/matching/pairs');
    expect(body.items).toMatchObject([{ key: idNo('19700101'), score: 19, verdict: 'doubtful', dataset: 'person' }]);
    const { identity, key } = body.items[0]!;
    const decision = { order: 'order-0001', identity, key, verdict: 'same', reason: '电话核实' };

    const analyst = await signIn(office.server, 'analyst');
    expect((await analyst.get('/api/matching/pairs')).status).toBe(403);
    expect((await analyst.post('/api/matching/decide', decision)).status).toBe(403);
    expect((await admin.post('/api/matching/decide', { ...decision, reason: '' })).status).toBe(400);

    expect((await admin.post('/api/matching/decide', decision)).body).toMatchObject({
      linked: 1,
      doubtful: 0,
      publishing: true,
    });
    const history = await admin.get<{ items: object[] }>('/api/matching/history');
    expect(history.body.items).toMatchObject([{ identity, key, verdict: 'same', reason: '电话核实', stands: true }]);
    // The same order again is answered as the first time; another one finds nothing left to decide.
    expect((await admin.post('/api/matching/decide', decision)).body).toMatchObject({ linked: 1, publishing: true });
    expect((await admin.post('/api/matching/decide', { ...decision, reason: '另一个' })).status).toBe(422);
    expect((await admin.post('/api/matching/decide', { ...decision, order: 'order-0002' })).status).toBe(404);
  });
});
