import type { Generated } from 'kysely';
import type { ErrorBody, JsonObject } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export interface OutboxTable {
  seq: Generated<number>;
  topic: string;
  key: string;
  payload: JsonColumn<JsonObject>;
  created_at: Date;
  available_at: Date;
  attempts: Generated<number>;
  last_error: JsonColumn<ErrorBody | null>;
  done_at: Date | null;
}

export interface OutboxMessage {
  readonly seq: number;
  readonly topic: string;
  /** What it is about: messages of one key are handed out in order. */
  readonly key: string;
  readonly payload: JsonObject;
  readonly attempts: number;
}

/** Puts a message beside the change it tells of: both commit or neither. */
export async function addToOutbox(tx: Tx, topic: string, key: string, payload: JsonObject): Promise<void> {
  const now = tx.clock.now();
  await tx.db
    .insertInto('outbox')
    .values({ topic, key, payload: asJson(payload), created_at: now, available_at: now })
    .execute();
}

/**
 * The oldest waiting messages of a topic, locked for this transaction; another taker passes over them. Deliver them and
 * call {@link outboxDone} before the transaction ends: delivery is at least once, so the receiver must bear repeats.
 */
export async function takeFromOutbox(tx: Tx, topic: string, limit: number): Promise<OutboxMessage[]> {
  return tx.db
    .selectFrom('outbox')
    .select(['seq', 'topic', 'key', 'payload', 'attempts'])
    .where('topic', '=', topic)
    .where('done_at', 'is', null)
    .where('available_at', '<=', tx.clock.now())
    .orderBy('seq')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

export async function outboxDone(tx: Tx, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await tx.db
    .updateTable('outbox')
    .set({ done_at: tx.clock.now() })
    .where('seq', 'in', [...seqs])
    .execute();
}

/** Puts a message off after a failed delivery. */
export async function outboxFailed(tx: Tx, seq: number, error: ErrorBody, waitMs: number): Promise<void> {
  await tx.db
    .updateTable('outbox')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      last_error: asJson(error),
      available_at: new Date(tx.clock.now().getTime() + waitMs),
    }))
    .where('seq', '=', seq)
    .execute();
}

/** Deletes delivered messages older than `keepMs`; returns how many. */
export async function sweepOutbox(tx: Tx, keepMs: number): Promise<number> {
  const result = await tx.db
    .deleteFrom('outbox')
    .where('done_at', '<', new Date(tx.clock.now().getTime() - keepMs))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
