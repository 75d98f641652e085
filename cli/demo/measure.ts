import type { FormColumn, FormPlan } from '../../reports/index.ts';
import { prefillSql } from '../../reports/prefill-sql.ts';
import type { DuckDb } from '../../warehouse/duckdb.ts';
import { ident, literal } from '../../warehouse/sql-text.ts';
import type { Answer } from './clerk.ts';

export interface CellCounts {
  readonly rows: number;
  readonly columns: number;
  readonly cells: number;
  readonly held: number;
  readonly derived: number;
  readonly stale: number;
  readonly conflicting: number;
  readonly missing: number;
  readonly asked: number;
  /** Share of cells that nobody is asked for. */
  readonly coverage: number;
  /** Share of held and derived cells that equal the truth; counted figures within their declared tolerance. */
  readonly precision: number;
  /** The same without any tolerance. */
  readonly precisionExact: number;
  /** Columns with held or derived cells that are off, the worst first: how many of how many, and how many cells are asked. */
  readonly failing: readonly FailingColumn[];
}

export interface FailingColumn {
  readonly column: string;
  readonly title: string;
  readonly wrong: number;
  readonly kept: number;
  readonly asked: number;
}

export interface Measured extends CellCounts {
  readonly answer: Answer;
  /** Cells that are asked, as `<row key>\t<column>`. */
  readonly askedCells: ReadonlySet<string>;
}

export interface MeasureQuery {
  readonly plan: FormPlan;
  /** The snapshot's Parquet file. */
  readonly file: string;
  readonly scope: string;
  readonly asOf: string;
}

const CONFIRMATION_CODE = 100;

/**
 * Holds a snapshot against the same form prefilled from the truth, row by row: `precision` over what was held or derived, and for the
 * simulated clerks the right answer of every cell. Running numbers, and cells that only people can know, have no truth and are left
 * out of the precision.
 */
export async function measureSnapshot(truth: DuckDb, query: MeasureQuery): Promise<Measured> {
  const { plan, file } = query;
  return truth.use(async (sql) => {
    const right = prefillSql({ ...query, confirmationCode: CONFIRMATION_CODE, onlyKeys: '__keys' });
    await sql.run(`CREATE OR REPLACE TEMP TABLE __snapshot AS SELECT * FROM read_parquet(${literal(file)})`);
    await sql.run('CREATE OR REPLACE TEMP TABLE __keys AS SELECT row_key FROM __snapshot');
    await sql.run(`CREATE OR REPLACE TEMP TABLE __right AS ${right}`);
    const letters = { h: 0, d: 0, s: 0, c: 0, m: 0 };
    let rows = 0;
    let judged = 0;
    let equal = 0;
    let exact = 0;
    const failing: FailingColumn[] = [];
    for (const [at, column] of plan.columns.entries()) {
      const letter = `s.class[${at + 1}]`;
      const [count] = await sql.all<Record<'n' | 'h' | 'd' | 's' | 'c' | 'm' | 'kept' | 'equal' | 'exact', number>>(
        `SELECT count(*) AS n, ${Object.keys(letters)
          .map((name) => `count(*) FILTER (WHERE ${letter} = '${name}') AS ${name}`)
          .join(', ')},
           count(*) FILTER (WHERE ${letter} IN ('h', 'd')) AS kept,
           count(*) FILTER (WHERE ${letter} IN ('h', 'd') AND ${isRight(column)}) AS equal,
           count(*) FILTER (WHERE ${letter} IN ('h', 'd') AND ${isSame(column)}) AS exact
         FROM __snapshot AS s LEFT JOIN __right AS r USING (row_key)`,
      );
      if (count === undefined) continue;
      rows = count.n;
      for (const name of Object.keys(letters) as (keyof typeof letters)[]) letters[name] += count[name];
      if (column.source === 'serial' || column.source === 'manual') continue;
      judged += count.kept;
      equal += count.equal;
      exact += count.exact;
      const wrong = count.kept - count.equal;
      if (wrong > 0) {
        const { name, title } = column;
        failing.push({ column: name, title, wrong, kept: count.kept, asked: count.s + count.c + count.m });
      }
    }
    const cells = letters.h + letters.d + letters.s + letters.c + letters.m;
    const asked = letters.s + letters.c + letters.m;
    return {
      rows,
      columns: plan.columns.length,
      cells,
      held: letters.h,
      derived: letters.d,
      stale: letters.s,
      conflicting: letters.c,
      missing: letters.m,
      asked,
      coverage: share(cells - asked, cells),
      precision: share(equal, judged),
      precisionExact: share(exact, judged),
      failing: failing.sort((a, b) => b.wrong - a.wrong),
      answer: await answers(sql, query),
      askedCells: await askedCells(sql, plan),
    };
  });
}

function isSame(column: FormColumn): string {
  return `s.${ident(column.name)} IS NOT DISTINCT FROM r.${ident(column.name)}`;
}

function isRight(column: FormColumn): string {
  const tolerance = column.indicator?.tolerance;
  if (tolerance === undefined) return isSame(column);
  const [is, should] = [`s.${ident(column.name)}`, `r.${ident(column.name)}`];
  return `(${isSame(column)} OR abs(${is} - ${should}) <= ${tolerance} * abs(${should}))`;
}

async function askedCells(sql: Parameters<Parameters<DuckDb['use']>[0]>[0], plan: FormPlan): Promise<Set<string>> {
  const asked = new Set<string>();
  const doubtful = await sql.all<{ row_key: string; class: string }>(
    "SELECT row_key, class FROM __snapshot WHERE regexp_matches(class, '[scm]')",
  );
  for (const { row_key: rowKey, class: letters } of doubtful) {
    for (const [at, column] of plan.columns.entries()) {
      if ('scm'.includes(letters[at] ?? '-')) asked.add(cellName(rowKey, column.name));
    }
  }
  return asked;
}

export function cellName(rowKey: string, column: string): string {
  return `${rowKey}\t${column}`;
}

/** What is right, cell by cell; for cells that only people can know, something plausible. */
async function answers(
  sql: Parameters<Parameters<DuckDb['use']>[0]>[0],
  { plan, asOf }: MeasureQuery,
): Promise<Answer> {
  const text = plan.columns.map(({ name }) => `CAST(${ident(name)} AS VARCHAR) AS ${ident(name)}`);
  const rows = await sql.all<Record<string, string | null>>(
    `SELECT row_key, ${text.join(', ')} FROM __right WHERE row_key IN
     (SELECT row_key FROM __snapshot WHERE regexp_matches(class, '[scm]'))`,
  );
  const byKey = new Map(rows.map((row) => [row.row_key ?? '', row]));
  const columns = new Map(plan.columns.map((column) => [column.name, column]));
  return (rowKey, name) => {
    const column = columns.get(name);
    if (column === undefined) return undefined;
    if (column.source === 'manual') return plausible(column, asOf);
    // A record that is not there in truth has nothing to tell: the clerk answers "none".
    const value = byKey.get(rowKey)?.[name] ?? null;
    return value !== null && (column.type === 'decimal' || column.type === 'integer') ? String(Number(value)) : value;
  };
}

function plausible(column: FormColumn, asOf: string): string {
  if (column.codes !== undefined) return column.codes[0] ?? '';
  if (column.type === 'date') return asOf;
  if (column.type === 'integer' || column.type === 'decimal') return '0';
  return '无';
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : Math.round((part / whole) * 100_000) / 100_000;
}
