import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../core/index.ts';
import { loadTemplates } from '../../templates/template.ts';
import { openMarts } from './marts.ts';

const catalogue = loadCatalogue();
const templates = loadTemplates({ catalogue });
const dates = { period_start: '2026-07-01', period_end: '2026-10-01', as_of: '2026-11-22' };
let marts: Awaited<ReturnType<typeof openMarts>>;

beforeAll(async () => {
  marts = await openMarts(catalogue);
});
afterAll(() => marts.close());

describe('the shipped templates', () => {
  test('are a roster, an indicator form and a cross-tab', () => {
    expect(templates.all.map(({ id, kind }) => [id, kind])).toEqual([
      ['enterprise-tax-quarter', 'crosstab'],
      ['population-statistics', 'indicator'],
      ['vacant-group-rental', 'roster'],
    ]);
  });

  test('the roster of vacant and group-rental dwellings has 42 columns', () => {
    expect(templates.get('vacant-group-rental').binding.columns).toHaveLength(42);
  });

  test.each(templates.all.filter(({ binding }) => binding.rows).map(({ id, binding }) => [id, binding] as const))(
    'every expression of %s runs on its mart',
    async (_, { rows, columns, across }) => {
      const { mart, where, key, orgPath, orderBy } = rows!;
      const cells = columns.flatMap(({ element, derive, when }) => [
        derive ?? (element === undefined ? 'NULL' : catalogue.element(element).field),
        when ?? 'true',
      ]);
      await marts.all(
        `SELECT ${[...key, orgPath, ...cells].join(', ')} FROM ${mart} WHERE ${where ?? 'true'} ORDER BY ${orderBy.join(', ')}`,
        dates,
      );
      if (across) {
        const measures = across.measures.map(({ derive }) => derive);
        await marts.all(`SELECT ${[...across.key, across.periodColumn, ...measures].join(', ')} FROM ${across.mart}`);
      }
    },
  );
});
