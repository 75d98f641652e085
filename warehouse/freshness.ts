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
  /** Civil time at which it got into this state; null where that is not known. */
  readonly since: string | null;
}

/** How fresh an asset is: a dataset by its own rule, everything else as the worst dataset that it is made from. */
export interface AssetFreshness extends Pick<Freshness, 'state' | 'since' | 'receivedAt' | 'freshWithinHours'> {
  readonly asset: string;
  /** The dataset that decides; null when none has a rule. */
  readonly because: string | null;
}

/**
 * How late each landed dataset is on the civil time `now`.
 *
 * A batch that came later than `now`, from a clock that ran ahead, says nothing: it would pass for news until that time.
 *
 * @param batches the ledger itself, or its published copy where the working file belongs to another process
 * @param again batches that are no news of their source (`landing.broughtAgain`)
 */
export async function datasetFreshness(
  sql: SqlSession,
  graph: AssetGraph,
  now: string,
  batches: 'ledger.batch' | 'platform.batch' = 'ledger.batch',
  again: readonly string[] = [],
): Promise<readonly Freshness[]> {
  const rows = await sql.all<{ dataset: string; received_at: string; hours: number }>(
    `SELECT source || '.' || dataset AS dataset, max(received_at) AS received_at,
       date_diff('second', max(received_at), $1::TIMESTAMP) / 3600 AS hours
     FROM ${batches} WHERE NOT list_contains(split($2::VARCHAR, ','), id) AND received_at <= $1::TIMESTAMP GROUP BY ALL`,
    [now, again.join(',')],
  );
  const last = new Map(rows.map((row) => [`landing.${row.dataset}`, row]));
  return graph.assets
    .filter(({ kind }) => kind === 'landing')
    .map(({ key, freshWithinHours = null }) => {
      const { received_at: receivedAt = null, hours: ageHours = null } = last.get(key) ?? {};
      const state = stateOf(ageHours, freshWithinHours);
      const since = receivedAt === null ? null : sinceOf(state, receivedAt, freshWithinHours);
      return { asset: key, state, receivedAt, ageHours, freshWithinHours, since };
    });
}

const WORST_FIRST: readonly FreshnessState[] = ['fail', 'warn', 'unknown', 'pass'];

/**
 * The freshness of every asset from that of the datasets. Datasets without a rule (they come when they come) decide nothing; of two
 * that are equally late the one that is so for longer does.
 *
 * @example assetFreshness(warehouse.assets, await warehouse.freshness()).find(({ asset }) => asset === 'mart.crowd.zone')?.state
 */
export function assetFreshness(graph: AssetGraph, datasets: readonly Freshness[]): readonly AssetFreshness[] {
  const byKey = new Map(datasets.map((one) => [one.asset, one]));
  return graph.assets.map(({ key }): AssetFreshness => {
    const own = byKey.get(key);
    const decides = own ?? worstOf(graph.upstream(key).flatMap((one) => byKey.get(one.key) ?? []));
    if (!decides) {
      return { asset: key, state: 'unknown', since: null, receivedAt: null, freshWithinHours: null, because: null };
    }
    const { state, since, receivedAt, freshWithinHours } = decides;
    return { asset: key, state, since, receivedAt, freshWithinHours, because: decides.asset };
  });
}

function worstOf(datasets: readonly Freshness[]): Freshness | undefined {
  const rank = ({ state }: Freshness) => WORST_FIRST.indexOf(state);
  const before = (a: Freshness, b: Freshness) => ((a.since ?? '') < (b.since ?? '') ? -1 : 1);
  // What is late is told from when it is; what is in time was complete when the last one came.
  const ordered = datasets
    .filter(({ freshWithinHours }) => freshWithinHours !== null)
    .toSorted((a, b) => rank(a) - rank(b) || (a.state === 'pass' ? before(b, a) : before(a, b)));
  return ordered[0];
}

const HOUR_MS = 3_600_000;

function sinceOf(state: FreshnessState, receivedAt: string, withinHours: number | null): string {
  const allowed = state === 'fail' ? 2 : state === 'warn' ? 1 : 0;
  // Civil times are reckoned with as if they were UTC: the calendar is the same.
  const ms = Date.parse(`${receivedAt.replace(' ', 'T')}Z`) + allowed * (withinHours ?? 0) * HOUR_MS;
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function stateOf(ageHours: number | null, withinHours: number | null): FreshnessState {
  if (ageHours === null || withinHours === null) return 'unknown';
  if (ageHours <= withinHours) return 'pass';
  return ageHours <= 2 * withinHours ? 'warn' : 'fail';
}
