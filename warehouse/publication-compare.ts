import type { PublicationId } from '../core/ids.ts';
import type { OrgPath } from '../core/org.ts';
import { type DuckDb, openDuckDb, type Row } from './duckdb.ts';
import type { PublicationFolder, PublishedMart } from './publication-folder.ts';
import { ident, literal } from './sql-text.ts';

/** A row that one publication has and the other has not, or has otherwise: its key, and the columns that differ. */
export interface RowDifference {
  readonly change: 'added' | 'removed' | 'changed';
  readonly key: Row;
  readonly columns: readonly string[];
}

/** How one mart differs between two publications. */
export interface MartComparison {
  readonly mart: string;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly columnsAdded: readonly string[];
  readonly columnsRemoved: readonly string[];
  /** A few of each change, in key order. */
  readonly sample: readonly RowDifference[];
}

export interface PublicationComparison {
  readonly from: PublicationId;
  readonly to: PublicationId;
  /** Marts that differ; those of equal content are not read. */
  readonly marts: readonly MartComparison[];
  readonly same: number;
}

export interface CompareOptions {
  /** Only this mart. */
  readonly mart?: string;
  /** Rows shown of each change; 0 shows none. */
  readonly sample: number;
  /** Sample rows come from this org unit and under it only; counts are of all rows. */
  readonly within?: OrgPath;
  readonly memoryMb?: number;
  readonly timeoutMs?: number;
  readonly onMart?: (mart: string) => void;
}

const ORG = '_org';
const MOST_SAMPLE = 100;
const MOST_COLUMNS_NAMED = 12;

/**
 * Compares two publications mart by mart over their Parquet copies, joined by key. Bounded in memory and time; needs no lock and no
 * working file.
 *
 * @throws FillOnceError `warehouse.publication.unknown`, `warehouse.query.timeout`
 */
export async function comparePublications(
  folder: PublicationFolder,
  from: PublicationId,
  to: PublicationId,
  options: CompareOptions,
): Promise<PublicationComparison> {
  const [before, after] = [await folder.manifest(from), await folder.manifest(to)];
  const old = new Map(before.marts.map((mart) => [mart.mart, mart]));
  const now = new Map(after.marts.map((mart) => [mart.mart, mart]));
  const names = [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => options.mart === undefined || options.mart === name)
    .sort();
  const differing = names.filter((name) => old.get(name)?.content !== now.get(name)?.content);
  const marts: MartComparison[] = [];
  if (differing.length > 0) {
    const db = await openDuckDb({ path: ':memory:', memoryMb: options.memoryMb ?? 512, threads: 2, connections: 1 });
    try {
      for (const name of differing) {
        options.onMart?.(name);
        const side = (mart: PublishedMart | undefined, id: PublicationId) =>
          mart && { mart, file: folder.pathOf(id, mart.parquet) };
        marts.push(await compareMart(db, name, side(old.get(name), before.id), side(now.get(name), after.id), options));
      }
    } finally {
      await db.close();
    }
  }
  return { from: before.id, to: after.id, marts, same: names.length - differing.length };
}

interface Side {
  readonly mart: PublishedMart;
  readonly file: string;
}

async function compareMart(
  db: DuckDb,
  name: string,
  before: Side | undefined,
  after: Side | undefined,
  options: CompareOptions,
): Promise<MartComparison> {
  const columns = (side: Side | undefined) => side?.mart.columns.map((column) => column.name) ?? [];
  const shared = columns(before).filter((column) => columns(after).includes(column));
  const base = {
    mart: name,
    rowsBefore: before?.mart.rows ?? 0,
    rowsAfter: after?.mart.rows ?? 0,
    columnsAdded: before ? columns(after).filter((column) => !shared.includes(column)) : [],
    columnsRemoved: after ? columns(before).filter((column) => !shared.includes(column)) : [],
  };
  if (!before || !after) {
    return { ...base, added: base.rowsAfter, removed: base.rowsBefore, changed: 0, sample: [] };
  }
  const key = after.mart.key.filter((column) => shared.includes(column));
  return db.use(
    async (sql) => {
      const [count] = await sql.all<{ added: number; removed: number; changed: number }>(
        `SELECT count(*) FILTER (a._here IS NULL) AS added, count(*) FILTER (b._here IS NULL) AS removed,
           count(*) FILTER (a._content <> b._content) AS changed
         FROM ${joined(before, after, key, shared)}`,
      );
      const { added = 0, removed = 0, changed = 0 } = count ?? {};
      const most = Math.min(MOST_SAMPLE, options.sample);
      const sample: RowDifference[] = [];
      for (const [change, n, where] of [
        ['added', added, 'a._here IS NULL'],
        ['removed', removed, 'b._here IS NULL'],
        ['changed', changed, 'a._content <> b._content'],
      ] as const) {
        if (n === 0 || most === 0) continue;
        const within = shared.includes(ORG) && options.within !== undefined;
        const rows = await sql.all<Row & { _columns: string[] }>(
          `SELECT ${key.map((column) => `coalesce(b.${ident(column)}, a.${ident(column)}) AS ${ident(column)}`).join(', ') || 'NULL AS _'},
             ${differingColumns(change, shared)} AS _columns
           FROM ${joined(before, after, key, shared)}
           WHERE ${where} ${within ? `AND (coalesce(b.${ident(ORG)}, a.${ident(ORG)}) = $1 OR starts_with(coalesce(b.${ident(ORG)}, a.${ident(ORG)}), $1 || '/'))` : ''}
           ORDER BY ALL LIMIT ${most}`,
          within ? [options.within ?? ''] : [],
        );
        for (const { _columns, ...place } of rows) {
          const { _: _none, ...named } = place as Row;
          sample.push({ change, key: named, columns: _columns });
        }
      }
      return { ...base, added, removed, changed, sample };
    },
    { timeoutMs: options.timeoutMs ?? 60_000 },
  );
}

/**
 * Both copies side by side, `a` the earlier. Rows of the same key are told apart by their place among them, so that a key that is
 * not unique compares row by row.
 */
function joined(before: Side, after: Side, key: readonly string[], shared: readonly string[]): string {
  const content = `hash(${shared.map(ident).join(', ')})`;
  const by = key.length > 0 ? `PARTITION BY ${key.map(ident).join(', ')}` : '';
  const side = ({ file }: Side) =>
    `(SELECT *, true AS _here, ${content} AS _content, row_number() OVER (${by} ORDER BY ${content}) AS _place
      FROM read_parquet(${literal(file)}))`;
  const same = [
    ...key.map((column) => `a.${ident(column)} IS NOT DISTINCT FROM b.${ident(column)}`),
    'a._place = b._place',
  ];
  return `${side(before)} a FULL JOIN ${side(after)} b ON ${same.join(' AND ')}`;
}

function differingColumns(change: RowDifference['change'], shared: readonly string[]): string {
  if (change !== 'changed') return '[]::VARCHAR[]';
  const each = shared.map(
    (column) => `CASE WHEN a.${ident(column)} IS DISTINCT FROM b.${ident(column)} THEN ${literal(column)} END`,
  );
  return `list_slice(list_filter([${each.join(', ')}], lambda c: c IS NOT NULL), 1, ${MOST_COLUMNS_NAMED})`;
}
