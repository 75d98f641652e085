import { chance, mix } from '../random.ts';

/**
 * When a source looks at each of its rows again. On the first day of the simulation every row was looked at within the last
 * 30 days, but for the stale ones, which were last seen 3 to 24 months ago; after that, every so many months, and each time
 * the same share is missed.
 */
export interface Rhythm {
  isStale(index: number): boolean;
  /** The last look at a row, not after `day`. */
  last(index: number, day: number): number;
}

export interface RhythmParts {
  readonly salt: number;
  /** Last full day before the simulation starts. */
  readonly base: number;
  readonly staleRate: number;
  /** Every how many periods of 30 days a row is looked at. */
  readonly everyPeriods: number;
  /** Rows that are looked at every period. */
  readonly often?: (index: number, day: number) => boolean;
}

const PERIOD = 30;

export function createRhythm(parts: RhythmParts): Rhythm {
  const { salt, base, everyPeriods, often } = parts;
  const isStale = (index: number) => chance(mix(mix(salt, index), 1), parts.staleRate);
  return {
    isStale,
    last: (index, day) => {
      const hash = mix(salt, index);
      const nominal = base - (mix(hash, 2) % PERIOD);
      const phase = mix(hash, 3) % everyPeriods;
      for (let k = Math.floor((day - nominal) / PERIOD); k > 0; k--) {
        const on = nominal + k * PERIOD;
        if (k % everyPeriods !== phase && !often?.(index, on)) continue;
        if (!chance(mix(mix(hash, 4), k), parts.staleRate)) return on;
      }
      const first = isStale(index) ? base - 90 - (mix(hash, 5) % 640) : nominal;
      return first <= day ? first : first - 60 * Math.ceil((first - day) / 60);
    },
  };
}
