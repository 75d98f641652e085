import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import type { BatchManifest } from '../../warehouse/landing-manifest.ts';

const KILLS = 8;

test('a process killed at any moment loses nothing acknowledged and leaves data and cursor in step', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landing-kill-'));
  const acknowledgements = join(folder, 'acknowledged.txt');
  const child = await bundle(join(folder, 'bundle'));
  const root = join(folder, 'landing');

  for (let round = 0; round < KILLS; round++) {
    const running = spawn(process.execPath, [child, root, acknowledgements], { stdio: ['ignore', 'pipe', 'inherit'] });
    const until = 20 + round * 37;
    let signs = 0;
    for await (const chunk of running.stdout) {
      signs += (chunk as Buffer).length;
      if (signs >= until) break;
    }
    running.kill('SIGKILL');
    await once(running, 'exit');

    const landing = openLanding({ folder: root, clock: systemClock });
    const pulled = await records(landing, 'grid');
    const head = await landing.lastManifest('grid', 'case');
    expect(pulled.map((record) => record.n)).toEqual(
      Array.from({ length: Number(head?.cursor ?? 0) * 2 }, (_, n) => n),
    );
  }

  const landing = openLanding({ folder: root, clock: systemClock });
  await (await landing.openSpool('parking', 'passage')).close();
  const kept = (await records(landing, 'parking')).map((record) => String(record.id));
  expect(new Set(kept).size).toBe(kept.length);
  const missing = (await acknowledged(acknowledgements)).filter((id) => !kept.includes(id));
  expect(missing).toEqual([]);
  await rm(folder, { recursive: true });
}, 60_000);

async function acknowledged(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // The kill may have torn the line of the last acknowledgement.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

async function records(landing: ReturnType<typeof openLanding>, source: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  let previous: BatchManifest | null = null;
  for await (const manifest of landing.manifests({ source })) {
    expect(manifest.previous).toBe(previous?.id ?? null);
    await landing.check(manifest);
    const text = await readFile(landing.dataFile(manifest), 'utf8');
    all.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    previous = manifest;
  }
  return all;
}

async function bundle(outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'landing-kill-child.ts'),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
    ssr: { noExternal: true },
  });
  return join(outDir, 'child.mjs');
}
