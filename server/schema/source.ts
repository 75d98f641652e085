import { z } from '@hono/zod-openapi';
import { message, orNull, pageQuery, timestamp } from './vocabulary.ts';

export const sourceDataset = z
  .object({
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    datasetName: z.string(),
    state: z.enum(['ok', 'late', 'failing', 'never', 'pulling']),
    lastSuccess: timestamp.nullable(),
    lastAttempt: timestamp.nullable(),
    error: orNull(message),
    errorSince: timestamp.nullable(),
    records: z.number().int(),
    quarantined: z.number().int(),
    /** Records brought so far by the pull that runs now. */
    pulling: z.number().int().nullable(),
    nextStep: orNull(message),
  })
  .openapi('SourceDataset');
export type SourceDataset = z.infer<typeof sourceDataset>;

export const run = z
  .object({
    id: z.string(),
    asset: z.string(),
    partition: z.string().nullable(),
    state: z.enum(['running', 'done', 'failed']),
    startedAt: timestamp,
    finishedAt: timestamp.nullable(),
    rows: z.number().int().nullable(),
    error: orNull(message),
  })
  .openapi('Run');
export type Run = z.infer<typeof run>;

export const runQuery = pageQuery.extend({ state: z.enum(['running', 'done', 'failed']).optional() });
export type RunQuery = z.infer<typeof runQuery>;

export const quarantined = z
  .object({
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    batchId: z.string(),
    rule: z.string(),
    field: z.string().nullable(),
    reason: message,
    count: z.number().int(),
    /** A few of the offending values, masked to the reader's sensitivity. */
    examples: z.array(z.string()),
    since: timestamp,
  })
  .openapi('Quarantined');
export type Quarantined = z.infer<typeof quarantined>;

export const quarantineQuery = pageQuery.extend({ source: z.string().max(64).optional() });
export type QuarantineQuery = z.infer<typeof quarantineQuery>;
