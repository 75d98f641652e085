import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { packageRoot } from '../../core/paths.ts';

export interface Running {
  readonly url: string;
  /** Ends the platform as a power cut would: the process and all it started, at once. */
  kill(): Promise<void>;
  /** Asks it to stop, as Ctrl-C does. */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 120_000;

/** `fillonce start --demo` in a process group of its own, up when it has printed its address; it does not outlive the test. */
export async function startPlatform(dataFolder: string, options: readonly string[]): Promise<Running> {
  const entry = join(packageRoot(), 'bin', 'fillonce');
  const args = [entry, 'start', '--demo', '--no-live', '--data', dataFolder, '--port', '0', ...options];
  // The same plate key in every folder: hashes of two folders can be compared.
  const env = { ...process.env, FILLONCE_PLATE_KEY: 'a key for tests only' };
  const child = spawn(process.execPath, args, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const killAll = async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await exited;
  };
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await killAll();
  });
  const url = await address(child);
  return {
    url,
    kill: killAll,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`not up in time: ${said}`)), START_DEADLINE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said += `${line}\n`;
        const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}
