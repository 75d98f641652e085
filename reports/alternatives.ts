import type { Message } from '../core/index.ts';
import type { SqlSession } from '../warehouse/index.ts';
import { readValue } from './cell-value.ts';
import type { FormColumn, FormPlan } from './plan.ts';
import type { ReportReader } from './prefill.ts';
import type { SnapshotRow } from './snapshot-rows.ts';
import type { Alternative } from './task.ts';

export interface SourceName {
  readonly name: string;
  readonly title: Message;
}

/** What the sources that lost say about the conflicting cells of some rows, and what the sources are called. */
export interface Alternatives {
  /** By code of `platform.source`. */
  readonly sources: ReadonlyMap<number, SourceName>;
  of(rowKey: string, column: FormColumn): readonly Alternative[];
}

/** Reads the losing values of the rows' conflicting cells from the publication that the snapshot was made of. */
export async function loadAlternatives(
  reader: Pick<ReportReader, 'withPublication'>,
  publication: Parameters<ReportReader['withPublication']>[0],
  plan: FormPlan,
  rows: readonly SnapshotRow[],
): Promise<Alternatives> {
  const keys = rows.filter((row) => row.cells.some((cell) => cell.class === 'c')).map((row) => row.rowKey);
  return reader.withPublication(publication, async (sql) => {
    const sources = await readSources(sql);
    const titles = new Map([...sources.values()].map((source) => [source.name, source.title]));
    const found = new Map<string, Alternative[]>();
    for (const row of await readLosers(sql, plan, keys)) {
      const cell = `${row.key}\u0000${row.field}`;
      const value = canonical(plan, row.field, row.value);
      const { source, observed } = row;
      found.set(cell, [
        ...(found.get(cell) ?? []),
        { source, sourceName: titles.get(source)?.zh ?? source, value, observed },
      ]);
    }
    return { sources, of: (rowKey, column) => found.get(`${rowKey}\u0000${column.field}`) ?? [] };
  });
}

export async function readSources(sql: SqlSession): Promise<Map<number, SourceName>> {
  const rows = await sql.all<{ code: number; name: string; zh: string; en: string }>(
    'SELECT code, name, title_zh AS zh, title_en AS en FROM platform.source',
  );
  return new Map(rows.map(({ code, name, zh, en }) => [code, { name, title: { zh, en } }]));
}

interface Loser {
  readonly key: string;
  readonly field: string;
  readonly source: string;
  readonly value: string | null;
  readonly observed: string | null;
}

async function readLosers(sql: SqlSession, plan: FormPlan, keys: readonly string[]): Promise<Loser[]> {
  if (keys.length === 0 || !plan.entity) return [];
  const list = keys.map((_, i) => `$${i + 2}`).join(', ');
  return sql.all<Loser>(
    `SELECT key, field, source, "value", observed::VARCHAR AS observed FROM platform.conflict
     WHERE entity = $1 AND key IN (${list}) ORDER BY key, field, observed DESC, source`,
    [plan.entity.name, ...keys],
  );
}

/** The mart's text of a value in the form that answers have, so that choosing it compares equal. */
function canonical(plan: FormPlan, field: string, value: string | null): string | null {
  const column = plan.columns.find((each) => each.field === field);
  if (column?.type !== 'decimal' || value === null) return value;
  const read = readValue({ type: 'decimal' }, String(Number(value)));
  return 'value' in read ? read.value : value;
}
