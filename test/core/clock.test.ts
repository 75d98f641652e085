import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';

describe('virtual clock', () => {
  it('wakes sleepers in the order of their times, at their times', async () => {
    const clock = virtualClock(new Date('2026-11-22T00:00:00Z'));
    const woken: string[] = [];
    const note = (name: string) => () => woken.push(`${name}@${clock.now().toISOString().slice(11, 19)}`);
    void clock.sleep(2_000).then(note('b'));
    void clock.sleep(1_000).then(note('a'));
    void clock.sleep(9_000).then(note('c'));
    await clock.advance(5_000);
    expect(woken).toEqual(['a@00:00:01', 'b@00:00:02']);
    expect(clock.now().toISOString()).toBe('2026-11-22T00:00:05.000Z');
  });

  it('lets go of a sleeper that is aborted', async () => {
    const clock = virtualClock(new Date(0));
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    abort.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
  });
});
