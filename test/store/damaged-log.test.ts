import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock as clock } from '../../core/index.ts';
import { audit, listAudit, openStore } from '../../store/index.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fillonce-damaged-log-'));
  const folder = join(base, 'live');
  const store = await openStore({ folder, clock });
  for (let i = 0; i < 20; i++) {
    await store.system.transaction((tx) => audit(tx, { action: 'test.note', subject: `${i}`, detail: {} }));
  }
  // As a power cut leaves it.
  await cp(join(folder, 'pgdata'), join(base, 'power-cut', 'pgdata'), { recursive: true });
  await store.close();
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function damaged(damage: (log: string) => Promise<unknown>): Promise<string> {
  const folder = await mkdtemp(join(base, 'copy-'));
  await cp(join(base, 'power-cut'), folder, { recursive: true });
  const logs = join(folder, 'pgdata', 'pg_wal');
  const newest = (await readdir(logs)).filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
  await damage(join(logs, newest.at(-1)!));
  return folder;
}

it('an embedded database that a power cut stopped has everything', async () => {
  const store = await openStore({ folder: join(base, 'power-cut'), clock });
  try {
    const notes = await store.system.transaction((tx) => listAudit(tx, { limit: 100 }));
    expect(notes).toHaveLength(20);
  } finally {
    await store.close();
  }
  await rm(join(base, 'power-cut', 'owner.json'), { force: true });
});

it.each<[string, (log: string) => Promise<unknown>]>([
  ['gone', (log) => rm(log)],
  ['cut short', async (log) => writeFile(log, (await readFile(log)).subarray(0, 100_000))],
  ['noise', async (log) => writeFile(log, Buffer.alloc((await readFile(log)).length, 7))],
])('a log that is %s is named, with what to do; nothing hangs and the folder is free again', async (_what, damage) => {
  const folder = await damaged(damage);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(openStore({ folder, clock })).rejects.toMatchObject({
      code: 'store.unreadable',
      details: { where: folder },
      message: expect.stringContaining('fillonce restore'),
    });
  }
});
