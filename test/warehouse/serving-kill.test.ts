import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orgPath } from '../../core/org.ts';
import { packageRoot } from '../../core/paths.ts';
import { createServing } from '../../warehouse/index.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type Fixture, openFixture } from './fixture.ts';

const KILLS = 12;
const ROWS = 400;

let server: PostgresServer | null = null;
let fixture: Fixture;
beforeAll(async () => {
  server = findPostgres() === null ? null : await startPostgres();
  fixture = await openFixture();
}, 60_000);
afterAll(async () => {
  await fixture.close();
  await server?.stop();
});

it.skipIf(findPostgres() === null && process.env.CI !== 'true')(
  'a process that is killed while it serves leaves one whole publication, and nothing once the next has served',
  async () => {
    const databaseUrl = await server!.createDatabase();
    const publications = [await published(0), await published(1)];
    const at = (turn: number) => publications[turn % 2]!;
    const reader = { ...fixture.reader, current: () => fixture.reader.manifest(at(0)) };
    const options = { databaseUrl, reader, catalogue: fixture.catalogue, visibleAfterMs: 0, keepMs: 0 };
    await createServing(options).serve();
    const url = new URL(databaseUrl);
    const plain = new pg.Client({ connectionString: databaseUrl });
    await plain.connect();
    await plain.query('CREATE ROLE bi_kill LOGIN');
    await createServing(options).grant({ role: 'bi_kill', scope: orgPath('310199'), sensitivity: 'public' });
    url.username = 'bi_kill';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const versions = async () =>
      (
        await client.query<{ said: string; zones: number; cases: number }>(
          `SELECT DISTINCT name AS said, count(*) OVER ()::int AS zones, (SELECT count(*)::int FROM fillonce.cases_case) AS cases
           FROM fillonce.crowd_zone`,
        )
      ).rows;

    let killed = 0;
    for (let turn = 1; turn <= KILLS; turn++) {
      const child = join(packageRoot(), 'test', 'warehouse', 'serving-kill-child.mjs');
      const running = spawn(process.execPath, [child, packageRoot(), fixture.folder, databaseUrl, at(turn)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(running, 'exit');
      let signs = 0;
      for await (const _ of running.stdout) if (++signs > turn % 4) break;
      // A little later each time: in the copies, the swap, the cleaning up.
      await new Promise((resolve) => setTimeout(resolve, (turn * 29) % 230));
      if (running.kill('SIGKILL')) killed++;
      await exited;
      const rows = await versions();
      expect(rows).toHaveLength(1);
      expect(['第0版', '第1版']).toContain(rows[0]!.said);
      expect(rows[0]).toMatchObject({ zones: ROWS, cases: ROWS });
    }
    expect(killed).toBeGreaterThan(0);

    // The dead connection's lock goes when the server notices; then everything left over is gone with one more round.
    await until(() => createServing(options).serve());
    await until(() => createServing(options).serve());
    expect((await versions())[0]).toMatchObject({ said: '第0版' });
    const left = await plain.query(
      `SELECT (SELECT count(*)::int FROM fillonce_data.publication) AS publications,
        (SELECT count(*)::int FROM fillonce_data.load WHERE mart = 'crowd.zone') AS zones,
        (SELECT count(*)::int FROM pg_class WHERE relname ~ '^crowd_zone_[0-9a-f]{8}_' AND relkind = 'r') AS copies`,
    );
    expect(left.rows).toEqual([{ publications: 1, zones: 1, copies: 1 }]);
    await client.end();
    await plain.end();
  },
  120_000,
);

async function published(version: number) {
  const updatedAt = `2026-11-0${1 + version}T09:00:00+08:00`;
  const gridPath = '310199/001/c01/g01';
  const rows = Array.from({ length: ROWS }, (_, i) => i);
  await fixture.land(
    'signal.zone',
    rows.map((i) => ({ zoneCode: `z${i}`, zoneName: `第${version}版`, gridPath, updatedAt })),
  );
  await fixture.land(
    'grid.case',
    rows.map((i) => ({ caseNo: `c${i}`, category: '1', gridPath, reportedAt: '2026-11-01T08:00:00+08:00', updatedAt })),
  );
  await fixture.bringUp();
  return (await fixture.reader.current()).id;
}

async function until(work: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable !== true || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
