import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { systemClock } from '../../core/clock.ts';
import { packageRoot } from '../../core/paths.ts';
import { openLanding } from '../../warehouse/landing.ts';
import { openReader } from '../../warehouse/reader.ts';
import { openWarehouse } from '../../warehouse/warehouse.ts';

/** A long run is asked for by `FILLONCE_KILLS=200 npx vitest run test/warehouse/kill.test.ts`. */
const KILLS = Number(process.env.FILLONCE_KILLS ?? 5);
const LINES = 12;
const LONGEST_WAIT_MS = 1_000;

/** Runs the child until it has said `lines` lines and a little longer, then kills it; returns what it said. */
function runAndKill(folder: string, first: number, lines: number, longerMs: number): Promise<string[]> {
  const script = join(packageRoot(), 'test', 'warehouse', 'kill-child.mjs');
  const child = spawn(process.execPath, [script, packageRoot(), folder, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  let dying = false;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (dying || said.split('\n').length <= lines) return;
    dying = true;
    setTimeout(() => child.kill('SIGKILL'), longerMs);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (_code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the child ended by itself: ${complained}`));
      resolve(said.split('\n').slice(0, -1));
    });
  });
}

describe('a warehouse process that is killed at any moment', () => {
  it(
    'has everything it acknowledged, once, and goes on',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fillonce-kill-'));
      try {
        const staged: string[] = [];
        let published = '';
        for (let kill = 0; kill < KILLS; kill++) {
          const lines = await runAndKill(folder, kill * 1_000, 3 + ((2 * kill) % LINES), (37 * kill) % LONGEST_WAIT_MS);
          for (const line of lines) {
            const [what, id] = line.split(' ');
            if (what === 'staged') staged.push(id!);
            if (what === 'published') published = id!;
          }
        }
        const landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
        const options = { folder: join(folder, 'warehouse'), landing, catalogue: loadCatalogue(), clock: systemClock };
        const reader = openReader({ folder: options.folder });
        const current = await reader.current();
        expect(current.id >= published).toBe(true);
        await reader.withPublication('current', async (sql) => {
          const [row] = await sql.all<{ n: number; keys: number }>(
            'SELECT count(*) AS n, count(DISTINCT case_no) AS keys FROM cases."case"',
          );
          expect(row!.n).toBe(row!.keys);
          expect(row!.n).toBe(current.marts.find(({ mart }) => mart === 'cases.case')!.rows);
        });
        await reader.close();

        const warehouse = await openWarehouse({ ...options, memoryMb: 256, threads: 2 });
        const ledger = await warehouse.query((sql) =>
          sql.all<{ id: string; n: number }>('SELECT id, count(*) AS n FROM ledger.batch GROUP BY id'),
        );
        expect(ledger.every(({ n }) => n === 1)).toBe(true);
        expect(staged.filter((id) => !ledger.some((row) => row.id === id))).toEqual([]);
        await warehouse.stageOutstanding();
        await warehouse.refresh();
        await warehouse.publish();
        const rows = await warehouse.query((sql) => sql.all('SELECT count(*) AS n FROM cases."case"'));
        let landed = 0;
        for await (const { records } of landing.manifests()) landed += records;
        expect(rows).toEqual([{ n: landed }]);
        expect(await warehouse.verify()).toMatchObject({ ok: true });
        await warehouse.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    240_000 + KILLS * 20_000,
  );
});
