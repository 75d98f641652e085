import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { FillOnceError } from '../core/errors.ts';
import { duckdbRows, type SheetColumn, type SheetToWrite } from '../templates/xlsx/index.ts';

/** A table in a file, ready to be written as a sheet. */
export type Table = Pick<SheetToWrite, 'columns' | 'rows'>;

/** Objects looked at for their keys before the first row is written. */
const LOOK_AHEAD = 1_000;
const HEADER_BYTES = 65_536;
/** What a column of a CSV file must hold throughout to be written as numbers: no leading zeros, no long ids. */
const PLAIN_NUMBER = '-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,10})?';

/** DuckDB takes a file's name for a pattern. */
function literally(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}

/** Hands the table in a .parquet, .ndjson or .csv file to `use`, streaming; closes what it opened. */
export async function withTable<Result>(path: string, use: (table: Table) => Promise<Result>): Promise<Result> {
  const extension = extname(path).toLowerCase();
  if (!['.ndjson', '.jsonl', '.parquet', '.csv'].includes(extension)) throw unknownKind(path);
  await access(path, constants.R_OK).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (extension === '.ndjson' || extension === '.jsonl') return use(await jsonLines(path));
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const table = await (extension === '.parquet' ? parquet : csv)(connection, path).catch((cause) => {
      throw noTable(path, cause);
    });
    return await use(table);
  } finally {
    instance.closeSync();
  }
}

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;

async function parquet(connection: Connection, path: string): Promise<Table> {
  const parameters = [literally(path)];
  const [count] = (await connection.runAndReadAll('SELECT count(*) FROM read_parquet($1)', parameters)).getRows();
  return duckdbRows(connection, 'SELECT * FROM read_parquet($1)', {
    parameters,
    expectedRows: Number(count![0]),
  });
}

/**
 * All columns as text first, because a guess would eat leading zeros and round long ids; and the header as a row like the others,
 * because DuckDB would give double and empty titles names of its own. Nothing is left to its guess: it would skip lines until the
 * columns fit, or take everything for one column.
 */
async function csv(connection: Connection, path: string): Promise<Table> {
  if ((await stat(path)).size === 0) return { rows: [] };
  const lines = `read_csv($1, delim = $2, quote = '"', escape = '"', all_varchar = true, header = false, skip = 0)`;
  const parameters = [literally(path), await separatorOf(path)];
  const [titles] = (await connection.runAndReadAll(`SELECT * FROM ${lines} LIMIT 1`, parameters)).getRows();
  const probe = await connection.runAndReadAll(
    `SELECT count(*), bool_and(regexp_full_match(COLUMNS(*), '${PLAIN_NUMBER}')) FROM (SELECT * FROM ${lines} OFFSET 1)`,
    parameters,
  );
  const [count, ...numeric] = probe.getRows()[0]!;
  const { columns, rows } = await duckdbRows(connection, `SELECT * FROM ${lines} OFFSET 1`, {
    parameters,
    expectedRows: Number(count),
  });
  return {
    columns: columns.map((column, index) => ({
      ...column,
      header: String(titles?.[index] ?? ''),
      type: numeric[index] === true ? 'number' : 'text',
    })),
    rows,
  };
}

/** What stands between the titles: the commonest of the usual ones outside quotes, a comma where there is none. */
async function separatorOf(path: string): Promise<string> {
  let first = '';
  for await (const line of createInterface({ input: createReadStream(path, { end: HEADER_BYTES }) })) {
    first = line.replace(/"[^"]*"?/g, '');
    break;
  }
  const times = (sign: string) => first.split(sign).length;
  return [',', '\t', ';', '|'].reduce((best, sign) => (times(sign) > times(best) ? sign : best));
}

async function jsonLines(path: string): Promise<Table> {
  const lines = parsedLines(path);
  const first: unknown[] = [];
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    first.push(next.value);
    if (first.length === LOOK_AHEAD) break;
  }
  if (first.length === 0 || Array.isArray(first[0])) return { rows: arrays(path, first, lines) };
  const keys = [...new Set(first.flatMap((row) => (isObject(row) ? Object.keys(row) : [])))];
  const columns: SheetColumn[] = keys.map((header) => ({ header }));
  return { columns, rows: objects(path, keys, first, lines) };
}

async function* parsedLines(path: string): AsyncGenerator<unknown, void> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    try {
      yield JSON.parse(number === 1 ? line.replace(/^\uFEFF/, '') : line);
    } catch (cause) {
      throw badLine(path, number, cause);
    }
  }
}

async function* arrays(
  path: string,
  first: readonly unknown[],
  rest: AsyncGenerator<unknown, void>,
): AsyncGenerator<unknown[]> {
  let number = 0;
  for await (const row of joined(first, rest)) {
    number++;
    if (!Array.isArray(row)) throw badLine(path, number);
    yield row.map(cellValue);
  }
}

async function* objects(
  path: string,
  keys: readonly string[],
  first: readonly unknown[],
  rest: AsyncGenerator<unknown, void>,
): AsyncGenerator<unknown[]> {
  const known = new Set(keys);
  let number = 0;
  for await (const row of joined(first, rest)) {
    number++;
    if (!isObject(row)) throw badLine(path, number);
    const stranger = Object.keys(row).find((key) => !known.has(key));
    if (stranger !== undefined) throw lateKey(path, number, stranger);
    yield keys.map((key) => cellValue(row[key]));
  }
}

async function* joined(first: readonly unknown[], rest: AsyncGenerator<unknown, void>): AsyncGenerator<unknown> {
  yield* first;
  yield* rest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cellValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

function unreadable(path: string, cause: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.xlsx.unreadable',
    status: 404,
    message: {
      zh: `无法读取文件 ${path}；请检查路径和权限。`,
      en: `Cannot read the file ${path}; check the path and its permissions.`,
    },
    details: { where: path },
    cause,
  });
}

function noTable(path: string, cause: unknown): FillOnceError {
  const reason = cause instanceof Error ? cause.message.split('\n').slice(0, 3).join(' ').slice(0, 300) : String(cause);
  return new FillOnceError({
    code: 'cli.xlsx.table',
    status: 422,
    message: {
      zh: `${path} 中没有可读的表格（${reason}）；请检查文件是否完整、格式是否与扩展名一致。`,
      en: `${path} holds no table that can be read (${reason}); check that it is complete and what its name says.`,
    },
    details: { where: path },
    cause,
  });
}

function unknownKind(path: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.xlsx.kind',
    status: 400,
    message: {
      zh: `无法识别 ${path} 的类型；支持 .parquet、.ndjson、.csv。`,
      en: `Cannot tell the kind of ${path}; .parquet, .ndjson and .csv are supported.`,
    },
    details: { where: path },
  });
}

function badLine(path: string, line: number, cause?: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.xlsx.line',
    status: 422,
    message: {
      zh: `${path} 第 ${line} 行不是有效的 JSON，或与首行形式不同（数组或对象）。`,
      en: `Line ${line} of ${path} is no valid JSON, or not of the first line's form (array or object).`,
    },
    details: { where: `${path}:${line}` },
    cause,
  });
}

function lateKey(path: string, row: number, key: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.xlsx.key',
    status: 422,
    message: {
      zh: `${path} 第 ${row} 条出现前 ${LOOK_AHEAD} 条没有的字段“${key}”；请先统一字段。`,
      en: `Record ${row} of ${path} has the key '${key}', which none of the first ${LOOK_AHEAD} has; give every record the same keys.`,
    },
    details: { where: `${path}:${row}`, key },
  });
}
