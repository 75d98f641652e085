import { z } from '@hono/zod-openapi';
import { message, orNull, sensitivity, timestamp } from './vocabulary.ts';

export const assetKind = z.enum(['landing', 'staged', 'golden', 'mart', 'publication']).openapi('AssetKind');
export const freshnessState = z.enum(['pass', 'warn', 'fail', 'unknown']).openapi('FreshnessState');

export const assetFreshness = z
  .object({
    state: freshnessState,
    since: timestamp.nullable(),
    receivedAt: timestamp.nullable(),
    /** The rule: late after so many hours without news. */
    withinHours: z.number().nullable(),
    /** The dataset that decides. */
    because: z.string().nullable(),
  })
  .openapi('AssetFreshness');

export const assetRun = z
  .object({
    id: z.string(),
    partition: z.string().nullable(),
    state: z.enum(['running', 'done', 'failed']),
    startedAt: timestamp,
    finishedAt: timestamp.nullable(),
    rows: z.number().int().nullable(),
    tookMs: z.number().int().nullable(),
    error: orNull(z.object({ code: z.string(), message })),
    /** What the run told on its way, one entry a step. */
    log: z.array(z.record(z.string(), z.unknown())),
  })
  .openapi('AssetRun');
export type AssetRun = z.infer<typeof assetRun>;

export const assetSummary = z
  .object({
    key: z.string(),
    kind: assetKind,
    /** `platform` for what belongs to no theme. */
    theme: z.string(),
    title: message,
    deps: z.array(z.string()),
    owner: z.string(),
    codeVersion: z.string(),
    rows: z.number().int().nullable(),
    bytes: z.number().int().nullable(),
    /** How long the last run took that made it, alone or with others. */
    tookMs: z.number().int().nullable(),
    lastRun: orNull(assetRun.pick({ state: true, startedAt: true, error: true })),
    nextRun: timestamp.nullable(),
    freshness: assetFreshness,
    /** How many of its checks last came out how. */
    checks: z.object({
      pass: z.number().int(),
      warn: z.number().int(),
      fail: z.number().int(),
      unknown: z.number().int(),
    }),
  })
  .openapi('AssetSummary');
export type AssetSummary = z.infer<typeof assetSummary>;

export const assetList = z
  .object({
    items: z.array(assetSummary),
    themes: z.array(z.object({ theme: z.string(), title: message })),
    publicationId: z.string().nullable(),
  })
  .openapi('AssetList');
export type AssetList = z.infer<typeof assetList>;

export const assetCheck = z
  .object({
    id: z.string(),
    about: z.string(),
    severity: z.enum(['block', 'warn']),
    state: z.enum(['pass', 'warn', 'fail', 'unknown']),
    rows: z.number().int().nullable(),
    since: timestamp.nullable(),
  })
  .openapi('AssetCheck');

export const lineageColumn = z
  .object({
    key: z.string(),
    asset: z.string(),
    column: z.string(),
    title: orNull(message),
    element: z.string().nullable(),
    step: z.enum(['sent', 'asked', 'read', 'chosen', 'kept', 'copied', 'computed', 'counted', 'constant']),
    from: z.array(z.string()),
    counts: z.array(z.string()),
    expression: z.string().nullable(),
  })
  .openapi('LineageColumn');

export const columnLineage = z
  .object({ column: lineageColumn, upstream: z.array(lineageColumn), downstream: z.array(lineageColumn) })
  .openapi('ColumnLineage');
export type ColumnLineage = z.infer<typeof columnLineage>;

export const backfillProgress = z
  .object({
    id: z.string(),
    source: z.string(),
    dataset: z.string(),
    by: z.string(),
    partitions: z.object({ by: z.enum(['day', 'month']), from: z.string(), to: z.string() }),
    state: z.enum(['running', 'cancelling', 'done', 'cancelled', 'stopped']),
    atOnce: z.number().int(),
    total: z.number().int(),
    done: z.number().int(),
    records: z.number().int(),
    running: z.array(z.string()),
    failed: z.array(z.object({ partition: z.string(), code: z.string(), message })),
    failedCount: z.number().int(),
    startedAt: timestamp,
    finishedAt: timestamp.nullable(),
  })
  .openapi('BackfillProgress');
export type BackfillProgress = z.infer<typeof backfillProgress>;

export const backfillInput = z
  .object({
    source: z.string().min(1).max(64),
    dataset: z.string().min(1).max(64),
    by: z.enum(['day', 'month']),
    from: z.string().max(10),
    to: z.string().max(10),
    /** Only these of the range: what failed before. */
    only: z.array(z.string().max(10)).min(1).max(200).optional(),
  })
  .openapi('BackfillInput');
export type BackfillInput = z.infer<typeof backfillInput>;

export const assetDetail = assetSummary
  .omit({ checks: true })
  .extend({
    /** What a row of a mart is; null for others. */
    about: z.string().nullable(),
    checks: z.array(assetCheck),
    runs: z.array(assetRun),
    /** Months of a dataset by the time of observation, newest first. */
    partitions: z.array(z.object({ partition: z.string(), rows: z.number().int() })),
    columns: z.array(lineageColumn),
    upstream: z.array(z.string()),
    downstream: z.array(z.string()),
    /** How its past can be asked for again; null where it cannot. */
    repull: orNull(
      z.object({
        source: z.string(),
        dataset: z.string(),
        by: z.array(z.enum(['day', 'month'])),
        atOnce: z.number().int(),
      }),
    ),
    backfill: orNull(backfillProgress),
  })
  .openapi('AssetDetail');
export type AssetDetail = z.infer<typeof assetDetail>;

export const dictionaryEntry = z
  .object({
    id: z.string(),
    theme: z.string(),
    themeTitle: message,
    entity: z.string(),
    entityTitle: message,
    field: z.string(),
    title: message,
    synonyms: z.array(z.string()),
    type: z.enum(['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean']),
    unit: z.string().nullable(),
    codeList: orNull(z.object({ name: z.string(), title: z.string(), values: z.array(z.string()) })),
    check: z.string().nullable(),
    sensitivity,
    owner: z.string(),
    /** In order of authority, with the source's own name of the field where it says it. */
    sources: z.array(z.object({ name: z.string(), title: message, fields: z.array(z.string()) })),
    ttlDays: z.number().int().nullable(),
    optional: z.boolean(),
    marts: z.array(z.string()),
    forms: z.array(z.object({ id: z.string(), title: z.string(), cell: z.string() })),
  })
  .openapi('DictionaryEntry');
export type DictionaryEntry = z.infer<typeof dictionaryEntry>;

export const dictionary = z.object({ items: z.array(dictionaryEntry) }).openapi('Dictionary');
