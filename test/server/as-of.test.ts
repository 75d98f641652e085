import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignId, virtualClock } from '../../core/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';
import { dwellingRecords, OFFICE } from './records.ts';

interface Created {
  readonly id: string;
  readonly stage: string;
  readonly asOf: string | null;
  readonly rows: number;
}

describe('a report as of an earlier day, over HTTP', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  const code = '3101990010000001';
  const [before, after] = ['13810000000', '13999999999'];
  let office: Office;
  let admin: Client;

  beforeAll(async () => {
    office = await openOffice({ clock });
    await clock.advance(10 * 86_400_000);
    // Ten days later the owner of the first dwelling has another phone, and there is one dwelling more.
    const { grid } = dwellingRecords(49, clock.now());
    const writer = office.landing.write('grid', 'dwelling');
    await writer.append([{ ...grid[0], ownerPhone: after }, grid[48]!]);
    await writer.commit(null);
    await office.warehouse.stageOutstanding();
    await office.warehouse.refresh();
    await office.warehouse.publish();
    admin = await signIn(office.server, 'admin');
  });
  afterAll(() => office?.close());

  const create = (asOf?: string) =>
    admin.post<Created>('/api/campaigns', {
      templateId: 'vacant-group-rental',
      period: '2026-11',
      scope: OFFICE,
      deadline: '2026-12-30T17:00:00+08:00',
      ...(asOf === undefined ? {} : { asOf }),
    });
  const campaign = async (asOf?: string) => {
    const { status, body } = await create(asOf);
    expect(status).toBe(200);
    return (await admin.get<Created>(`/api/campaigns/${body.id}`)).body;
  };
  const phone = (id: string) => office.reports.provenance.of(office.users.admin, id as CampaignId, code, 'owner_phone');

  it('is prefilled with what was known at the end of that day, and says who observed it when', async () => {
    const now = await campaign();
    expect(now).toMatchObject({ stage: 'prefilled', asOf: null });
    expect(await phone(now.id)).toMatchObject({ value: after, steps: [{ kind: 'source', at: '2026-11-20' }] });
    const then = await campaign('2026-11-25');
    expect(then).toMatchObject({ stage: 'prefilled', asOf: '2026-11-25' });
    const cell = await phone(then.id);
    expect(cell).toMatchObject({ value: before, steps: [{ kind: 'source', at: '2026-11-10' }] });
    expect(cell.steps[0]!.note.en).toMatch(/batch housing\.property\.\S+ line 1$/);
    const grown = dwellingRecords(49, clock.now()).grid[48]!.usageStatus === '4' ? 1 : 0;
    expect(now.rows - then.rows).toBe(grown);
    // The day on which the change came ends with the change.
    expect(await phone((await campaign('2026-12-01')).id)).toMatchObject({ value: before });
    expect(await phone((await campaign('2026-12-02')).id)).toMatchObject({ value: after });
  });

  it('stays as of that day when it is merged', async () => {
    const { id } = await campaign('2026-11-25');
    await admin.post(`/api/campaigns/${id}/issue`);
    await office.reports.merges.run(id as CampaignId, office.users.admin);
    const cell = await phone(id);
    expect(cell.value).toBe(before);
    expect(cell.steps).toHaveLength(1);
  });

  it('is refused for a day of which nothing is known, that has not come, or that is none', async () => {
    const problem = async (asOf: string) => {
      const { status, body } = await create(asOf);
      return [status, (body as unknown as { code: string }).code];
    };
    expect(await problem('2026-11-21')).toEqual([422, 'reports.as_of.early']);
    expect(await problem('2026-12-03')).toEqual([422, 'reports.as_of.future']);
    expect((await problem('2026-02-30'))[0]).toBe(400);
  });
});
