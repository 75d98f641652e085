import { type Generated, sql } from 'kysely';
import { type CampaignId, newId, type PatchId, type TaskId } from '../core/index.ts';
import { asRecords } from './json-column.ts';
import type { Tx } from './store.ts';
import type { Task } from './tasks.ts';

export interface PatchTable {
  id: string;
  seq: Generated<number>;
  task_id: string;
  campaign_id: string;
  org_path: string;
  row_key: string;
  column_name: string;
  sensitivity: number;
  snapshot_value: string | null;
  base: string | null;
  value: string | null;
  user_id: string;
  client_op_id: string;
  at: Date;
  superseded_by: string | null;
}

/** One answer to one cell, values in canonical text. */
export interface Patch {
  readonly id: PatchId;
  readonly taskId: TaskId;
  readonly rowKey: string;
  readonly column: string;
  /** What the snapshot holds, and what stood in the cell when the answer came: the same for the first answer. */
  readonly snapshotValue: string | null;
  readonly base: string | null;
  readonly value: string | null;
  readonly userId: string;
  readonly clientOpId: string;
  readonly at: Date;
}

export interface NewPatch {
  readonly rowKey: string;
  readonly column: string;
  /** Index in SENSITIVITIES of the column. */
  readonly sensitivity: number;
  readonly snapshotValue: string | null;
  readonly base: string | null;
  readonly value: string | null;
  readonly clientOpId: string;
}

/** The standing answers to the given cells of a task. */
export async function standingPatches(
  tx: Tx,
  taskId: TaskId,
  cells: readonly { readonly rowKey: string; readonly column: string }[],
): Promise<Patch[]> {
  if (cells.length === 0) return [];
  const keys = cells.map(({ rowKey, column }) => ({ row_key: rowKey, column_name: column }));
  const { rows } = await sql<Patch>`
    SELECT p.id, p.task_id AS "taskId", p.row_key AS "rowKey", p.column_name AS "column", p.snapshot_value AS "snapshotValue", p.base, p.value,
           p.user_id AS "userId", p.client_op_id AS "clientOpId", p.at
    FROM jsonb_to_recordset(${asRecords(keys)}) AS k(row_key text, column_name text)
    JOIN patch p ON p.task_id = ${taskId} AND p.row_key = k.row_key AND p.column_name = k.column_name
    WHERE p.superseded_by IS NULL`.execute(tx.db);
  return rows;
}

/**
 * What an incoming list of answers meets: the standing answers to its cells, and answers that came before under its client
 * operation ids. One query, because saving an answer is what the store does most.
 */
export async function patchesMet(
  tx: Tx,
  taskId: TaskId,
  incoming: readonly { readonly rowKey: string; readonly column: string; readonly clientOpId: string }[],
): Promise<{ standing: Patch[]; repeated: Patch[] }> {
  const keys = incoming.map(({ rowKey, column, clientOpId }) => ({
    row_key: rowKey,
    column_name: column,
    op: clientOpId,
  }));
  const { rows } = await sql<Patch & { isStanding: boolean }>`
    SELECT p.id, p.task_id AS "taskId", p.row_key AS "rowKey", p.column_name AS "column", p.snapshot_value AS "snapshotValue",
           p.base, p.value, p.user_id AS "userId", p.client_op_id AS "clientOpId", p.at, true AS "isStanding"
    FROM jsonb_to_recordset(${asRecords(keys)}) AS k(row_key text, column_name text)
    JOIN patch p ON p.task_id = ${taskId} AND p.row_key = k.row_key AND p.column_name = k.column_name AND p.superseded_by IS NULL
    UNION
    SELECT p.id, p.task_id, p.row_key, p.column_name, p.snapshot_value, p.base, p.value, p.user_id, p.client_op_id, p.at, false
    FROM jsonb_to_recordset(${asRecords(keys)}) AS k(op text)
    JOIN patch p ON p.task_id = ${taskId} AND p.client_op_id = k.op`.execute(tx.db);
  return {
    standing: rows.filter((row) => row.isStanding),
    repeated: rows.filter((row) => !row.isStanding),
  };
}

/** Every standing answer of a task, by row and column; at most 200,000. */
export async function patchesOfTask(tx: Tx, taskId: TaskId): Promise<Patch[]> {
  const rows = await tx.db
    .selectFrom('patch')
    .select(COLUMNS)
    .where('task_id', '=', taskId)
    .where('superseded_by', 'is', null)
    .orderBy('row_key')
    .orderBy('column_name')
    .limit(200_000)
    .execute();
  return rows as Patch[];
}

/** All answers ever given to one cell, oldest first. */
export async function patchHistory(tx: Tx, campaignId: CampaignId, rowKey: string, column: string): Promise<Patch[]> {
  const rows = await tx.db
    .selectFrom('patch')
    .select(COLUMNS)
    .where('campaign_id', '=', campaignId)
    .where('row_key', '=', rowKey)
    .where('column_name', '=', column)
    .orderBy('seq')
    .limit(1_000)
    .execute();
  return rows as Patch[];
}

/**
 * Writes answers in one statement however many there are, and one more when some supersede others. The caller holds the
 * task's lock and has checked bases. Of two answers to one cell in the list the later stands.
 *
 * @param superseded the answers to these cells that stood so far
 */
export async function insertPatches(
  tx: Tx,
  task: Task,
  userId: string,
  patches: readonly NewPatch[],
  superseded: readonly Patch[],
): Promise<Patch[]> {
  if (patches.length === 0) return [];
  const at = tx.clock.now();
  const standing = new Map<string, PatchId>();
  const rows = patches.map((patch) => ({
    ...patch,
    id: newId<PatchId>('patch', at),
    superseded: null as PatchId | null,
  }));
  for (const row of [...rows].reverse()) {
    const cell = `${row.rowKey}\u0000${row.column}`;
    row.superseded = standing.get(cell) ?? null;
    if (!row.superseded) standing.set(cell, row.id);
  }
  const records = asRecords(rows);
  if (superseded.length > 0) {
    await sql`
      UPDATE patch SET superseded_by = n.id
      FROM jsonb_to_recordset(${records}) AS n(id text, "rowKey" text, "column" text, superseded text)
      WHERE patch.task_id = ${task.id} AND patch.row_key = n."rowKey" AND patch.column_name = n."column"
        AND patch.superseded_by IS NULL AND n.superseded IS NULL`.execute(tx.db);
  }
  await sql`
    INSERT INTO patch (id, task_id, campaign_id, org_path, row_key, column_name, sensitivity, snapshot_value, base, value, user_id,
                       client_op_id, at, superseded_by)
    SELECT n.id, ${task.id}, ${task.campaignId}, ${task.orgPath}, n."rowKey", n."column", n.sensitivity, n."snapshotValue", n.base, n.value,
           ${userId}, n."clientOpId", cast(${at.toISOString()} AS timestamptz), n.superseded
    FROM jsonb_to_recordset(${records}) AS n(id text, "rowKey" text, "column" text, sensitivity integer, "snapshotValue" text, base text,
                                             value text, "clientOpId" text, superseded text)`.execute(tx.db);
  return rows.map(({ id, rowKey, column, snapshotValue, base, value, clientOpId }) => ({
    id,
    taskId: task.id,
    rowKey,
    column,
    snapshotValue,
    base,
    value,
    userId,
    clientOpId,
    at,
  }));
}

const COLUMNS = [
  'id',
  'task_id as taskId',
  'row_key as rowKey',
  'column_name as column',
  'snapshot_value as snapshotValue',
  'base',
  'value',
  'user_id as userId',
  'client_op_id as clientOpId',
  'at',
] as const;
