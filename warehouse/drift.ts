import type { Contract } from './contract.ts';
import { knownNames } from './contract-sql.ts';
import type { Departures } from './drift-ruling.ts';
import type { SqlSession } from './duckdb.ts';
import { literal } from './sql-text.ts';

/** One departure of a dataset's columns from its contract. */
export interface Drift {
  readonly source: string;
  readonly dataset: string;
  /** `unknown`: a column the contract does not have; `missing`: one that no record of a batch had; `alias`: another name was used. */
  readonly kind: 'unknown' | 'missing' | 'alias';
  readonly column: string;
  readonly batch_id: string;
  readonly seen_at: string;
  readonly contract_version: number;
}

/** More different sets of column names than this in one batch are read record by record. */
const MOST_SHAPES = 64;
/** A column absent from fewer records than this says nothing: a source may leave blanks out. */
const RECORDS_TO_MISS = 50;

/**
 * Compares the column names of the records in `checked` with the contract, notes what is new in `ledger.drift`, and returns
 * each file's departures.
 */
export async function findDrift(
  sql: SqlSession,
  contract: Contract,
  seenAt: string,
): Promise<ReadonlyMap<string, Departures>> {
  const { source, dataset } = contract;
  const of = `source = ${literal(source)} AND dataset = ${literal(dataset)}`;
  await learnShapes(sql, source, dataset);
  const perFile = await sql.all<{ file: string; id: string; n: number; names: string[] }>(
    `SELECT file, any_value(a.id) AS id, sum(n)::BIGINT AS n, list_sort(list_distinct(flatten(list(names)))) AS names
     FROM (SELECT _file AS file, _shape, count(*) AS n FROM checked GROUP BY ALL) c
     JOIN arriving a USING (file) JOIN ledger.shape s ON s.shape = c._shape AND s.${of}
     GROUP BY file ORDER BY any_value(a.seq)`,
  );
  const known = new Set(knownNames(contract));
  const departures = new Map<string, Departures>();
  const noted = new Set(
    (await sql.all<Drift>(`SELECT * FROM ledger.drift WHERE ${of} AND contract_version = ${contract.version}`)).map(
      ({ kind, column }) => `${kind} ${column}`,
    ),
  );
  for (const { file, id, n, names } of perFile) {
    const present = new Set(names);
    const news = names.filter((name) => !known.has(name));
    const absent = contract.columns.filter(
      (column) =>
        // A mark of deletion may be left out where nothing is deleted.
        (column.field !== undefined || column.required) &&
        ![column.name, ...column.aliases].some((name) => present.has(name)),
    );
    const aliases = contract.columns.flatMap((column) => column.aliases.filter((alias) => present.has(alias)));
    const missing = n < RECORDS_TO_MISS ? [] : absent.map(({ name }) => name);
    departures.set(file, { unknown: news, missing, alias: aliases });
    const found: [Drift['kind'], string][] = [
      ...news.map((name): [Drift['kind'], string] => ['unknown', name]),
      ...missing.map((name): [Drift['kind'], string] => ['missing', name]),
      ...aliases.map((name): [Drift['kind'], string] => ['alias', name]),
    ];
    for (const [kind, column] of found) {
      if (noted.has(`${kind} ${column}`)) continue;
      noted.add(`${kind} ${column}`);
      await sql.run('INSERT INTO ledger.drift VALUES ($1, $2, $3, $4, $5, $6::TIMESTAMP, $7)', [
        source,
        dataset,
        kind,
        column,
        id,
        seenAt,
        contract.version,
      ]);
    }
  }
  return departures;
}

/** Spells out the shapes in `checked` that the ledger has not met: reads one record of each, or all when there are many. */
async function learnShapes(sql: SqlSession, source: string, dataset: string): Promise<void> {
  const of = `source = ${literal(source)} AND dataset = ${literal(dataset)}`;
  const news = await sql.all<{ file: string }>(
    `SELECT DISTINCT first(_file) AS file FROM checked WHERE _shape NOT IN (SELECT shape FROM ledger.shape WHERE ${of})
     GROUP BY _shape LIMIT ${MOST_SHAPES}`,
  );
  for (const { file } of news) {
    await sql.run(`INSERT INTO ledger.shape
      SELECT ${literal(source)}, ${literal(dataset)}, hash(names), names
      FROM (SELECT DISTINCT json_keys(json) AS names FROM read_json_objects(${literal(file)}, format = 'newline_delimited'))
      WHERE hash(names) NOT IN (SELECT shape FROM ledger.shape WHERE ${of})`);
  }
}

/** What was noted, newest first. */
export function listDrift(sql: SqlSession, limit = 200): Promise<Drift[]> {
  return sql.all<Drift>('SELECT * FROM ledger.drift ORDER BY seen_at DESC, source, dataset, "column" LIMIT $1', [
    limit,
  ]);
}
