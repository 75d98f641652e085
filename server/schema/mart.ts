import { z } from '@hono/zod-openapi';
import { column, message, orNull, pageQuery, scalar, sensitivity, theme, timestamp } from './vocabulary.ts';

export const mart = z
  .object({ name: z.string(), title: message, rows: z.number().int(), columns: z.number().int() })
  .openapi('Mart');

export const themeEntry = z
  .object({ theme, title: message, rows: z.number().int(), marts: z.array(mart) })
  .openapi('ThemeEntry');

export const themes = z
  .object({
    publicationId: z.string().nullable(),
    publishedAt: timestamp.nullable(),
    themes: z.array(themeEntry),
  })
  .openapi('Themes');
export type Themes = z.infer<typeof themes>;

export const martColumn = column
  .extend({
    titleEn: z.string(),
    owner: z.string().nullable(),
    sources: z.array(z.string()),
    ttlDays: z.number().int().nullable(),
    key: z.boolean(),
  })
  .openapi('MartColumn');
export type MartColumn = z.infer<typeof martColumn>;

export const martDescription = z
  .object({
    theme,
    name: z.string(),
    title: message,
    sensitivity,
    rows: z.number().int(),
    columns: z.array(martColumn),
  })
  .openapi('MartDescription');
export type MartDescription = z.infer<typeof martDescription>;

export const filter = z.object({
  column: z.string().min(1).max(100),
  op: z.enum(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'in', 'isNull', 'notNull']),
  value: z.union([scalar, z.array(scalar).max(100)]).optional(),
});
export type Filter = z.infer<typeof filter>;

export const sort = z.object({ column: z.string().min(1).max(100), descending: z.boolean() });
export type Sort = z.infer<typeof sort>;

export const martRowsQuery = pageQuery.extend({
  /** Comma-separated column ids; absent: all. */
  columns: z.string().max(4000).optional(),
  /** JSON: `[{"column":"usage_status","op":"eq","value":"空置"}]` */
  filter: z.string().max(8000).optional(),
  /** Comma-separated column ids, `-` before one for descending. */
  sort: z.string().max(500).optional(),
});

export const martRows = z
  .object({
    columns: z.array(z.string()),
    items: z.array(z.array(scalar)),
    total: z.number().int(),
    offset: z.number().int(),
    limit: z.number().int(),
    publicationId: z.string().nullable(),
  })
  .openapi('MartRows');
export type MartRows = z.infer<typeof martRows>;

export const statistic = z
  .object({ name: z.string(), title: message, theme: orNull(theme), note: orNull(message) })
  .openapi('Statistic');
export type Statistic = z.infer<typeof statistic>;

export const statisticTable = z
  .object({
    name: z.string(),
    title: message,
    /** Where the numbers come from. */
    publicationId: z.string().nullable(),
    publishedAt: timestamp.nullable(),
    dimensions: z.array(z.object({ id: z.string(), title: message })),
    measures: z.array(z.object({ id: z.string(), title: message, unit: z.string().nullable() })),
    /** Dimension values first, then measures; a null measure is suppressed (15 or fewer). */
    rows: z.array(z.array(scalar)),
    chart: z.enum(['bar', 'line', 'none']),
  })
  .openapi('StatisticTable');
export type StatisticTable = z.infer<typeof statisticTable>;
