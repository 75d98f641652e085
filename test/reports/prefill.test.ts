import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue, parsePeriod } from '../../core/index.ts';
import { classify, gateSql, type ReviewClass } from '../../reports/gate.ts';
import { type FormPlan, planForm } from '../../reports/plan.ts';
import { prefillSql, snapshotFileColumns } from '../../reports/prefill-sql.ts';
import { loadTemplates } from '../../templates/index.ts';
import type { SqlSession } from '../../warehouse/index.ts';
import { addDwellings, FRESH, OLD, TODAY, vacant } from './city.ts';
import { addGolden, CONFIRMED_CODE, createTestPublications, type Field, SUBDISTRICT } from './publication.ts';

const catalogue = loadCatalogue();
const templates = loadTemplates({ catalogue });
const plan = (id: string, period: string) => planForm(templates.get(id).binding, parsePeriod(period), catalogue);
const publications = createTestPublications(catalogue);
afterAll(() => publications.close());

type Row = Record<string, string | number | null> & { class: string };

async function prefill(of: FormPlan, scope = SUBDISTRICT): Promise<Map<string, Row>> {
  const select = prefillSql({ plan: of, scope, asOf: TODAY, confirmationCode: CONFIRMED_CODE });
  const rows = await publications.withPublication('current', (sql) => sql.all<Row>(`${select} ORDER BY row_no`));
  return new Map(rows.map((row) => [String(row.row_key), row]));
}

describe('a prefilled roster', () => {
  const roster = plan('vacant-group-rental', '2026-11');
  let rows: Map<string, Row>;

  beforeAll(async () => {
    await publications.publish(async (sql) => {
      await addDwellings(sql, [
        vacant('d1'),
        vacant('d2', { usage_status: ['空置', 'grid', OLD] }),
        vacant('d3', { vacancy_reason: null, owner_phone: ['139', 'grid!', FRESH] }),
        vacant('d4', { usage_status: '自住' }),
        vacant('d5', {
          usage_status: '群租',
          vacant_since: null,
          vacancy_reason: null,
          rooms_let: 4,
          beds: 8,
          occupant_count: 7,
          tenant_name: '王五',
          tenant_id_no: '1',
          tenant_phone: '2',
        }),
        vacant('d6', {
          vacancy_reason: [null, 'confirmation', FRESH],
          owner_name: ['赵六', 'confirmation', OLD],
          hazard: ['无隐患', 'confirmation', FRESH],
        }),
        vacant('d7', { grid_path: '310199/001/c06/g02' }),
        vacant('d8', { grid_path: null }),
        vacant('d9', { grid_path: '310199/0012/c01/g01' }),
      ]);
      await sql.run(`INSERT INTO platform.confirmation VALUES
        ('form:vacant-group-rental', 'd5', 'in_rectification_plan', '是', '2026-06-01 10:00:00', 'u', 'c'),
        ('form:vacant-group-rental', 'd1', 'remarks', '上月的话', '2026-10-25 10:00:00', 'u', 'c'),
        ('form:vacant-group-rental', 'd2', 'remarks', '去年的话', '2025-10-25 10:00:00', 'u', 'c'),
        ('form:another', 'd6', 'remarks', '别的表', '2026-11-20 10:00:00', 'u', 'c')`);
    });
    rows = await prefill(roster);
  });

  const letter = (key: string, column: string) =>
    rows.get(key)!.class[roster.columns.findIndex((each) => each.name === column)];

  it('holds the rows of the form in its order, with one class letter per column', () => {
    expect([...rows.keys()]).toEqual(['d1', 'd2', 'd3', 'd5', 'd6', 'd7', 'd8']);
    for (const row of rows.values()) expect(row.class).toHaveLength(roster.columns.length);
    expect(Object.keys(rows.get('d1')!)).toEqual(snapshotFileColumns(roster));
    expect([...rows.values()].map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('asks for nothing in a row that is fully held', () => {
    expect(rows.get('d1')!.class).not.toMatch(/[msc]/);
  });

  it('derives what follows: names of places, months of vacancy', () => {
    expect(rows.get('d1')).toMatchObject({
      community: 'c05居民区',
      grid: 'c05一网格',
      vacant_months: 6,
      area_m2: 85.5,
    });
    expect(letter('d1', 'vacant_months')).toBe('d');
  });

  it('tells stale, conflicting and missing apart', () => {
    expect(letter('d2', 'usage_status')).toBe('s');
    expect(letter('d3', 'owner_phone')).toBe('c');
    expect(letter('d3', 'vacancy_reason')).toBe('m');
    expect(letter('d3', 'area_m2')).toBe('h');
  });

  it('leaves blank, unasked, what does not apply to the row', () => {
    expect(rows.get('d5')).toMatchObject({ vacant_since: null, beds: 8 });
    expect(letter('d5', 'vacant_since')).toBe('d');
    expect(letter('d1', 'beds')).toBe('d');
    expect(letter('d5', 'lease_no')).toBe('d');
  });

  it('does not ask for what was confirmed within its time to live, a blank included, and asks again afterwards', () => {
    expect(letter('d6', 'vacancy_reason')).toBe('h');
    expect(letter('d6', 'hazard')).toBe('h');
    expect(letter('d6', 'owner_name')).toBe('s');
  });

  it('keeps the answers to columns that no source holds, for as long as they live', () => {
    expect(rows.get('d5')!.in_rectification_plan).toBe('是');
    expect(letter('d5', 'in_rectification_plan')).toBe('h');
    expect(letter('d1', 'in_rectification_plan')).toBe('d');
    expect([rows.get('d1')!.remarks, letter('d1', 'remarks')]).toEqual(['上月的话', 'h']);
    expect([rows.get('d2')!.remarks, letter('d2', 'remarks')]).toEqual([null, 'x']);
    expect(rows.get('d6')!.remarks).toBeNull();
  });

  it('keeps to the scope: a path that begins alike is another place, an unknown place belongs to the subdistrict', async () => {
    expect(rows.get('d8')!.org_path).toBe(SUBDISTRICT);
    expect([...(await prefill(roster, '310199/001/c06')).keys()]).toEqual(['d7']);
  });

  it('never asks for the key that names the row', () => {
    expect(roster.column('dwelling_code')!.asked).toBe(false);
  });
});

describe('a prefilled cross-tab', () => {
  it('repeats its measures for every quarter up to the reported one, in order of what was paid', async () => {
    const crosstab = plan('enterprise-tax-quarter', '2026-Q2');
    await publications.publish(async (sql) => {
      const company = (code: string) => ({
        credit_code: code,
        name: `公司${code}`,
        grid_path: '310199/001/c05/g01',
        reg_status: '存续',
        key_enterprise: '是',
        biz_address: '路1',
        industry: '批发和零售业',
        scale: '小型',
        legal_person: '甲',
        contact_name: '乙',
        contact_phone: '13800000000',
        employees: [12, 'grid', OLD] as Field,
      });
      await addGolden(sql, 'enterprise.enterprise', FRESH, [
        company('A'),
        company('B'),
        { ...company('C'), reg_status: '注销' },
      ]);
      await sql.run(`INSERT INTO enterprise.tax_quarter (credit_code, quarter, revenue, total_tax) VALUES
        ('A', '2026-Q1', 10, 1), ('A', '2026-Q2', 20, 2.5), ('B', '2026-Q1', 30, 9), ('B', '2026-Q3', 99, 99), ('A', '2025-Q2', 7, 100)`);
    });
    const rows = await prefill(crosstab);
    expect([...rows.keys()]).toEqual(['B', 'A']);
    expect(rows.get('A')).toMatchObject({ revenue_2026q1: 10, revenue_2026q2: 20, total_tax_2026q2: 2.5, seq: 2 });
    expect(rows.get('B')!.revenue_2026q2).toBeNull();
    expect(crosstab.columns.map((column) => column.name)).not.toContain('revenue_2026q3');
    expect(rows.get('A')!.class[crosstab.columns.findIndex((column) => column.name === 'employees')]).toBe('s');
  });
});

describe('a prefilled indicator form', () => {
  it('has a row per community, and doubts a number when too many of its inputs are in doubt', async () => {
    const form = plan('population-statistics', '2026-11');
    await publications.publish(async (sql) => {
      const person = (id: string, change: object = {}) => ({
        id_no: id,
        name: id,
        gender: '男',
        birth_date: '1950-01-01',
        grid_path: '310199/001/c05/g01',
        residence_status: '在住',
        hukou_type: '户籍人口',
        ...change,
      });
      await addGolden(sql, 'population.person', FRESH, [
        person('p1'),
        person('p2', { gender: '女' }),
        person('p3', { hukou_type: ['流动人口', 'grid', OLD] }),
        person('p4', { grid_path: '310199/001/c06/g01' }),
      ]);
      await sql.run(`INSERT INTO platform.confirmation VALUES
        ('form:population-statistics', '310199/001/c06|2026-11', 'residents', '5', '2026-11-20 10:00:00', 'u', 'c'),
        ('form:population-statistics', '310199/001/c06|2026-10', 'male', '77', '2026-11-20 10:00:00', 'u', 'c')`);
    });
    const rows = await prefill(form);
    expect([...rows.keys()]).toEqual(['310199/001/c05', '310199/001/c06']);
    const letter = (key: string, column: string) =>
      rows.get(key)!.class[form.columns.findIndex((each) => each.name === column)];
    expect(rows.get('310199/001/c05')).toMatchObject({
      residents: 3,
      male: 2,
      registered: 2,
      registered_inputs: 3,
      registered_doubtful: 1,
    });
    expect([letter('310199/001/c05', 'residents'), letter('310199/001/c05', 'registered')]).toEqual(['d', 's']);
    expect(rows.get('310199/001/c06')).toMatchObject({ residents: 5, male: 1 });
    expect([letter('310199/001/c06', 'residents'), letter('310199/001/c06', 'male')]).toEqual(['h', 'd']);
  });
});

describe('the gate', () => {
  it('says the same in SQL and in TypeScript for every kind of cell', async () => {
    const roster = plan('vacant-group-rental', '2026-11');
    const days = [null, OLD, FRESH, '2025-11-22', '2025-11-21', TODAY];
    const disagree: unknown[] = [];
    await publications.withPublication('current', async (sql: SqlSession) => {
      for (const column of roster.columns) {
        const cells = [true, false].flatMap((applicable) =>
          [null, 'v'].flatMap((value) =>
            [true, false].flatMap((conflict) =>
              days.flatMap((observed) =>
                [null, observed].map((confirmed) => ({ applicable, value, conflict, observed, confirmed })),
              ),
            ),
          ),
        );
        const letter = gateSql(
          column,
          { applicable: 'applicable', value: 'v', conflict: 'conflict', observed: 'observed', confirmed: 'confirmed' },
          TODAY,
        );
        const day = (text: string | null) => (text === null ? 'NULL::DATE' : `DATE '${text}'`);
        const values = cells.map(
          (cell) =>
            `(${cell.applicable}, ${cell.value === null ? 'NULL' : "'v'"}, ${cell.conflict}, ${day(cell.observed)}, ${day(cell.confirmed)})`,
        );
        const rows = await sql.all<{ letter: ReviewClass }>(
          `SELECT ${letter} AS letter FROM (VALUES ${values.join(', ')}) t(applicable, v, conflict, observed, confirmed)`,
        );
        rows.forEach((row, i) => {
          const expected = classify(column, cells[i]!, TODAY);
          if (row.letter !== expected)
            disagree.push({ column: column.name, cell: cells[i], sql: row.letter, typescript: expected });
        });
      }
    });
    expect(disagree).toEqual([]);
  });
});
