import type { ErrorBody } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export interface SourceStateTable {
  source: string;
  dataset: string;
  last_attempt_at: Date | null;
  last_success_at: Date | null;
  error_since: Date | null;
  last_error: JsonColumn<ErrorBody | null>;
  failures: number;
  records: number;
}

export interface SourceState {
  readonly source: string;
  readonly dataset: string;
  readonly lastAttemptAt: Date | null;
  readonly lastSuccessAt: Date | null;
  /** Since when every attempt has failed; null when the last one succeeded. */
  readonly errorSince: Date | null;
  readonly lastError: ErrorBody | null;
  readonly failures: number;
  /** Records taken over in all. */
  readonly records: number;
}

/** Notes that a pull or a delivery brought `records` and ended well. */
export async function noteSourceSuccess(tx: Tx, source: string, dataset: string, records: number): Promise<void> {
  const now = tx.clock.now();
  await tx.db
    .insertInto('source_state')
    .values({ source, dataset, last_attempt_at: now, last_success_at: now, failures: 0, records })
    .onConflict((conflict) =>
      conflict.columns(['source', 'dataset']).doUpdateSet((eb) => ({
        last_attempt_at: now,
        last_success_at: now,
        error_since: null,
        last_error: null,
        failures: 0,
        records: eb('source_state.records', '+', records),
      })),
    )
    .execute();
}

/** Notes a failed attempt; the beginning of a row of failures is kept. */
export async function noteSourceFailure(tx: Tx, source: string, dataset: string, error: ErrorBody): Promise<void> {
  const now = tx.clock.now();
  await tx.db
    .insertInto('source_state')
    .values({
      source,
      dataset,
      last_attempt_at: now,
      error_since: now,
      last_error: asJson(error),
      failures: 1,
      records: 0,
    })
    .onConflict((conflict) =>
      conflict.columns(['source', 'dataset']).doUpdateSet((eb) => ({
        last_attempt_at: now,
        error_since: eb.fn.coalesce('source_state.error_since', eb.val(now)),
        last_error: asJson(error),
        failures: eb('source_state.failures', '+', 1),
      })),
    )
    .execute();
}

export async function listSourceStates(tx: Tx): Promise<SourceState[]> {
  const rows = await tx.db
    .selectFrom('source_state')
    .selectAll()
    .orderBy('source')
    .orderBy('dataset')
    .limit(1_000)
    .execute();
  return rows.map((row) => ({
    source: row.source,
    dataset: row.dataset,
    lastAttemptAt: row.last_attempt_at,
    lastSuccessAt: row.last_success_at,
    errorSince: row.error_since,
    lastError: row.last_error,
    failures: row.failures,
    records: row.records,
  }));
}
