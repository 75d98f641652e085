import { type Message, newId, type UserId } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export interface NotificationTable {
  id: string;
  user_id: string;
  kind: string;
  title: JsonColumn<Message>;
  body: JsonColumn<Message | null>;
  link: string | null;
  dedupe_key: string;
  created_at: Date;
  read_at: Date | null;
}

export interface Notification {
  readonly id: string;
  readonly kind: string;
  readonly title: Message;
  readonly body: Message | null;
  readonly link: string | null;
  readonly createdAt: Date;
  readonly readAt: Date | null;
}

export interface NewNotification {
  readonly kind: string;
  readonly title: Message;
  readonly body?: Message;
  /** Path in the web app that the person should go to. */
  readonly link?: string;
  /** Told once per user under this key, however often it is sent. */
  readonly dedupeKey: string;
}

/** Tells users something; returns those told now (not those who knew). */
export async function notify(tx: Tx, userIds: readonly UserId[], message: NewNotification): Promise<UserId[]> {
  if (userIds.length === 0) return [];
  const now = tx.clock.now();
  const rows = await tx.db
    .insertInto('notification')
    .values(
      userIds.map((userId) => ({
        id: newId<string>('note', now),
        user_id: userId,
        kind: message.kind,
        title: asJson(message.title),
        body: message.body === undefined ? null : asJson(message.body),
        link: message.link ?? null,
        dedupe_key: message.dedupeKey,
        created_at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(['user_id', 'dedupe_key']).doNothing())
    .returning('user_id')
    .execute();
  return rows.map((row) => row.user_id as UserId);
}

/** The newest notifications of a user. */
export async function listNotifications(
  tx: Tx,
  userId: UserId,
  filter: { readonly unreadOnly: boolean; readonly limit: number },
): Promise<Notification[]> {
  let query = tx.db
    .selectFrom('notification')
    .select(['id', 'kind', 'title', 'body', 'link', 'created_at as createdAt', 'read_at as readAt'])
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.unreadOnly) query = query.where('read_at', 'is', null);
  return query.execute();
}

export async function markNotificationsRead(tx: Tx, userId: UserId, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.db
    .updateTable('notification')
    .set({ read_at: tx.clock.now() })
    .where('user_id', '=', userId)
    .where('id', 'in', [...ids])
    .where('read_at', 'is', null)
    .execute();
}
