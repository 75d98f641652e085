import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { openStore } from '../../store/index.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { describeStore } from './conformance.ts';
import { addUser } from './people.ts';

describeStore('pglite', async () => ({ folder: 'memory' }));

let server: PostgresServer | undefined;
afterAll(() => server?.stop());

if (findPostgres() || process.env.CI === 'true') {
  describeStore('postgres', async () => {
    server ??= await startPostgres();
    return { databaseUrl: await server.createDatabase() };
  });

  describe('migrations on a server', () => {
    it('are applied once when several processes start together, and by a plain owner', async () => {
      server ??= await startPostgres();
      const databaseUrl = await server.createDatabase();
      const stores = await Promise.all(
        [1, 2, 3].map(() => openStore({ databaseUrl, clock: systemClock, maxConnections: 2 })),
      );
      await addUser(stores[0]!, 'a', 'clerk', '310199');
      await Promise.all(stores.map((store) => store.close()));
    }, 60_000);
  });
} else {
  it.skip('store over postgres: NOT RUN, no initdb and postgres on this machine', () => undefined);
}

describe('an embedded store', () => {
  it('keeps its rows across a restart, and its folder to one process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-store-'));
    try {
      const first = await openStore({ folder, clock: systemClock });
      await addUser(first, 'kept', 'clerk', '310199');
      await expect(openStore({ folder, clock: systemClock })).rejects.toMatchObject({ code: 'store.folder-taken' });
      await first.close();
      const second = await openStore({ folder, clock: systemClock });
      const rows = await second.system.transaction((tx) => tx.db.selectFrom('app_user').select('login').execute());
      expect(rows).toEqual([{ login: 'kept' }]);
      await second.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('is laid anew where making it was cut short', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-store-'));
    try {
      await mkdir(join(folder, 'pgdata.new', 'base'), { recursive: true });
      await writeFile(join(folder, 'pgdata.new', 'PG_VERSION'), '18\n');
      const store = await openStore({ folder, clock: systemClock });
      await addUser(store, 'first', 'clerk', '310199');
      await store.close();
      expect(await readdir(folder)).not.toContain('pgdata.new');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
