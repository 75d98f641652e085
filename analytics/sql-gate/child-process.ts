import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../core/clock.ts';
import { FillOnceError } from '../../core/errors.ts';
import { packageRoot } from '../../core/paths.ts';
import { childMissing, overMemory, overTime, processLost } from './errors.ts';
import type { ChildReply, ChildRequest } from './protocol.ts';

export interface ProcessBudget {
  /** Resident memory of the whole process. */
  readonly residentMb: number;
  /** Of JavaScript in it. */
  readonly heapMb: number;
  /** Largest file that it may write. */
  readonly fileMb: number;
}

export interface QueryProcess {
  readonly pid: number;
  alive(): boolean;
  /**
   * One question, one answer. When time or memory is used up, or the signal says so, the process is killed.
   *
   * @throws FillOnceError what the process answered, `analytics.sql.time`, `.memory`, `.lost`; the signal's reason
   */
  ask(request: ChildRequest, options: { readonly timeMs: number; readonly signal?: AbortSignal }): Promise<ChildReply>;
  /** Ends it at once. */
  kill(): void;
}

/** How often memory is looked at: a process that fills memory as fast as it can gets some 200 MB further in this time. */
const WATCH_MS = 40;
/** Behind whatever people wait for. */
const NICE = 10;

/**
 * Starts a query process: no environment, low priority, the system's own limits on top of the watch.
 *
 * @param clock real time: what runs in another process does not wait for a virtual clock
 */
export function startQueryProcess(options: {
  readonly budget: ProcessBudget;
  readonly clock: Clock;
  /** Compiled `child.js`; found by itself unless told. */
  readonly childFile?: string;
}): QueryProcess {
  const { budget, clock, childFile = findChild() } = options;
  const child = launch(childFile, budget);
  let ended: string | null = null;
  let stopped: FillOnceError | null = null;
  let settle: ((reply: ChildReply | null) => void) | null = null;

  child.on('message', (message) => settle?.(message as ChildReply));
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `exit ${code}`));
  if (child.pid !== undefined) lower(child.pid);

  function end(how: string): void {
    ended ??= how;
    settle?.(null);
  }

  function kill(): void {
    if (ended === null) child.kill('SIGKILL');
  }

  async function watch(timeMs: number, over: AbortSignal): Promise<void> {
    const endsAt = clock.now().getTime() + timeMs;
    while (!over.aborted) {
      if (residentMb(child.pid) > budget.residentMb) stopped = overMemory(budget.residentMb);
      else if (clock.now().getTime() >= endsAt) stopped = overTime(timeMs);
      if (stopped) return kill();
      await clock.sleep(WATCH_MS, over).catch(() => undefined);
    }
  }

  return {
    pid: child.pid ?? 0,
    alive: () => ended === null,
    kill,
    ask: async (request, { timeMs, signal }) => {
      signal?.throwIfAborted();
      const over = new AbortController();
      const onAbort = () => kill();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const answer = new Promise<ChildReply | null>((resolve) => {
          settle = resolve;
        });
        if (ended === null) child.send(request, (error) => error && end(error.message));
        else settle?.(null);
        void watch(timeMs, over.signal);
        const reply = await answer;
        signal?.throwIfAborted();
        if (stopped) throw stopped;
        if (reply === null) throw lost(ended ?? '', budget);
        if (reply.kind === 'failed') throw new FillOnceError(reply.error);
        return reply;
      } finally {
        settle = null;
        over.abort();
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

function launch(childFile: string, budget: ProcessBudget): ChildProcess {
  const node = [`--max-old-space-size=${budget.heapMb}`, childFile];
  const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
  const env = { UV_THREADPOOL_SIZE: '2' };
  if (process.platform === 'win32') {
    return spawn(process.execPath, node, { stdio: [...stdio], serialization: 'advanced', env });
  }
  // Belt to the watch's braces: the kernel refuses what one step between two looks would take. A limit that cannot be set is left out.
  const limits = [
    'ulimit -c 0',
    `ulimit -f ${budget.fileMb * 2048}`,
    `ulimit -d ${(budget.residentMb * 2 + 1024) * 1024}`,
  ];
  const script = `${limits.map((limit) => `${limit} 2>/dev/null`).join('; ')}; exec "$0" "$@"`;
  return spawn('/bin/sh', ['-c', script, process.execPath, ...node], {
    stdio: [...stdio],
    serialization: 'advanced',
    env,
  });
}

/** A process that the system ended for want of memory says so by how it ends. */
function lost(how: string, budget: ProcessBudget): FillOnceError {
  const starved = /SIGABRT|SIGBUS|exit 13[47]/.test(how);
  return starved ? overMemory(budget.residentMb) : processLost(how);
}

function lower(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended already; the question to it will say so.
  }
}

/** 0 where the system does not tell; there the engine's own limit and the kernel's remain. */
function residentMb(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return 0;
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (pages * 4096) / 1_048_576;
  } catch {
    return 0;
  }
}

/** Compiled beside this module, or in `dist` when this module runs from source. */
function findChild(): string {
  const beside = fileURLToPath(new URL('./child.js', import.meta.url));
  const built = join(packageRoot(), 'dist', 'analytics', 'sql-gate', 'child.js');
  const file = [beside, built].find((each) => existsSync(each));
  if (file === undefined) throw childMissing(built);
  return file;
}
