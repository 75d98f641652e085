import { rm } from 'node:fs/promises';
import type { Objects, SnapshotCounts } from '../store/index.ts';
import type { SqlSession } from '../warehouse/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';
import { confirmationCode } from './form.ts';
import {
  CELLS_SQL,
  changedSql,
  type MergeKind,
  MOVED_SQL,
  mergedInPlaceSql,
  mergedRenumberedSql,
  rowCountsSql,
  TABLES,
} from './merge-sql.ts';
import type { FormPlan } from './plan.ts';
import { copySql, countFile } from './prefill.ts';
import { prefillSql } from './prefill-sql.ts';
import { loadTextTable } from './text-table.ts';

/** One accepted answer. `base` is what the snapshot holds, values in canonical text. */
export interface MergePatch {
  readonly patchId: string;
  readonly rowKey: string;
  readonly column: string;
  readonly base: string | null;
  readonly value: string | null;
}

/** A conflict that a reviewer decided. */
export interface SettledConflict {
  readonly rowKey: string;
  readonly column: string;
  readonly mine: string | null;
  readonly theirs: string | null;
  readonly value: string | null;
}

/** One cell that is not simply what the snapshot holds. */
export interface MergeCell {
  readonly rowKey: string;
  readonly column: string;
  readonly base: string | null;
  readonly mine: string | null;
  readonly theirs: string | null;
  readonly theirsSource: number | null;
  readonly theirsObserved: string | null;
  readonly patchId: string | null;
  readonly kind: MergeKind;
}

export interface MergeInput {
  readonly plan: FormPlan;
  readonly scope: string;
  readonly asOf: string;
  /** The snapshot. */
  readonly baseRef: string;
  /**
   * The form as the sources have it now: `unchanged` when the session's publication is the snapshot's, a reference when an
   * earlier merge of the same answers made it, else it is prefilled from the session's publication.
   */
  readonly theirs: 'unchanged' | 'prefill' | { readonly ref: string };
  readonly patches: readonly MergePatch[];
  readonly settled: readonly SettledConflict[];
}

export type RowFate = 'rows' | 'rowsAdded' | 'rowsRemoved' | 'rowsLeft';

export interface MergeOutput {
  /** Cells by kind and rows by fate. */
  readonly counts: Readonly<Record<MergeKind | RowFate, number>>;
  readonly classes: SnapshotCounts;
  readonly conflicts: readonly (MergeCell & { readonly orgPath: string })[];
  /** Object references. */
  readonly theirsRef: string;
  readonly changesRef: string;
  readonly mergedRef: string;
}

const KINDS: readonly MergeKind[] = ['mine', 'theirs', 'same', 'conflict', 'noop', 'orphan'];
const SETTLED = 'fo_settled';

/**
 * The three-way merge as files: snapshot × answers × what the session's publication says now. Answers take the place of the
 * marts' fields and the answered rows are prefilled anew, so that what is derived follows, and a row whose answer takes it
 * out of the form leaves it. Where answer and source disagree the cell is a conflict: until it is decided the answer stands.
 */
export async function mergeFiles(sql: SqlSession, objects: Objects, input: MergeInput): Promise<MergeOutput> {
  const { plan, scope, asOf } = input;
  const query = { plan, scope, asOf, confirmationCode: await confirmationCode(sql) };
  const [changes, merged] = [await objects.draft('.parquet'), await objects.draft('.parquet')];
  try {
    const theirsRef = await loadSides(sql, objects, input, prefillSql({ ...query, alsoKeys: TABLES.keys }));
    await table(sql, TABLES.changed, changedSql(plan));
    await table(sql, TABLES.cells, CELLS_SQL);
    await loadOverlay(sql, objects, input.settled);
    const anew = prefillSql({ ...query, overlay: TABLES.overlay, onlyKeys: TABLES.keys });
    await table(sql, TABLES.anew, anew);
    await sql.run(copySql(`SELECT * FROM ${TABLES.cells} ORDER BY row_key, column_name`, changes));
    const [fate] = await sql.all<{ moved: number }>(MOVED_SQL);
    await sql.run(copySql(fate!.moved === 0 ? mergedInPlaceSql(plan) : mergedRenumberedSql(plan), merged));

    const { rows, counts: classes } = await countFile(sql, plan, merged);
    const [fates] = await sql.all<Record<'rowsAdded' | 'rowsRemoved' | 'rowsLeft', number>>(
      rowCountsSql(`read_parquet(${literal(merged)})`),
    );
    const conflicts = await sql.all<MergeCell & { orgPath: string }>(CONFLICTS_SQL);
    const counts = { ...(await countKinds(sql)), ...fates!, rows };
    const changesRef = await objects.put('changes', changes);
    return { counts, classes, conflicts, theirsRef, changesRef, mergedRef: await objects.put('merged', merged) };
  } finally {
    await cleanUp(sql, [changes, merged]);
  }
}

/** Puts snapshot, answers and the newer prefill beside each other; returns the reference of the last. */
async function loadSides(sql: SqlSession, objects: Objects, input: MergeInput, select: string): Promise<string> {
  const columns = ['patch_id', 'row_key', 'column_name', 'base', 'value'];
  await view(sql, TABLES.base, `SELECT * FROM read_parquet(${literal(await objects.path(input.baseRef))})`);
  await loadTextTable(sql, objects, TABLES.patch, columns, input.patches.map(patchRecord));
  await table(sql, TABLES.keys, `SELECT DISTINCT row_key FROM ${TABLES.patch}`);
  const theirsRef = await findTheirs(sql, objects, input, select);
  const member = theirsRef === input.baseRef ? ', true AS member' : '';
  await view(sql, TABLES.theirs, `SELECT *${member} FROM read_parquet(${literal(await objects.path(theirsRef))})`);
  return theirsRef;
}

async function findTheirs(sql: SqlSession, objects: Objects, input: MergeInput, select: string): Promise<string> {
  if (input.theirs === 'unchanged') return input.baseRef;
  if (input.theirs !== 'prefill') return input.theirs.ref;
  const file = await objects.draft('.parquet');
  try {
    await sql.run(copySql(`SELECT * FROM (${select}) ORDER BY org_path, row_no`, file));
    return await objects.put('theirs', file);
  } finally {
    await rm(file, { force: true });
  }
}

/** The answers as they go into the form: a decided conflict with the decision's value, an undecided one with the answer's. */
async function loadOverlay(sql: SqlSession, objects: Objects, settled: readonly SettledConflict[]): Promise<void> {
  const columns = ['row_key', 'column_name', 'mine', 'theirs', 'value'];
  await loadTextTable(sql, objects, SETTLED, columns, settled.map(settledRecord));
  await table(
    sql,
    TABLES.overlay,
    `SELECT c.row_key, c.column_name, CASE WHEN s.row_key IS NULL THEN c.mine ELSE s.value END AS value
     FROM ${TABLES.cells} AS c LEFT JOIN ${SETTLED} AS s ON c.kind = 'conflict' AND s.row_key = c.row_key
       AND s.column_name = c.column_name AND s.mine IS NOT DISTINCT FROM c.mine AND s.theirs IS NOT DISTINCT FROM c.theirs
     WHERE c.kind NOT IN ('theirs', 'orphan')`,
  );
}

const CONFLICTS_SQL = `SELECT c.row_key AS "rowKey", c.column_name AS "column", c.base, c.mine, c.theirs,
    c.theirs_source AS "theirsSource", c.theirs_observed::VARCHAR AS "theirsObserved", c.patch_id AS "patchId", c.kind,
    b.org_path AS "orgPath"
  FROM ${TABLES.cells} AS c JOIN ${TABLES.base} AS b USING (row_key) WHERE c.kind = 'conflict' ORDER BY c.row_key, c.column_name`;

async function countKinds(sql: SqlSession): Promise<Record<MergeKind, number>> {
  const rows = await sql.all<{ kind: MergeKind; n: number }>(
    `SELECT kind, count(*) AS n FROM ${TABLES.cells} GROUP BY kind`,
  );
  const byKind = new Map(rows.map(({ kind, n }) => [kind, n]));
  return Object.fromEntries(KINDS.map((kind) => [kind, byKind.get(kind) ?? 0])) as Record<MergeKind, number>;
}

function view(sql: SqlSession, name: string, select: string): Promise<void> {
  return sql.run(`CREATE OR REPLACE TEMP VIEW ${ident(name)} AS ${select}`);
}

function table(sql: SqlSession, name: string, select: string): Promise<void> {
  return sql.run(`CREATE OR REPLACE TEMP TABLE ${ident(name)} AS ${select}`);
}

/** Connections are used again: nothing of a merge may stay in their memory. */
async function cleanUp(sql: SqlSession, drafts: readonly string[]): Promise<void> {
  for (const name of [TABLES.base, TABLES.theirs]) await sql.run(`DROP VIEW IF EXISTS ${name}`);
  for (const name of [TABLES.patch, TABLES.keys, TABLES.changed, TABLES.cells, TABLES.overlay, TABLES.anew, SETTLED]) {
    await sql.run(`DROP TABLE IF EXISTS ${name}`);
  }
  for (const file of drafts) await rm(file, { force: true });
}

function patchRecord({ patchId, rowKey, column, base, value }: MergePatch) {
  return { patch_id: patchId, row_key: rowKey, column_name: column, base, value };
}

function settledRecord({ rowKey, column, mine, theirs, value }: SettledConflict) {
  return { row_key: rowKey, column_name: column, mine, theirs, value };
}
