import type { AssetGraph } from './assets.ts';
import type { SqlSession } from './duckdb.ts';

/** `unknown`: nothing came yet, or nobody said how often it should. `warn`: late. `fail`: more than twice as late. */
export type FreshnessState = 'pass' | 'warn' | 'fail' | 'unknown';

export interface Freshness {
  readonly asset: string;
  readonly state: FreshnessState;
  /** Civil time of the newest batch; null when there is none. */
  readonly receivedAt: string | null;
  readonly ageHours: number | null;
  readonly freshWithinHours: number | null;
}

/** How late each landed dataset is on the civil time `now`. */
export async function datasetFreshness(sql: SqlSession, graph: AssetGraph, now: string): Promise<readonly Freshness[]> {
  const rows = await sql.all<{ dataset: string; received_at: string; hours: number }>(
    `SELECT source || '.' || dataset AS dataset, max(received_at) AS received_at,
       date_diff('second', max(received_at), $1::TIMESTAMP) / 3600 AS hours
     FROM ledger.batch GROUP BY ALL`,
    [now],
  );
  const last = new Map(rows.map((row) => [`landing.${row.dataset}`, row]));
  return graph.assets
    .filter(({ kind }) => kind === 'landing')
    .map(({ key, freshWithinHours = null }) => {
      const { received_at: receivedAt = null, hours: ageHours = null } = last.get(key) ?? {};
      return { asset: key, state: stateOf(ageHours, freshWithinHours), receivedAt, ageHours, freshWithinHours };
    });
}

function stateOf(ageHours: number | null, withinHours: number | null): FreshnessState {
  if (ageHours === null || withinHours === null) return 'unknown';
  if (ageHours <= withinHours) return 'pass';
  return ageHours <= 2 * withinHours ? 'warn' : 'fail';
}
