import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantOn, openBench, writeServing } from './sql-grant.ts';

const HIDDEN = { name: 'CANARYNAME', note: 'CANARYNOTE', foreignId: 777_000_000 };
const REFUSAL = /^analytics\.sql\.(syntax|statement|many|table|function|part|series|parameter-kind|failed|size)$/;
const CANARY = /CANARY|777000\d{3}/;

let bench: Awaited<ReturnType<typeof openBench>>;
let serving: string;
let canaryFile: string;

beforeAll(async () => {
  bench = await openBench();
  serving = join(bench.folder, 'serving.duckdb');
  canaryFile = join(bench.folder, 'canary.csv');
  await writeServing(serving, HIDDEN);
  await writeFile(canaryFile, 'word\nCANARYFILE\n');
});
afterAll(() => bench.close());

/** `FILE` stands for a file outside, `OUT` for a place to write, `DB` for the serving file itself. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'reading files': [
    "SELECT * FROM 'FILE'",
    'SELECT * FROM "FILE"',
    "SELECT * FROM read_text('FILE')",
    "SELECT * FROM read_csv('FILE')",
    "FROM read_csv_auto(['FILE'])",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('FILE')",
    "SELECT * FROM read_parquet('/**/*.parquet')",
    "SELECT * FROM parquet_metadata('FILE')",
    "SELECT * FROM sniff_csv('FILE')",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM read_duckdb('DB')",
    "SELECT * FROM sqlite_scan('FILE', 'x')",
    "SELECT * FROM postgres_scan('', 'a', 'b')",
    'SELECT * FROM arrow_scan(1, 2, 3)',
    "SELECT * FROM 'https://127.0.0.1/x.csv'",
    "SELECT * FROM '/proc/self/environ'",
    "SELECT * FROM population.person ORDER BY (SELECT content FROM read_text('FILE'))",
    "SELECT * FROM population.person LIMIT (SELECT length(content) FROM read_text('FILE'))",
    'SELECT \'x\' COLLATE "../../FILE"',
    "SELECT (SELECT content FROM read_text('FILE')) || name FROM population.person",
    "SELECT * FROM population.person WHERE id IN (SELECT 1 FROM read_text('FILE'))",
    "WITH x AS MATERIALIZED (SELECT * FROM read_text('FILE')) SELECT * FROM x",
    'WITH "FILE" AS (SELECT 1) SELECT * FROM (SELECT * FROM "OUT")',
    'SELECT * FROM (WITH "FILE" AS (SELECT 1 AS a) SELECT a FROM "FILE") t, "FILE"',
    'SELECT * FROM population.person, LATERAL (SELECT * FROM read_text(name))',
    "SELECT list_transform([1], x -> (SELECT content FROM read_text('FILE')))",
  ],
  'writing, loading, settings': [
    "COPY population.person TO 'OUT'",
    "COPY (SELECT 1) TO 'OUT' (FORMAT parquet)",
    "EXPORT DATABASE 'OUT'",
    "ATTACH 'DB' AS again",
    "ATTACH 'OUT' AS made",
    'DETACH at_population',
    'USE at_population',
    'INSTALL httpfs',
    "LOAD 'FILE'",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1/'",
    'PRAGMA database_list',
    "PRAGMA enable_profiling = 'json'",
    'SET enable_external_access = true',
    'SET lock_configuration = false',
    "SET memory_limit = '100GB'",
    'RESET ALL',
    "CALL enable_logging(storage = 'file', storage_path = 'OUT')",
    "SELECT * FROM enable_logging(storage = 'file', storage_path = 'OUT')",
    "SELECT write_log('x')",
    'CHECKPOINT',
    'VACUUM',
    'BEGIN',
    'CREATE TABLE population.mine AS SELECT 1',
    'CREATE MACRO f(x) AS (SELECT content FROM read_text(x))',
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    'DROP VIEW population.person',
    'INSERT INTO population.person VALUES (1)',
    'UPDATE population.person SET age = 1',
    'DELETE FROM population.person',
    'MERGE INTO population.person USING population.day ON true WHEN MATCHED THEN DELETE',
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'EXPLAIN ANALYZE SELECT 1',
    "SELECT nextval('s')",
    'SELECT setseed(0.5)',
  ],
  'text that is carried out': [
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('at_population.population.secret')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT json_serialize_sql('SELECT 1')",
    "SELECT json_deserialize_sql('{}')",
    "SELECT * FROM sql_auto_complete('SEL')",
  ],
  'what the session, the catalogue and the settings know': [
    "SELECT getenv('HOME')",
    "SELECT age FROM population.person GROUP BY age, getenv('HOME')",
    "SELECT sum(age) OVER w FROM population.person WINDOW w AS (ORDER BY getenv('HOME'))",
    "SELECT array_agg(age ORDER BY getenv('HOME')) FROM population.person",
    "SELECT [x FOR x IN [getenv('HOME')]], {'a': getenv('HOME')}",
    "SELECT list_aggregate(['a'], 'getenv')",
    'SELECT current_schemas(true), version()',
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_databases()',
    'SELECT * FROM duckdb_columns()',
    'SELECT * FROM duckdb_secrets()',
    'SELECT * FROM duckdb_logs',
    'SELECT * FROM duckdb_tables',
    'SELECT * FROM information_schema.columns',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM pg_catalog.pg_class',
    'SELECT * FROM pg_class',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM system.information_schema.columns',
    'SELECT current_query()',
    'SELECT stats(age) FROM population.person',
    "SELECT * FROM pragma_storage_info('population.person')",
    'SHOW TABLES',
    'SHOW ALL TABLES',
    'DESCRIBE population.person',
    'SUMMARIZE population.person',
    'SELECT * FROM (DESCRIBE population.person)',
    'SELECT * FROM (SUMMARIZE population.secret)',
    'SELECT * FROM (SHOW ALL TABLES)',
  ],
  'marts, columns and rows that are not granted': [
    'SELECT * FROM population.secret',
    'SELECT * FROM secret',
    'SELECT * FROM at_population.population.secret',
    'SELECT * FROM at_population.population.person',
    'SELECT * FROM memory.population.person',
    'SELECT * FROM "AT_POPULATION"."POPULATION"."PERSON"',
    'SELECT _org FROM population.person',
    'SELECT _note FROM population.person',
    'SELECT person._note FROM population.person',
    'SELECT population.person._org FROM population.person',
    'SELECT rowid, _note FROM population.person',
    'SELECT * EXCLUDE (id), p._note FROM population.person p',
    'SELECT p.* REPLACE (_note AS name) FROM population.person p',
    'SELECT age FROM population.person QUALIFY row_number() OVER (ORDER BY _note) = 1',
    'SELECT age FROM population.person ORDER BY _org',
    'SELECT x FROM population.person, LATERAL (SELECT _note AS x)',
    'SELECT * FROM population.person PIVOT (max(_note) FOR age IN (1, 2))',
    'SELECT * FROM population.person UNPIVOT (v FOR n IN (_note, _org))',
    'SELECT fillonce_result FROM fillonce_result',
    'SELECT * FROM population.person AT (VERSION => 1)',
    "SELECT COLUMNS('_org|_note') FROM population.person",
    "SELECT struct_extract(p, '_org') FROM population.person p",
    "SELECT p['_note'] FROM population.person p",
    'SELECT * FROM population.person POSITIONAL JOIN population.secret',
    'SELECT 1 UNION ALL BY NAME SELECT * FROM population.secret',
    'SELECT * FROM (TABLE population.secret)',
    'PIVOT population.person ON name USING count(*)',
    'SELECT * FROM histogram(population.secret, word)',
  ],
  'several statements, comments and signs that look like others': [
    'SELECT 1; SELECT 2',
    "SELECT 1; COPY (SELECT 1) TO 'OUT'",
    "SELECT 1) TO 'OUT' (FORMAT csv); --",
    "SELECT 1 FROM population.person) TO 'OUT' --",
    'SELECT 1) , (SELECT 2',
    "SELECT 1 /* ; */ ; /* */ ATTACH 'OUT'",
    'SELECT 1 -- \n; INSTALL httpfs',
    'SELECT $$ ; $$ ; SET threads = 8',
    'SELECT 1\u2028; SELECT 2',
    'SELECT 1\uff1b SELECT 2',
    'SEL/**/ECT * FROM population.person',
    'SELECT * FROM ｐopulation.secret',
    'SELECT * FROM population.ſecret',
    'SELECT * FROM U&"\\0070opulation".secret',
    "SELECT reaⅾ_text('FILE')",
    'SELECT "read_text"(\'FILE\')',
    "SELECT main.read_text('FILE')",
    "SELECT system.main.getenv('HOME')",
    "SELECT 'FILE'.read_text()",
    "\u202eSELECT getenv('HOME')",
    'SELECT 1\u0000; SELECT 2',
    'SELECT ? + 1',
    'SELECT $1',
  ],
  'what has no end': [
    'SELECT * FROM range(100000000000)',
    'SELECT * FROM generate_series(1, 9223372036854775807)',
    'SELECT unnest(range(1000000000000))',
    'SELECT sleep_ms(100000)',
    'SELECT pg_sleep(1000)',
    "SELECT * FROM repeat('x', 100000000000)",
    'SELECT * FROM repeat_row(1, num_rows = 100000000000)',
  ],
};

const RENAMED = Array.from({ length: 12 }, (_, i) => `age + ${i} AS c${i}`).join(', ');
/** Each one is the square of the one before. */
const DOUBLING = Array.from({ length: 24 }, (_, i) =>
  i === 0 ? 't0 AS (SELECT 1 AS x)' : `t${i} AS NOT MATERIALIZED (SELECT a.x + b.x AS x FROM t${i - 1} a, t${i - 1} b)`,
).join(', ');

/** These pass the gate, because each part of them has a use; time or memory ends them. */
const STOPPED: readonly string[] = [
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, range(2)) SELECT count(*) FROM r',
  "WITH RECURSIVE r AS (SELECT 'x' AS t UNION ALL SELECT t || t FROM r) SELECT max(length(t)) FROM r",
  "SELECT repeat('x', 2000000000) || repeat('y', 2000000000)",
  "SELECT repeat('x', 1000000000) || id FROM population.person",
  "SELECT repeat(repeat(repeat('x', 10000), 10000), 100) || age FROM population.person",
  'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3',
  'SELECT count(*) FROM population.person a, population.person b, population.person c, population.person d, population.person e, population.person f WHERE a.age + b.age + c.age + d.age + e.age + f.age = 1',
  'SELECT list_sum(list_transform(range(9000000), x -> list_sum(list_transform(range(9000000), y -> x * y))))',
  'SELECT list(a.range) FROM range(9000000) a, range(100) b',
  "SELECT string_agg(repeat('x', 1000000), '') FROM range(9000000)",
  "SELECT string_agg(repeat('x', 1000), ',') FROM range(9000000) a, range(9000000) b",
  'SELECT map_from_entries(list_zip(range(9000000), range(9000000))), list_resize([1], 2000000000)',
  "SELECT lpad('x', 2000000000, 'y') || age FROM population.person",
  "SELECT format('{:999999999}', 1) || printf('%2000000000d', 1)",
  "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))",
  `SELECT count(*) FROM (SELECT ${RENAMED} FROM population.person) GROUP BY CUBE (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11)`,
  `WITH ${DOUBLING} SELECT x FROM t23`,
  'SELECT histogram(a.range * b.range) FROM range(9000000) a, range(100) b',
  "SELECT regexp_replace(repeat('a', 50000000), '(a*)*b', 'x', 'g') || age FROM population.person",
  'SELECT a.range, b.range, row_number() OVER (ORDER BY hash(a.range, b.range)) FROM range(9000000) a, range(1000) b ORDER BY 3 DESC',
];

describe('hostile statements', { timeout: 240_000 }, () => {
  for (const [what, statements] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async () => {
      for (const [i, template] of statements.entries()) {
        const statement = template
          .replaceAll('FILE', canaryFile)
          .replaceAll('OUT', join(bench.folder, 'written'))
          .replaceAll('DB', serving);
        const report = await bench.engine.check({ grant: grantOn(serving), statement, parameters: {} });
        const codes = report.problems.map(({ code }) => code);
        expect([statement, codes]).toEqual([statement, expect.arrayContaining([expect.stringMatching(REFUSAL)])]);
        expect(JSON.stringify(report).replaceAll(canaryFile, '')).not.toMatch(CANARY);
        // A check stops where a run would; some are run all the same, each in a process of its own.
        if (i % 6 !== 0) continue;
        const { code, said } = await bench.ask(grantOn(serving), statement);
        expect([statement, code]).toEqual([statement, expect.stringMatching(REFUSAL)]);
        expect(said.replaceAll(canaryFile, '')).not.toMatch(CANARY);
      }
      expect((await readdir(bench.folder)).filter((name) => name.startsWith('written'))).toEqual([]);
      expect(await readFile(canaryFile, 'utf8')).toBe('word\nCANARYFILE\n');
    });
  }

  it('stops what does not end, and goes on serving', { timeout: 240_000 }, async () => {
    const hasty = await openBench({ timeMs: 1_000 });
    try {
      for (const statement of STOPPED) {
        const { code } = await hasty.ask(grantOn(serving), statement);
        expect([statement, code]).toEqual([
          statement,
          expect.stringMatching(/^analytics\.sql\.(time|memory|series|failed)$/),
        ]);
      }
    } finally {
      await hasty.close();
    }
    const { rows } = await bench.ask(grantOn(serving), 'SELECT count(*) FROM population.person');
    expect(rows).toEqual([[60]]);
  });

  it('does not tell where the platform keeps its files when they are full', async () => {
    const statement = `SELECT 1 FROM ${Array.from({ length: 300 }, (_, i) => `population.person p${i}`).join(', ')}`;
    const { code, said } = await bench.ask(grantOn(serving), statement);
    expect(code).toMatch(/^analytics\.sql\.(memory|time)$/);
    expect(said).not.toContain(bench.folder);
  });

  it('refuses a statement that is too deep or too long for the parser or the gate', async () => {
    const deep = [
      `SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`,
      `SELECT ${'1 + '.repeat(4_900)}1`,
      `SELECT ${'-'.repeat(3)}1`,
    ];
    const wide = [`SELECT ${Array.from({ length: 6_000 }, () => '1').join(',')}`, `SELECT '${'x'.repeat(30_000)}'`];
    for (const statement of [...deep, ...wide]) {
      const { code } = await bench.ask(grantOn(serving), statement);
      expect([statement.slice(0, 30), code === null || /^analytics\.sql\./.test(code)]).toEqual([
        statement.slice(0, 30),
        true,
      ]);
    }
  });
});
