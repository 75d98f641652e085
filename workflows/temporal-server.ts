import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
 * The embedded Temporal server: a child process with its database in `<folder>/temporal.db`. One left over by a platform that was
 * killed is taken over, so that a restart neither fights for the database file nor waits for it.
 *
 * @throws FillOnceError `workflows.temporal_missing`, `workflows.temporal_start`
 */
export async function startTemporalServer(options: {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<TemporalServer> {
  mkdirSync(options.folder, { recursive: true });
  const record = join(options.folder, 'server.json');
  const adopted = await adopt(record);
  if (adopted !== null) return adopted;

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
  const logFile = openSync(log, 'w');
  const child = spawn(
    binary,
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--db-filename',
      join(options.folder, 'temporal.db'),
      '--log-level',
      'error',
      '--dynamic-config-value',
      'frontend.namespaceRPS=4000',
      '--dynamic-config-value',
      'system.forceSearchAttributesCacheRefreshOnRead=true',
    ],
    { stdio: ['ignore', logFile, logFile], env: { ...options.env } as NodeJS.ProcessEnv, detached: true },
  );
  child.unref();
  if (!(await answers(port, START_DEADLINE_MS, child))) {
    child.kill('SIGKILL');
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
  writeFileSync(record, JSON.stringify({ pid: child.pid, port }));
  return handle(record, child.pid ?? null, port);
}

async function adopt(record: string): Promise<TemporalServer | null> {
  if (!existsSync(record)) return null;
  try {
    const { pid, port } = JSON.parse(readFileSync(record, 'utf8')) as { pid: number; port: number };
    process.kill(pid, 0);
    if (await answers(port, 2_000)) return handle(record, pid, port);
    process.kill(pid, 'SIGKILL');
    await gone(pid, STOP_GRACE_MS);
  } catch {
    // no such process, or an unreadable record: a new server starts
  }
  rmSync(record, { force: true });
  return null;
}

function handle(record: string, pid: number | null, port: number): TemporalServer {
  return {
    address: `127.0.0.1:${port}`,
    pid,
    stop: async () => {
      if (pid === null) return;
      try {
        process.kill(pid, 'SIGTERM');
        if (!(await gone(pid, STOP_GRACE_MS))) process.kill(pid, 'SIGKILL');
      } catch {
        // already gone
      }
      rmSync(record, { force: true });
    },
  };
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
