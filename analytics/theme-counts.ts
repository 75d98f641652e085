import { type Catalogue, THEMES, type Theme } from '../core/catalogue.ts';
import { can, type User } from '../core/permission.ts';
import type { PublishedMart, Reader } from '../warehouse/index.ts';
import { ident } from '../warehouse/sql-text.ts';
import type { StatisticEntry, StatisticTable } from './statistic-table.ts';

export const OVERVIEW: StatisticEntry = {
  name: 'overview',
  title: { zh: '专题数据总览', en: 'Records by theme' },
  theme: null,
  note: null,
};

export interface ThemeCount {
  readonly theme: Theme;
  readonly mart: string;
  readonly about: string;
  /** Rows in the scope. */
  readonly rows: number;
}

/**
 * How many rows of each mart lie in a scope. Golden records and events only: made marts repeat them.
 *
 * @example await themeCounts(reader, '310199/001') // [{ theme: 'population', mart: 'person', about: '人口 · …', rows: 118000 }, …]
 */
export async function themeCounts(
  reader: Reader,
  scope: string,
): Promise<{ publicationId: string; publishedAt: string; counts: ThemeCount[] }> {
  return await reader.withPublication('current', async (sql, publication) => {
    const marts = publication.marts.filter(isCounted);
    // Names come from the publication's own manifest.
    const parts = marts.map(
      ({ theme, name }, i) =>
        `SELECT ${i} AS mart, count(*) AS rows FROM ${ident(theme)}.${ident(name)} WHERE _org = $1 OR starts_with(_org, $1 || '/')`,
    );
    if (parts.length === 0) return { publicationId: publication.id, publishedAt: publication.createdAt, counts: [] };
    const found = await sql.all<{ mart: number; rows: number }>(parts.join(' UNION ALL '), [scope]);
    const rows = new Map(found.map((row) => [Number(row.mart), Number(row.rows)]));
    return {
      publicationId: publication.id,
      publishedAt: publication.createdAt,
      counts: marts.map(({ theme, name, about }, i) => ({
        theme: theme as Theme,
        mart: name,
        about,
        rows: rows.get(i) ?? 0,
      })),
    };
  });
}

/** The same as a statistic, for the themes that the person may see. */
export async function overviewTable(
  reader: Reader,
  catalogue: Catalogue,
  user: User,
  scope: string,
): Promise<StatisticTable> {
  const { publicationId, publishedAt, counts } = await themeCounts(reader, scope);
  const visible = counts
    .filter(({ theme }) => can(user, 'mart.read', { theme }))
    .sort((a, b) => THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme) || b.rows - a.rows);
  const titles = new Map(catalogue.themes.map(({ theme, title }) => [theme, `${title.zh} · ${title.en}`]));
  return {
    name: OVERVIEW.name,
    title: OVERVIEW.title,
    publicationId,
    publishedAt,
    dimensions: [
      { id: 'theme', title: { zh: '专题', en: 'theme' } },
      { id: 'about', title: { zh: '数据表', en: 'table' } },
    ],
    measures: [{ id: 'rows', title: { zh: '记录数', en: 'records' }, unit: '条' }],
    rows: visible.map(({ theme, about, rows }) => [titles.get(theme) ?? theme, about, rows]),
    chart: 'bar',
    suppressed: 0,
  };
}

function isCounted(mart: PublishedMart): boolean {
  return (mart.kind === 'golden' || mart.kind === 'event') && mart.columns.some(({ name }) => name === '_org');
}
