import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignId, loadCatalogue, orgPath, type TaskId, type User, virtualClock } from '../../core/index.ts';
import { createReports, type PatchInput, type Reports } from '../../reports/index.ts';
import {
  createFolderObjects,
  getCampaign,
  getSnapshot,
  listNotifications,
  listReleases,
  listTasks,
  openStore,
  replaceOrgUnits,
  type Store,
} from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { openWorkbook, readSheet } from '../../templates/xlsx/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import { addUser } from '../store/people.ts';
import { addDwellings, FRESH, OLD, vacant } from './city.ts';
import { createTestPublications, type Field, SUBDISTRICT } from './publication.ts';

type Change = Readonly<Record<string, Field | string | number | null>>;
const C06 = { grid_path: '310199/001/c06/g01' };
/** d1 is fully held; d2 to d4 are not; d5 lies in the other community. */
const WORLD: Readonly<Record<string, Change>> = {
  d1: {},
  d2: { usage_status: ['空置', 'grid', OLD], vacancy_reason: null },
  d3: { owner_phone: ['13911111111', 'grid!', FRESH] },
  d4: { vacant_since: null, hazard: ['无隐患', 'grid', OLD] },
  d5: { ...C06, owner_phone: [null, 'grid', FRESH] },
};
const DEADLINE = new Date('2026-11-30T10:00:00Z');

/** The whole loop, over each engine of the store. */
export function describeLoop(
  engine: string,
  target: () => Promise<{ folder: 'memory' } | { databaseUrl: string }>,
): void {
  describe(`the reporting loop over ${engine}`, () => {
    const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
    const catalogue = loadCatalogue();
    const publications = createTestPublications({
      ...catalogue,
      entities: catalogue.entities.filter((entity) => entity.name === 'dwelling'),
    });
    let folder: string;
    let store: Store;
    let reports: Reports;
    let clerk: User;
    let colleague: User;
    let other: User;
    let reviewer: User;
    let landing: ReturnType<typeof openLanding>;

    const publish = (world: Readonly<Record<string, Change>>) =>
      publications.publish(async (sql) => {
        await addDwellings(
          sql,
          Object.entries(world).map(([code, change]) => vacant(code, change)),
        );
        await sql.run(
          `INSERT INTO platform.conflict VALUES ('dwelling', 'd3', 'owner_phone', 'housing', '13922222222', DATE '2026-10-01')`,
        );
      });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fillonce-loop-'));
      store = await openStore({ ...(await target()), clock });
      await store.system.transaction((tx) =>
        replaceOrgUnits(tx, [
          { path: orgPath('310199/001'), name: '锦澜街道', kind: 'subdistrict' },
          { path: orgPath('310199/001/c05'), name: '锦园居民区', kind: 'community' },
          { path: orgPath('310199/001/c05/g01'), name: '一网格', kind: 'grid' },
          { path: orgPath('310199/001/c06'), name: '望江居民区', kind: 'community' },
        ]),
      );
      clerk = await addUser(store, 'wang', 'clerk', '310199/001/c05');
      colleague = await addUser(store, 'zhao', 'clerk', '310199/001/c05');
      other = await addUser(store, 'qian', 'clerk', '310199/001/c06');
      reviewer = await addUser(store, 'sun', 'reviewer', '310199/001', { roles: ['reviewer', 'leader'] });
      landing = openLanding({ folder: join(folder, 'landing'), clock });
      reports = createReports({
        store,
        reader: publications,
        objects: createFolderObjects({ folder: join(folder, 'objects'), clock }),
        templates: loadTemplates({ catalogue }),
        catalogue,
        landing,
      });
      await publish(WORLD);
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await publications.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function begin(): Promise<{ id: CampaignId; tasks: ReadonlyMap<string, TaskId> }> {
      const campaign = await reports.campaigns.create(reviewer, {
        templateId: 'vacant-group-rental',
        period: '2026-11',
        scope: SUBDISTRICT,
        deadline: DEADLINE,
      });
      await reports.prefill.run(campaign.id);
      await reports.campaigns.issue(campaign.id);
      const tasks = await store.system.transaction((tx) =>
        listTasks(tx, { campaignId: campaign.id, limit: 10, offset: 0 }),
      );
      return { id: campaign.id, tasks: new Map(tasks.map((task) => [task.orgPath as string, task.id])) };
    }

    let op = 0;
    const patch = (rowKey: string, column: string, base: string | null, value: string | null): PatchInput => ({
      rowKey,
      column,
      base,
      value,
      clientOpId: `op-${op++}-00000`,
    });

    const answersOfC05 = () => [
      patch('d2', 'usage_status', '空置', '空置'),
      patch('d2', 'vacancy_reason', null, '待售'),
      patch('d3', 'owner_phone', '13911111111', '139 2222 2222'),
      patch('d4', 'vacant_since', null, '2026/03/01'),
      patch('d4', 'hazard', '无隐患', '私拉电线'),
    ];

    describe('a first campaign', () => {
      let id: CampaignId;
      let mine: TaskId;
      let theirs: TaskId;

      it('makes one task per community, of doubtful cells only', async () => {
        const begun = await begin();
        id = begun.id;
        mine = begun.tasks.get('310199/001/c05')!;
        theirs = begun.tasks.get('310199/001/c06')!;
        const summary = await reports.tasks.get(clerk, mine);
        expect(summary).toMatchObject({
          doubtful: 5,
          answered: 0,
          orgName: '锦园居民区',
          status: 'open',
          counts: { stale: 2, conflicting: 1, missing: 2 },
        });
        expect((await reports.tasks.get(other, theirs)).doubtful).toBe(1);
        await expect(reports.tasks.get(other, mine)).rejects.toMatchObject({ code: 'store.not-found' });
        const again = await reports.campaigns.issue(id);
        expect(again).toMatchObject({ tasks: 2, cells: 6 });
      });

      it('shows the doubtful rows with reasons, sources and what others say, and no held row', async () => {
        const { items, total } = await reports.tasks.rows(clerk, mine, { limit: 50, offset: 0 });
        expect([total, items.map((row) => row.rowKey)]).toEqual([3, ['d2', 'd3', 'd4']]);
        const phone = items[1]!.doubts[0]!;
        expect(phone).toMatchObject({
          column: 'owner_phone',
          class: 'conflicting',
          source: 'grid',
          observed: FRESH,
          answer: null,
        });
        expect(phone.alternatives).toEqual([
          { source: 'housing', sourceName: 'housing·中', value: '13922222222', observed: '2026-10-01' },
        ]);
        expect(items[0]!.doubts.map((doubt) => doubt.class)).toEqual(['stale', 'missing']);
        expect(items[0]!.doubts[0]!.reason.zh).toContain('超出 180 天的有效期');
        expect(items[0]!.orgName).toBe('一网格');
        const found = await reports.tasks.rows(clerk, mine, { q: '锦澜路d4', limit: 50, offset: 0 });
        expect(found.items.map((row) => row.rowKey)).toEqual(['d4']);
        expect((await reports.tasks.rows(clerk, mine, { class: 'conflicting', limit: 1, offset: 0 })).total).toBe(1);
      });

      it('hides values above the clearance of the clerk and does not ask him for them', async () => {
        const low = await addUser(store, 'low', 'clerk', '310199/001/c05', { sensitivity: 'internal' });
        const { items } = await reports.tasks.rows(low, mine, { limit: 50, offset: 0 });
        expect(items[1]!.doubts).toEqual([]);
        const columns = (await reports.tasks.get(low, mine)).columns;
        expect(items[1]!.values[columns.findIndex((column) => column.id === 'owner_phone')]).toBe('***');
        const reply = await reports.patches.save(low, mine, [patch('d3', 'owner_phone', '13911111111', '13922222222')]);
        expect(reply.rejected).toMatchObject([{ reason: 'invalid', current: '***' }]);
      });

      it('refuses values that do not fit, cells that are not there, and tasks of others, each with its reason', async () => {
        const reply = await reports.patches.save(clerk, mine, [
          patch('d2', 'vacancy_reason', null, '不知道'),
          patch('d3', 'owner_phone', '13911111111', '12'),
          patch('d4', 'vacant_since', null, '2026-02-30'),
          patch('d2', 'vacant_months', '6', '7'),
          patch('d1', 'hazard', '无隐患', '私拉电线'),
          patch('d2', 'dwelling_code', 'd2', 'd9'),
          patch('nothing', 'hazard', null, '无隐患'),
        ]);
        expect(reply.saved).toEqual([]);
        expect(reply.rejected.map((each) => each.reason)).toEqual([
          'invalid',
          'invalid',
          'invalid',
          'invalid',
          'unknown',
          'invalid',
          'unknown',
        ]);
        expect(reply.rejected[0]!.message.zh).toContain('待租');
        await expect(
          reports.patches.save(other, mine, [patch('d2', 'usage_status', '空置', '空置')]),
        ).rejects.toMatchObject({ status: 403 });
        const many = Array.from({ length: 501 }, () => patch('d2', 'usage_status', '空置', '空置'));
        await expect(reports.patches.save(clerk, mine, many)).rejects.toMatchObject({ code: 'reports.patch.too-many' });
      });

      it('saves what fits, in canonical form, once per operation however often it is sent', async () => {
        const answers = answersOfC05();
        const reply = await reports.patches.save(clerk, mine, answers);
        expect(reply).toMatchObject({ rejected: [], answered: 5, doubtful: 5 });
        expect(await reports.patches.save(clerk, mine, answers)).toMatchObject({
          saved: answers.map((each) => each.clientOpId),
          rejected: [],
          answered: 5,
        });
        const { items } = await reports.tasks.rows(clerk, mine, { limit: 50, offset: 0 });
        expect(items[1]!.doubts[0]!.answer).toMatchObject({ value: '13922222222', by: 'wang', confirmed: false });
        expect(items[0]!.doubts[0]!.answer).toMatchObject({ value: '空置', confirmed: true });
        expect(items[2]!.doubts[0]!.answer).toMatchObject({ value: '2026-03-01' });
      });

      it('makes a concurrent change a visible conflict with what stands there now, and loses nothing', async () => {
        const stale = await reports.patches.save(colleague, mine, [
          patch('d4', 'hazard', '无隐患', '违规隔断'),
          patch('d2', 'vacancy_reason', null, '待售'),
        ]);
        expect(stale.rejected).toMatchObject([{ reason: 'conflict', current: '私拉电线', currentBy: 'wang' }]);
        expect(stale.saved).toHaveLength(1);
        const informed = await reports.patches.save(colleague, mine, [patch('d4', 'hazard', '私拉电线', '违规隔断')]);
        expect(informed).toMatchObject({ rejected: [], answered: 5 });
      });

      it('takes a task only when it is complete, and then no more answers', async () => {
        await expect(reports.submissions.submit(other, theirs)).rejects.toMatchObject({
          code: 'reports.submission.incomplete',
          details: { remaining: 1 },
        });
        await reports.patches.save(other, theirs, [patch('d5', 'owner_phone', null, null)]);
        await reports.submissions.submit(other, theirs);
        await reports.submissions.submit(clerk, mine);
        await expect(
          reports.patches.save(clerk, mine, [patch('d4', 'hazard', '违规隔断', '无隐患')]),
        ).rejects.toMatchObject({ code: 'reports.task-status' });
        await expect(reports.submissions.submit(clerk, mine)).rejects.toMatchObject({ code: 'reports.task-status' });
      });

      it('shows the reviewer the differences only, and lets him return with a reason', async () => {
        await clock.advance(60_000);
        const { items, total } = await reports.reviews.differences(reviewer, mine, { limit: 50, offset: 0 });
        expect(total).toBe(5);
        expect(
          items.map(({ rowKey, column, before, after, kind, by }) => [rowKey, column, before, after, kind, by]),
        ).toEqual([
          ['d2', 'usage_status', '空置', '空置', 'confirmed', 'wang'],
          ['d2', 'vacancy_reason', null, '待售', 'filled', 'zhao'],
          ['d3', 'owner_phone', '13911111111', '13922222222', 'changed', 'wang'],
          ['d4', 'hazard', '无隐患', '违规隔断', 'changed', 'zhao'],
          ['d4', 'vacant_since', null, '2026-03-01', 'filled', 'wang'],
        ]);
        expect(items[0]!.rowTitle).toBe('锦澜路d2号');
        await expect(reports.reviews.approve(clerk, mine)).rejects.toMatchObject({ status: 403 });
        await expect(reports.reviews.sendBack(reviewer, mine, ' ')).rejects.toMatchObject({
          code: 'reports.review.reason',
        });
        await reports.reviews.sendBack(reviewer, mine, '隐患请现场核实');
        expect(await reports.tasks.get(clerk, mine)).toMatchObject({
          status: 'returned',
          returnReason: '隐患请现场核实',
          answered: 5,
        });
        const notes = await store
          .as(clerk)
          .transaction((tx) => listNotifications(tx, clerk.id, { unreadOnly: true, limit: 5 }));
        expect(notes.map((note) => note.kind)).toEqual(['task.returned', 'task.issued']);
        expect(notes[0]!.body!.zh).toContain('隐患请现场核实');
      });

      it('takes the corrected answers and approves them', async () => {
        await clock.advance(60_000);
        await reports.patches.save(clerk, mine, [patch('d4', 'hazard', '违规隔断', '无隐患')]);
        await clock.advance(60_000);
        await reports.submissions.submit(clerk, mine);
        await reports.reviews.approve(reviewer, mine);
        await expect(reports.releases.run(reviewer, id)).rejects.toMatchObject({ code: 'reports.step' });
        await reports.reviews.approve(reviewer, theirs);
        expect(await reports.campaigns.openTasks(id)).toBe(0);
      });

      it('merges with what the sources brought meanwhile, and shows where they disagree', async () => {
        await publish({
          ...WORLD,
          d1: { electricity_kwh: 3.25 },
          d2: { ...WORLD.d2, vacancy_reason: ['待租', 'grid', '2026-11-21'] },
        });
        const merge = await reports.merges.run(id, reviewer);
        expect(merge.counts).toMatchObject({ theirs: 1, conflict: 1, noop: 3, mine: 2, same: 0, orphan: 0, rows: 5 });
        const { items } = await reports.conflicts.list(reviewer, id, { limit: 10, offset: 0 });
        expect(items).toMatchObject([
          {
            rowKey: 'd2',
            column: 'vacancy_reason',
            base: null,
            decided: null,
            candidates: [
              { value: '待售', sourceName: 'zhao' },
              { value: '待租', sourceName: 'grid·中', observed: '2026-11-21' },
            ],
          },
        ]);
        await expect(reports.releases.run(reviewer, id)).rejects.toMatchObject({ code: 'reports.release.conflicts' });
        await expect(reports.conflicts.decide(clerk, items[0]!.id, { choice: 'mine' })).rejects.toMatchObject({
          status: 403,
        });
        await expect(
          reports.conflicts.decide(reviewer, items[0]!.id, { choice: 'other', value: '无' }),
        ).rejects.toMatchObject({ code: 'reports.value' });
        const decided = await reports.conflicts.decide(reviewer, items[0]!.id, {
          choice: 'theirs',
          reason: '网格刚核实',
        });
        expect(decided.decided).toMatchObject({ choice: 'theirs', value: '待租', by: 'sun' });
        await expect(reports.conflicts.decide(reviewer, items[0]!.id, { choice: 'mine' })).rejects.toMatchObject({
          code: 'reports.conflict.settled',
        });
      });

      it('releases with the decisions in it, once', async () => {
        const release = await reports.releases.run(reviewer, id);
        expect(release).toMatchObject({ number: 1, supersedes: null });
        expect((await reports.releases.run(reviewer, id)).id).toBe(release.id);
        expect(await store.system.transaction((tx) => listReleases(tx, id))).toHaveLength(1);
      });

      it('fills the upstream workbook with what was released', async () => {
        const exported = await reports.exports.write(reviewer, { campaignId: id }, join(folder, 'out', 'form.xlsx'));
        expect(exported).toMatchObject({
          rows: 5,
          state: 'released',
          fileName: '空置房、群租房信息台账（2026年11月）.xlsx',
        });
        const workbook = await openWorkbook(exported.file);
        const { rows } = await readSheet(workbook, '空置群租台账');
        await workbook.close();
        const text = JSON.stringify(rows.map((row) => row.values));
        for (const expected of ['锦澜路d1号', '13922222222', '待租', '2026年11月', '锦澜街道'])
          expect(text).toContain(expected);
        expect(text).not.toContain('待售');
        await expect(
          reports.exports.write(clerk, { campaignId: id }, join(folder, 'out', 'no.xlsx')),
        ).rejects.toMatchObject({ status: 403 });
      }, 60_000);

      it('tells of every cell where it comes from', async () => {
        const cell = (row: string, column: string) => reports.provenance.of(reviewer, id, row, column);
        expect(await cell('d1', 'area_m2')).toMatchObject({
          value: '85.5',
          class: 'held',
          steps: [{ kind: 'source', by: 'grid·中', at: FRESH }],
        });
        expect((await cell('d4', 'hazard')).steps.map((step) => [step.kind, step.value, step.by])).toEqual([
          ['source', '无隐患', 'grid·中'],
          ['answer', '私拉电线', 'wang'],
          ['answer', '违规隔断', 'zhao'],
          ['review', null, 'sun'],
          ['answer', '无隐患', 'wang'],
          ['review', null, 'sun'],
        ]);
        expect((await cell('d2', 'vacancy_reason')).steps.at(-1)).toMatchObject({
          kind: 'decision',
          value: '待租',
          by: 'sun',
        });
        expect((await cell('d1', 'electricity_kwh')).steps.at(-1)).toMatchObject({ kind: 'warehouse', value: '3.25' });
        expect((await cell('d1', 'vacant_months')).steps[0]).toMatchObject({ kind: 'derived' });
        await expect(cell('d1', 'nothing')).rejects.toMatchObject({ code: 'reports.cell-unknown' });
        await expect(reports.provenance.of(other, id, 'd1', 'area_m2')).rejects.toMatchObject({
          code: 'reports.cell-unknown',
        });
      });

      it('lands what was vouched for exactly once, also after a crash between landing and noting it', async () => {
        const first = await reports.writeBack.run();
        expect(first).toMatchObject({ confirmations: 6 });
        await store.system.transaction((tx) => tx.db.updateTable('confirmation').set({ landed_at: null }).execute());
        expect(await reports.writeBack.run()).toEqual({ batches: first.batches, confirmations: 0 });
        expect(await reports.writeBack.run()).toEqual({ batches: [], confirmations: 0 });
        const manifest = (await landing.lastManifest('platform', 'confirmation'))!;
        expect(manifest.id).toBe(first.batches[0]);
        const lines = (await readFile(landing.dataFile(manifest), 'utf8'))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        expect(lines.map((line) => [line.key, line.field, line.value, line.confirmedBy])).toEqual([
          ['d2', 'usage_status', '空置', clerk.id],
          ['d2', 'vacancy_reason', '待租', reviewer.id],
          ['d3', 'owner_phone', '13922222222', clerk.id],
          ['d4', 'hazard', '无隐患', clerk.id],
          ['d4', 'vacant_since', '2026-03-01', clerk.id],
          ['d5', 'owner_phone', null, other.id],
        ]);
        expect(lines[0]).toMatchObject({ entity: 'dwelling', campaign: id, confirmedAt: '2026-11-22T09:00:00+08:00' });
      });

      it('sends what changed to the owner department until it has a receipt', async () => {
        let calls = 0;
        const send = async () => {
          if (calls++ === 0) throw new Error('down');
          return { ackId: `ack-${calls}` };
        };
        expect(await reports.corrections.deliver('grid', send)).toEqual({ acknowledged: 1, failed: 1 });
        expect(await reports.corrections.deliver('grid', send)).toEqual({ acknowledged: 0, failed: 0 });
        await clock.advance(60_000);
        expect(await reports.corrections.deliver('grid', send)).toEqual({ acknowledged: 1, failed: 0 });
      });
    });

    it('does not ask again in the next campaign for what was answered', async () => {
      const answered: Readonly<Record<string, Change>> = {
        d1: {},
        d2: {
          usage_status: ['空置', 'confirmation', '2026-11-22'],
          vacancy_reason: ['待租', 'confirmation', '2026-11-22'],
        },
        d3: { owner_phone: ['13922222222', 'confirmation', '2026-11-22'] },
        d4: {
          vacant_since: ['2026-03-01', 'confirmation', '2026-11-22'],
          hazard: ['无隐患', 'confirmation', '2026-11-22'],
        },
        d5: { ...C06, owner_phone: [null, 'confirmation', '2026-11-22'] },
      };
      await publish(answered);
      const { id, tasks } = await begin();
      expect(tasks.size).toBe(0);
      const campaign = await store.system.transaction((tx) => getCampaign(tx, id));
      const snapshot = await store.system.transaction((tx) => getSnapshot(tx, campaign.snapshotId!));
      expect(Object.keys(snapshot.counts.total).filter((letter) => 'msc'.includes(letter))).toEqual([]);
      await reports.merges.run(id);
      expect((await reports.releases.run(reviewer, id)).number).toBe(1);
    });

    it('releases a corrected report as a new release that supersedes the first', async () => {
      const { id } = await begin();
      await reports.merges.run(id);
      const first = await reports.releases.run(reviewer, id);
      await publish({ d1: { owner_name: '换了人' } });
      await reports.merges.run(id);
      const second = await reports.releases.run(reviewer, id, { reason: '产权人更正' });
      expect(second).toMatchObject({ number: 2, supersedes: first.id, reason: '产权人更正' });
      expect(second.ref).not.toBe(first.ref);
    });

    it('takes a row out of the form when the answer says that it does not belong, and derives anew what follows', async () => {
      await publish({ d2: { usage_status: ['空置', 'grid', OLD] }, d4: { vacant_since: null } });
      const { id, tasks } = await begin();
      const task = tasks.get('310199/001/c05')!;
      await reports.patches.save(clerk, task, [
        patch('d2', 'usage_status', '空置', '自住'),
        patch('d4', 'vacant_since', null, '2026-01-15'),
      ]);
      await reports.submissions.submit(clerk, task);
      await reports.reviews.approve(reviewer, task);
      const merge = await reports.merges.run(id);
      expect(merge.counts).toMatchObject({ rows: 1, rowsLeft: 1, rowsRemoved: 1, mine: 2 });
      expect((await reports.provenance.of(reviewer, id, 'd4', 'vacant_months')).value).toBe('10');
      expect(await reports.merges.settle(id)).toMatchObject({
        mergedRef: merge.mergedRef,
        changesRef: merge.changesRef,
      });
    });

    it('reminds clerks before the deadline and tells those above after it, each once a day', async () => {
      await publish({ d2: { usage_status: ['空置', 'grid', OLD] } });
      const { id, tasks } = await begin();
      expect(await reports.reminders.remind(id)).toBe(3);
      expect(await reports.reminders.remind(id)).toBe(0);
      expect(await reports.reminders.escalate(id)).toBe(4);
      await reports.campaigns.cancel(reviewer, id);
      expect(await reports.reminders.escalate(id)).toBe(0);
      expect(tasks.size).toBe(1);
      await expect(reports.merges.run(id)).rejects.toMatchObject({ code: 'reports.step' });
    });

    it('refuses a wrong period, a past deadline and a campaign outside the scope', async () => {
      const input = { templateId: 'vacant-group-rental', period: '2026-11', scope: SUBDISTRICT, deadline: DEADLINE };
      await expect(reports.campaigns.create(reviewer, { ...input, period: '2026-Q4' })).rejects.toMatchObject({
        code: 'reports.period',
      });
      await expect(
        reports.campaigns.create(reviewer, { ...input, deadline: new Date('2026-01-01') }),
      ).rejects.toMatchObject({ code: 'reports.deadline' });
      await expect(reports.campaigns.create(clerk, input)).rejects.toMatchObject({ code: 'reports.forbidden' });
      await expect(reports.campaigns.create(reviewer, { ...input, scope: '310199' })).rejects.toMatchObject({
        code: 'reports.forbidden',
      });
    });
  });
}
