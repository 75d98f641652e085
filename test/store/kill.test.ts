import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { packageRoot, systemClock } from '../../core/index.ts';
import { openStore } from '../../store/index.ts';

const KILLS = 4;

test('an embedded store killed at any moment loses nothing acknowledged and keeps transactions whole', async () => {
  // Inside the package, because the child resolves PGlite and its WebAssembly from node_modules.
  const folder = await mkdtemp(join(packageRoot(), 'node_modules', '.cache-kill-'));
  try {
    const child = await bundle(folder);
    const [data, acknowledgements] = [join(folder, 'store'), join(folder, 'acknowledged.txt')];
    for (let round = 0; round < KILLS; round++) {
      const running = spawn(process.execPath, [child, data, acknowledgements], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: packageRoot(),
      });
      const until = 5 + round * 41;
      let signs = 0;
      for await (const chunk of running.stdout) {
        signs += (chunk as Buffer).length;
        if (signs >= until) break;
      }
      running.kill('SIGKILL');
      await once(running, 'exit');
    }
    const acknowledged = (await readFile(acknowledgements, 'utf8')).split('\n').slice(0, -1);
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
    // The folder's lock belongs to a dead process: it is taken over.
    const store = await openStore({ folder: data, clock: systemClock });
    const [audited, messages] = await store.system.transaction(async (tx) => [
      (await tx.db.selectFrom('audit_log').select('subject').execute()).map((row) => row.subject),
      (await tx.db.selectFrom('outbox').select('key').execute()).map((row) => row.key),
    ]);
    expect(acknowledged.filter((key) => !audited!.includes(key))).toEqual([]);
    expect([...audited!].sort()).toEqual([...messages!].sort());
    await store.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

async function bundle(outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'kill-child.ts'),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  });
  return join(outDir, 'child.mjs');
}
