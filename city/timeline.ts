import type { Clock } from '../core/clock.ts';
import { civilSecond, DAY_SECONDS, dayOf, secondOf } from './calendar.ts';

/** A gap in the streams: time was moved forward by days, or the city was not running. */
export interface Jump {
  /** The last second before the gap. */
  readonly at: number;
  /** Days by which the clock was moved; 0 when it merely was not running. */
  readonly days: number;
  /** The second from which streams go on. */
  readonly resume: number;
}

export interface Span {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** The city's time, in civil seconds and days. */
export interface Timeline {
  /** The last full day: registers show nothing later. */
  day(): number;
  /** Nothing happens after this second: the clock when live, else midnight of the current day. */
  horizon(): number;
  /** The city's clock, which runs in any case: timestamps of deliveries are taken from it. */
  now(): number;
  /**
   * The stretches of time that streams (passages, signalling, camera events) cover: the last `initialDays` before the start and, after a
   * jump, its last day. What lies between is not made up.
   */
  spans(initialDays: number): readonly Span[];
  jump(days: number): void;
  /** After the city has not run since `lastSeen`: only the last day of that is made up for. */
  wake(lastSeen: number): void;
  readonly jumps: readonly Jump[];
}

export interface TimelineParts {
  readonly clock: Clock;
  readonly today: string;
  readonly live: boolean;
  /** Days between the real date of the first start and `today`. */
  readonly shiftDays: number;
  readonly jumps: readonly Jump[];
}

export function createTimeline({ clock, today, live, shiftDays, jumps: before }: TimelineParts): Timeline {
  const start = secondOf(dayOf(today));
  const jumps = [...before];
  const jumped = () => jumps.reduce((sum, jump) => sum + jump.days, 0);
  const now = () => civilSecond(clock.now()) + (shiftDays + jumped()) * DAY_SECONDS;
  const horizon = () => (live ? now() : start + jumped() * DAY_SECONDS);
  return {
    jumps,
    now,
    horizon,
    day: () => Math.floor(horizon() / DAY_SECONDS) - 1,
    spans: (initialDays) => {
      const spans: Span[] = [];
      let from = start - initialDays * DAY_SECONDS;
      for (const jump of jumps) {
        spans.push({ from, to: jump.at });
        from = jump.resume;
      }
      spans.push({ from, to: Math.max(from, horizon()) });
      return spans;
    },
    jump: (days) => {
      const at = horizon();
      jumps.push({ at, days, resume: at + Math.max(0, days - 1) * DAY_SECONDS });
    },
    wake: (lastSeen) => {
      const resume = horizon() - DAY_SECONDS;
      if (resume > lastSeen) jumps.push({ at: lastSeen, days: 0, resume });
    },
  };
}
