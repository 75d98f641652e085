import type { SqlSession } from '../duckdb.ts';
import { type Decided, pairOf } from './proposals.ts';

/** One decision about a pair, as it was landed. */
export interface PairDecision {
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
  FROM staged."platform.decision" WHERE starts_with(batch, '${PREFIX}')`;

/** Decisions about pairs, newest first; of the named datasets (`civil.person`) alone where there are any. */
export async function pairHistory(
  sql: SqlSession,
  limit: number,
  datasets?: readonly string[],
): Promise<readonly PairDecision[]> {
  const of = `($2::VARCHAR IS NULL OR list_contains(from_json($2, '["VARCHAR"]'), regexp_extract(batch, '^${PREFIX}([^:]+):', 1)))`;
  const rows = await sql.all<DecisionRow>(`${ROWS} AND ${of} ORDER BY _observed DESC, _seq DESC, _row DESC LIMIT $1`, [
    limit,
    datasets === undefined ? null : JSON.stringify(datasets),
  ]);
  return rows.map(read);
}

/** The decisions that stand. */
export async function standingDecisions(sql: SqlSession): Promise<readonly PairDecision[]> {
  return (await sql.all<DecisionRow>(`${ROWS} AND NOT _superseded ORDER BY batch`)).map(read);
}

export function decidedPairs(decisions: readonly PairDecision[]): Decided {
  return new Map(decisions.map(({ identity, key, verdict }) => [pairOf(identity, key), verdict]));
}

function read(row: DecisionRow): PairDecision {
  const pair = row.batch.slice(PREFIX.length);
  const cut = pair.lastIndexOf('>');
  return {
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
