import { ident, literal } from '../warehouse/sql-text.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import { observedColumn, snapshotFileColumns, sourceColumn } from './prefill-sql.ts';
import { textSql } from './snapshot-values.ts';

/**
 * What became of a cell:
 * `mine` the answer changed it · `theirs` the sources brought something newer · `same` both say the same · `conflict` they
 * disagree · `noop` the answer confirmed what stood there · `orphan` the row is gone.
 */
export type MergeKind = 'mine' | 'theirs' | 'same' | 'conflict' | 'noop' | 'orphan';

/** Cells that are compared: those that hold knowledge of their own. What is derived follows from them. */
export function comparable(plan: FormPlan): FormColumn[] {
  return plan.columns.filter(
    (column) =>
      column.source === 'element' ||
      column.source === 'manual' ||
      column.source === 'indicator' ||
      (column.source === 'measure' && column.asked),
  );
}

/** Temp tables of a merge: the snapshot, the newer prefill, the answers, the cells that changed, and the answered rows made anew. */
export const TABLES = {
  base: 'fo_base',
  theirs: 'fo_theirs',
  patch: 'fo_patch',
  keys: 'fo_keys',
  changed: 'fo_changed',
  cells: 'fo_cells',
  overlay: 'fo_overlay',
  anew: 'fo_anew',
} as const;

/**
 * A row is one cell that the sources changed between snapshot and now. Rows without a change are never unfolded; column by
 * column that is known in half the time that comparing row values takes.
 */
export function changedSql(plan: FormPlan): string {
  const columns = comparable(plan);
  const cell = (column: FormColumn) =>
    `{'c': ${literal(column.name)}, 'm': ${movedSql(column)}, 'b': ${textSql(column, 'b')}, 't': ${textSql(column, 't')}, 's': ${provenance(column, 's')}, 'o': ${provenance(column, 'o')}, 'w': ${toleranceOf(column)}::DOUBLE}`;
  return `SELECT row_key, u.c AS column_name, u.b AS base, u.t AS theirs, u.s AS theirs_source, u.o AS theirs_observed, u.w AS tolerance FROM (
    SELECT b.row_key, unnest(list_filter([${columns.map(cell).join(', ')}], lambda x: x.m)) AS u
    FROM ${TABLES.base} AS b JOIN ${TABLES.theirs} AS t USING (row_key)
    WHERE ${columns.map(movedSql).join(' OR ')})`;
}

/** A count over thousands of records moves with every publication: within its tolerance it says the same. */
function movedSql(column: FormColumn): string {
  const [before, now] = [`b.${ident(column.name)}`, `t.${ident(column.name)}`];
  const tolerance = toleranceOf(column);
  if (tolerance === 0) return `${before} IS DISTINCT FROM ${now}`;
  return `coalesce(abs(${before} - ${now}) > ${tolerance} * greatest(abs(${before}), abs(${now})), ${before} IS DISTINCT FROM ${now})`;
}

function toleranceOf(column: FormColumn): number {
  return column.indicator?.tolerance ?? 0;
}

function provenance(column: FormColumn, what: 's' | 'o'): string {
  // Counted and computed figures have no single source.
  if (column.source === 'indicator' || column.source === 'measure')
    return what === 's' ? 'NULL::INTEGER' : 'NULL::DATE';
  return what === 's'
    ? `(t.${ident(sourceColumn(column.name))} & 127)::INTEGER`
    : `t.${ident(observedColumn(column.name))}`;
}

/** A row is one cell that was answered or that the sources changed, with its kind. */
export const CELLS_SQL = `
  SELECT coalesce(p.row_key, c.row_key) AS row_key, coalesce(p.column_name, c.column_name) AS column_name,
    CASE WHEN p.row_key IS NULL THEN c.base ELSE p.base END AS base, p.value AS mine,
    CASE WHEN c.row_key IS NOT NULL THEN c.theirs WHEN t.row_key IS NOT NULL THEN p.base END AS theirs, c.theirs_source, c.theirs_observed, p.patch_id,
    CASE
      WHEN p.row_key IS NULL THEN 'theirs'
      WHEN t.row_key IS NULL THEN 'orphan'
      WHEN c.row_key IS NULL THEN CASE WHEN p.value IS NOT DISTINCT FROM p.base THEN 'noop' ELSE 'mine' END
      WHEN p.value IS NOT DISTINCT FROM c.theirs THEN 'same'
      WHEN c.tolerance > 0 AND abs(TRY_CAST(p.value AS DOUBLE) - TRY_CAST(c.theirs AS DOUBLE))
        <= c.tolerance * greatest(abs(TRY_CAST(p.value AS DOUBLE)), abs(TRY_CAST(c.theirs AS DOUBLE))) THEN 'same'
      ELSE 'conflict'
    END AS kind
  FROM ${TABLES.patch} AS p
  FULL JOIN ${TABLES.changed} AS c ON c.row_key = p.row_key AND c.column_name = p.column_name
  LEFT JOIN ${TABLES.theirs} AS t ON t.row_key = p.row_key`;

/**
 * Rows of the merged form when every answered row stays where it was: untouched ones as the sources have them, answered ones
 * made anew. Sorted, because joins hand rows on in an order of their own, and the same merge has to be the same file.
 */
export function mergedInPlaceSql(plan: FormPlan): string {
  const names = snapshotFileColumns(plan).map(ident).join(', ');
  const own = snapshotFileColumns(plan).map((name) => {
    const isPlace = name === 'row_no' || plan.column(name)?.source === 'serial';
    return isPlace ? `t.row_no AS ${ident(name)}` : `n.${ident(name)}`;
  });
  return `SELECT ${names} FROM (
    ${untouchedSql(names)}
    UNION ALL SELECT ${own.join(', ')} FROM ${TABLES.anew} AS n JOIN (SELECT row_key, row_no FROM ${TABLES.theirs}) AS t USING (row_key)
    WHERE n.member) ORDER BY row_no`;
}

/** The same when answers took rows out of the form or back into it: all rows are numbered again, in the form's order. */
export function mergedRenumberedSql(plan: FormPlan): string {
  const columns = snapshotFileColumns(plan);
  const names = columns.map(ident).join(', ');
  const numbered = columns.map((name) => {
    const isPlace = name === 'row_no' || plan.column(name)?.source === 'serial';
    return isPlace ? `o.place AS ${ident(name)}` : `m.${ident(name)}`;
  });
  return `WITH rows_now AS (${untouchedSql(names)} UNION ALL SELECT ${names} FROM ${TABLES.anew} WHERE member),
    former AS (
      SELECT row_key, row_no AS place FROM ${TABLES.theirs}
      UNION ALL SELECT row_key, row_no FROM ${TABLES.base} AS b ANTI JOIN (SELECT row_key FROM ${TABLES.theirs}) AS t USING (row_key)
    ),
    o AS (SELECT row_key, row_number() OVER (ORDER BY f.place, row_key) AS place FROM (SELECT row_key FROM rows_now) JOIN former AS f USING (row_key))
    SELECT ${numbered.join(', ')} FROM rows_now AS m JOIN o USING (row_key) ORDER BY o.place`;
}

function untouchedSql(names: string): string {
  return `SELECT ${names} FROM ${TABLES.theirs} AS t ANTI JOIN ${TABLES.keys} AS k USING (row_key) WHERE t.member`;
}

/** How many rows an answer took out of the form, or back into it. */
export const MOVED_SQL = `SELECT count(*) AS moved FROM ${TABLES.anew} AS n JOIN ${TABLES.theirs} AS t USING (row_key)
  WHERE n.member IS DISTINCT FROM t.member`;

/** Rows that came, rows that are gone, and those of them that an answer took out of the form. */
export function rowCountsSql(merged: string): string {
  const without = (a: string, b: string) =>
    `(SELECT count(*) FROM (SELECT row_key FROM ${a}) AS a ANTI JOIN (SELECT row_key FROM ${b}) AS b USING (row_key))`;
  return `SELECT ${without(merged, TABLES.base)} AS "rowsAdded", ${without(TABLES.base, merged)} AS "rowsRemoved",
    (SELECT count(*) FROM ${TABLES.anew} AS n JOIN ${TABLES.theirs} AS t USING (row_key) WHERE t.member AND NOT n.member) AS "rowsLeft"`;
}
