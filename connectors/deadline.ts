import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import { gaveUp } from './errors.ts';

/**
 * Runs a step that must end within `waitMs`. The step gets a signal that aborts at the deadline or with the caller's
 * signal; its failure after that is reported as the deadline's error or the caller's reason.
 */
export async function withDeadline<T>(
  options: { clock: Clock; waitMs: number; signal: AbortSignal; expired: () => Error },
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, waitMs, signal, expired } = options;
  signal.throwIfAborted();
  const stop = new AbortController();
  const done = new AbortController();
  const relay = () => stop.abort(signal.reason);
  signal.addEventListener('abort', relay, { once: true });
  clock.sleep(waitMs, done.signal).then(
    () => stop.abort(expired()),
    () => undefined,
  );
  try {
    return await step(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    done.abort();
    signal.removeEventListener('abort', relay);
  }
}

export interface RetryPolicy {
  readonly clock: Clock;
  /** 0 ≤ x < 1; spreads retries so that many pulls do not knock at once. */
  readonly random: () => number;
  /** No retry starts later than this after the first attempt. */
  readonly retryMs: number;
  readonly where: string;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * Repeats a step while it fails with a retryable error: after the time the source named (`retryAfterMs`), else after a
 * random share of a doubling wait.
 *
 * @throws FillOnceError the last failure, once the next wait would pass the deadline
 */
export async function retrying<T>(policy: RetryPolicy, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const { clock, random, retryMs, where } = policy;
  const started = clock.now().getTime();
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof FillOnceError) || !error.retryable) throw error;
      const doubling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      const named = error.details.retryAfterMs;
      const waitMs = typeof named === 'number' ? named : doubling * (0.5 + random() / 2);
      if (clock.now().getTime() - started + waitMs > retryMs) throw gaveUp(where, attempt, error);
      await clock.sleep(waitMs, signal);
    }
  }
}
