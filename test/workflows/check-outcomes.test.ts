import { afterAll, beforeAll, expect, it } from 'vitest';
import { type VirtualClock, virtualClock } from '../../core/index.ts';
import { latestChecks, openStore, type Store } from '../../store/index.ts';
import { checksFailed } from '../../warehouse/errors.ts';
import type { PublicationManifest } from '../../warehouse/index.ts';
import { noteChecks } from '../../workflows/activities/check-outcomes.ts';

let clock: VirtualClock;
let store: Store;
beforeAll(async () => {
  clock = virtualClock(new Date('2026-11-22T04:00:00Z'));
  store = await openStore({ folder: 'memory', clock });
});
afterAll(() => store.close());

const manifest = (warnings: PublicationManifest['warnings']): PublicationManifest => ({
  ...{ id: 'pub_1' as PublicationManifest['id'], previous: null, createdAt: '2026-11-22 12:00:00', asOf: '2026-11-22' },
  ...{ marts: [], themes: [], batches: [], records: 0, warnings },
});

it('keeps since when a check has come out as it does, through publications that change nothing', async () => {
  const checks = ['cases.keys_unique', 'cases.times_in_order'];
  const publish = async (work: () => Promise<PublicationManifest>) => {
    await clock.advance(60_000);
    await noteChecks({ store, checks }, work).catch(() => undefined);
    const rows = await store.system.transaction((tx) => latestChecks(tx));
    return Object.fromEntries(
      rows.map(({ name, status, at }) => [name, `${status} ${at.toISOString().slice(14, 16)}`]),
    );
  };
  const warned = [{ check: 'cases.times_in_order', about: 'times', rows: 3 }];
  const good = { 'cases.keys_unique': 'pass 01', 'cases.times_in_order': 'warn 01' };
  expect(await publish(async () => manifest(warned))).toEqual(good);
  expect(await publish(async () => manifest(warned))).toEqual(good);
  const failed = async () => {
    throw checksFailed([{ check: 'cases.keys_unique', rows: 2 }]);
  };
  expect(await publish(failed)).toEqual({ ...good, 'cases.keys_unique': 'fail 03' });
  // Another failure says nothing of checks.
  const broken = async () => {
    throw new Error('disk');
  };
  expect(await publish(broken)).toEqual({ ...good, 'cases.keys_unique': 'fail 03' });
  expect(await publish(async () => manifest([]))).toEqual({
    'cases.keys_unique': 'pass 05',
    'cases.times_in_order': 'pass 05',
  });
});
