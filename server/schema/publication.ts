import { z } from '@hono/zod-openapi';
import { message, orNull, timestamp } from './vocabulary.ts';

export const publication = z
  .object({
    id: z.string(),
    createdAt: timestamp,
    asOf: z.string(),
    records: z.number().int(),
    marts: z.array(z.object({ mart: z.string(), title: message, rows: z.number().int() })),
    warnings: z.number().int(),
    pinnedBy: z.array(z.string()),
    kept: z.enum(['current', 'pinned', 'newest', 'young', 'next']),
    keptUntil: orNull(timestamp),
  })
  .openapi('Publication');
export type Publication = z.infer<typeof publication>;

export const compareQuery = z.object({
  /** Absent: the one before `to`. */
  from: z.string().min(5).max(60).optional(),
  /** Absent: the current one. */
  to: z.string().min(5).max(60).optional(),
  mart: z.string().min(3).max(100).optional(),
});
export type CompareQuery = z.infer<typeof compareQuery>;

export const publicationComparison = z
  .object({
    from: z.string(),
    to: z.string(),
    /** Marts whose content is the same. */
    same: z.number().int(),
    marts: z.array(
      z.object({
        mart: z.string(),
        title: message,
        rowsBefore: z.number().int(),
        rowsAfter: z.number().int(),
        added: z.number().int(),
        removed: z.number().int(),
        changed: z.number().int(),
        columnsAdded: z.array(z.string()),
        columnsRemoved: z.array(z.string()),
        /** Of the reader's scope; a hidden key is `***`. */
        sample: z.array(
          z.object({
            change: z.enum(['added', 'removed', 'changed']),
            key: z.array(z.string()),
            columns: z.array(z.string()),
          }),
        ),
      }),
    ),
  })
  .openapi('PublicationComparison');
export type PublicationComparison = z.infer<typeof publicationComparison>;
