/** One carrier's count for a zone and a bin, as the contract `signal.headcount` has it. */
export interface CarrierCount {
  readonly zone: string;
  /** Start of the bin, ISO 8601 with offset. */
  readonly start: string;
  readonly carrier: string;
  /** Null when it was not told. */
  readonly persons: number | null;
  /** True when the carrier withheld a count of 15 or fewer. */
  readonly suppressed: boolean;
}

/** The bins of one zone that may still change, oldest first: start in ms, and the count of each carrier. */
export type CrowdWindow = readonly (readonly [startMs: number, counts: Readonly<Record<string, number>>])[];

/** What all carriers together say about a bin. */
export interface BinSum {
  readonly startMs: number;
  readonly persons: number;
  /** False while a carrier is missing: the sum is then only a lower bound. */
  readonly complete: boolean;
}

/** A suppressed count may be anything up to this; it is taken for this, on the safe side. */
export const SUPPRESSED_UP_TO = 15;

/** The window with a carrier's count put in, or null when it changes nothing (a repeated bin). */
export function withCount(window: CrowdWindow, startMs: number, count: CarrierCount): CrowdWindow | null {
  const persons = count.suppressed ? SUPPRESSED_UP_TO : count.persons;
  if (persons === null) return null;
  const known = window.find(([start]) => start === startMs)?.[1] ?? {};
  if (known[count.carrier] === persons) return null;
  const others = window.filter(([start]) => start !== startMs);
  return [...others, [startMs, { ...known, [count.carrier]: persons }] as const].sort(([a], [b]) => a - b);
}

export function sumOf(window: CrowdWindow, carriers: number): BinSum[] {
  return window.map(([startMs, counts]) => {
    const values = Object.values(counts);
    return {
      startMs,
      persons: values.reduce((sum, persons) => sum + persons, 0),
      complete: values.length >= carriers,
    };
  });
}
