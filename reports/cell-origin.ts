import type { SqlSession } from '../warehouse/index.ts';
import { ident } from '../warehouse/sql-text.ts';
import { readSources, type SourceName } from './alternatives.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { ProvenanceStep } from './provenance.ts';
import type { SnapshotCell } from './snapshot-rows.ts';
import { cellAddress } from './vouched.ts';

/** What the publication behind a snapshot knows of one cell. */
export interface Origin {
  readonly sources: ReadonlyMap<number, SourceName>;
  /** The person behind a confirmed value, and when. */
  readonly confirmed: { readonly by: string; readonly at: string; readonly campaign: string | null } | null;
  /** The landed batch and line of the record that vouches for the row. */
  readonly record: { readonly batch: string; readonly line: number } | null;
}

export async function readOrigin(sql: SqlSession, plan: FormPlan, column: FormColumn, rowKey: string): Promise<Origin> {
  const sources = await readSources(sql);
  const address = cellAddress(plan, column, rowKey);
  const [confirmed] = await sql.all<{ by: string; at: string; campaign: string | null }>(
    `SELECT confirmed_by AS "by", confirmed_at::VARCHAR AS "at", campaign FROM platform.confirmation
     WHERE entity = $1 AND key = $2 AND field = $3`,
    [address.entity, address.key, address.field],
  );
  return { sources, confirmed: confirmed ?? null, record: await readRecord(sql, plan, rowKey) };
}

/** Golden marts name the batch and line of each row; a mart without them has no single record behind it. */
async function readRecord(sql: SqlSession, plan: FormPlan, rowKey: string): Promise<Origin['record']> {
  const rows = plan.binding.rows;
  if (!rows) return null;
  const [schema, table] = rows.mart.split('.');
  const [known] = await sql.all<{ n: number }>(
    `SELECT count(*) AS n FROM duckdb_columns() WHERE (schema_name = $1 AND table_name = $2 AND column_name IN ('_batch', '_row'))
       OR (schema_name = 'platform' AND table_name = 'batch' AND column_name = 'id')`,
    [schema!, table!],
  );
  if (!known || known.n < 3) return null;
  const key = `concat_ws('|', ${rows.key.map((name) => `"row".${ident(name)}`).join(', ')})`;
  const [record] = await sql.all<{ batch: string; line: number }>(
    `SELECT b.id AS batch, "row"._row AS line FROM ${ident(schema!)}.${ident(table!)} AS "row"
     JOIN platform.batch AS b ON b.batch = "row"._batch WHERE ${key} = $1 LIMIT 1`,
    [rowKey],
  );
  return record ?? null;
}

/** The first step of a cell: the observation, the earlier confirmation or the computation that the snapshot took it from. */
export function firstStep(
  column: FormColumn,
  cell: SnapshotCell,
  { sources, confirmed, record }: Origin,
): ProvenanceStep {
  if (column.source !== 'element' && column.source !== 'manual') {
    return {
      kind: 'derived',
      value: cell.value,
      by: column.source === 'indicator' ? `${cell.inputs ?? 0}` : '',
      at: null,
      note:
        column.source === 'indicator'
          ? { zh: `由 ${cell.inputs ?? 0} 条记录统计得出`, en: `counted from ${cell.inputs ?? 0} records` }
          : { zh: '由本行其他数据推算得出', en: 'derived from other data of the row' },
    };
  }
  const source = cell.source === null ? undefined : sources.get(cell.source);
  if (source?.name === 'confirmation' && confirmed) {
    const { by, at, campaign } = confirmed;
    return {
      kind: 'answer',
      value: cell.value,
      by,
      at,
      note: { zh: `在批次 ${campaign ?? ''} 中确认`, en: `confirmed in campaign ${campaign ?? ''}` },
    };
  }
  const where = record
    ? { zh: `，批次 ${record.batch} 第 ${record.line} 条`, en: `, batch ${record.batch} line ${record.line}` }
    : { zh: '', en: '' };
  return {
    kind: 'source',
    value: cell.value,
    by: source?.title.zh ?? '',
    at: cell.observed,
    note: source
      ? { zh: `${source.title.zh}采集${where.zh}`, en: `observed by ${source.title.en}${where.en}` }
      : { zh: '没有来源掌握', en: 'no source holds it' },
  };
}
