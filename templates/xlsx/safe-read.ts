import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type ErrorBody, FillOnceError } from '../../core/errors.ts';
import { packageRoot } from '../../core/paths.ts';
import { refusal, workerMissing } from './errors.ts';
import type { WorkbookReport } from './inspect.ts';
import { withLimits, type XlsxLimits } from './limits.ts';
import { Row } from './row.ts';
import type { SafeMessage, SafeTask } from './safe-protocol.ts';

export interface SafeOptions {
  /** `heapMb` and `deadlineMs` among them. */
  readonly limits?: Partial<XlsxLimits>;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Compiled `safe-worker.js`; found by itself unless told. */
  readonly workerFile?: string;
}

/**
 * Reads a file from outside through in a worker with a heap limit and a deadline, and tells what is in it.
 *
 * @throws the refusal: rule, part and limit in `details`; `templates.xlsx.memory` or `.deadline` when the worker was stopped.
 * @example
 * const { sheets } = await inspectInWorker(upload.path, { limits: { deadlineMs: 30_000 } });
 */
export async function inspectInWorker(source: string | Uint8Array, options: SafeOptions = {}): Promise<WorkbookReport> {
  for await (const message of messages({ source, limits: options.limits ?? {}, sheet: undefined }, options)) {
    if (message.kind === 'report') return message.report;
  }
  throw refusal('memory', { limit: withLimits(options.limits).heapMb });
}

/**
 * The rows of one sheet (the first visible one unless told) of a file from outside, read in such a worker. One batch is
 * under way at a time; leaving the loop stops the worker. The deadline covers the whole reading.
 *
 * @throws as `inspectInWorker`
 */
export async function* readInWorker(
  source: string | Uint8Array,
  options: SafeOptions & { readonly sheet?: string } = {},
): AsyncGenerator<Row> {
  for await (const message of messages({ source, limits: options.limits ?? {}, sheet: options.sheet ?? '' }, options)) {
    if (message.kind !== 'rows') continue;
    for (const { number, hidden, values, styleIds, formulas } of message.rows) {
      yield new Row(number, hidden, values, styleIds, formulas);
    }
  }
}

async function* messages(task: SafeTask, options: SafeOptions): AsyncGenerator<SafeMessage> {
  const { clock = systemClock, signal, workerFile = findWorker() } = options;
  const limits = withLimits(options.limits);
  signal?.throwIfAborted();
  const worker = new Worker(workerFile, {
    workerData: task,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 2 },
  });
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
  worker.on('message', (message: SafeMessage) => {
    arrived.push(message);
    wake();
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    stop(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? refusal('memory', { limit: `${limits.heapMb} MB`, cause: error })
        : error,
    );
  });
  worker.on('exit', () => {
    ended = true;
    wake();
  });
  signal?.addEventListener('abort', abort, { once: true });
  clock.sleep(limits.deadlineMs, timer.signal).then(
    () => stop(refusal('deadline', { limit: `${limits.deadlineMs} ms` })),
    () => {},
  );
  try {
    for (;;) {
      const message = arrived.shift();
      if (failure !== undefined) throw failure;
      if (message === undefined) {
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if (message.kind === 'error') throw rebuilt(message.error, message.internal);
      if (message.kind === 'rows') worker.postMessage('next');
      yield message;
      if (message.kind === 'end') return;
    }
  } finally {
    timer.abort();
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function rebuilt(body: ErrorBody, internal: string | undefined): Error {
  return new FillOnceError({
    ...body,
    message: body.message,
    cause: internal === undefined ? undefined : new Error(internal),
  });
}

/** Beside this file when compiled; from source the compiled one, unless Node runs TypeScript in workers by itself. */
function findWorker(): string {
  const here = fileURLToPath(import.meta.url);
  if (here.endsWith('.js')) return fileURLToPath(new URL('./safe-worker.js', import.meta.url));
  if ((process.features as { typescript?: unknown }).typescript)
    return fileURLToPath(new URL('./safe-worker.ts', import.meta.url));
  const compiled = join(packageRoot(), 'dist', 'templates', 'xlsx', 'safe-worker.js');
  if (!existsSync(compiled)) throw workerMissing(compiled);
  return compiled;
}
