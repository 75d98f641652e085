import { type ErrorBody, type Json, newId } from '../core/index.ts';
import { notFound } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type MaterialisationStatus = 'running' | 'succeeded' | 'failed';

export interface MaterialisationTable {
  id: string;
  asset: string;
  partition: string;
  workflow_id: string | null;
  status: MaterialisationStatus;
  rows: number | null;
  took_ms: number | null;
  error: JsonColumn<ErrorBody | null>;
  log: JsonColumn<Json>;
  started_at: Date;
  finished_at: Date | null;
}

export interface Materialisation {
  readonly id: string;
  readonly asset: string;
  readonly partition: string;
  readonly workflowId: string | null;
  readonly status: MaterialisationStatus;
  readonly rows: number | null;
  readonly tookMs: number | null;
  readonly error: ErrorBody | null;
  readonly log: Json;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

export async function startMaterialisation(
  tx: Tx,
  run: { readonly asset: string; readonly partition: string; readonly workflowId?: string },
): Promise<string> {
  const now = tx.clock.now();
  const id = newId<string>('run', now);
  await tx.db
    .insertInto('materialisation')
    .values({
      id,
      asset: run.asset,
      partition: run.partition,
      workflow_id: run.workflowId ?? null,
      status: 'running',
      log: asJson<Json>([]),
      started_at: now,
    })
    .execute();
  return id;
}

export type Outcome =
  | { readonly rows: number; readonly log?: Json }
  | { readonly error: ErrorBody; readonly log?: Json };

/** Ends a run with what it made or why it failed. @throws FillOnceError `store.not-found` */
export async function finishMaterialisation(tx: Tx, id: string, outcome: Outcome): Promise<void> {
  const now = tx.clock.now();
  const run = await tx.db.selectFrom('materialisation').select('started_at').where('id', '=', id).executeTakeFirst();
  if (!run) throw notFound('materialisation', id);
  await tx.db
    .updateTable('materialisation')
    .set({
      status: 'error' in outcome ? 'failed' : 'succeeded',
      rows: 'error' in outcome ? null : outcome.rows,
      error: 'error' in outcome ? asJson(outcome.error) : null,
      log: asJson(outcome.log ?? []),
      took_ms: now.getTime() - run.started_at.getTime(),
      finished_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** Ends the runs that a process left under way when it was killed; called before a new one starts any. Returns how many. */
export async function endInterrupted(tx: Tx, error: ErrorBody): Promise<number> {
  const result = await tx.db
    .updateTable('materialisation')
    .set({ status: 'failed', error: asJson(error), finished_at: tx.clock.now() })
    .where('status', '=', 'running')
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export interface MaterialisationFilter {
  readonly asset?: string;
  readonly status?: MaterialisationStatus;
  readonly limit: number;
}

/** Runs, newest first. */
export async function listMaterialisations(tx: Tx, filter: MaterialisationFilter): Promise<Materialisation[]> {
  let query = tx.db.selectFrom('materialisation').selectAll().orderBy('started_at', 'desc').limit(filter.limit);
  if (filter.asset !== undefined) query = query.where('asset', '=', filter.asset);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  return (await query.execute()).map((row) => ({
    id: row.id,
    asset: row.asset,
    partition: row.partition,
    workflowId: row.workflow_id,
    status: row.status,
    rows: row.rows,
    tookMs: row.took_ms,
    error: row.error,
    log: row.log,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}
