import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startHousekeeping } from '../../cli/platform/housekeeping.ts';
import { virtualClock } from '../../core/clock.ts';
import { openSession, openStore } from '../../store/index.ts';
import { addUser } from '../store/people.ts';

it('deletes what has had its time every hour, and nothing before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-keeping-'));
  const clock = virtualClock(new Date('2026-11-22T08:00:00Z'));
  const store = await openStore({ folder, clock });
  try {
    const clerk = await addUser(store, 'clerk1', 'clerk', '310199/001/c01');
    await store.system.transaction((tx) => openSession(tx, clerk.id, 1_800_000));
    await store.system.transaction((tx) => openSession(tx, clerk.id, 8 * 3_600_000));
    const sessions = () =>
      store.system.transaction(async (tx) => (await tx.db.selectFrom('session').selectAll().execute()).length);
    const keeping = startHousekeeping({ store, clock, log: { warn: () => expect.unreachable() } });
    await clock.advance(1_900_000);
    expect(await sessions()).toBe(2);
    await clock.advance(1_900_000);
    await keeping.stop();
    expect(await sessions()).toBe(1);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});
