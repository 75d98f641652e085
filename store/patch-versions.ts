import { sql } from 'kysely';
import type { TaskId } from '../core/index.ts';
import type { Patch } from './patches.ts';
import type { Tx } from './store.ts';

/** An answer with its place in the order of all answers. */
export interface NumberedPatch extends Patch {
  readonly seq: number;
}

/** What {@link answersAsOf} gives at most. */
const MOST = 200_000;

/**
 * The answers of a task as they stood when the one of that number was its last; without a number as they stand now. Answers
 * to one task are numbered in the order in which they are committed, because each is written under the task's lock: what
 * is read by a number stays what it was.
 *
 * @example const answers = await answersAsOf(tx, taskId, 1_204);
 */
export async function answersAsOf(tx: Tx, taskId: TaskId, last = Number.MAX_SAFE_INTEGER): Promise<NumberedPatch[]> {
  const { rows } = await sql<NumberedPatch>`
    SELECT DISTINCT ON (row_key, column_name)
           id, seq, task_id AS "taskId", row_key AS "rowKey", column_name AS "column", snapshot_value AS "snapshotValue", base, value,
           user_id AS "userId", client_op_id AS "clientOpId", at
    FROM patch WHERE task_id = ${taskId} AND seq <= cast(${String(last)} AS bigint)
    ORDER BY row_key, column_name, seq DESC
    LIMIT ${MOST}`.execute(tx.db);
  return rows;
}

/** The number of a task's last answer, 0 before the first. The platform sees all of them; a user those he may see. */
export async function lastAnswer(tx: Tx, taskId: TaskId): Promise<number> {
  const { rows } = await sql<{ last: number }>`
    SELECT coalesce(max(seq), 0) AS last FROM patch WHERE task_id = ${taskId}`.execute(tx.db);
  return rows[0]!.last;
}
