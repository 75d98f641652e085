import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type ErrorBody, FillOnceError } from '../../core/errors.ts';
import { packageRoot } from '../../core/paths.ts';
import { refusal, workerLost, workerMissing } from './errors.ts';
import type { WorkbookReport } from './inspect.ts';
import { DEFAULT_LIMITS, withLimits, type XlsxLimits } from './limits.ts';
import { Row } from './row.ts';
import { coldProcesses, type SafeProcesses, warmProcesses } from './safe-process.ts';
import type { SafeMessage, SafeTask } from './safe-protocol.ts';

export interface SafeOptions {
  /** `heapMb` and `deadlineMs` among them. */
  readonly limits?: Partial<XlsxLimits>;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Compiled `safe-worker.js`; found by itself unless told. */
  readonly workerFile?: string;
  /** Where the process comes from; one is started for the call unless told. */
  readonly processes?: SafeProcesses;
}

/** `inspectInWorker` for a server: a process stands ready. */
export interface WarmInspector {
  inspect(
    source: string | Uint8Array,
    options?: Omit<SafeOptions, 'processes' | 'workerFile'>,
  ): Promise<WorkbookReport>;
  close(): void;
}

/**
 * Keeps one process ready for the next file from outside, until it is closed.
 *
 * @example
 * const inspector = createWarmInspector();
 * await inspector.inspect(upload.path);
 */
export function createWarmInspector(workerFile: string = findWorker()): WarmInspector {
  const processes = warmProcesses(workerFile, DEFAULT_LIMITS.heapMb);
  return {
    inspect: (source, options) => inspectInWorker(source, { ...options, processes }),
    close: processes.close,
  };
}

/**
 * Reads a file from outside through in a process of its own with a heap limit and a deadline, and tells what is in it.
 *
 * @throws the refusal: rule, part and limit in `details`; `templates.xlsx.memory` or `.deadline` when that process was stopped.
 * @example
 * const { sheets } = await inspectInWorker(upload.path, { limits: { deadlineMs: 30_000 } });
 */
export async function inspectInWorker(source: string | Uint8Array, options: SafeOptions = {}): Promise<WorkbookReport> {
  for await (const message of messages({ source, limits: options.limits ?? {}, sheet: undefined }, options)) {
    if (message.kind === 'report') return message.report;
  }
  throw refusal('memory', { limit: `${withLimits(options.limits).heapMb} MB` });
}

/**
 * The rows of one sheet (the first visible one unless told) of a file from outside, read in such a process. One batch is
 * under way at a time; leaving the loop stops the process. The deadline covers the whole reading.
 *
 * @throws as `inspectInWorker`
 */
export async function* readInWorker(
  source: string | Uint8Array,
  options: SafeOptions & { readonly sheet?: string } = {},
): AsyncGenerator<Row> {
  for await (const message of messages({ source, limits: options.limits ?? {}, sheet: options.sheet ?? '' }, options)) {
    if (message.kind !== 'rows') continue;
    for (const { number, hidden, values, styleIds, formulas, filled } of message.rows) {
      yield new Row(number, hidden, values, styleIds, formulas, filled);
    }
  }
}

/**
 * A process and not a thread: V8 ends the whole process when a thread meets its heap limit in the middle of one large
 * allocation, and a hostile file can bring that about.
 */
async function* messages(task: SafeTask, options: SafeOptions): AsyncGenerator<SafeMessage> {
  const { clock = systemClock, signal } = options;
  const processes = options.processes ?? coldProcesses(options.workerFile ?? findWorker());
  const limits = withLimits(options.limits);
  signal?.throwIfAborted();
  const worker = processes.take(limits.heapMb);
  const timer = new AbortController();
  const arrived: SafeMessage[] = [];
  let failure: unknown;
  let ended = false;
  let wake = () => {};
  const stop = (reason: unknown) => {
    failure ??= reason;
    ended = true;
    wake();
  };
  const abort = () => stop(signal?.reason);
  worker.on('message', (message) => {
    arrived.push(message as SafeMessage);
    wake();
  });
  worker.on('error', stop);
  worker.on('exit', (code, killedBy) => {
    // At its heap limit it aborts itself; the system's own killer sends SIGKILL.
    const starved = killedBy === 'SIGABRT' || killedBy === 'SIGKILL' || code === 134;
    const lost = starved ? refusal('memory', { limit: `${limits.heapMb} MB` }) : workerLost(killedBy ?? `exit ${code}`);
    if (code === 0 && worker.connected) worker.once('disconnect', () => stop(lost));
    else stop(lost);
  });
  signal?.addEventListener('abort', abort, { once: true });
  clock.sleep(limits.deadlineMs, timer.signal).then(
    () => stop(refusal('deadline', { limit: `${limits.deadlineMs} ms` })),
    () => {},
  );
  try {
    // A worker that is gone before it took its task tells so by its exit.
    worker.send(task, () => {});
    for (;;) {
      const message = arrived.shift();
      if (message === undefined) {
        if (ended) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if (message.kind === 'error') throw rebuilt(message.error, message.internal);
      if (message.kind === 'rows' && worker.connected) worker.send('next', () => {});
      yield message;
      if (message.kind === 'end' || message.kind === 'report') return;
    }
  } finally {
    timer.abort();
    signal?.removeEventListener('abort', abort);
    worker.kill('SIGKILL');
    processes.used();
  }
}

function rebuilt(body: ErrorBody, internal: string | undefined): Error {
  return new FillOnceError({
    ...body,
    message: body.message,
    cause: internal === undefined ? undefined : new Error(internal),
  });
}

/** Beside this file when compiled; from source the compiled one, unless Node runs TypeScript by itself. */
function findWorker(): string {
  const here = fileURLToPath(import.meta.url);
  if (here.endsWith('.js')) return fileURLToPath(new URL('./safe-worker.js', import.meta.url));
  if ((process.features as { typescript?: unknown }).typescript)
    return fileURLToPath(new URL('./safe-worker.ts', import.meta.url));
  const compiled = join(packageRoot(), 'dist', 'templates', 'xlsx', 'safe-worker.js');
  if (!existsSync(compiled)) throw workerMissing(compiled);
  return compiled;
}
