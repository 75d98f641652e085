import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OrgUnit, orgPath, type User, virtualClock } from '../../core/index.ts';
import {
  acknowledgeCorrection,
  addToOutbox,
  answersAsOf,
  audit,
  type Campaign,
  campaignProgress,
  closeSession,
  createCampaignRow,
  createDecision,
  createSignIn,
  createSubmission,
  createTasks,
  createUser,
  deleteSavedQuery,
  dueCorrections,
  endInterrupted,
  failCorrection,
  findSession,
  finishMaterialisation,
  getTask,
  hashPassword,
  insertPatches,
  keepTemplateVersion,
  lastAnswer,
  listAudit,
  listCampaigns,
  listConflicts,
  listIncidentEvents,
  listIncidents,
  listMaterialisations,
  listNotifications,
  listOrgUnits,
  listSavedQueries,
  listSourceStates,
  listTasks,
  listTemplateVersions,
  lockTask,
  markLanded,
  moveIncident,
  type NewPatch,
  noteSourceFailure,
  noteSourceSuccess,
  notify,
  once,
  openSession,
  openStore,
  outboxDone,
  patchesMet,
  patchesOfTask,
  queueConfirmations,
  queueCorrections,
  replaceConflicts,
  replaceOrgUnits,
  resolveConflictRow,
  type Store,
  saveQuery,
  signIncident,
  standingPatches,
  startMaterialisation,
  type Task,
  type Tx,
  takeConfirmationBatch,
  takeFromOutbox,
  updateTask,
  updateUser,
  usersResponsibleFor,
} from '../../store/index.ts';
import { addUser } from './people.ts';

const ERROR = { code: 'x.y', status: 502, message: { zh: '断了', en: 'cut' }, details: {}, retryable: true };

/** What every engine of the store has to do; run over PGlite and over a Postgres server. */
export function describeStore(
  engine: 'pglite' | 'postgres',
  target: () => Promise<{ folder: 'memory' } | { databaseUrl: string }>,
): void {
  describe(`store over ${engine}`, () => {
    const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
    let store: Store;
    let clerk: User;
    let neighbour: User;
    let reviewer: User;
    let campaign: Campaign;
    let task: Task;
    let other: Task;

    beforeAll(async () => {
      store = await openStore({ ...(await target()), clock });
      clerk = await addUser(store, 'clerk5', 'clerk', '310199/001/c05');
      neighbour = await addUser(store, 'clerk6', 'clerk', '310199/001/c06');
      reviewer = await addUser(store, 'reviewer', 'reviewer', '310199/001');
      [campaign, [task, other]] = await aCampaign();
    }, 60_000);
    afterAll(() => store?.close());

    async function aCampaign(): Promise<[Campaign, [Task, Task]]> {
      return store.system.transaction(async (tx) => {
        await keepTemplateVersion(tx, {
          templateId: 'housing',
          version: 1,
          kind: 'roster',
          title: '房屋',
          periodKind: 'month',
          fileRef: 'forms/0',
          binding: { columns: [] },
          hash: 'h1',
        });
        const made = await createCampaignRow(tx, {
          templateId: 'housing',
          templateVersion: 1,
          title: '房屋 2026年11月',
          period: '2026-11',
          scope: orgPath('310199/001'),
          theme: 'housing',
          asOf: '2026-11-22',
          deadline: new Date('2026-11-30T10:00:00Z'),
          createdBy: reviewer.id,
        });
        const common = {
          campaignId: made.id,
          theme: 'housing' as const,
          rowCount: 2,
          cellCount: 3,
          counts: { m: 2, s: 1 },
          dueAt: made.deadline,
        };
        await createTasks(tx, [
          { ...common, orgPath: orgPath('310199/001/c05') },
          { ...common, orgPath: orgPath('310199/001/c06') },
        ]);
        const tasks = await listTasks(tx, { campaignId: made.id, limit: 10, offset: 0 });
        return [made, [tasks[0]!, tasks[1]!]];
      });
    }

    const write = async (tx: Tx, on: Task, userId: string, patches: readonly NewPatch[]) =>
      insertPatches(tx, on, userId, patches, (await patchesMet(tx, on.id, patches)).standing);

    const answer = (user: User, on: Task, value: string, op: string, rowKey = 'r1') =>
      store
        .as(user)
        .transaction(async (tx) =>
          write(tx, on, user.id, [
            { rowKey, column: 'usage', sensitivity: 1, snapshotValue: null, base: null, value, clientOpId: op },
          ]),
        );

    it('names its engine and reads dates as text, counts as numbers, moments as dates', async () => {
      expect(store.engine).toBe(engine);
      const [found] = await store.system.transaction((tx) => listCampaigns(tx, { limit: 5, offset: 0 }));
      expect(found).toMatchObject({ asOf: '2026-11-22', createdAt: clock.now(), snapshotId: null });
      const progress = await store.system.transaction((tx) => campaignProgress(tx, campaign.id));
      expect(progress).toEqual({ tasks: { open: 2, submitted: 0, returned: 0, approved: 0 }, cells: 6, answered: 0 });
    });

    it('shows a clerk only the tasks of his scope, and a reviewer all below his', async () => {
      const seen = (user: User) =>
        store
          .as(user)
          .transaction(async (tx) => (await listTasks(tx, { limit: 10, offset: 0 })).map((each) => each.orgPath));
      expect(await seen(clerk)).toEqual(['310199/001/c05']);
      expect(await seen(neighbour)).toEqual(['310199/001/c06']);
      expect(await seen(reviewer)).toHaveLength(2);
      await expect(store.as(clerk).transaction((tx) => getTask(tx, other.id))).rejects.toMatchObject({
        code: 'store.not-found',
      });
    });

    it('does not take a path that merely begins alike for one within the scope', async () => {
      const odd = await addUser(store, 'odd', 'clerk', '310199/001/c0');
      expect(await store.as(odd).transaction((tx) => listTasks(tx, { limit: 10, offset: 0 }))).toEqual([]);
    });

    it('hides a task whose theme the user may not see', async () => {
      const enterprise = await addUser(store, 'ent', 'clerk', '310199/001/c05', { themes: ['enterprise'] });
      expect(await store.as(enterprise).transaction((tx) => listTasks(tx, { limit: 10, offset: 0 }))).toEqual([]);
    });

    it('refuses a patch outside the scope even when the code forgets to look', async () => {
      await expect(answer(clerk, other, '空置', 'op-out')).rejects.toMatchObject({
        code: 'store.out-of-scope',
        status: 403,
      });
      const forged = { ...other, orgPath: task.orgPath };
      await expect(answer(clerk, forged, '空置', 'op-forged')).rejects.toMatchObject({ code: 'store.out-of-scope' });
    });

    it('refuses a patch from someone who is no clerk, in another name, or above his clearance', async () => {
      await expect(answer(reviewer, task, '空置', 'op-rev')).rejects.toMatchObject({ code: 'store.out-of-scope' });
      await expect(
        store.as(clerk).transaction((tx) =>
          write(tx, task, neighbour.id, [
            {
              rowKey: 'r',
              column: 'c',
              sensitivity: 0,
              snapshotValue: null,
              base: null,
              value: null,
              clientOpId: 'op-name',
            },
          ]),
        ),
      ).rejects.toMatchObject({ code: 'store.out-of-scope' });
      const low = await addUser(store, 'low', 'clerk', '310199/001/c05', { sensitivity: 'internal' });
      await expect(
        store.as(low).transaction((tx) =>
          write(tx, task, low.id, [
            {
              rowKey: 'r',
              column: 'c',
              sensitivity: 3,
              snapshotValue: null,
              base: null,
              value: null,
              clientOpId: 'op-low',
            },
          ]),
        ),
      ).rejects.toMatchObject({ code: 'store.out-of-scope' });
    });

    it('keeps every answer and lets the last one stand', async () => {
      await answer(clerk, task, '空置', 'op-1');
      await answer(clerk, task, '出租', 'op-2');
      const standing = await store.as(clerk).transaction((tx) => patchesOfTask(tx, task.id));
      expect(standing.map(({ value, clientOpId }) => [value, clientOpId])).toEqual([['出租', 'op-2']]);
      // As they stood at the number of an answer, though it was superseded later.
      const [now] = await store.as(clerk).transaction((tx) => answersAsOf(tx, task.id));
      expect(now).toMatchObject({ value: '出租', at: clock.now() });
      expect(await store.as(clerk).transaction((tx) => lastAnswer(tx, task.id))).toBe(now!.seq);
      const before = await store.as(clerk).transaction((tx) => answersAsOf(tx, task.id, now!.seq - 1));
      expect(before.map(({ value }) => value)).toEqual(['空置']);
      expect(await store.as(clerk).transaction((tx) => lastAnswer(tx, other.id))).toBe(0);
      const two = await store.as(clerk).transaction((tx) =>
        write(tx, task, clerk.id, [
          {
            rowKey: 'r2',
            column: 'usage',
            sensitivity: 1,
            snapshotValue: null,
            base: null,
            value: 'a',
            clientOpId: 'op-3',
          },
          {
            rowKey: 'r2',
            column: 'usage',
            sensitivity: 1,
            snapshotValue: null,
            base: 'a',
            value: 'b',
            clientOpId: 'op-4',
          },
        ]),
      );
      expect(two).toHaveLength(2);
      const found = await store
        .as(clerk)
        .transaction((tx) => standingPatches(tx, task.id, [{ rowKey: 'r2', column: 'usage' }]));
      expect(found.map((patch) => patch.value)).toEqual(['b']);
      expect(found[0]!.at).toEqual(clock.now());
    });

    it('takes no answer to a task that was handed in, whatever the code above does', async () => {
      await store.as(clerk).transaction(async (tx) => {
        const locked = await lockTask(tx, task.id);
        const submission = await createSubmission(tx, locked, {
          userId: clerk.id,
          note: null,
          unanswered: 0,
          patchCount: 2,
        });
        expect(submission.number).toBe(1);
        await updateTask(tx, task.id, { status: 'submitted' });
      });
      await expect(answer(clerk, task, '自住', 'op-late')).rejects.toMatchObject({ code: 'store.out-of-scope' });
    });

    it('lets a reviewer decide, and no clerk', async () => {
      const submission = await store.as(reviewer).transaction(async (tx) => {
        const row = await tx.db
          .selectFrom('submission')
          .select('id')
          .where('task_id', '=', task.id)
          .executeTakeFirstOrThrow();
        return { id: row.id, taskId: task.id, campaignId: task.campaignId, orgPath: task.orgPath } as Parameters<
          typeof createDecision
        >[1];
      });
      const decide = (user: User, reason: string | null) =>
        store
          .as(user)
          .transaction((tx) => createDecision(tx, submission, { decision: 'returned', reason, userId: user.id }));
      await expect(decide(clerk, '不对')).rejects.toMatchObject({ code: 'store.out-of-scope' });
      await expect(decide(reviewer, null)).rejects.toThrow(/check constraint/);
      expect((await decide(reviewer, '缺空置原因')).decision).toBe('returned');
    });

    it('rolls everything back when the work throws', async () => {
      await expect(
        store.system.transaction(async (tx) => {
          await addToOutbox(tx, 'roll', 'k', {});
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await store.system.transaction((tx) => takeFromOutbox(tx, 'roll', 10))).toEqual([]);
    });

    it('leaves no rights of one transaction to the next', async () => {
      await store.system.transaction(async () => undefined);
      const settings = () =>
        store.as(neighbour).transaction(async (tx) => {
          const { rows } = await sql<{ role: string; scope: string }>`
            SELECT current_user AS role, current_setting('app.scope', true) AS scope`.execute(tx.db);
          return rows[0];
        });
      expect(await settings()).toEqual({ role: 'fillonce_user', scope: '310199/001/c06' });
      await store.system.transaction(async (tx) => {
        const { rows } = await sql<{
          scope: string | null;
        }>`SELECT current_setting('app.scope', true) AS scope`.execute(tx.db);
        expect(rows[0]!.scope ?? '').toBe('');
      });
    });

    it('runs many transactions at once without mixing their users', async () => {
      const users = Array.from({ length: 40 }, (_, i) => (i % 2 ? clerk : neighbour));
      const seen = await Promise.all(
        users.map((user) =>
          store
            .as(user)
            .transaction(async (tx) => (await listTasks(tx, { limit: 10, offset: 0 })).map((each) => each.orgPath)),
        ),
      );
      seen.forEach((paths, i) => {
        expect(paths).toEqual([users[i]!.scope]);
      });
    });

    it('gives users no way to passwords and sessions', async () => {
      for (const table of ['app_user', 'session'] as const) {
        await expect(
          store.as(reviewer).transaction((tx) => tx.db.selectFrom(table).selectAll().execute()),
        ).rejects.toMatchObject({ code: 'store.out-of-scope' });
      }
    });

    it('lets nobody change or delete the audit log', async () => {
      await store.as(clerk).transaction((tx) => audit(tx, { action: 'test.done', subject: 's', detail: { a: 1 } }));
      await expect(
        store.system.transaction((tx) => tx.db.updateTable('audit_log').set({ action: 'x' }).execute()),
      ).rejects.toThrow();
      await expect(store.system.transaction((tx) => tx.db.deleteFrom('audit_log').execute())).rejects.toThrow();
      await expect(
        store.system.transaction((tx) =>
          sql`RESET ROLE; `.execute(tx.db).then(() => sql`TRUNCATE audit_log`.execute(tx.db)),
        ),
      ).rejects.toThrow(/append-only/);
      const entries = await store.as(clerk).transaction((tx) => listAudit(tx, { subject: 's', limit: 5 }));
      expect(entries).toMatchObject([{ action: 'test.done', userId: clerk.id, detail: { a: 1 } }]);
      expect(await store.as(neighbour).transaction((tx) => listAudit(tx, { subject: 's', limit: 5 }))).toEqual([]);
    });

    it('lets a request take effect once per key', async () => {
      let done = 0;
      const call = (body: string) =>
        store.as(clerk).transaction((tx) => once(tx, 'key-1', body, async () => ({ number: ++done })));
      const both = await Promise.all([call('a'), call('a')]);
      expect(both).toEqual([{ number: 1 }, { number: 1 }]);
      await expect(call('b')).rejects.toMatchObject({ code: 'store.idempotency-reused' });
      const theirs = await store.as(neighbour).transaction((tx) => once(tx, 'key-1', 'a', async () => 'own'));
      expect(theirs).toBe('own');
    });

    it('hands an outbox message to one taker only, and again when he fails', async () => {
      await store.system.transaction(async (tx) => {
        for (const key of ['a', 'b', 'c']) await addToOutbox(tx, 'news', key, { key });
      });
      await expect(
        store.system.transaction(async (tx) => {
          expect(await takeFromOutbox(tx, 'news', 2)).toHaveLength(2);
          throw new Error('lost');
        }),
      ).rejects.toThrow('lost');
      const keys = await store.system.transaction(async (tx) => {
        const messages = await takeFromOutbox(tx, 'news', 10);
        await outboxDone(
          tx,
          messages.map((each) => each.seq),
        );
        return messages.map((each) => each.key);
      });
      expect(keys).toEqual(['a', 'b', 'c']);
      expect(await store.system.transaction((tx) => takeFromOutbox(tx, 'news', 10))).toEqual([]);
    });

    it('keeps the beginning of a row of failures of a source', async () => {
      const began = clock.now();
      await store.system.transaction((tx) => noteSourceSuccess(tx, 'grid', 'dwelling', 10));
      await store.system.transaction((tx) => noteSourceFailure(tx, 'grid', 'dwelling', ERROR));
      await clock.advance(60_000);
      await store.system.transaction((tx) => noteSourceFailure(tx, 'grid', 'dwelling', ERROR));
      const failing = (await store.system.transaction(listSourceStates))[0]!;
      expect(failing).toMatchObject({
        errorSince: began,
        failures: 2,
        records: 10,
        lastError: ERROR,
        lastAttemptAt: clock.now(),
      });
      await store.system.transaction((tx) => noteSourceSuccess(tx, 'grid', 'dwelling', 5));
      expect((await store.system.transaction(listSourceStates))[0]).toMatchObject({
        errorSince: null,
        failures: 0,
        records: 15,
        lastError: null,
      });
    });

    it('makes one incident of many signs, and a new one after the close', async () => {
      const duty = await addUser(store, 'duty', 'duty', '310199/001');
      const sign = (dedupeKey: string) =>
        store.system.transaction((tx) =>
          signIncident(tx, {
            rule: 'crowd',
            subject: 'z1',
            orgPath: '310199/001/c05/g01',
            ring: 'core',
            title: { zh: '人多', en: 'crowded' },
            detail: { n: 1 },
            dedupeKey,
            at: clock.now(),
          }),
        );
      const first = await sign('e1');
      expect([first.opened, first.counted]).toEqual([true, true]);
      expect(await sign('e1')).toMatchObject({ opened: false, counted: false });
      expect((await sign('e2')).incident).toMatchObject({ id: first.incident.id, eventCount: 2 });
      await store.as(duty).transaction((tx) => moveIncident(tx, first.incident.id, 'acknowledged'));
      await store.as(duty).transaction((tx) => moveIncident(tx, first.incident.id, 'closed', { note: '已疏导' }));
      await expect(
        store.as(duty).transaction((tx) => moveIncident(tx, first.incident.id, 'handling')),
      ).rejects.toMatchObject({ code: 'store.not-found' });
      expect((await sign('e3')).opened).toBe(true);
      const events = await store.as(duty).transaction((tx) => listIncidentEvents(tx, first.incident.id, 10));
      expect(events.map((event) => event.kind).sort()).toEqual(['acknowledged', 'closed', 'sign', 'sign']);
      expect(await store.as(clerk).transaction((tx) => listIncidents(tx, { limit: 5, offset: 0 }))).toEqual([]);
    });

    it('keeps the resolution of a conflict that a later merge finds again', async () => {
      const conflict = {
        orgPath: '310199/001/c05',
        rowKey: 'r1',
        column: 'usage',
        sensitivity: 1,
        base: 'a',
        mine: 'b',
        theirs: null,
        theirsSource: 1,
        theirsObserved: '2026-11-21',
        patchId: (await store.as(clerk).transaction((tx) => patchesOfTask(tx, task.id)))[0]!.id,
      };
      const replace = (found: Parameters<typeof replaceConflicts>[2]) =>
        store.system.transaction((tx) => replaceConflicts(tx, campaign.id, found));
      const list = () =>
        store.as(reviewer).transaction((tx) => listConflicts(tx, { campaignId: campaign.id, limit: 9, offset: 0 }));
      await replace([conflict, { ...conflict, column: 'beds' }]);
      const found = await list();
      expect(found.map((each) => each.status)).toEqual(['open', 'open']);
      await store
        .as(reviewer)
        .transaction((tx) =>
          resolveConflictRow(tx, found[1]!.id, { resolution: 'mine', value: 'b', reason: null, userId: reviewer.id }),
        );
      await replace([conflict]);
      expect((await list()).map((each) => [each.column, each.status])).toEqual([
        ['beds', 'gone'],
        ['usage', 'resolved'],
      ]);
    });

    it('queues a confirmation once, batches it under a name that survives a crash, and its correction once', async () => {
      const confirmation = {
        patchId: null,
        entity: 'dwelling',
        key: 'd1',
        field: 'usage_status',
        value: '空置',
        confirmedAt: clock.now(),
        confirmedBy: clerk.id,
      };
      const queue = () => store.system.transaction((tx) => queueConfirmations(tx, campaign.id, [confirmation]));
      expect([await queue(), await queue()]).toEqual([1, 0]);
      const correct = () =>
        store.system.transaction((tx) => queueCorrections(tx, campaign.id, [{ ...confirmation, source: 'grid' }]));
      expect([await correct(), await correct()]).toEqual([1, 0]);
      const take = () => store.system.transaction((tx) => takeConfirmationBatch(tx, 100));
      const first = await take();
      expect(await take()).toEqual(first);
      await store.system.transaction((tx) => markLanded(tx, first!.batch));
      expect(await take()).toBeNull();
      const due = () => store.system.transaction((tx) => dueCorrections(tx, 'grid', 10));
      const correction = (await due())[0]!;
      await store.system.transaction((tx) => failCorrection(tx, correction, ERROR));
      expect(await due()).toEqual([]);
      await clock.advance(30_000);
      expect(await due()).toHaveLength(1);
      await store.system.transaction((tx) => acknowledgeCorrection(tx, correction.id, 'ack-1'));
      expect(await due()).toEqual([]);
    });

    it('opens sessions that end by time, by sign-out and by a changed right', async () => {
      const open = () => store.system.transaction((tx) => openSession(tx, neighbour.id, 3_600_000));
      const find = (token: string) => store.system.transaction((tx) => findSession(tx, token));
      const { token } = await open();
      expect((await find(token))?.user.login).toBe('clerk6');
      expect(await find('wrong')).toBeNull();
      await store.system.transaction((tx) => closeSession(tx, token));
      expect(await find(token)).toBeNull();
      const second = await open();
      await clock.advance(3_600_001);
      expect(await find(second.token)).toBeNull();
      const third = await open();
      await store.system.transaction((tx) => updateUser(tx, neighbour.id, { sensitivity: 'personal' }));
      expect(await find(third.token)).toBeNull();
    });

    it('signs in by password, and locks after eight wrong ones', async () => {
      await store.system.transaction(async (tx) =>
        createUser(tx, {
          login: 'ann',
          name: 'Ann',
          passwordHash: await hashPassword('Ｓecret1'),
          roles: ['leader'],
          scope: orgPath('310199'),
          themes: ['housing'],
          sensitivity: 'internal',
        }),
      );
      const signIn = createSignIn({ store });
      expect(await signIn('ann', 'Secret1')).toMatchObject({ roles: ['leader'], themes: ['housing'] });
      await expect(signIn('nobody', 'x')).rejects.toMatchObject({ code: 'store.sign-in' });
      for (let i = 0; i < 8; i++) await expect(signIn('ann', 'wrong')).rejects.toMatchObject({ code: 'store.sign-in' });
      await expect(signIn('ann', 'Secret1')).rejects.toMatchObject({ code: 'store.sign-in-locked' });
      await clock.advance(15 * 60_000);
      expect((await signIn('ann', 'Secret1')).name).toBe('Ann');
    }, 60_000);

    it('finds those responsible for a place, the nearest first, and tells each once', async () => {
      const found = await store.system.transaction((tx) =>
        usersResponsibleFor(tx, '310199/001/c05/g01', ['clerk', 'reviewer']),
      );
      expect(found.map((user) => user.login)).toEqual(['clerk5', 'ent', 'low', 'reviewer']);
      const tell = () =>
        store.system.transaction((tx) =>
          notify(tx, [clerk.id], { kind: 'due', title: { zh: '到期', en: 'due' }, dedupeKey: 'due:1' }),
        );
      expect([await tell(), await tell()]).toEqual([[clerk.id], []]);
      expect(
        await store.as(clerk).transaction((tx) => listNotifications(tx, clerk.id, { unreadOnly: true, limit: 5 })),
      ).toHaveLength(1);
      expect(
        await store.as(reviewer).transaction((tx) => listNotifications(tx, clerk.id, { unreadOnly: true, limit: 5 })),
      ).toEqual([]);
    });

    it('keeps a template version as it was first registered', async () => {
      const version = (number: number, title: string) =>
        store.system.transaction((tx) =>
          keepTemplateVersion(tx, {
            templateId: 'housing',
            version: number,
            kind: 'roster',
            title,
            periodKind: 'month',
            fileRef: 'forms/0',
            binding: { columns: ['a'] },
            hash: title,
          }),
        );
      await version(2, '房屋二');
      await version(2, '房屋三');
      const newest = await store.as(clerk).transaction(listTemplateVersions);
      expect(newest).toMatchObject([{ templateId: 'housing', version: 2, title: '房屋二' }]);
    });

    it('shows a saved query to its owner and to whom it is shared with, and lets only the owner change it', async () => {
      const analyst = await addUser(store, 'ana', 'analyst', '310199/001');
      const other = await addUser(store, 'ana2', 'analyst', '310199/001');
      const draft = { statement: 'SELECT 1', parameters: [{ name: 'n', value: '1' }] };
      const [own, shared] = await store
        .as(analyst)
        .transaction(async (tx) => [
          await saveQuery(tx, { ...draft, title: 'own', share: 'private' }),
          await saveQuery(tx, { ...draft, title: 'shared', share: 'everyone' }),
        ]);
      const titles = (user: User) =>
        store.as(user).transaction(async (tx) => (await listSavedQueries(tx)).map(({ title }) => title));
      expect(await titles(analyst)).toEqual(['own', 'shared']);
      expect(await titles(other)).toEqual(['shared']);
      expect(
        await store.as(other).transaction((tx) => saveQuery(tx, { ...draft, ...shared!, title: 'taken over' })),
      ).toBeNull();
      expect(await store.as(other).transaction((tx) => deleteSavedQuery(tx, own!.id))).toBe(false);
      expect(await store.as(analyst).transaction((tx) => deleteSavedQuery(tx, own!.id))).toBe(true);
    });

    it('writes runs down with how they ended, and ends what a killed process left running', async () => {
      const run = (asset: string) =>
        store.system.transaction((tx) => startMaterialisation(tx, { asset, partition: 'current' }));
      const [good, bad] = [await run('golden'), await run('publication')];
      await run('serving');
      await store.system.transaction((tx) => finishMaterialisation(tx, good, { rows: 7 }));
      await store.system.transaction((tx) => finishMaterialisation(tx, bad, { error: ERROR }));
      expect(await store.system.transaction((tx) => endInterrupted(tx, ERROR))).toBe(1);
      const runs = await store.system.transaction((tx) => listMaterialisations(tx, { limit: 10 }));
      expect(Object.fromEntries(runs.map(({ asset, status }) => [asset, status]))).toEqual({
        golden: 'succeeded',
        publication: 'failed',
        serving: 'failed',
      });
    });

    it('replaces the org tree as a whole and lists what lies under a unit', async () => {
      const unit = (path: string, kind: OrgUnit['kind']): OrgUnit => ({ path: orgPath(path), name: path, kind });
      const units = [
        unit('310199', 'district'),
        unit('310199/001', 'subdistrict'),
        unit('310199/001/c01', 'community'),
        unit('310199/001/c010', 'community'),
      ];
      await store.system.transaction((tx) => replaceOrgUnits(tx, units));
      const under = (path: string) =>
        store.as(clerk).transaction(async (tx) => (await listOrgUnits(tx, orgPath(path))).map((each) => each.path));
      expect(await under('310199/001/c01')).toEqual(['310199/001/c01']);
      expect(await under('310199')).toHaveLength(4);
      await store.system.transaction((tx) => replaceOrgUnits(tx, units.slice(0, 2)));
      expect(await under('310199')).toHaveLength(2);
    });
  });
}
