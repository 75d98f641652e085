import type { Contract } from './contract.ts';
import type { SqlSession } from './duckdb.ts';
import { batchPlace } from './landing-manifest.ts';

/** A way in which a dataset's columns depart from its contract. */
export const DRIFT_KINDS = ['unknown', 'missing', 'alias', 'retyped'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** A column of which more of a batch's values are unreadable than this has another type than was promised. */
export const RETYPED_SHARE = 0.5;

/** What a person said about a departure; it lands as `platform.decision`, so that a rebuild knows it. */
export interface DriftRuling {
  readonly kind: DriftKind;
  readonly column: string;
  readonly decision: 'accepted' | 'dismissed';
  /** Batches after this place of the dataset that depart so again are stopped (when refused). */
  readonly afterSeq: number;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
}

const PREFIX = 'drift';

/** The subject of a ruling in `platform.decision`: `drift:grid.resident:unknown:wechat`. */
export function driftSubject(of: { source: string; dataset: string; kind: DriftKind; column: string }): string {
  return `${PREFIX}:${of.source}.${of.dataset}:${of.kind}:${of.column}`;
}

/** What stands decided about a dataset's columns. */
export async function driftRulings(
  sql: SqlSession,
  of: Pick<Contract, 'source' | 'dataset'>,
): Promise<readonly DriftRuling[]> {
  const start = `${PREFIX}:${of.source}.${of.dataset}:`;
  const rows = await sql.all<{
    batch: string;
    decision: 'accepted' | 'dismissed';
    reason: string | null;
    replacement: string | null;
    decided_by: string;
    decided_at: string;
  }>(
    `SELECT batch, decision, reason, replacement, decided_by, decided_at
     FROM staged."platform.decision" WHERE NOT _superseded AND row = 0 AND starts_with(batch, $1)`,
    [start],
  );
  return rows.map(({ batch, decision, reason, replacement, decided_by, decided_at }) => {
    const rest = batch.slice(start.length);
    const kind = rest.slice(0, rest.indexOf(':')) as DriftKind;
    const afterSeq = replacement === null ? 0 : (batchPlace(replacement)?.seq ?? 0);
    return { kind, column: rest.slice(kind.length + 1), decision, afterSeq, by: decided_by, reason, at: decided_at };
  });
}

/** How the columns of one batch depart. */
export interface Departures {
  readonly unknown: readonly string[];
  readonly missing: readonly string[];
  readonly alias: readonly string[];
}

/**
 * Why a batch is stopped for its columns; null when it is not.
 *
 * @param retyped whether most of a column's values in the batch are unreadable
 */
export function columnVerdict(
  contract: Contract,
  rulings: readonly DriftRuling[],
  batch: { readonly seq: number; readonly departures: Departures; readonly retyped: (column: string) => boolean },
): string | null {
  const accepted = new Set(
    rulings.filter(({ kind, decision }) => kind === 'unknown' && decision === 'accepted').map(({ column }) => column),
  );
  const strangers = batch.departures.unknown.filter((column) => !accepted.has(column));
  if (contract.unknownColumns === 'freeze' && strangers.length > 0) return `unknown:${strangers.join(',')}`;
  const refused = rulings.find(
    ({ kind, column, decision, afterSeq }) =>
      decision === 'dismissed' &&
      batch.seq > afterSeq &&
      (kind === 'retyped' ? batch.retyped(column) : batch.departures[kind].includes(column)),
  );
  return refused ? `refused:${refused.kind}:${refused.column}` : null;
}
