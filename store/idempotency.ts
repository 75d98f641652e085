import { contentHash, type Json } from '../core/index.ts';
import { busy, keyReused } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export interface IdempotencyTable {
  scope: string;
  key: string;
  request_hash: string;
  response: JsonColumn<Json>;
  created_at: Date;
}

/**
 * Lets `work` take effect once per key: a repeat gets the answer of the first time. Key, effect and answer commit in the
 * same transaction. Keys belong to the user, or to the platform.
 *
 * @throws FillOnceError `store.idempotency-reused` when the key came with another request
 * @example await once(tx, request.header('Idempotency-Key'), body, () => createCampaign(tx, body))
 */
export async function once<T extends Json>(tx: Tx, key: string, request: Json, work: () => Promise<T>): Promise<T> {
  const scope = tx.user ? `user:${tx.user.id}` : 'platform';
  const requestHash = contentHash(JSON.stringify(request));
  // A second caller with the same key waits here until the first has committed or given up.
  const fresh = await tx.db
    .insertInto('idempotency_key')
    .values({ scope, key, request_hash: requestHash, created_at: tx.clock.now() })
    .onConflict((conflict) => conflict.columns(['scope', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  if (fresh) {
    const response = await work();
    await tx.db
      .updateTable('idempotency_key')
      .set({ response: asJson<Json>(response) })
      .where('scope', '=', scope)
      .where('key', '=', key)
      .execute();
    return response;
  }
  const known = await tx.db
    .selectFrom('idempotency_key')
    .select(['request_hash', 'response'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();
  if (!known) throw busy();
  if (known.request_hash !== requestHash) throw keyReused(key);
  return known.response as T;
}

/** Deletes keys older than `keepMs`; returns how many. */
export async function sweepIdempotencyKeys(tx: Tx, keepMs: number): Promise<number> {
  const result = await tx.db
    .deleteFrom('idempotency_key')
    .where('created_at', '<', new Date(tx.clock.now().getTime() - keepMs))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
