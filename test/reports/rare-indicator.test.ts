import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadCatalogue, parsePeriod } from '../../core/index.ts';
import { reasonFor } from '../../reports/doubt-reason.ts';
import { type FormPlan, planForm } from '../../reports/index.ts';
import { prefillSql } from '../../reports/prefill-sql.ts';
import { loadTemplates } from '../../templates/index.ts';
import { TODAY } from './city.ts';
import { CONFIRMED_CODE, createTestPublications, SUBDISTRICT, type TestPublications } from './publication.ts';

const [C05, C06] = [`${SUBDISTRICT}/c05`, `${SUBDISTRICT}/c06`];
const catalogue = loadCatalogue();
let publications: TestPublications;

beforeAll(async () => {
  publications = createTestPublications(catalogue);
  await publications.publish(async (sql) => {
    const people = (community: string, education: string, count: number) =>
      sql.run(`INSERT INTO population.person (id_no, grid_path, _org, birth_date, birth_date_o, residence_status, residence_status_o, education, education_s, education_o)
        SELECT concat('${community}', '${education}', n), '${community}/g01', '${community}/g01', '1980-01-01', '${TODAY}', '在住', '${TODAY}', '${education}', 1, '${TODAY}' FROM range(${count}) AS r(n)`);
    await people(C05, '高中', 1000);
    await people(C05, '小学', 10);
    await people(C06, '高中', 1000);
    await people(C06, '小学', 40);
    const assisted = (household: string, types: readonly (string | null)[]) =>
      sql.run(`INSERT INTO population.person (id_no, grid_path, _org, birth_date, birth_date_o, residence_status, residence_status_o, household_no, assistance_type)
        VALUES ${types.map((type, n) => `('${household}${n}', '${C05}/g01', '${C05}/g01', '1980-01-01', '${TODAY}', '在住', '${TODAY}', '${household}', ${type ? `'${type}'` : 'NULL'})`).join(', ')}`);
    await assisted('h1', ['最低生活保障', '最低生活保障', null]);
    await assisted('h2', ['特困供养']);
    await assisted('h3', [null, null]);
  });
});
afterAll(() => publications.close());

function formWith(tolerance: number): FormPlan {
  const { binding } = loadTemplates({ catalogue }).get('population-statistics');
  const indicators = binding.indicators!.map((each) => ({ ...each, tolerance }));
  return planForm({ ...binding, indicators }, parsePeriod('2026-11'), catalogue);
}

async function lettersOf(plan: FormPlan, column: string): Promise<Record<string, string>> {
  const query = { plan, scope: SUBDISTRICT, asOf: TODAY, confirmationCode: CONFIRMED_CODE };
  const at = plan.columns.findIndex(({ name }) => name === column) + 1;
  const rows = await publications.withPublication('current', (sql) =>
    sql.all<{ path: string; letter: string }>(
      `SELECT row_key AS path, class[${at}] AS letter FROM (${prefillSql(query)})`,
    ),
  );
  return Object.fromEntries(rows.map(({ path, letter }) => [path, letter]));
}

it('a number so small that slips of the one register may make it is asked, where it is larger it is not', async () => {
  const plan = formWith(0.05);
  expect(await lettersOf(plan, 'primary')).toEqual({ [C05]: 's', [C06]: 'd' });
  const cell = { class: 's', value: '10', source: null, observed: null, inputs: 1010, doubtful: 0 };
  expect(reasonFor(plan.column('primary')!, cell, TODAY, undefined).zh).toContain('偶有笔误');
});

it('assistance that only some of a household draw is asked in its community', async () => {
  const plan = formWith(0.05);
  expect(await lettersOf(plan, 'dibao_persons')).toEqual({ [C05]: 's', [C06]: 'd' });
  expect(await lettersOf(plan, 'destitute')).toEqual({ [C05]: 'd', [C06]: 'd' });
});

it('a form that names no tolerance is judged by its records alone', async () => {
  expect(await lettersOf(formWith(0), 'primary')).toEqual({ [C05]: 'd', [C06]: 'd' });
});
