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

/** How one mart differs between two publications. Of a history: the spans that ended, the others are its entity's rows. */
export interface MartComparison {
  readonly mart: string;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Columns of another type than before stand in both lists, with their type: `age (VARCHAR)`. */
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
  const contentOf = (mart: PublishedMart | undefined) => (mart?.ended ?? mart)?.content;
  const names = [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => options.mart === undefined || options.mart === name)
    .sort();
  const differing = names.filter((name) => contentOf(old.get(name)) !== contentOf(now.get(name)));
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
  const types = (side: Side | undefined) => new Map(side?.mart.columns.map(({ name, type }) => [name, type]) ?? []);
  const [was, is] = [types(before), types(after)];
  const shared = [...was.keys()].filter((column) => is.has(column));
  const retyped = shared.filter((column) => was.get(column) !== is.get(column));
  const only = (here: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>) => [
    ...[...here.keys()].filter((column) => !there.has(column)),
    ...retyped.map((column) => `${column} (${here.get(column)})`),
  ];
  const base = {
    mart: name,
    rowsBefore: rowsOf(before),
    rowsAfter: rowsOf(after),
    columnsAdded: before && after ? only(is, was) : [],
    columnsRemoved: before && after ? only(was, is) : [],
  };
  if (!before || !after) {
    return { ...base, added: base.rowsAfter, removed: base.rowsBefore, changed: 0, sample: [] };
  }
  // A row is known by what both call its key; without that it is there or not, and never changed.
  const key = before.mart.key.filter((column) => after.mart.key.includes(column) && shared.includes(column));
  const rows = joined({ before, after, key, shared, retyped });
  return db.use(
    async (sql) => {
      const [count] = await sql.all<{ added: number; removed: number; changed: number }>(
        `SELECT count(*) FILTER (a._here IS NULL) AS added, count(*) FILTER (b._here IS NULL) AS removed,
           count(*) FILTER (a._content <> b._content) AS changed
         FROM ${rows}`,
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
        const found = await sql.all<Row & { _columns: string[] }>(
          `SELECT ${key.map((column) => `coalesce(b.${ident(column)}, a.${ident(column)}) AS ${ident(column)}`).join(', ') || 'NULL AS _'},
             ${differingColumns(change, shared)} AS _columns
           FROM ${rows}
           WHERE ${where} ${within ? `AND (coalesce(b.${ident(ORG)}, a.${ident(ORG)}) = $1 OR starts_with(coalesce(b.${ident(ORG)}, a.${ident(ORG)}), $1 || '/'))` : ''}
           ORDER BY ALL LIMIT ${most}`,
          within ? [options.within ?? ''] : [],
        );
        for (const { _columns, ...place } of found) {
          const { _: _none, ...named } = place as Row;
          sample.push({ change, key: named, columns: _columns });
        }
      }
      return { ...base, added, removed, changed, sample };
    },
    { timeoutMs: options.timeoutMs ?? 60_000 },
  );
}

function rowsOf(side: Side | undefined): number {
  return side === undefined ? 0 : (side.mart.ended ?? side.mart).rows;
}

/**
 * Rows that only one copy has, side by side, `a` the earlier. Rows of equal content are paired first; of those that are left, rows
 * of the same key are told apart by their place among them, so that a key that is not unique compares row by row.
 */
function joined(of: {
  readonly before: Side;
  readonly after: Side;
  readonly key: readonly string[];
  readonly shared: readonly string[];
  readonly retyped: readonly string[];
}): string {
  const { key } = of;
  const content = `hash(${['0', ...of.shared.map(ident)].join(', ')})`;
  const by = key.length > 0 ? `PARTITION BY ${key.map(ident).join(', ')}` : '';
  // Values of two types are compared as text: one need not be readable as the other.
  const texts = of.retyped.map((column) => `${ident(column)}::VARCHAR AS ${ident(column)}`).join(', ');
  const read = ({ file }: Side) =>
    `(SELECT *, row_number() OVER (PARTITION BY _content) AS _copy FROM (SELECT *, ${content} AS _content
      FROM (SELECT * ${texts === '' ? '' : `REPLACE (${texts})`} FROM read_parquet(${literal(file)}))))`;
  const left = (one: Side, other: Side) =>
    `(SELECT *, true AS _here, row_number() OVER (${by} ORDER BY _content, _copy) AS _place
      FROM ${read(one)} ANTI JOIN (SELECT _content, _copy FROM ${read(other)}) USING (_content, _copy))`;
  const same = [
    ...key.map((column) => `a.${ident(column)} IS NOT DISTINCT FROM b.${ident(column)}`),
    key.length > 0 ? 'a._place = b._place' : 'a._place = -b._place',
  ];
  return `${left(of.before, of.after)} a FULL JOIN ${left(of.after, of.before)} b ON ${same.join(' AND ')}`;
}

function differingColumns(change: RowDifference['change'], shared: readonly string[]): string {
  if (change !== 'changed') return '[]::VARCHAR[]';
  const each = shared.map(
    (column) => `CASE WHEN a.${ident(column)} IS DISTINCT FROM b.${ident(column)} THEN ${literal(column)} END`,
  );
  return `list_slice(list_filter([${each.join(', ')}], lambda c: c IS NOT NULL), 1, ${MOST_COLUMNS_NAMED})`;
}
