import { type JsonObject, newId } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export type CheckStatus = 'pass' | 'warn' | 'fail';

export interface CheckResultTable {
  id: string;
  materialisation_id: string | null;
  asset: string;
  name: string;
  status: CheckStatus;
  measured: number | null;
  detail: JsonColumn<JsonObject>;
  at: Date;
}

export interface CheckResult {
  readonly asset: string;
  readonly name: string;
  readonly status: CheckStatus;
  readonly measured: number | null;
  readonly detail: JsonObject;
}

export async function recordChecks(
  tx: Tx,
  materialisationId: string | null,
  results: readonly CheckResult[],
): Promise<void> {
  if (results.length === 0) return;
  const now = tx.clock.now();
  await tx.db
    .insertInto('check_result')
    .values(
      results.map(({ asset, name, status, measured, detail }) => ({
        id: newId<string>('check', now),
        materialisation_id: materialisationId,
        asset,
        name,
        status,
        measured,
        detail: asJson(detail),
        at: now,
      })),
    )
    .execute();
}

/** The last result of every check. */
export async function latestChecks(tx: Tx): Promise<(CheckResult & { readonly at: Date })[]> {
  return tx.db
    .selectFrom('check_result')
    .distinctOn(['asset', 'name'])
    .select(['asset', 'name', 'status', 'measured', 'detail', 'at'])
    .orderBy('asset')
    .orderBy('name')
    .orderBy('at', 'desc')
    .limit(2_000)
    .execute();
}
