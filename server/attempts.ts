import type { Clock } from '../core/index.ts';

export interface Attempts {
  /** Seconds to wait before the next attempt under these names; 0 when free. */
  waitSeconds(names: readonly string[]): number;
  failed(names: readonly string[]): void;
  succeeded(names: readonly string[]): void;
}

/**
 * Counts failed sign-ins per login and per address in a sliding window. Holds at most `capacity` names; when full, the
 * name that failed longest ago is forgotten, so that a flood of invented logins cannot grow the memory.
 */
export function createAttempts(options: {
  clock: Clock;
  limit?: number;
  windowMs?: number;
  capacity?: number;
}): Attempts {
  const { clock, limit = 10, windowMs = 600_000, capacity = 10_000 } = options;
  const failures = new Map<string, number[]>();

  const recent = (name: string): number[] => {
    const after = clock.now().getTime() - windowMs;
    return (failures.get(name) ?? []).filter((at) => at > after);
  };

  return {
    waitSeconds: (names) => {
      let wait = 0;
      for (const name of names) {
        const times = recent(name);
        if (times.length < limit) continue;
        const freeAt = times[times.length - limit]! + windowMs;
        wait = Math.max(wait, Math.ceil((freeAt - clock.now().getTime()) / 1000));
      }
      return wait;
    },
    failed: (names) => {
      for (const name of names) {
        const times = [...recent(name), clock.now().getTime()].slice(-limit);
        failures.delete(name);
        failures.set(name, times);
      }
      while (failures.size > capacity) failures.delete(failures.keys().next().value!);
    },
    succeeded: (names) => {
      for (const name of names) failures.delete(name);
    },
  };
}
