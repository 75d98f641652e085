import { z } from '@hono/zod-openapi';
import { ROLES, SENSITIVITIES, THEMES } from '../../core/index.ts';

/** No list of the API answers with more than this in one page. */
export const PAGE_LIMIT = 500;

/** A named schema or null: `.nullable()` would change the named schema itself in the OpenAPI document. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()]);
}

export const message = z.object({ zh: z.string(), en: z.string() }).openapi('Message');

export const errorBody = z
  .object({
    code: z.string(),
    status: z.number().int(),
    message,
    details: z.record(z.string(), z.unknown()),
    retryable: z.boolean(),
  })
  .openapi('ErrorBody');

/** The value of one cell; dates are `YYYY-MM-DD`, times ISO 8601. */
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]).openapi('Scalar');
export type Scalar = z.infer<typeof scalar>;

/** The value of a form's cell as text in its canonical form (`2026-11-22`, `85.5`, `空置`); null is a blank. */
export const cellText = z.string().max(2000).nullable().openapi('CellText');
export type CellText = z.infer<typeof cellText>;

/** `2026-11-22T09:30:00+08:00` */
export const timestamp = z.string().openapi({ format: 'date-time' });

export const theme = z.enum(THEMES).openapi('Theme');
export const sensitivity = z.enum(SENSITIVITIES).openapi('Sensitivity');
export const role = z.enum(ROLES).openapi('Role');

export const pageQuery = z.object({
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(100),
});
export type PageQuery = z.infer<typeof pageQuery>;

/** One page of a list. */
export interface Listing<Item> {
  items: Item[];
  total: number;
  offset: number;
  limit: number;
}

export function listing<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    total: z.number().int(),
    offset: z.number().int(),
    limit: z.number().int(),
  });
}

export const orgUnit = z
  .object({ path: z.string(), name: z.string(), kind: z.enum(['district', 'subdistrict', 'community', 'grid']) })
  .openapi('OrgUnit');

/** A column of a table on screen: of a task, a mart or a statistic. */
export const column = z
  .object({
    id: z.string(),
    title: z.string(),
    type: z.enum(['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean']),
    unit: z.string().nullable(),
    /** The values that a `code` column takes, in order. */
    codes: z.array(z.string()).nullable(),
    check: z.enum(['idNumber', 'creditCode', 'phone']).nullable(),
    sensitivity,
    /** True when a row may rightly have no value here. */
    optional: z.boolean(),
    /** True when the reader's sensitivity hides the values: they come as `***`. */
    masked: z.boolean(),
  })
  .openapi('Column');
export type Column = z.infer<typeof column>;

export const done = z.object({ ok: z.literal(true) }).openapi('Done');
