import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { FillOnceError } from '../core/errors.ts';
import { cacheFolder, findTemporal, missingTemporal } from './temporal-binary.ts';

export interface TemporalServer {
  /** `host:port` for clients and workers. */
  readonly address: string;
  readonly pid: number | null;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;
const STOP_GRACE_MS = 5_000;

/**
 * The embedded Temporal server: a child process with its database in `<folder>/temporal.db`. It ends with this process, however this
 * process ends; one that a platform on this folder still left over is ended first.
 *
 * @throws FillOnceError `workflows.temporal_missing`, `workflows.temporal_start`
 */
export async function startTemporalServer(options: {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<TemporalServer> {
  mkdirSync(options.folder, { recursive: true });
  const record = join(options.folder, 'server.json');
  await endLeftOver(record);

  const binary = findTemporal(options.env);
  if (binary === null) {
    throw new FillOnceError({
      code: 'workflows.temporal_missing',
      status: 500,
      message: missingTemporal(cacheFolder(options.env)),
    });
  }
  const port = await freePort();
  const log = join(options.folder, 'server.log');
  const child = spawnGuarded(binary, serverArguments(options.folder, port), log, options.env);
  const pid = child.pid ?? 0;
  if (!(await answers(port, START_DEADLINE_MS, child))) {
    endGroup(pid);
    throw new FillOnceError({
      code: 'workflows.temporal_start',
      status: 500,
      message: {
        zh: `Temporal 服务未能启动，详见 ${log}。常见原因：磁盘已满或数据目录不可写。`,
        en: `The Temporal server did not start; see ${log}. Usual reasons: a full disk or a data folder that cannot be written.`,
      },
      details: { where: log },
    });
  }
  writeFileSync(record, JSON.stringify({ pid }));
  return {
    address: `127.0.0.1:${port}`,
    pid,
    stop: async () => {
      child.stdin?.end();
      if (!(await gone(pid, STOP_GRACE_MS))) endGroup(pid);
      rmSync(record, { force: true });
    },
  };
}

function serverArguments(folder: string, port: number): string[] {
  const settings = ['frontend.namespaceRPS=4000', 'system.forceSearchAttributesCacheRefreshOnRead=true'];
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
    ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'error'],
    ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

/** Reads its standard input until this process is gone, whatever ended it, then ends the server. */
const GUARD = '"$@" </dev/null & server=$!; cat >/dev/null; kill -TERM "$server"; wait "$server"';

/**
 * Starts the server in a process group of its own (a Ctrl-C is for the platform, which then stops the server last) under a shell that
 * guards it. Windows has no such shell: there the server is started bare.
 */
function spawnGuarded(binary: string, args: string[], log: string, env: Readonly<Record<string, string | undefined>>) {
  const output = openSync(log, 'w');
  const options: SpawnOptions = {
    stdio: ['pipe', output, output],
    env: { ...env } as NodeJS.ProcessEnv,
    detached: true,
  };
  const child =
    process.platform === 'win32'
      ? spawn(binary, args, options)
      : spawn('sh', ['-c', GUARD, 'sh', binary, ...args], options);
  closeSync(output);
  child.on('error', () => {});
  child.unref();
  return child;
}

async function endLeftOver(record: string): Promise<void> {
  if (!existsSync(record)) return;
  try {
    const { pid } = JSON.parse(readFileSync(record, 'utf8')) as { pid: number };
    endGroup(pid);
    await gone(pid, STOP_GRACE_MS);
  } catch {
    // an unreadable record names no process
  }
  rmSync(record, { force: true });
}

function endGroup(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

async function gone(pid: number, deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (Date.now() < until) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await pause(50);
  }
  return false;
}

async function answers(port: number, deadlineMs: number, child?: ChildProcess): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (Date.now() < until) {
    if (child !== undefined && child.exitCode !== null) return false;
    if (await canConnect(port)) return true;
    await pause(100);
  }
  return false;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1', timeout: 1_000 });
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function pause(waitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}
