import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { duckdbRows, openWorkbook } from '../../../templates/xlsx/index.ts';
import { written } from './workbook-bytes.ts';

let instance: DuckDBInstance;
let connection: Awaited<ReturnType<DuckDBInstance['connect']>>;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});

afterAll(() => instance.closeSync());

async function firstRows(sql: string, options = {}): Promise<unknown[]> {
  const { columns, rows } = await duckdbRows(connection, sql, options);
  const workbook = await openWorkbook(await written([{ name: '结果', columns, rows }]));
  const values: unknown[] = [];
  for await (const row of workbook.rows('结果', { from: 2, limit: 5 })) values.push(row.values);
  await workbook.close();
  return values;
}

describe('a query result written to a sheet', () => {
  it('keeps every type as Excel can show it', async () => {
    const [row] =
      await firstRows(`SELECT '110105199001011234' AS id, 110105199001011234::BIGINT AS long, 42::BIGINT AS short,
      1.10::DECIMAL(10,2) AS money, 123456789012345678.5::DECIMAL(20,1) AS wide, DATE '2026-03-31' AS day,
      TIMESTAMP '2026-03-31 08:15:30.5' AS at, TIMESTAMP_NS '2026-03-31 08:15:30' AS nano, DATE '1850-01-01' AS old, true AS yes,
      'a'::ENUM('a') AS kind, [1, 2] AS list, NULL AS nothing, 0.1::DOUBLE AS tenth, TIME '08:15:00' AS clock, DATE 'infinity' AS ever`);
    expect(row).toEqual([
      '110105199001011234',
      '110105199001011234',
      42,
      1.1,
      '123456789012345678.5',
      new Date(Date.UTC(2026, 2, 31)),
      new Date(Date.UTC(2026, 2, 31, 8, 15, 30, 500)),
      new Date(Date.UTC(2026, 2, 31, 8, 15, 30)),
      '1850-01-01',
      true,
      'a',
      '[1, 2]',
      undefined,
      0.1,
      '08:15:00',
      'infinity',
    ]);
  });

  it('streams when told how many rows there are, and takes parameters', async () => {
    const rows = await firstRows('SELECT i::INTEGER FROM range(10000) t(i) WHERE i >= $1', {
      expectedRows: 9_990,
      parameters: [10],
    });
    expect(rows).toEqual([[10], [11], [12], [13], [14]]);
  });

  it('is not written when the stream ends early', async () => {
    const { rows, columns } = await duckdbRows(connection, 'SELECT 1 FROM range(5000)', { expectedRows: 5_001 });
    await expect(written([{ name: 's', columns, rows }])).rejects.toMatchObject({
      code: 'templates.xlsx.incompleteRows',
    });
  });
});
