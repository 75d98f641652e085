import type { Generated } from 'kysely';
import type { JsonObject } from '../core/index.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

export interface AuditTable {
  seq: Generated<number>;
  at: Date;
  user_id: string;
  action: string;
  subject: string;
  org_path: string | null;
  detail: JsonColumn<JsonObject>;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: Date;
  /** `platform` for what nobody asked for. */
  readonly userId: string;
  readonly action: string;
  readonly subject: string;
  readonly orgPath: string | null;
  readonly detail: JsonObject;
}

/**
 * Writes down who did what to what; the table takes no change and no deletion.
 *
 * @example await audit(tx, { action: 'task.return', subject: taskId, orgPath: task.orgPath, detail: { reason } })
 */
export async function audit(
  tx: Tx,
  entry: { readonly action: string; readonly subject: string; readonly orgPath?: string; readonly detail?: JsonObject },
): Promise<void> {
  await tx.db
    .insertInto('audit_log')
    .values({
      at: tx.clock.now(),
      user_id: tx.user?.id ?? 'platform',
      action: entry.action,
      subject: entry.subject,
      org_path: entry.orgPath ?? null,
      detail: asJson(entry.detail ?? {}),
    })
    .execute();
}

export interface AuditFilter {
  readonly subject?: string;
  readonly userId?: string;
  readonly action?: string;
  /** Entries before this sequence number: the key for the next page. */
  readonly before?: number;
  readonly limit: number;
}

/** Entries, newest first. */
export async function listAudit(tx: Tx, filter: AuditFilter): Promise<AuditEntry[]> {
  let query = tx.db
    .selectFrom('audit_log')
    .select(['seq', 'at', 'user_id as userId', 'action', 'subject', 'org_path as orgPath', 'detail'])
    .orderBy('seq', 'desc')
    .limit(filter.limit);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
  if (filter.action !== undefined) query = query.where('action', '=', filter.action);
  if (filter.before !== undefined) query = query.where('seq', '<', filter.before);
  return query.execute();
}
