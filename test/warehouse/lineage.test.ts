import { beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { type Declared, loadDeclared } from '../../warehouse/assets.ts';
import { openDuckDb } from '../../warehouse/duckdb.ts';
import { type ColumnLineage, loadLineage } from '../../warehouse/lineage.ts';
import { queryLineage } from '../../warehouse/query-lineage.ts';

describe('the lineage of columns', () => {
  let declared: Declared;
  let lineage: ColumnLineage;
  beforeAll(async () => {
    declared = loadDeclared(loadCatalogue());
    lineage = await loadLineage(declared, []);
  });
  const landed = (key: string) =>
    lineage
      .upstream(key)
      .filter(({ step }) => step === 'sent')
      .map((column) => column.key);

  it('resolves every column of every shipped mart to golden fields, or explains it', () => {
    for (const mart of declared.marts) {
      const columns = lineage.columns.filter(({ asset }) => asset === `mart.${mart.id}`);
      expect(columns.length, mart.id).toBeGreaterThan(0);
      for (const column of columns) {
        const explained =
          column.from.length > 0 ||
          column.counts.length > 0 ||
          column.expression !== null ||
          column.step === 'constant' ||
          column.step === 'kept';
        expect(explained, column.key).toBe(true);
        for (const key of column.from) expect(lineage.column(key), `${column.key} from ${key}`).not.toBeNull();
      }
    }
  });

  it('leads every field of every entity back to what a source sends, unless no source says it', () => {
    const silent = declared.plan.catalogue.elements.flatMap(({ entity, field }) =>
      landed(`golden.${entity}/${field}`).length === 0 ? [`${entity}.${field}`] : [],
    );
    const unsaid = declared.plan.catalogue.elements.flatMap(({ entity, field, sources }) => {
      const contracts = [...declared.plan.contracts.values()].filter((contract) => contract.entity === entity);
      const said = contracts.some(
        (contract) => sources.length > 0 && contract.columns.some((column) => column.field === field),
      );
      const kind = declared.plan.catalogue.entity(entity).kind;
      return said || kind === 'golden' ? [] : [`${entity}.${field}`];
    });
    expect(silent).toEqual(unsaid);
  });

  it('names the sources of a chosen field in the order in which they are believed', () => {
    expect(lineage.column('golden.person/phone')?.from).toEqual([
      'staged.platform.confirmation/value',
      'staged.grid.resident/phone',
      'staged.civil.person/phone',
      'staged.police.registration/phone',
    ]);
  });

  it('follows a figure through CTEs and joins to the months it is summed from, and says how', () => {
    const tax = lineage.column('mart.economy.building/tax_12_months');
    expect(tax).toMatchObject({ step: 'computed', from: ['golden.tax_month/total_tax', 'golden.tax_month/month'] });
    expect(tax?.expression).toMatch(/^sum\(total_tax\) FILTER/);
    expect(landed('mart.economy.building/tax_12_months').some((key) => key.startsWith('landing.tax.tax_month/'))).toBe(
      true,
    );
    expect(lineage.column('mart.cases.daily/reported')).toMatchObject({ step: 'counted', counts: ['golden.case'] });
    expect(lineage.column('mart.parking.lot_hour/total_spaces')?.from).toEqual([
      'golden.space_reading/total_spaces',
      'golden.space_reading/read_at',
      'golden.lot/total_spaces',
    ]);
  });

  it('says what a source column reaches', () => {
    const reached = lineage.downstream('landing.grid.resident/phone').map(({ key }) => key);
    expect(reached).toContain('staged.grid.resident/phone');
    expect(reached).toContain('golden.person/phone');
    expect(reached).toContain('mart.population.person/phone');
    expect(reached).not.toContain('mart.population.person/name');
  });
});

describe('the lineage of a query', () => {
  const tables: Record<string, readonly string[]> = { 's.t': ['k', 'a', 'b'], 's.u': ['k', 'c'] };
  const read = async (query: string) => {
    const db = await openDuckDb({ path: ':memory:', memoryMb: 64, threads: 1, connections: 1 });
    try {
      const columns = await db.use((sql) => queryLineage(sql, 'a test', query, (table) => tables[table] ?? null));
      return Object.fromEntries(columns.map(({ name, making, from }) => [name, [making, ...from]]));
    } finally {
      await db.close();
    }
  };

  it('sees through stars, USING, unions, lambdas, correlated subqueries and names of the list itself', async () => {
    expect(await read('SELECT t.* EXCLUDE (b), u.c FROM s.t JOIN s.u USING (k)')).toEqual({
      k: ['copied', 's.t/k'],
      a: ['copied', 's.t/a'],
      c: ['copied', 's.u/c'],
    });
    expect(await read('SELECT k FROM s.t FULL JOIN s.u USING (k)')).toEqual({ k: ['copied', 's.t/k', 's.u/k'] });
    expect(await read('SELECT a AS x FROM s.t UNION ALL SELECT c FROM s.u')).toEqual({
      x: ['copied', 's.t/a', 's.u/c'],
    });
    expect(await read('SELECT list_filter([a], lambda e: e > b) AS l FROM s.t')).toEqual({
      l: ['computed', 's.t/a', 's.t/b'],
    });
    expect(await read('SELECT (SELECT max(c) FROM s.u WHERE u.k = t.k) AS m, a + 1 AS n, n * 2 AS o FROM s.t')).toEqual(
      { m: ['computed', 's.u/c'], n: ['computed', 's.t/a'], o: ['computed', 's.t/a'] },
    );
    expect(await read('SELECT * REPLACE (coalesce(a, b) AS a) FROM s.t')).toEqual({
      k: ['copied', 's.t/k'],
      a: ['computed', 's.t/a', 's.t/b'],
      b: ['copied', 's.t/b'],
    });
    const counted = 'WITH w AS (SELECT k FROM s.t WHERE a = 1) SELECT count(*) AS n FROM w WHERE k > 2';
    expect(await read(counted)).toEqual({ n: ['counted', 's.t/a', 's.t/k'] });
    expect(await read('WITH w AS (SELECT k, count(*) AS n FROM s.t GROUP BY k) SELECT n, 7 AS seven FROM w')).toEqual({
      n: ['counted'],
      seven: ['constant'],
    });
  });

  it('refuses what it cannot resolve instead of guessing', async () => {
    await expect(read('SELECT nothing FROM s.t')).rejects.toMatchObject({ code: 'warehouse.declaration' });
    await expect(read('SELECT a FROM s.missing')).rejects.toThrow(/no table s.missing/);
    await expect(read('DELETE FROM s.t')).rejects.toMatchObject({ code: 'warehouse.declaration' });
  });
});
