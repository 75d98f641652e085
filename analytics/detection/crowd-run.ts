import type { BinSum } from './crowd-window.ts';

/** Where a run of bins has left a zone. Indexes 0–2 are the rings warning, control, core. */
export interface CrowdRun {
  /** Start of the last bin. */
  readonly lastMs: number;
  readonly persons: number;
  /** Bins in a row at or above each ring's threshold. */
  readonly above: readonly number[];
  /** Complete bins in a row below 90 % of each ring's threshold. */
  readonly below: readonly number[];
  /** Rings reached: 0 none … 3 core. */
  readonly ring: number;
  /** Start of the bin that opened the standing episode. */
  readonly openSinceMs: number | null;
  readonly peak: number;
}

/** A time over the limit that has ended. */
export interface CrowdEpisode {
  /** Start of the second bin over the limit: when it was known. */
  readonly sinceMs: number;
  /** Start of the second bin below 90 %. */
  readonly untilMs: number;
  readonly peak: number;
  /** Persons in the bin that ended it. */
  readonly value: number;
}

export interface CrowdThresholds {
  readonly binMs: number;
  /** Persons from which a zone is in the ring warning, control, core. */
  readonly rings: readonly [number, number, number];
}

export const IDLE: CrowdRun = {
  lastMs: Number.MIN_SAFE_INTEGER,
  persons: 0,
  above: [0, 0, 0],
  below: [0, 0, 0],
  ring: 0,
  openSinceMs: null,
  peak: 0,
};

/** Bins in a row that decide, up and down (Prometheus' `for`): one bin alone is noise. */
const DECIDING_BINS = 2;
/** A ring is left below this share of its threshold, so that a crowd at the limit does not flicker. */
const CLEAR_SHARE = 0.9;
const CORE = 2;

/** Works bins, oldest first, into a run; a gap between bins breaks every row of bins. */
export function runBins(
  start: CrowdRun,
  bins: readonly BinSum[],
  thresholds: CrowdThresholds,
): { run: CrowdRun; episodes: CrowdEpisode[] } {
  let run = start;
  const episodes: CrowdEpisode[] = [];
  for (const bin of bins) {
    const next = step(run, bin, thresholds);
    if (run.openSinceMs !== null && next.openSinceMs === null) {
      episodes.push({ sinceMs: run.openSinceMs, untilMs: bin.startMs, peak: run.peak, value: bin.persons });
    }
    run = next;
  }
  return { run, episodes };
}

function step(run: CrowdRun, bin: BinSum, { binMs, rings }: CrowdThresholds): CrowdRun {
  const joins = bin.startMs === run.lastMs + binMs;
  const above = rings.map((threshold, i) => {
    if (bin.persons >= threshold) return (joins ? run.above[i]! : 0) + 1;
    // An incomplete bin below the threshold says nothing: it neither counts nor breaks the row.
    return bin.complete || !joins ? 0 : run.above[i]!;
  });
  const below = rings.map((threshold, i) => {
    if (bin.persons >= threshold * CLEAR_SHARE) return 0;
    const before = joins ? run.below[i]! : 0;
    return bin.complete ? before + 1 : before;
  });
  const reached = rings.findLastIndex((_, i) => above[i]! >= DECIDING_BINS) + 1;
  // The lowest ring that must be left bounds how far up the zone can still be.
  const left = rings.findIndex((_, i) => below[i]! >= DECIDING_BINS);
  const ring = Math.max(reached, left < 0 ? run.ring : Math.min(run.ring, left));
  const opens = run.openSinceMs === null && above[CORE]! >= DECIDING_BINS;
  const clears = run.openSinceMs !== null && below[CORE]! >= DECIDING_BINS;
  const openSinceMs = opens ? bin.startMs : clears ? null : run.openSinceMs;
  // The first of the two bins may have been the higher one.
  const before = opens ? (joins ? run.persons : 0) : run.openSinceMs === null ? 0 : run.peak;
  const peak = openSinceMs === null ? 0 : Math.max(before, bin.persons);
  return { lastMs: bin.startMs, persons: bin.persons, above, below, ring, openSinceMs, peak };
}
