import type { Clock } from '../../core/clock.ts';

export interface PatientClock extends Clock {
  /** The short waits so far, in ms. */
  readonly waits: readonly number[];
}

/** Short waits (retries) pass at once and are noted; long ones (deadlines) never come. */
export function patientClock(start = new Date('2026-11-22T01:30:00Z'), deadlineFromMs = 25_000): PatientClock {
  let now = start.getTime();
  const waits: number[] = [];
  return {
    waits,
    now: () => new Date(now),
    sleep: (waitMs, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (waitMs < deadlineFromMs) {
        waits.push(Math.round(waitMs));
        now += waitMs;
        return Promise.resolve();
      }
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
}
