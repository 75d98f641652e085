/** How much a connector takes at a time and how long it is patient. */
export interface Pace {
  /** Records asked for per page or query. */
  readonly pageRecords: number;
  /** Largest answer. */
  readonly pageBytes: number;
  /** Pages, queries or bins of one pull; beyond it the paging is taken for endless. */
  readonly maxPages: number;
  /** Deadline of one request. */
  readonly requestMs: number;
  /** No retry of one request starts later than this after its first attempt. */
  readonly retryMs: number;
  /** Each incremental pull asks again for the records of this time before the newest one. */
  readonly overlapMs: number;
}

export const DEFAULT_PACE: Pace = {
  pageRecords: 1000,
  pageBytes: 64 << 20,
  maxPages: 100_000,
  requestMs: 30_000,
  retryMs: 120_000,
  overlapMs: 300_000,
};
