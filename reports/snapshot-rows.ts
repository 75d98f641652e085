import type { SnapshotId } from '../core/index.ts';
import type { Objects, Snapshot } from '../store/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';
import { unitLevel } from './form.ts';
import type { FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import { doubtfulColumn, inputsColumn, observedColumn, sourceColumn } from './prefill-sql.ts';
import { textSql, UNIT_RANGE, unitSql } from './snapshot-values.ts';

/** One cell of a snapshot: canonical text, class letter, where the value came from. */
export interface SnapshotCell {
  readonly value: string | null;
  readonly class: string;
  /** Code of `platform.source` without the conflict bit; null for what no source holds. */
  readonly source: number | null;
  readonly observed: string | null;
  /** Indicators: rows counted, and how many of them are in doubt. */
  readonly inputs?: number;
  readonly doubtful?: number;
}

export interface SnapshotRow {
  readonly rowKey: string;
  readonly rowNo: number;
  readonly orgPath: string;
  /** The unit whose task the row's doubtful cells become. */
  readonly unit: string;
  /** In column order of the plan. */
  readonly cells: readonly SnapshotCell[];
}

export interface RowQuery {
  readonly unit: string;
  /** Only rows with a cell of one of these classes. */
  readonly classes: readonly string[];
  /** Only rows in which some value holds this text. */
  readonly text?: string;
  readonly limit: number;
  readonly offset: number;
}

/** Reads rows out of snapshot files, and keeps those read last: a snapshot never changes. */
export interface SnapshotRows {
  page(snapshot: Snapshot, plan: FormPlan, query: RowQuery): Promise<{ rows: SnapshotRow[]; total: number }>;
  /** The rows of these keys, by key; keys that the snapshot does not have are absent. */
  byKey(snapshot: Snapshot, plan: FormPlan, keys: readonly string[]): Promise<Map<string, SnapshotRow>>;
}

export interface SnapshotRowsOptions {
  readonly reader: Pick<ReportReader, 'withPublication'>;
  readonly objects: Objects;
  /** Rows kept in memory. */
  readonly kept?: number;
}

export function createSnapshotRows({ reader, objects, kept = 20_000 }: SnapshotRowsOptions): SnapshotRows {
  const cache = new Map<string, SnapshotRow>();
  const keep = (id: SnapshotId, row: SnapshotRow) => {
    const name = `${id} ${row.rowKey}`;
    cache.delete(name);
    cache.set(name, row);
    while (cache.size > kept) cache.delete(cache.keys().next().value!);
  };

  return {
    page: async (snapshot, plan, query) => {
      const file = literal(await objects.path(snapshot.ref));
      const classes = query.classes.join('').replaceAll(/[^a-z]/g, '');
      const conditions = [
        UNIT_RANGE,
        `${unitSql(unitLevel(plan))} = $1`,
        `regexp_matches(class, '[${classes}]')`,
        ...(query.text === undefined
          ? []
          : [`contains(concat_ws(chr(31), ${plan.columns.map((column) => textSql(column)).join(', ')}), $2)`]),
      ];
      const parameters = query.text === undefined ? [query.unit] : [query.unit, query.text];
      const where = `FROM read_parquet(${file}) WHERE ${conditions.join(' AND ')}`;
      return reader.withPublication('current', async (sql) => {
        const rows = await sql.all<RawRow>(
          `SELECT ${rowSql(plan)} ${where} ORDER BY row_no LIMIT ${Math.trunc(query.limit)} OFFSET ${Math.trunc(query.offset)}`,
          parameters,
        );
        const [count] = await sql.all<{ total: number }>(`SELECT count(*) AS total ${where}`, parameters);
        const read = rows.map((row) => toRow(plan, row));
        for (const row of read) keep(snapshot.id, row);
        return { rows: read, total: count!.total };
      });
    },
    byKey: async (snapshot, plan, keys) => {
      const found = new Map<string, SnapshotRow>();
      const missing: string[] = [];
      for (const key of new Set(keys)) {
        const known = cache.get(`${snapshot.id} ${key}`);
        if (known) found.set(key, known);
        else missing.push(key);
      }
      if (missing.length > 0) {
        const file = literal(await objects.path(snapshot.ref));
        const rows = await reader.withPublication('current', (sql) =>
          sql.all<RawRow>(
            `SELECT ${rowSql(plan)} FROM read_parquet(${file}) WHERE row_key IN (${missing.map((_, i) => `$${i + 1}`).join(', ')})`,
            missing,
          ),
        );
        for (const raw of rows) {
          const row = toRow(plan, raw);
          keep(snapshot.id, row);
          found.set(row.rowKey, row);
        }
      }
      return found;
    },
  };
}

type Scalar = string | number | boolean | null;
interface RawRow {
  readonly row_key: string;
  readonly row_no: number;
  readonly org_path: string;
  readonly unit: string;
  readonly class: string;
  readonly [column: string]: Scalar;
}

function rowSql(plan: FormPlan): string {
  const cells = plan.columns.flatMap((column, i) => [
    `${textSql(column)} AS ${ident(`v${i}`)}`,
    ...(column.source === 'element' || column.source === 'manual'
      ? [
          `(${ident(sourceColumn(column.name))} & 127)::INTEGER AS ${ident(`s${i}`)}`,
          `${ident(observedColumn(column.name))}::VARCHAR AS ${ident(`o${i}`)}`,
        ]
      : []),
    ...(column.source === 'indicator'
      ? [
          `${ident(inputsColumn(column.name))} AS ${ident(`n${i}`)}`,
          `${ident(doubtfulColumn(column.name))} AS ${ident(`d${i}`)}`,
        ]
      : []),
  ]);
  return ['row_key', 'row_no', 'org_path', `${unitSql(unitLevel(plan))} AS unit`, 'class', ...cells].join(', ');
}

function toRow(plan: FormPlan, raw: RawRow): SnapshotRow {
  return {
    rowKey: raw.row_key,
    rowNo: raw.row_no,
    orgPath: raw.org_path,
    unit: raw.unit,
    cells: plan.columns.map((column, i) => ({
      value: raw[`v${i}`] as string | null,
      class: raw.class[i]!,
      source: (raw[`s${i}`] as number | null | undefined) ?? null,
      observed: (raw[`o${i}`] as string | null | undefined) ?? null,
      ...(column.source === 'indicator' ? { inputs: raw[`n${i}`] as number, doubtful: raw[`d${i}`] as number } : {}),
    })),
  };
}
