import type { SqlSession } from '../duckdb.ts';
import { MERGE } from '../key-aliases.ts';
import { type Decided, pairOf } from './proposals.ts';

/** One decision about a pair, as it was landed. */
export interface PairDecision {
  /** `link`: a record and its entity; `merge`: two keys of one entity. */
  readonly kind: 'link' | 'merge';
  /** `civil.person:310199…` of a record; `person:310199…` of a key that was merged. */
  readonly identity: string;
  readonly key: string;
  readonly verdict: 'same' | 'different';
  readonly by: string;
  readonly reason: string;
  /** Civil time. */
  readonly at: string;
  /** The batch that brought the linked record; null for `different`. */
  readonly batch: string | null;
  /** False once decided otherwise. */
  readonly stands: boolean;
}

/** By this a decision of `platform.decision` is about a pair. */
const PREFIX = 'match:';

/** What a pair is called in `platform.decision`. */
export function decisionName(identity: string, key: string): string {
  return PREFIX + pairOf(identity, key);
}

interface DecisionRow {
  readonly batch: string;
  readonly decision: string;
  readonly reason: string | null;
  readonly replacement: string | null;
  readonly decided_by: string;
  readonly at: string;
  readonly stands: boolean;
}

const ROWS = `SELECT batch, decision, reason, replacement, decided_by, _observed::VARCHAR AS "at", NOT _superseded AS stands
  FROM staged."platform.decision"`;

/** Decisions about pairs, newest first; of the named datasets (`civil.person`) and entities (`person`) alone where there are any. */
export async function pairHistory(
  sql: SqlSession,
  limit: number,
  names?: readonly string[],
): Promise<readonly PairDecision[]> {
  const named = `list_contains(from_json($2, '["VARCHAR"]'), regexp_extract(batch, '^[a-z]+:([^:]+):', 1))`;
  const rows = await sql.all<DecisionRow>(
    `${ROWS} WHERE (starts_with(batch, '${PREFIX}') OR starts_with(batch, '${MERGE}')) AND ($2::VARCHAR IS NULL OR ${named})
     ORDER BY _observed DESC, _seq DESC, _row DESC LIMIT $1`,
    [limit, names === undefined ? null : JSON.stringify(names)],
  );
  return rows.map(read);
}

/** The decisions about records that stand. */
export async function standingDecisions(sql: SqlSession): Promise<readonly PairDecision[]> {
  return (
    await sql.all<DecisionRow>(`${ROWS} WHERE starts_with(batch, '${PREFIX}') AND NOT _superseded ORDER BY batch`)
  ).map(read);
}

export function decidedPairs(decisions: readonly PairDecision[]): Decided {
  return new Map(decisions.map(({ identity, key, verdict }) => [pairOf(identity, key), verdict]));
}

function read(row: DecisionRow): PairDecision {
  const kind = row.batch.startsWith(MERGE) ? 'merge' : 'link';
  const pair = row.batch.slice((kind === 'merge' ? MERGE : PREFIX).length);
  const cut = pair.lastIndexOf('>');
  return {
    kind,
    identity: pair.slice(0, cut),
    key: pair.slice(cut + 1),
    verdict: row.decision === 'accepted' ? 'same' : 'different',
    by: row.decided_by,
    reason: row.reason ?? '',
    at: row.at,
    batch: row.replacement,
    stands: row.stands,
  };
}
