import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFairQueue, createSqlDesk, type Turn, writeArrow, writeCsv } from '../../analytics/index.ts';
import { withoutSemicolon } from '../../analytics/sql-gate/statement-text.ts';
import { systemClock } from '../../core/index.ts';
import { grantOn, openBench, writeServing } from './sql-grant.ts';

let bench: Awaited<ReturnType<typeof openBench>>;
const one = () => join(bench.folder, 'one.duckdb');
const other = () => join(bench.folder, 'other.duckdb');

beforeAll(async () => {
  bench = await openBench();
  await writeServing(one(), { name: '王', note: 'one', foreignId: 500_000 });
  await writeServing(other(), { name: 'Li', note: 'something longer', foreignId: 9 });
});
afterAll(() => bench.close());

const allowed: readonly (readonly [statement: string, rows: unknown[][]])[] = [
  ['SELECT count(*) FROM population.person', [[60]]],
  ['select count(*) from Person; -- the schemas are on the search path', [[60]]],
  ['FROM population.day ORDER BY visits LIMIT 1', [['2026-11-01', 0]]],
  ['SELECT DISTINCT name FROM population.person', [['***']]],
  [
    'SELECT age, count(*) FILTER (WHERE id > 3) AS n FROM population.person GROUP BY ALL HAVING age < 2 ORDER BY age',
    [
      [0, 0],
      [1, 0],
    ],
  ],
  ['WITH p AS (SELECT * FROM population.person), q AS (SELECT max(id) AS m FROM p) SELECT m FROM q', [[59]]],
  ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r', [[15]]],
  ['SELECT id FROM population.person QUALIFY row_number() OVER (ORDER BY id DESC) = 1', [[59]]],
  ['SELECT list_sum(list_transform([1, 2], x -> x * 2)), [y + 1 FOR y IN [1]][1]', [[6, 2]]],
  ['SELECT p.id, d.visits FROM population.person p JOIN population.day d ON d.visits = p.id WHERE p.id = 7', [[7, 7]]],
  ['SELECT * FROM (SELECT age % 2 AS odd, id FROM population.person) PIVOT (count(id) FOR odd IN (0, 1))', [[30, 30]]],
  ['SELECT * FROM range(2)', [[0], [1]]],
  ["SELECT strftime(max(day), '%Y') FROM population.day", [['2026']]],
  ['SELECT 170141183460469231731687303715::HUGEINT', [['170141183460469231731687303715']]],
  ['SELECT 1 UNION SELECT 1', [[1]]],
  ['VALUES (1), (2)', [[1], [2]]],
  ["SELECT 'ein; zwei' /* ; */ ;;", [['ein; zwei']]],
];

const ENDLESS = 'SELECT count(*) FROM range(9000000) a, range(9000000) b WHERE a.range % 7 = b.range % 3';

describe('the gate', { timeout: 240_000 }, () => {
  it('lets the SQL of analysts through', async () => {
    for (const [statement, rows] of allowed) {
      const outcome = await bench.ask(grantOn(one()), statement);
      expect([statement, outcome.code, outcome.rows]).toEqual([statement, null, rows]);
    }
  });

  it('binds parameters', async () => {
    const statement = 'SELECT $word, count(*) FROM population.person WHERE age < $age AND $word = $word';
    const said = "'; DROP TABLE x; --";
    expect((await bench.ask(grantOn(one()), statement, { age: 10, word: said })).rows).toEqual([[said, 10]]);
    expect((await bench.ask(grantOn(one()), statement, { age: 10 })).code).toBe('analytics.sql.parameter');
  });

  it('takes names of parameters that differ in case for one, as the engine does', async () => {
    const statement = 'SELECT $Age, $age + 1';
    const { parameters } = await bench.engine.check({ grant: grantOn(one()), statement, parameters: {} });
    expect(parameters).toEqual(['Age']);
    expect((await bench.ask(grantOn(one()), statement, { age: 7 })).rows).toEqual([[7, 8]]);
  });

  it('counts days and moments by the office, and keeps a day that Parquet does not have', async () => {
    const statement = `SELECT TIMESTAMPTZ '2026-11-22 23:30:00+00'::DATE, 'infinity'::DATE, DATE '2026-01-01',
      current_date = (now() AT TIME ZONE 'Asia/Shanghai')::DATE`;
    expect((await bench.ask(grantOn(one()), statement)).rows).toEqual([['2026-11-23', 'infinity', '2026-01-01', true]]);
  });

  it('says of a publication that is deleted that it is, and not where it was', async () => {
    const outcome = await bench.ask(grantOn('/nowhere/gone.duckdb'), 'SELECT 1');
    expect([outcome.code, outcome.said.includes('/nowhere')]).toEqual(['analytics.sql.publication', false]);
  });

  it('says where in the statement the problem is', async () => {
    const places: readonly (readonly [string, string])[] = [
      ["SELECT '张三', agee FROM population.person", 'agee'],
      ["SELECT '张三' FROM nowhere", 'nowhere'],
      ["SELECT /* 注 */ getenv('HOME')", 'getenv'],
      ["SELECT '张三' FORM population.person", 'population.person'],
    ];
    for (const [statement, word] of places) {
      const { problems } = await bench.engine.check({ grant: grantOn(one()), statement, parameters: {} });
      const { position, length } = problems[0]!.details as { position?: number; length?: number };
      expect([statement, statement.slice(position, (position ?? 0) + (length ?? 0))]).toEqual([statement, word]);
    }
  });

  it('estimates in powers of ten, and warns of joins without a condition by their size', async () => {
    const check = (statement: string) => bench.engine.check({ grant: grantOn(one()), statement, parameters: {} });
    const small = await check('SELECT * FROM population.person');
    const cross = await check('SELECT 1 FROM range(1000000) a, range(1000000) b');
    expect(small).toMatchObject({ problems: [], tables: ['population.person'], estimate: { rows: 100 } });
    expect(cross.estimate!.handledRows).toBeGreaterThanOrEqual(1e12);
  });

  it('says of a check that comes too late that it says nothing of the statement, and checks again', async () => {
    const hurried = await openBench({ checkMs: 0 });
    const check = () => hurried.engine.check({ grant: grantOn(one()), statement: 'SELECT 1', parameters: {} });
    await expect(check()).rejects.toMatchObject({ code: 'analytics.sql.unchecked', retryable: true });
    await expect(check()).rejects.toMatchObject({ code: 'analytics.sql.unchecked' });
    await hurried.close();
  });

  it('outlives a killed process and says that it ended', async () => {
    const running = bench.ask(grantOn(one()), ENDLESS);
    while (bench.engine.pids().length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const pid of bench.engine.pids()) process.kill(pid, 'SIGKILL');
    expect((await running).code).toBe('analytics.sql.lost');
    expect((await bench.ask(grantOn(one()), 'SELECT 1')).rows).toEqual([[1]]);
  });

  it('cancels', async () => {
    const leave = new AbortController();
    const running = bench.engine.run(
      { grant: grantOn(one()), statement: ENDLESS, parameters: {} },
      { limit: 1, file: join(bench.folder, 'never.parquet'), signal: leave.signal },
    );
    leave.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    expect((await bench.ask(grantOn(one()), 'SELECT 1')).rows).toEqual([[1]]);
  });
});

/** Expressions over what the person has, bent as far as the gate allows. */
const column = fc.constantFrom('id', 'name', 'age', '*', 'person', 'rowid', '_org', '_note', 'columns(*)');
const bend = fc.constantFrom(
  (x: string) => `max(${x})`,
  (x: string) => `min(${x})`,
  (x: string) => `count(DISTINCT ${x})`,
  (x: string) => `string_agg(${x}::VARCHAR, ',')`,
  (x: string) => `list(${x})`,
  (x: string) => `any_value(${x})`,
  (x: string) => `sum(length(${x}::VARCHAR))`,
  (x: string) => `max(CASE WHEN ${x}::VARCHAR > 'M' THEN 1 ELSE 0 END)`,
  (x: string) => `sum(CAST(${x} AS INTEGER))`,
  (x: string) => `max(TRY_CAST(${x} AS DATE))`,
  (x: string) => `bool_or(${x}::VARCHAR LIKE '%王%')`,
  (x: string) => `approx_quantile(CAST(${x} AS BIGINT), 0.9)`,
  (x: string) => `histogram(${x})`,
  (x: string) => `to_json(list(${x}))`,
  (x: string) => `max(hash(${x}))`,
);
const condition = fc.constantFrom(
  '',
  'WHERE CAST(name AS INTEGER) > 0',
  'WHERE 1000 / (age - 500000) <> 7',
  'WHERE id > 400000',
  "WHERE CASE WHEN age > 100 THEN CAST('x' || age AS INTEGER) > 0 ELSE true END",
  'WHERE age = (SELECT max(age) FROM population.person)',
  'WHERE id NOT IN (SELECT visits FROM population.day)',
  'WHERE try_cast(name AS DATE) IS NULL',
  'WHERE name > (SELECT min(name) FROM population.person)',
);

describe('what a person may not see', () => {
  it('makes no difference to anything that he is told', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(column, bend), { minLength: 1, maxLength: 3 }),
        condition,
        async (parts, where) => {
          const select = parts.map(([name, how]) => how(name)).join(', ');
          const statement = `SELECT ${select} FROM population.person ${where}`;
          const answers = await Promise.all([
            bench.ask(grantOn(one()), statement),
            bench.ask(grantOn(other()), statement),
          ]);
          expect([statement, answers[0].said]).toEqual([statement, answers[1].said]);
          const [first, second] = await Promise.all(
            [one(), other()].map((file) => bench.engine.check({ grant: grantOn(file), statement, parameters: {} })),
          );
          expect([statement, first]).toEqual([statement, second]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the queue', () => {
  const tick = () => new Promise((resolve) => setImmediate(resolve));

  it('takes turns between people, whoever asks how often', async () => {
    const queue = createFairQueue({ atOnce: 1, perOwner: 10, inAll: 50 });
    const began: string[] = [];
    const ends: (() => void)[] = [];
    const enter = (owner: string): Turn => {
      const turn = queue.enter(owner);
      void turn.ready.then((end) => {
        began.push(owner);
        ends.push(end);
      });
      return turn;
    };
    for (let i = 0; i < 4; i++) enter('busy');
    const late = enter('late');
    expect(late.position()).toBe(1);
    for (let i = 0; i < 5; i++) {
      await tick();
      ends[i]!();
    }
    await tick();
    expect(began).toEqual(['busy', 'late', 'busy', 'busy', 'busy']);
    expect(late.position()).toBeNull();
  });

  it('is bounded per person and in all, and lets go of those who leave', async () => {
    const queue = createFairQueue({ atOnce: 1, perOwner: 2, inAll: 2 });
    const running = queue.enter('a');
    const waits = queue.enter('a');
    expect(() => queue.enter('a')).toThrowError(/analytics\.sql\.queue/);
    queue.enter('b').ready.catch(() => undefined);
    expect(() => queue.enter('c')).toThrowError(/analytics\.sql\.queue/);
    waits.leave(new Error('gone'));
    await expect(waits.ready).rejects.toThrow('gone');
    expect(queue.waiting()).toBe(1);
    (await running.ready)();
    expect(queue.waiting()).toBe(0);
  });
});

it('a desk that closes tells the end of what runs and of what waits, before it is closed', async () => {
  const shut = await openBench();
  const desk = await createSqlDesk({
    engine: shut.engine,
    queue: createFairQueue({ atOnce: 1, perOwner: 5, inAll: 5 }),
    folder: join(shut.folder, 'results'),
    clock: systemClock,
  });
  const told: string[] = [];
  for (const id of ['runs', 'waits']) {
    const ask = { grant: grantOn(one()), statement: ENDLESS, parameters: {} };
    desk.submit({ id, owner: { id: 'a', rights: '' }, ask, limit: 1 }, async (status) => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`${id} ${status.state}`);
    });
  }
  await desk.close();
  expect(told.sort()).toEqual(['runs cancelled', 'waits cancelled']);
  await shut.close();
});

describe('result files', () => {
  async function bytes(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const part of parts) all.push(part);
    return Buffer.concat(all);
  }
  async function* rows() {
    yield {
      names: ['n', 't'],
      rowCount: 3,
      columns: [
        [1, null, -3],
        ['=1+1', '说“好”,', null],
      ],
    };
  }
  const columns = [
    { name: 'n', sqlType: 'BIGINT' },
    { name: 't', sqlType: 'VARCHAR' },
  ];

  it('is CSV that no spreadsheet carries out', async () => {
    expect((await bytes(writeCsv(columns, rows()))).toString()).toBe('\ufeffn,t\r\n1,\'=1+1\r\n,"说“好”,"\r\n-3,\r\n');
    const union = [columns[0]!, { name: 't', sqlType: 'UNION(n INTEGER, s VARCHAR)' }];
    expect((await bytes(writeCsv(union, rows()))).toString()).toContain("1,'=1+1");
  });

  it('is an Arrow stream that says of every type what was asked, a batch per chunk', async () => {
    const kinds = {
      n: 'BIGINT',
      small: 'UTINYINT',
      t: 'VARCHAR',
      d: 'DECIMAL(38,6)',
      m: 'DECIMAL(9,2)',
      x: 'DOUBLE',
      b: 'BOOLEAN',
      day: 'DATE',
      at: 'TIMESTAMP',
    };
    const all = Object.entries(kinds).map(([name, sqlType]) => ({ name, sqlType }));
    const first = ['9007199254740993', 200, '说“好”,', '12345678901234567890123456789012.123456', -0.05, 0.1, true];
    const chunk = {
      names: Object.keys(kinds),
      rowCount: 2,
      columns: [...first, '1969-12-31', '2026-11-22 08:30:00.000001'].map((cell) => [null, cell]),
    };
    async function* chunks() {
      yield chunk;
      yield chunk;
    }
    const stream = await bytes(writeArrow(all, chunks()));
    expect(stream.subarray(-8)).toEqual(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    const table = tableFromIPC(stream);
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([2, 2]);
    expect(table.schema.fields.map(({ name, nullable, type }) => [name, nullable, String(type)])).toEqual([
      ['n', true, 'Int64'],
      ['small', true, 'Int64'],
      ['t', true, 'Utf8'],
      ['d', true, 'Decimal[38e+6]'],
      ['m', true, 'Decimal[9e+2]'],
      ['x', true, 'Float64'],
      ['b', true, 'Bool'],
      ['day', true, 'Date32<DAY>'],
      ['at', true, 'Timestamp<MICROSECOND>'],
    ]);
    expect(Object.values(table.get(0)!.toJSON())).toEqual(all.map(() => null));
    const row = table.get(3)!.toJSON();
    expect({ ...row, d: String(row.d), m: Int32Array.from(row.m)[0] }).toEqual({
      n: 9007199254740993n,
      small: 200n,
      t: '说“好”,',
      d: '12345678901234567890123456789012123456',
      m: -5,
      x: 0.1,
      b: true,
      day: Date.parse('1969-12-31'),
      at: Date.parse('2026-11-22T08:30:00Z') + 0.001,
    });
  });

  it('is an Arrow stream of columns alone where there are no rows', async () => {
    async function* none() {}
    const table = tableFromIPC(await bytes(writeArrow(columns, none())));
    expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([0, ['n', 't']]);
  });

  it('keeps every digit of a decimal from the statement to Arrow', async () => {
    const file = join(bench.folder, 'decimals.parquet');
    const report = await bench.engine.run(
      {
        statement: 'SELECT \'-0.01\'::DECIMAL(38,2) AS "a b", 123456789012345678.9::DECIMAL(19,1) AS d, 1 AS n',
        parameters: {},
        grant: grantOn(one()),
      },
      { limit: 10, file },
    );
    const table = tableFromIPC(await bytes(writeArrow(report.columns, bench.files.exact(file, report.columns))));
    expect(Object.values(table.get(0)!.toJSON()).map(String)).toEqual(['-1', '1234567890123456789', '1']);
  });

  it('leaves out a day that Arrow cannot say, rather than making it another day', async () => {
    const days = [{ name: 'd', sqlType: 'DATE' }];
    async function* told(day: string | null) {
      yield { names: ['d'], rowCount: 1, columns: [[day]] };
    }
    const missing = await bytes(writeArrow(days, told(null)));
    for (const day of ['infinity', '0044-03-15 (BC)', '12026-01-01'])
      expect(await bytes(writeArrow(days, told(day)))).toEqual(missing);
    expect(await bytes(writeArrow(days, told('1970-01-01')))).not.toEqual(missing);
  });
});

it('only the semicolon that ends a statement is taken off', () => {
  const kept = [
    "SELECT ';'",
    'SELECT "a;b"',
    'SELECT $$;$$',
    "SELECT E'\\';'",
    '/* ; */ SELECT 1',
    'SELECT 1; SELECT 2',
  ];
  for (const statement of kept) expect(withoutSemicolon(statement)).toBe(statement);
  expect(withoutSemicolon('SELECT 1; -- a; b')).toBe('SELECT 1  -- a; b');
});
