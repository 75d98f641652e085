import type { Contract } from './contract.ts';
import type { SqlSession } from './duckdb.ts';

/** What was decided about a quarantined record or a stopped batch; `open` while nobody decided. */
export type QuarantineState = 'open' | 'accepted' | 'dismissed' | 'fixed';

export interface QuarantinedRecord {
  readonly batch: string;
  readonly source: string;
  readonly dataset: string;
  /** Line of the batch, from 1. */
  readonly row: number;
  /** `phone:check`, `idNo:required`, a row rule's id. */
  readonly rules: readonly string[];
  /** The record as the source sent it, JSON. */
  readonly raw: string;
  readonly received_at: string;
  readonly state: QuarantineState;
  readonly decided_by: string | null;
  readonly reason: string | null;
}

export interface BlockedBatch {
  readonly batch: string;
  readonly source: string;
  readonly dataset: string;
  readonly rows: number;
  readonly reason: string;
  readonly received_at: string;
  readonly state: QuarantineState;
}

export interface QuarantineFilter {
  readonly source?: string;
  readonly dataset?: string;
  readonly rule?: string;
  readonly batch?: string;
  readonly state?: QuarantineState;
  /** Text that the raw record has somewhere. */
  readonly text?: string;
  readonly offset?: number;
  /** At most 1,000. */
  readonly limit: number;
}

const MOST_RECORDS = 1_000;

const RECORDS = `
SELECT q.batch_id AS batch, q.source, q.dataset, q.row, q.rules, q.raw, b.received_at, coalesce(nullif(d.decision, 'reopened'), 'open') AS state,
  d.decided_by, d.reason
FROM quarantine.record q
JOIN ledger.batch b ON b.id = q.batch_id
LEFT JOIN (FROM staged."platform.decision" WHERE NOT _superseded) d ON d.batch = q.batch_id AND d.row = q.row`;

/** Quarantined records, newest batch first, and how many there are. */
export async function listQuarantine(
  sql: SqlSession,
  filter: QuarantineFilter,
): Promise<{ readonly records: readonly QuarantinedRecord[]; readonly total: number }> {
  const params = filterParams(filter);
  const where = FILTERED;
  const [counted] = await sql.all<{ n: number }>(`SELECT count(*) AS n FROM (${RECORDS}) ${where}`, params);
  const records = await sql.all<QuarantinedRecord>(
    `SELECT * FROM (${RECORDS}) ${where} ORDER BY received_at DESC, batch, row LIMIT $7 OFFSET $8`,
    [...params, Math.min(filter.limit, MOST_RECORDS), filter.offset ?? 0],
  );
  return { records, total: counted?.n ?? 0 };
}

const FILTERED = `WHERE ($1::VARCHAR IS NULL OR source = $1) AND ($2::VARCHAR IS NULL OR dataset = $2)
  AND ($3::VARCHAR IS NULL OR list_contains(rules, $3)) AND ($4::VARCHAR IS NULL OR state = $4)
  AND ($5::VARCHAR IS NULL OR batch = $5) AND ($6::VARCHAR IS NULL OR contains(raw, $6))`;

function filterParams(filter: Omit<QuarantineFilter, 'limit' | 'offset'>) {
  const { source, dataset, rule, state, batch, text } = filter;
  return [source, dataset, rule, state, batch, text].map((value) => value ?? null);
}

/** Open records that a filter finds, oldest place first, at most `most` of them. */
export function openRecordsOf(
  sql: SqlSession,
  filter: Omit<QuarantineFilter, 'state' | 'limit' | 'offset'>,
  most: number,
): Promise<QuarantinedRecord[]> {
  return sql.all<QuarantinedRecord>(`SELECT * FROM (${RECORDS}) ${FILTERED} ORDER BY batch, row LIMIT $7`, [
    ...filterParams({ ...filter, state: 'open' }),
    most,
  ]);
}

/** The open records among the named ones, in the order of batch and row. */
export function openRecordsAt(
  sql: SqlSession,
  places: readonly { readonly batch: string; readonly row: number }[],
): Promise<QuarantinedRecord[]> {
  return sql.all<QuarantinedRecord>(
    `SELECT r.* FROM (${RECORDS}) r
     SEMI JOIN (SELECT unnest(from_json($1, '[{"batch":"VARCHAR","row":"INTEGER"}]'), recursive := true)) p USING (batch, row)
     WHERE state = 'open' ORDER BY batch, row`,
    [JSON.stringify(places.map(({ batch, row }) => ({ batch, row })))],
  );
}

/** One quarantined record; null when the batch has none at that line. */
export async function quarantinedRecord(
  sql: SqlSession,
  batch: string,
  row: number,
): Promise<QuarantinedRecord | null> {
  const [record] = await sql.all<QuarantinedRecord>(`SELECT * FROM (${RECORDS}) WHERE batch = $1 AND row = $2`, [
    batch,
    row,
  ]);
  return record ?? null;
}

/** Open records by source, dataset and rule. */
export function quarantineSummary(
  sql: SqlSession,
): Promise<
  readonly { readonly source: string; readonly dataset: string; readonly rule: string; readonly rows: number }[]
> {
  return sql.all(
    `SELECT source, dataset, rule, count(*) AS rows
     FROM (SELECT source, dataset, unnest(rules) AS rule FROM (${RECORDS}) WHERE state = 'open')
     GROUP BY ALL ORDER BY rows DESC, source, dataset, rule`,
  );
}

/** A value that was blanked while its row was staged, or kept under a warning (then `column` and `value` are null). */
export interface DoubtedValue {
  readonly batch: string;
  readonly source: string;
  readonly dataset: string;
  readonly row: number;
  readonly column: string | null;
  readonly rule: string;
  readonly value: string | null;
  readonly received_at: string;
}

/** Blanked values and warnings, newest batch first, and how many there are. */
export async function listValues(
  sql: SqlSession,
  filter: Omit<QuarantineFilter, 'state'>,
): Promise<{ readonly values: readonly DoubtedValue[]; readonly total: number }> {
  const params = [filter.source ?? null, filter.dataset ?? null, filter.rule ?? null];
  const from = `FROM quarantine.value v JOIN ledger.batch b ON b.id = v.batch_id
    WHERE ($1::VARCHAR IS NULL OR v.source = $1) AND ($2::VARCHAR IS NULL OR v.dataset = $2) AND ($3::VARCHAR IS NULL OR v.rule = $3)`;
  const [counted] = await sql.all<{ n: number }>(`SELECT count(*) AS n ${from}`, params);
  const values = await sql.all<DoubtedValue>(
    `SELECT v.batch_id AS batch, v.source, v.dataset, v.row, v."column", v.rule, v."value", b.received_at ${from}
     ORDER BY b.received_at DESC, batch, v.row, v.rule LIMIT $4 OFFSET $5`,
    [...params, Math.min(filter.limit, MOST_RECORDS), filter.offset ?? 0],
  );
  return { values, total: counted?.n ?? 0 };
}

/** Batches that their contract stopped. */
export function blockedBatches(sql: SqlSession): Promise<readonly BlockedBatch[]> {
  return sql.all(
    `SELECT b.id AS batch, b.source, b.dataset, b.rows, b.reason, b.received_at, coalesce(d.decision, 'open') AS state
     FROM ledger.batch b
     LEFT JOIN (FROM staged."platform.decision" WHERE NOT _superseded) d ON d.batch = b.id AND d.row = 0
     WHERE b.state = 'blocked' ORDER BY b.received_at DESC, b.id`,
  );
}

/** Records that a batch brought in their mended form, in the order of batch and row. */
export function recordsReplacedBy(sql: SqlSession, replacement: string): Promise<QuarantinedRecord[]> {
  return sql.all<QuarantinedRecord>(
    `SELECT r.* FROM (${RECORDS}) r
     SEMI JOIN (FROM staged."platform.decision" WHERE NOT _superseded AND decision = 'fixed' AND replacement = $1) d
       ON d.batch = r.batch AND d.row = r.row
     ORDER BY r.batch, r.row`,
    [replacement],
  );
}

/** Batches of mended records that a person took back: their records are not staged. */
export function withdrawnBatches(sql: SqlSession, contract: Contract): Promise<ReadonlySet<string>> {
  return batchesDecided(sql, contract, 'withdrawn');
}

/** Stopped batches that a person left out for good, whatever becomes of the rule that stopped them. */
export function dismissedBatches(sql: SqlSession, contract: Contract): Promise<ReadonlySet<string>> {
  return batchesDecided(sql, contract, 'dismissed');
}

/** Batches of a dataset that a person let pass although they broke a batch rule. */
export function acceptedBatches(sql: SqlSession, contract: Contract): Promise<ReadonlySet<string>> {
  return batchesDecided(sql, contract, 'accepted');
}

async function batchesDecided(
  sql: SqlSession,
  contract: Contract,
  decision: 'withdrawn' | 'dismissed' | 'accepted',
): Promise<ReadonlySet<string>> {
  const rows = await sql.all<{ batch: string }>(
    `SELECT batch FROM staged."platform.decision"
     WHERE NOT _superseded AND row = 0 AND decision = $2 AND starts_with(batch, $1)`,
    [`${contract.source}.${contract.dataset}.`, decision],
  );
  return new Set(rows.map(({ batch }) => batch));
}
