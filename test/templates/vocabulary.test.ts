import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../core/index.ts';
import { loadVocabulary } from '../../templates/vocabulary.ts';
import { openMarts } from './marts.ts';

const catalogue = loadCatalogue();
const vocabulary = loadVocabulary(catalogue);
const dates = { period_start: '2026-11-01', period_end: '2026-12-01', as_of: '2026-11-22' };
let marts: Awaited<ReturnType<typeof openMarts>>;

beforeAll(async () => {
  marts = await openMarts(catalogue);
});
afterAll(() => marts.close());

describe('the vocabulary', () => {
  test.each([...vocabulary.measures.values()].map(({ id, sql }) => [id, sql]))(
    'measure %s runs on the marts that the catalogue promises',
    async (_, sql) => {
      await expect(marts.all(sql, dates)).resolves.toEqual([]);
    },
  );

  test.each([...vocabulary.derived.values()].map(({ id, mart, sql }) => [id, mart, sql]))(
    'derived column %s is an expression over its mart',
    async (_, mart, sql) => {
      await expect(marts.all(`SELECT ${sql} AS value FROM ${mart} AS row`, dates)).resolves.toEqual([]);
    },
  );

  test('no id of the vocabulary is also an element', () => {
    const elements = new Set(catalogue.elements.map(({ id }) => id));
    for (const id of [...vocabulary.measures.keys(), ...vocabulary.derived.keys()]) {
      expect(elements.has(id), id).toBe(false);
    }
  });

  test('a row whose deciding field is missing, stale or in conflict is doubtful', async () => {
    await marts.run(`
      INSERT INTO population.person (id_no, grid_path, residence_status, residence_status_s, residence_status_o,
        birth_date, birth_date_s, birth_date_o) VALUES
        ('held', '310199/001/c01/g01', '在住', 1, DATE '2026-10-01', DATE '1960-03-04', 1, DATE '2020-01-01'),
        ('stale', '310199/001/c01/g02', '在住', 1, DATE '2026-01-01', DATE '1930-03-04', 1, DATE '2020-01-01'),
        ('conflict', '310199/001/c01/g02', '在住', 129, DATE '2026-10-01', DATE '2020-03-04', 1, DATE '2020-01-01'),
        ('missing', '310199/001/c02/g01', '在住', 1, DATE '2026-10-01', NULL, NULL, NULL),
        ('gone', '310199/001/c02/g01', '外出', 1, DATE '2026-10-01', NULL, NULL, NULL)`);
    const measure = vocabulary.measures.get('population.person.age_60_count')!;
    expect(await marts.all(measure.sql, dates)).toEqual([
      { org_path: '310199/001/c01', value: '2', inputs: '3', doubtful: '2', slips: '0.0' },
      { org_path: '310199/001/c02', value: '0', inputs: '1', doubtful: '1', slips: '0.0' },
    ]);
  });

  /** People of one community, all 45 years old and of good standing but for what the row says. */
  async function people(rows: readonly Readonly<Record<string, string | number>>[]): Promise<void> {
    await marts.run('DELETE FROM population.person');
    for (const [i, row] of rows.entries()) {
      const all: Record<string, string | number> = {
        id_no: `p${i}`,
        grid_path: '310199/001/c01/g01',
        residence_status: '在住',
        birth_date: '1981-03-04',
        ...row,
      };
      const values = Object.values(all).map((value) => (typeof value === 'number' ? `${value}` : `'${value}'`));
      await marts.run(`INSERT INTO population.person (${Object.keys(all).join(', ')}) VALUES (${values.join(', ')})`);
    }
  }

  async function counted(measure: string): Promise<number> {
    const [row] = await marts.all(vocabulary.measures.get(`population.person.${measure}`)!.sql, dates);
    return Number(row?.value);
  }

  const [CONFIRMED, GRID, CIVIL] = [1, 2, 3];

  test('a marital state that the household or the age rules out is not counted, unless somebody confirmed it', async () => {
    const pair = (household: string, state: string, source: number) => [
      { household_no: household, relation_to_head: '本人', marital_status: state, marital_status_s: source },
      { household_no: household, relation_to_head: '配偶', marital_status: '已婚', marital_status_s: CIVIL },
    ];
    await people([
      ...pair('h1', '丧偶', CIVIL),
      ...pair('h2', '离婚', CONFIRMED),
      // The spouse has died: what the registers say stands.
      { household_no: 'h3', relation_to_head: '本人', marital_status: '丧偶', marital_status_s: CIVIL },
      { household_no: 'h3', relation_to_head: '配偶', death_date: '2026-10-01' },
      // Young and widowed: believed of civil affairs, not of the grid alone.
      { birth_date: '1999-01-01', marital_status: '丧偶', marital_status_s: CIVIL },
      { birth_date: '1999-01-01', marital_status: '丧偶', marital_status_s: GRID },
      { birth_date: '2009-12-24', marital_status: '已婚', marital_status_s: GRID },
    ]);
    expect(await counted('married_count')).toBe(3);
    expect(await counted('divorced_count')).toBe(1);
    expect(await counted('widowed_count')).toBe(2);
    expect(await counted('never_married_count')).toBe(1);
  });

  test('who holds a mainland identity number is not from overseas', async () => {
    await people([
      { id_no: '310112198103041234', hukou_type: '境外人员' },
      { id_no: '830000198103041234', hukou_type: '境外人员' },
      { id_no: '931112198103041234', hukou_type: '境外人员' },
    ]);
    expect(await counted('overseas_count')).toBe(2);
  });

  test('a migrant is not counted as living apart from their registration', async () => {
    await people([
      { hukou_type: '户籍人口', residence_status: '人户分离' },
      { hukou_type: '流动人口', residence_status: '人户分离' },
      { residence_status: '人户分离' },
    ]);
    expect(await counted('separated_count')).toBe(2);
  });

  test('who is of a minority on paper is left out while another register calls them Han', async () => {
    await people([
      { ethnicity: '回族', ethnicity_s: GRID },
      { ethnicity: '回族', ethnicity_s: GRID + 128 },
      { ethnicity: '汉族', ethnicity_s: GRID },
    ]);
    expect(await counted('minority_count')).toBe(1);
  });

  test('a sound certificate number says that somebody is disabled, and how severely', async () => {
    const id = '310112198103041234';
    await people([
      { id_no: id, disability_no: `${id}42`, disability_level: '三级', disability_category: '肢体' },
      { id_no: id, disability_no: `${id}43`, disability_level: '一级' },
      { id_no: id, disability_no: '31011219810304123942', disability_level: '四级' },
      { id_no: id, disability_level: '二级' },
      { id_no: id, disability_no: `${id}41` },
      { id_no: id },
    ]);
    expect(await counted('disabled_count')).toBe(5);
    expect(await counted('disabled_severe_count')).toBe(3);
  });

  test('the register of the allowance counts a person whose amount it left out', async () => {
    const old = { birth_date: '1940-03-04' };
    await people([
      { ...old, elder_allowance: 180, elder_allowance_s: CIVIL },
      { ...old, elder_allowance_s: CIVIL },
      { ...old, elder_allowance_s: CONFIRMED },
      { ...old },
    ]);
    expect(await counted('elder_allowance_recipient_count')).toBe(2);
  });

  test('codes that one source alone keeps are expected to slip into a rare kind', async () => {
    await people([
      ...Array.from({ length: 1400 }, () => ({ education: '大学本科' })),
      ...Array.from({ length: 6 }, () => ({ education: '小学' })),
    ]);
    const [row] = await marts.all(vocabulary.measures.get('population.person.primary_count')!.sql, dates);
    expect(Number(row?.value)).toBe(6);
    // Two of the other seven codes are counted here: 1400 × 0.5 % × 2 / 7.
    expect(Number(row?.slips)).toBeCloseTo(2);
  });
});
