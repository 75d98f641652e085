import type { Catalogue } from '../core/catalogue.ts';
import { isWithin } from '../core/org.ts';
import { can, type User } from '../core/permission.ts';
import type { Reader } from '../warehouse/reader.ts';
import { readStatisticFiles, type StatisticFile } from './statistic-file.ts';
import type { Scalar, StatisticEntry, StatisticTable } from './statistic-table.ts';
import { suppress } from './suppression.ts';
import { OVERVIEW, overviewTable } from './theme-counts.ts';

export interface Statistics {
  list(user: User): Promise<StatisticEntry[]>;
  /**
   * The numbers of a statistic in the person's scope, or in the part of it that `parameters.org` names. Null for a
   * statistic that does not exist, or that lies outside the person's themes or scope.
   */
  table(user: User, name: string, parameters: Readonly<Record<string, string>>): Promise<StatisticTable | null>;
}

const LIMITS = { timeoutMs: 15_000, maxRows: 5000 };

/**
 * Statistics over the current publication: one SQL file each, and the overview of all themes.
 *
 * @example
 * const statistics = createStatistics({ reader, catalogue: loadCatalogue() });
 * await statistics.table(user, 'population-ages', {});
 */
export function createStatistics({ reader, catalogue }: { reader: Reader; catalogue: Catalogue }): Statistics {
  const files = readStatisticFiles();

  async function run(file: StatisticFile, scope: string): Promise<StatisticTable> {
    return await reader.withPublication(
      'current',
      async (sql, publication) => {
        const parameters = file.sql.includes('$2') ? [scope, publication.asOf] : [scope];
        const found = await sql.all<Record<string, Scalar>>(file.sql, parameters);
        const people = file.measures.filter((measure) => measure.people).map(({ id }) => id);
        const counts = found.map((row) => people.map((id) => (row[id] === null ? null : Number(row[id]))));
        const shown = suppress(counts, file.sums);
        const rows = found.map((row, i) => [
          ...file.dimensions.map(({ id }) => row[id] ?? null),
          ...file.measures.map(({ id }) => (people.includes(id) ? shown[i]![people.indexOf(id)]! : number(row[id]))),
        ]);
        const hidden = (table: readonly (readonly (number | null)[])[]) =>
          table.flat().filter((n) => n === null).length;
        return {
          name: file.name,
          title: file.title,
          publicationId: publication.id,
          publishedAt: publication.createdAt,
          dimensions: file.dimensions.map(({ id, title }) => ({ id, title })),
          measures: file.measures.map(({ id, title, unit }) => ({ id, title, unit })),
          rows,
          chart: file.chart,
          suppressed: hidden(shown) - hidden(counts),
        };
      },
      LIMITS,
    );
  }

  return {
    list: async (user) => [
      OVERVIEW,
      ...[...files.values()]
        .filter(({ theme }) => can(user, 'mart.read', { theme }))
        .map(({ name, title, theme, note }) => ({ name, title, theme, note: note.zh === '' ? null : note })),
    ],
    table: async (user, name, parameters) => {
      const scope = parameters.org ?? user.scope;
      if (!isWithin(scope, user.scope)) return null;
      if (name === OVERVIEW.name) return await overviewTable(reader, catalogue, user, scope);
      const file = files.get(name);
      return file && can(user, 'mart.read', { theme: file.theme }) ? await run(file, scope) : null;
    },
  };
}

function number(value: Scalar | undefined): Scalar {
  return value === undefined ? null : value;
}
