import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader } from '../../warehouse/reader.ts';
import { type Fixture, openFixture } from './fixture.ts';

describe('a reader', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await openFixture();
    await fixture.land(
      'grid.case',
      Array.from({ length: 300 }, (_, i) => ({
        caseNo: `c${String(i).padStart(4, '0')}`,
        category: String(1 + (i % 8)),
        source: '3',
        gridPath: `310199/001/c${i % 12 < 10 ? '0' : ''}${i % 12}/g01`,
        reportedAt: `2026-11-${String(1 + (i % 20)).padStart(2, '0')}T08:00:00+08:00`,
        closedAt: i % 3 === 0 ? '2026-11-21T08:00:00+08:00' : null,
        status: '6',
        updatedAt: '2026-11-21T09:00:00+08:00',
      })),
    );
    await fixture.bringUp();
  });
  afterAll(() => fixture.close());

  const page = (request: object) => fixture.reader.page('current', { mart: 'cases.case', limit: 1_000, ...request });

  it('gives pages that do not overlap and together are everything', async () => {
    const seen: unknown[] = [];
    for (let offset = 0; offset < 300; offset += 70) {
      const { rows, total } = await page({
        columns: ['case_no'],
        orderBy: [{ column: 'category' }],
        offset,
        limit: 70,
      });
      expect(total).toBe(300);
      seen.push(...rows.map(({ case_no }) => case_no));
    }
    expect(new Set(seen).size).toBe(300);
  });

  it.each([
    [{ column: 'category', op: 'eq', value: '市容环境' }, 38],
    [{ column: 'category', op: 'in', value: ['市容环境', '市政设施'] }, 76],
    [{ column: 'category', op: 'in', value: [] }, 0],
    [{ column: 'closed_at', op: 'isNull' }, 200],
    [{ column: 'closed_at', op: 'notNull' }, 100],
    [{ column: 'reported_at', op: 'ge', value: '2026-11-20 00:00:00' }, 15],
    [{ column: '_org', op: 'within', value: '310199/001/c01' }, 25],
    [{ column: '_org', op: 'within', value: '310199/001' }, 300],
    [{ column: '_org', op: 'within', value: '310199/001/c1' }, 0],
    [{ column: 'case_no', op: 'startsWith', value: 'c00' }, 100],
    [{ column: 'case_no', op: 'contains', value: 'C029' }, 10],
    [{ column: 'case_no', op: 'eq', value: "' OR 1=1 --" }, 0],
  ])('filters by %j', async (condition, total) => {
    expect((await page({ where: [condition], columns: ['case_no'] })).total).toBe(total);
  });

  it.each([
    [{ mart: 'cases.nothing' }],
    [{ columns: ['case_no; DROP TABLE x'] }],
    [{ columns: [] }],
    [{ orderBy: [{ column: 'nothing' }] }],
    [{ where: [{ column: 'nothing', op: 'eq', value: 1 }] }],
    [{ where: [{ column: 'case_no', op: 'like', value: '%' }] }],
    [{ where: [{ column: 'case_no', op: 'eq', value: null }] }],
    [{ limit: 1e9 }],
    [{ offset: -1 }],
  ])('refuses %j', async (request) => {
    await expect(page(request)).rejects.toMatchObject({ code: 'warehouse.page', status: 400 });
  });

  it('stops a query that runs too long or gives too much, and goes on serving', async () => {
    const endless = 'SELECT count(*) FROM range(100000000000) a, range(1000) b';
    await expect(
      fixture.reader.withPublication('current', (sql) => sql.all(endless), { timeoutMs: 50 }),
    ).rejects.toMatchObject({ code: 'warehouse.query.timeout' });
    await expect(
      fixture.reader.withPublication('current', (sql) => sql.all('SELECT * FROM range(5000)'), { maxRows: 1_000 }),
    ).rejects.toMatchObject({ code: 'warehouse.query.rows' });
    const stop = new AbortController();
    const running = fixture.reader.withPublication('current', (sql) => sql.all(endless), { signal: stop.signal });
    setImmediate(() => stop.abort(new Error('gone')));
    await expect(running).rejects.toThrow('gone');
    expect((await page({ limit: 1 })).rows).toHaveLength(1);
  });

  it('stops a query that was given up while it waited for a thread', async () => {
    await page({ limit: 1 });
    const pool = Array.from({ length: Number(process.env.UV_THREADPOOL_SIZE ?? 4) }, () =>
      promisify(pbkdf2)('password', 'salt', 400_000, 32, 'sha512'),
    );
    const stop = new AbortController();
    const running = fixture.reader.withPublication(
      'current',
      (sql) => {
        setImmediate(() => stop.abort(new Error('gone')));
        return sql.all('SELECT count(*) FROM range(100000000000) a, range(1000) b');
      },
      { signal: stop.signal },
    );
    await expect(running).rejects.toThrow('gone');
    await Promise.all(pool);
  });

  it('spells values for JSON: numbers, days, civil times, texts', async () => {
    const [row] = await fixture.reader.withPublication('current', (sql) =>
      sql.all(
        `SELECT 12345678901::BIGINT AS big, 9007199254740993::BIGINT AS huge, 1.10::DECIMAL(9, 2) AS money, DATE '2026-11-22' AS day,
         TIMESTAMP '2026-11-22 09:30:00' AS moment, [1, 2] AS list, {'a': true} AS object, NULL AS nothing`,
      ),
    );
    expect(row).toEqual({
      big: 12345678901,
      huge: '9007199254740993',
      money: 1.1,
      day: '2026-11-22',
      moment: '2026-11-22 09:30:00',
      list: [1, 2],
      object: { a: true },
      nothing: null,
    });
  });

  it('stays on the publication it began with, also when another one appears meanwhile', async () => {
    const counts = await fixture.reader.withPublication('current', async (sql) => {
      const [before] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM cases."case"');
      await fixture.land('grid.case', [
        {
          caseNo: 'new',
          category: '1',
          gridPath: '310199/001/c01/g01',
          reportedAt: '2026-11-21T08:00:00+08:00',
          updatedAt: '2026-11-21T09:00:00+08:00',
        },
      ]);
      await fixture.bringUp();
      const [after] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM cases."case"');
      return [before?.n, after?.n];
    });
    expect(counts).toEqual([300, 300]);
    expect((await page({ limit: 0 })).total).toBe(301);
  });

  it('says clearly that nothing is published yet', async () => {
    const reader = openReader({ folder: fixture.folder });
    await expect(reader.current()).rejects.toMatchObject({ code: 'warehouse.publication.unknown', status: 404 });
    await reader.close();
  });
});
