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
      { org_path: '310199/001/c01', value: '2', inputs: '3', doubtful: '2' },
      { org_path: '310199/001/c02', value: '0', inputs: '1', doubtful: '1' },
    ]);
  });
});
