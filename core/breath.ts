import { setImmediate } from 'node:timers/promises';
import { type Clock, systemClock } from './clock.ts';

/**
 * Lets the event loop do what waits there, when its last turn is long ago; at other times it costs nothing and returns nothing.
 *
 * @throws the signal's reason once it is aborted
 */
export type Breath = () => Promise<void> | undefined;

/** Work at one go, in ms. What cannot be interrupted comes on top. */
const SLICE_MS = 8;

/**
 * @example
 * const breathe = createBreath(signal);
 * for (const one of many) {
 *   work(one);
 *   await breathe();
 * }
 */
export function createBreath(signal?: AbortSignal, clock: Clock = systemClock): Breath {
  let since = clock.now().getTime();
  return () => {
    const now = clock.now().getTime();
    // A clock that was set back must not hold the breath.
    if (now - since < SLICE_MS && now >= since) return undefined;
    signal?.throwIfAborted();
    return setImmediate().then(() => {
      since = clock.now().getTime();
    });
  };
}
