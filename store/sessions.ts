import { randomBytes } from 'node:crypto';
import { contentHash, type User, type UserId } from '../core/index.ts';
import type { Tx } from './store.ts';
import { toUser } from './users.ts';

export interface SessionTable {
  token_hash: string;
  user_id: string;
  created_at: Date;
  expires_at: Date;
  seen_at: Date;
}

/** Opens a session and gives its token, which only the browser keeps: the table holds its hash. */
export async function openSession(
  tx: Tx,
  userId: UserId,
  lastsMs: number,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const now = tx.clock.now();
  const expiresAt = new Date(now.getTime() + lastsMs);
  await tx.db
    .insertInto('session')
    .values({ token_hash: contentHash(token), user_id: userId, created_at: now, expires_at: expiresAt, seen_at: now })
    .execute();
  return { token, expiresAt };
}

/** The user of a session that stands, or null: unknown, ended, expired, or its user disabled. */
export async function findSession(tx: Tx, token: string): Promise<{ user: User; expiresAt: Date } | null> {
  const row = await tx.db
    .selectFrom('session')
    .innerJoin('app_user', 'app_user.id', 'session.user_id')
    .selectAll('app_user')
    .select('session.expires_at')
    .where('session.token_hash', '=', contentHash(token))
    .where('session.expires_at', '>', tx.clock.now())
    .where('app_user.disabled_at', 'is', null)
    .executeTakeFirst();
  return row ? { user: toUser(row), expiresAt: row.expires_at } : null;
}

export async function closeSession(tx: Tx, token: string): Promise<void> {
  await tx.db.deleteFrom('session').where('token_hash', '=', contentHash(token)).execute();
}

/** Deletes sessions past their end; returns how many. */
export async function sweepSessions(tx: Tx): Promise<number> {
  const result = await tx.db.deleteFrom('session').where('expires_at', '<=', tx.clock.now()).executeTakeFirst();
  return Number(result.numDeletedRows);
}
