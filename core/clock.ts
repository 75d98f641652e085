/** The only source of "now" in the product: tests and the demo's simulated month run on a virtual one. */
export interface Clock {
  now(): Date;
  /** Resolves after `waitMs` on this clock; rejects with the signal's reason when aborted. */
  sleep(waitMs: number, signal?: AbortSignal): Promise<void>;
}

export interface VirtualClock extends Clock {
  /** Moves time forward and wakes every sleeper whose time has come, in order. */
  advance(byMs: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (waitMs, signal) => sleepReal(waitMs, signal),
};

/** A clock that runs at real speed from a shifted origin; `shift` jumps it forward. */
export interface ShiftedClock extends Clock {
  shift(byMs: number): void;
}

export function shiftedClock(offsetMs = 0): ShiftedClock {
  let offset = offsetMs;
  return {
    now: () => new Date(Date.now() + offset),
    sleep: (waitMs, signal) => sleepReal(waitMs, signal),
    shift: (byMs) => {
      offset += byMs;
    },
  };
}

export function virtualClock(start: Date): VirtualClock {
  let current = start.getTime();
  let sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => new Date(current),
    sleep: (waitMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: current + waitMs, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal.reason);
        });
      }),
    advance: async (byMs) => {
      const target = current + byMs;
      for (;;) {
        const next = sleepers.filter((s) => s.at <= target).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        current = Math.max(current, next.at);
        sleepers = sleepers.filter((s) => s !== next);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      current = target;
    },
  };
}

function sleepReal(waitMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, waitMs);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
