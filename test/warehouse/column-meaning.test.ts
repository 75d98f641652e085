import { beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue, SENSITIVITIES, type Sensitivity } from '../../core/catalogue.ts';
import { type Declared, loadDeclared } from '../../warehouse/assets.ts';
import { createColumnMeaning } from '../../warehouse/column-meaning.ts';
import { loadMartTitles } from '../../warehouse/history-mart.ts';
import { type ColumnLineage, loadLineage } from '../../warehouse/lineage.ts';
import type { Mart } from '../../warehouse/marts.ts';

describe('who may see a column of a made mart', () => {
  const catalogue = loadCatalogue();
  const titles = loadMartTitles(catalogue);
  const meaningOf = createColumnMeaning(catalogue, titles);
  const sensitivityOf = (mart: string, column: string) => {
    const [theme, name] = mart.split('.') as [string, string];
    return meaningOf({ mart, theme, name }, column).sensitivity;
  };
  const rank = (sensitivity: Sensitivity) => SENSITIVITIES.indexOf(sensitivity);

  let declared: Declared;
  let lineage: ColumnLineage;
  beforeAll(async () => {
    declared = loadDeclared(catalogue);
    lineage = await loadLineage(declared, []);
  });
  const made = (): readonly Mart[] => declared.marts.filter(({ kind }) => kind === 'made');

  it('is who may see every value it is made of, unless its model says otherwise', () => {
    const open = made().flatMap((mart) =>
      lineage.columns
        .filter(
          ({ asset, column, step }) => asset === `mart.${mart.id}` && !column.startsWith('_') && step !== 'counted',
        )
        .flatMap(({ column, from }) => {
          if (titles.get(mart.id)?.sensitivities.has(column)) return [];
          return from.flatMap((key) => {
            const element = lineage.column(key)?.element;
            if (element === null || element === undefined) return [];
            const stricter = catalogue.element(element).sensitivity;
            return rank(stricter) > Math.max(rank('internal'), rank(sensitivityOf(mart.id, column)))
              ? [`${mart.id}/${column} is made of ${element}, which is ${stricter}`]
              : [];
          });
        }),
    );
    expect(open).toEqual([]);
  });

  it('is not taken from an element of the same name that has nothing to do with it', () => {
    const hidden = made().flatMap((mart) =>
      lineage.columns
        .filter(({ asset, column }) => asset === `mart.${mart.id}` && !column.startsWith('_'))
        .flatMap(({ column, key }) => {
          const elements = lineage.upstream(key).flatMap(({ element }) => (element === null ? [] : [element]));
          const strictest = Math.max(
            rank('internal'),
            ...elements.map((id) => rank(catalogue.element(id).sensitivity)),
          );
          return rank(sensitivityOf(mart.id, column)) > strictest ? [`${mart.id}/${column}`] : [];
        }),
    );
    expect(hidden).toEqual([]);
  });

  it('names only columns that are there', () => {
    for (const mart of made()) {
      const columns = new Set(
        lineage.columns.filter(({ asset }) => asset === `mart.${mart.id}`).map(({ column }) => column),
      );
      const { sensitivities, columns: named } = titles.get(mart.id)!;
      expect(
        [...sensitivities.keys(), ...named.keys()].filter((column) => !columns.has(column)),
        mart.id,
      ).toEqual([]);
    }
  });

  it('is told for what a building pays, in all its ways', () => {
    for (const column of ['tax_this_year', 'tax_12_months', 'revenue_12_months', 'tax_per_m2']) {
      expect(sensitivityOf('economy.building', column)).toBe('sensitive');
    }
    expect(sensitivityOf('economy.building_month', 'total_tax')).toBe('sensitive');
    expect(sensitivityOf('economy.building_month', 'month')).toBe('internal');
    expect(sensitivityOf('parking.lot_hour', 'lot_code')).toBe('public');
  });
});
