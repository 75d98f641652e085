import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orgPath, virtualClock } from '../../core/index.ts';
import {
  addToOutbox,
  audit,
  createCampaignRow,
  keepTemplateVersion,
  listAudit,
  openStore,
  restoreStore,
  type Store,
  signIncident,
  takeFromOutbox,
} from '../../store/index.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { addUser } from './people.ts';

const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
const ENGINES = findPostgres() === null ? (['pglite'] as const) : (['pglite', 'postgres'] as const);

describe('a dump of the operational database', () => {
  let server: PostgresServer | undefined;
  const opened: Store[] = [];
  const folders: string[] = [];
  beforeAll(async () => {
    if (ENGINES.length > 1) server = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    for (const store of opened) await store.close();
    await server?.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  async function temporaryFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-dump-'));
    folders.push(folder);
    return folder;
  }

  async function target(engine: 'pglite' | 'postgres') {
    return engine === 'pglite'
      ? { folder: `${await temporaryFolder()}/store` }
      : { databaseUrl: await server!.createDatabase() };
  }
  async function open(options: Awaited<ReturnType<typeof target>>): Promise<Store> {
    const store = await openStore({ ...options, clock });
    opened.push(store);
    return store;
  }

  for (const from of ENGINES) {
    for (const to of ENGINES) {
      it(`of ${from} makes the same database over ${to}, which goes on from there`, async () => {
        const first = await open(await target(from));
        await fill(first);
        const lines = await dumped(first);
        expect(lines.filter((line) => line.startsWith('R')).length).toBeGreaterThan(6);
        const place = await target(to);
        const { rows } = await restoreStore({ ...place, clock }, each(lines));
        expect(lines.at(-1)).toBe(`E${rows}`);
        const second = await open(place);
        expect((await dumped(second)).sort()).toEqual([...lines].sort());
        const messages = await second.system.transaction(async (tx) => {
          await addToOutbox(tx, 'news', 'later', {});
          return takeFromOutbox(tx, 'news', 10);
        });
        expect(messages.map(({ key }) => key)).toEqual(['a\u2028b', 'later']);
        await expect(restoreStore({ ...place, clock }, each(lines))).rejects.toMatchObject(
          to === 'pglite' ? { code: 'store.folder-taken' } : { code: 'store.restore-not-empty' },
        );
      }, 60_000);
    }
  }

  it('that lost its end, or is of a newer program, restores nothing', async () => {
    const first = await open(await target('pglite'));
    await fill(first);
    const lines = await dumped(first);
    const place = await target('pglite');
    await expect(restoreStore({ ...place, clock }, each(lines.slice(0, -1)))).rejects.toMatchObject({
      code: 'store.dump-unreadable',
    });
    const newer = lines.map((line) => (line.startsWith('H') ? line.replace('001-roles', '999-later') : line));
    await expect(restoreStore({ ...place, clock }, each(newer))).rejects.toMatchObject({
      code: 'store.migration-unknown',
    });
    const store = await open(place);
    expect(await store.system.transaction((tx) => listAudit(tx, { limit: 5 }))).toEqual([]);
  }, 60_000);
});

async function fill(store: Store): Promise<void> {
  const user = await addUser(store, 'clerk', 'clerk', '310199/001/c05', { themes: ['housing'] });
  await store
    .as(user)
    .transaction((tx) => audit(tx, { action: 'x', subject: 's', detail: { text: '换行\n"引号"\\' } }));
  await store.system.transaction(async (tx) => {
    await keepTemplateVersion(tx, {
      templateId: 'housing',
      version: 1,
      kind: 'roster',
      title: '房屋',
      periodKind: 'month',
      fileRef: 'forms/0',
      binding: { columns: [1, null, { a: 0.1 }] },
      hash: 'h1',
    });
    await createCampaignRow(tx, {
      templateId: 'housing',
      templateVersion: 1,
      title: '房屋 2026年11月',
      period: '2026-11',
      scope: orgPath('310199/001'),
      theme: 'housing',
      asOf: '2026-11-22',
      deadline: new Date('2026-11-30T10:00:00.123Z'),
      createdBy: user.id,
    });
    await addToOutbox(tx, 'news', 'a\u2028b', { n: 1 });
    await signIncident(tx, {
      rule: 'crowd',
      subject: 'z1',
      orgPath: '310199/001/c05',
      ring: 'core',
      title: { zh: '拥挤', en: 'crowd' },
      detail: { value: 1 },
      dedupeKey: 'd1',
      at: clock.now(),
    });
  });
}

async function dumped(store: Store): Promise<string[]> {
  let text = '';
  await store.dump(async (line) => {
    text += line;
  });
  return text.slice(0, -1).split('\n');
}

async function* each(lines: readonly string[]): AsyncIterable<string> {
  yield* lines;
}
