import type { JsonObject } from '../core/index.ts';
import { audit } from './audit.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type SqlOutcome = 'running' | 'done' | 'refused' | 'failed' | 'cancelled' | 'stopped';

export interface SqlQueryTable {
  id: string;
  user_id: string;
  at: Date;
  statement: string;
  parameters: JsonColumn<JsonObject>;
  publication_id: string | null;
  outcome: SqlOutcome;
  code: string | null;
  row_count: number | null;
  elapsed_ms: number | null;
}

/** One statement that somebody ran. */
export interface AskedQuery {
  readonly id: string;
  readonly at: Date;
  readonly statement: string;
  readonly parameters: JsonObject;
  readonly publicationId: string | null;
  readonly outcome: SqlOutcome;
  /** Code of the error; null when it went well. */
  readonly code: string | null;
  readonly rows: number | null;
  readonly elapsedMs: number | null;
}

/**
 * Writes a statement down before it runs, in the person's history and in the audit log.
 *
 * @example await store.as(user).transaction((tx) => noteQueryAsked(tx, { id, statement, parameters, publicationId }))
 */
export async function noteQueryAsked(
  tx: Tx,
  query: Pick<AskedQuery, 'id' | 'statement' | 'parameters' | 'publicationId'>,
): Promise<void> {
  await tx.db
    .insertInto('sql_query')
    .values({
      id: query.id,
      user_id: tx.user?.id ?? 'platform',
      at: tx.clock.now(),
      statement: query.statement,
      parameters: asJson(query.parameters),
      publication_id: query.publicationId,
      outcome: 'running',
    })
    .execute();
  await audit(tx, {
    action: 'sql.ask',
    subject: query.id,
    detail: { statement: query.statement, parameters: query.parameters, publication: query.publicationId },
  });
}

/** Writes down how a statement ended. */
export async function noteQueryEnded(
  tx: Tx,
  id: string,
  end: Pick<AskedQuery, 'outcome' | 'code' | 'rows' | 'elapsedMs'>,
): Promise<void> {
  await tx.db
    .updateTable('sql_query')
    .set({ outcome: end.outcome, code: end.code, row_count: end.rows, elapsed_ms: end.elapsedMs })
    .where('id', '=', id)
    .execute();
  await audit(tx, {
    action: 'sql.end',
    subject: id,
    detail: { outcome: end.outcome, code: end.code, rows: end.rows, ms: end.elapsedMs },
  });
}

/** Writes down that a result left as a file, or, with the code of what was in the way, that it did not. */
export async function noteQueryExported(
  tx: Tx,
  id: string,
  { format, code }: { readonly format: string; readonly code: string | null },
): Promise<void> {
  await audit(tx, { action: 'sql.export', subject: id, detail: code === null ? { format } : { format, code } });
}

/** What the user of the transaction asked, newest first. */
export async function listAskedQueries(tx: Tx, limit: number): Promise<AskedQuery[]> {
  const rows = await tx.db
    .selectFrom('sql_query')
    .selectAll()
    .where('user_id', '=', tx.user?.id ?? 'platform')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    statement: row.statement,
    parameters: row.parameters,
    publicationId: row.publication_id,
    outcome: row.outcome,
    code: row.code,
    rows: row.row_count === null ? null : Number(row.row_count),
    elapsedMs: row.elapsed_ms,
  }));
}

/** Ends what a killed process left as running, in the audit log too; returns how many. */
export async function endInterruptedQueries(tx: Tx): Promise<number> {
  const end = { outcome: 'stopped', code: 'analytics.sql.lost' } as const;
  const ended = await tx.db
    .updateTable('sql_query')
    .set(end)
    .where('outcome', '=', 'running')
    .returning('id')
    .execute();
  for (const { id } of ended)
    await audit(tx, { action: 'sql.end', subject: id, detail: { ...end, rows: null, ms: null } });
  return ended.length;
}

/** Rows that one sweep deletes at most: what is left over goes with the next one. */
const SWEPT_AT_ONCE = 5_000;

/** Deletes history older than `keepMs`, the oldest first, a bounded number at once; the audit log keeps it. Returns how many. */
export async function sweepAskedQueries(tx: Tx, keepMs: number): Promise<number> {
  const result = await tx.db
    .deleteFrom('sql_query')
    .where('id', 'in', (old) =>
      old
        .selectFrom('sql_query')
        .select('id')
        .where('at', '<', new Date(tx.clock.now().getTime() - keepMs))
        .orderBy('at')
        .limit(SWEPT_AT_ONCE),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
