import type pg from 'pg';
import { SENSITIVITIES } from '../../core/catalogue.ts';
import type { SqlSession } from '../duckdb.ts';
import { ident, literal } from '../sql-text.ts';
import { copyIn } from './copy-in.ts';
import type { ServingNames } from './names.ts';
import { ORG, type ServedMart } from './served-mart.ts';

/** Rows that DuckDB turns into text at a time: what is in memory at once. */
const ROWS_AT_ONCE = 60_000;

export interface LoadOptions {
  readonly client: pg.Client;
  readonly names: ServingNames;
  readonly mart: ServedMart;
  /** The publication that the mart is read from. */
  readonly sql: SqlSession;
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

/** The partitioned table behind a view; a mart of other columns has another one. */
export function tableOf(names: ServingNames, mart: { readonly view: string; readonly structure: string }): string {
  return `${ident(names.data)}.${ident(`${mart.view}_${mart.structure}`)}`;
}

/** Makes the partitioned table with its row-level security, where it is missing. */
export async function ensureTable(client: pg.Client, names: ServingNames, mart: ServedMart): Promise<void> {
  const table = tableOf(names, mart);
  const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1) AS there', [table]);
  if (rows[0]?.there) return;
  const columns = mart.columns.map(({ name, type }) => `${ident(name)} ${type}`).join(', ');
  const units = names.fill(`SELECT {data}.visible_units(${literal(mart.theme)}, current_user)`);
  const rule = {
    unit: `coalesce(${ident(ORG)}, '') IN (${units})`,
    whole: `'' IN (${units})`,
    open: 'true',
  }[mart.rowsBy];
  await inOwnersTransaction(client, names, async () => {
    await client.query(`CREATE TABLE ${table} (_load bigint NOT NULL, ${columns}) PARTITION BY LIST (_load)`);
    await forgetStatistics(client, mart, table);
    await client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    // The view's owner owns the table too: without FORCE nobody who comes through the view would be checked.
    await client.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    await client.query(`CREATE POLICY units ON ${table} FOR SELECT USING (${rule})`);
  });
}

/**
 * Copies one mart into a partition of its own: all of it or, when anything goes wrong, nothing. A load of the same content and
 * columns that is there already, from an earlier publication or from a run that was killed, is taken again.
 *
 * @returns the number of the load, and whether rows were copied
 */
export async function loadMart(options: LoadOptions): Promise<{ readonly load: string; readonly copied: boolean }> {
  const { client, names, mart } = options;
  const { rows } = await client.query<{ load: string }>(
    names.fill('SELECT load FROM {data}.load WHERE mart = $1 AND structure = $2 AND content = $3 LIMIT 1'),
    [mart.id, mart.structure, mart.content],
  );
  if (rows[0]) return { load: rows[0].load, copied: false };
  await ensureTable(client, names, mart);
  const numbered = await client.query<{ load: string }>(
    names.fill("SELECT nextval('{data}.load_number'::regclass) AS load"),
  );
  const load = String(BigInt(numbered.rows[0]!.load));
  await inOwnersTransaction(client, names, () => copyMart(options, load));
  return { load, copied: true };
}

async function copyMart({ client, names, mart, sql, signal, onRows }: LoadOptions, load: string): Promise<void> {
  const table = tableOf(names, mart);
  const partition = `${ident(names.data)}.${ident(`${mart.view}_${mart.structure}_${load}`)}`;
  await client.query(
    `CREATE TABLE ${partition} (LIKE ${table} INCLUDING DEFAULTS, CHECK (_load = ${load})) WITH (autovacuum_enabled = off)`,
  );
  await client.query(`ALTER TABLE ${partition} ALTER _load SET DEFAULT ${load}`);
  const columns = mart.columns.map(({ name }) => ident(name)).join(', ');
  // FREEZE: the rows are final, nothing need visit them again.
  const taken = await copyIn(
    client,
    `COPY ${partition} (${columns}) FROM STDIN (FREEZE)`,
    copyLines(sql, mart, signal, onRows),
  );
  if (taken !== mart.rows) throw new Error(`${mart.id}: ${taken} rows were taken, the publication has ${mart.rows}`);
  await client.query(`CREATE INDEX ON ${partition} (${mart.key.map(ident).join(', ')})`);
  if (mart.rowsBy === 'unit') {
    await client.query(`CREATE INDEX ON ${partition} (${ident(ORG)} text_pattern_ops)`);
    await client.query(
      names.fill(`INSERT INTO {data}.org SELECT DISTINCT ${ident(ORG)} FROM ${partition} WHERE ${ident(ORG)} IS NOT NULL
        ON CONFLICT DO NOTHING`),
    );
  }
  await forgetStatistics(client, mart, partition);
  await client.query(`ANALYZE ${partition}`);
  await client.query(`ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES IN (${load})`);
  await client.query(names.fill('INSERT INTO {data}.load VALUES ($1, $2, $3, $4, $5)'), [
    load,
    mart.id,
    mart.structure,
    mart.content,
    mart.rows,
  ]);
}

/**
 * A view shows public columns as they are, so that the planner would use what it knows of all rows: EXPLAIN would tell a reader how many
 * rows of another unit, or of any value there, the mart has. It is to know nothing of them.
 */
async function forgetStatistics(client: pg.Client, mart: ServedMart, table: string): Promise<void> {
  const plain = mart.columns.filter(({ sensitivity }) => sensitivity === SENSITIVITIES[0]);
  if (mart.rowsBy === 'open' || plain.length === 0) return;
  const untold = plain.map(({ name }) => `ALTER ${ident(name)} SET STATISTICS 0`);
  await client.query(`ALTER TABLE ${table} ${untold.join(', ')}`);
}

/** The mart in the text form of COPY, made by DuckDB: a tenth of the time that making it row by row here takes. */
async function* copyLines(
  sql: SqlSession,
  mart: ServedMart,
  signal: AbortSignal,
  onRows: (rows: number) => void,
): AsyncIterable<string> {
  const cells = mart.columns.map(({ name, type }) => `coalesce(${cellText(ident(name), type)}, '\\N')`);
  const from = `${ident(mart.theme)}.${ident(mart.name)}`;
  for (let offset = 0; offset < mart.rows; offset += ROWS_AT_ONCE) {
    const page = `SELECT concat_ws(chr(9), ${cells.join(', ')}) AS line FROM ${from} LIMIT ${ROWS_AT_ONCE} OFFSET ${offset}`;
    for await (const { columns, rowCount } of sql.chunks(page)) {
      signal.throwIfAborted();
      yield `${columns[0]!.join('\n')}\n`;
      onRows(rowCount);
    }
  }
}

/** Text needs its backslashes and control characters escaped, and no NUL, which Postgres cannot hold. */
function cellText(column: string, type: string): string {
  if (type !== 'text') return `${column}::VARCHAR`;
  const escapes = [
    ['\\', '\\\\'],
    ['\t', '\\t'],
    ['\n', '\\n'],
    ['\r', '\\r'],
  ] as const;
  const escaped = escapes.reduce(
    (expression, [from, to]) =>
      `replace(${expression}, ${from === '\\' ? "'\\'" : `chr(${from.charCodeAt(0)})`}, ${literal(to)})`,
    `${column}::VARCHAR`,
  );
  return `replace(${escaped}, chr(0), '')`;
}

/** Runs `work` in a transaction as the owner role; any error rolls back. */
export async function inOwnersTransaction<T>(
  client: pg.Client,
  names: ServingNames,
  work: () => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL ROLE ${ident(names.owner)}`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
