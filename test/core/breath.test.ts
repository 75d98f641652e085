import { describe, expect, it } from 'vitest';
import { createBreath } from '../../core/breath.ts';

/** A clock that stands still until it is moved. */
function standingClock() {
  const clock = { ms: 0, now: () => new Date(clock.ms), sleep: () => Promise.resolve() };
  return clock;
}

describe('a breath', () => {
  it('is taken once the last one is long ago, and lets what waits go first', async () => {
    const clock = standingClock();
    const breathe = createBreath(undefined, clock);
    expect(breathe()).toBeUndefined();
    clock.ms = 20;
    let waited = false;
    setImmediate(() => {
      waited = true;
    });
    await breathe();
    expect(waited).toBe(true);
    expect(breathe()).toBeUndefined();
  });

  it('is taken when the clock was set back', () => {
    const clock = standingClock();
    const breathe = createBreath(undefined, clock);
    clock.ms = -60_000;
    expect(breathe()).toBeInstanceOf(Promise);
  });

  it('ends the work when the signal is aborted', () => {
    const clock = standingClock();
    const abort = new AbortController();
    const breathe = createBreath(abort.signal, clock);
    abort.abort(new Error('left'));
    expect(breathe()).toBeUndefined();
    clock.ms = 20;
    expect(() => breathe()).toThrow('left');
  });
});
