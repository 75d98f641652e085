import { z } from '@hono/zod-openapi';
import { message, orNull, pageQuery, timestamp } from './vocabulary.ts';

/** Names in landing are short; a batch id is its dataset, place and hash. */
const name = z.string().min(1).max(200);
/** Chosen by the caller; the same key twice takes effect once. */
const key = z.string().min(8).max(100);
const reason = z.string().trim().min(2).max(500);

export const recordState = z.enum(['open', 'accepted', 'dismissed', 'fixed']).openapi('RecordState');

export const recordQuery = pageQuery.extend({
  source: name.optional(),
  dataset: name.optional(),
  rule: name.optional(),
  batch: name.optional(),
  state: recordState.optional(),
  /** Text that the raw record has somewhere. */
  text: z.string().min(1).max(100).optional(),
});
export type RecordQuery = z.infer<typeof recordQuery>;

export const brokenRule = z
  .object({
    rule: z.string(),
    column: z.string().nullable(),
    words: message,
    /** What the source may send in a code column, with what it means; null for other columns. */
    codes: z.array(z.object({ code: z.string(), value: z.string() })).nullable(),
  })
  .openapi('BrokenRule');

const rawRecord = z.record(z.string(), z.unknown());

export const quarantinedRecord = z
  .object({
    batch: z.string(),
    row: z.number().int(),
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    datasetName: z.string(),
    rules: z.array(brokenRule),
    /** As the source sent it; what the reader may not see is `***`. */
    raw: rawRecord,
    receivedAt: timestamp,
    state: recordState,
    decidedBy: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .openapi('QuarantinedRecord');
export type QuarantinedRecord = z.infer<typeof quarantinedRecord>;

export const openRule = brokenRule
  .extend({
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    datasetName: z.string(),
    rows: z.number().int(),
  })
  .openapi('OpenRule');
export type OpenRule = z.infer<typeof openRule>;

/** These records, or all open ones that a filter finds; of one dataset. */
export const selection = z
  .union([
    z.object({
      places: z
        .array(z.object({ batch: name, row: z.number().int().min(1) }))
        .min(1)
        .max(1000),
    }),
    z.object({
      filter: z.object({
        source: name,
        dataset: name,
        rule: name.optional(),
        batch: name.optional(),
        text: z.string().min(1).max(100).optional(),
      }),
    }),
  ])
  .openapi('RecordSelection');
export type RecordSelection = z.infer<typeof selection>;

const expression = z.string().trim().min(1).max(4000);

export const previewInput = z.object({
  selection,
  expression,
  samples: z.number().int().min(1).max(50).default(10),
});
export type PreviewInput = z.infer<typeof previewInput>;

export const mendingPreview = z
  .object({
    source: z.string(),
    dataset: z.string(),
    selected: z.number().int(),
    passing: z.number().int(),
    left: z.array(brokenRule.extend({ rows: z.number().int() })),
    samples: z.array(
      z.object({
        batch: z.string(),
        row: z.number().int(),
        changes: z.array(z.object({ column: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
        breaks: z.array(brokenRule),
      }),
    ),
  })
  .openapi('MendingPreview');
export type MendingPreview = z.infer<typeof mendingPreview>;

/** `expected`: how many the preview found; another number is refused. */
const order = z.object({ key, selection, reason, expected: z.number().int().min(1).max(10_000).optional() });

export const fixInput = order.extend({ expression });
export type FixInput = z.infer<typeof fixInput>;
export const decideInput = order;
export type DecideInput = z.infer<typeof decideInput>;

export const deskOutcome = z
  .object({
    selected: z.number().int(),
    /** Records that pass now, or were dismissed. */
    done: z.number().int(),
    /** Records that still break their contract and were left as they came. */
    left: z.number().int(),
    batches: z.array(z.string()),
    /** True when a new publication was ordered. */
    publishing: z.boolean(),
  })
  .openapi('DeskOutcome');
export type DeskOutcome = z.infer<typeof deskOutcome>;

export const deskProgress = z
  .object({ done: z.number().int(), of: z.number().int(), running: z.boolean() })
  .openapi('DeskProgress');
export type DeskProgress = z.infer<typeof deskProgress>;

export const stoppedBatch = z
  .object({
    batch: z.string(),
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    datasetName: z.string(),
    rows: z.number().int(),
    why: message,
    receivedAt: timestamp,
    state: recordState,
  })
  .openapi('StoppedBatch');
export type StoppedBatch = z.infer<typeof stoppedBatch>;

export const batchDecision = z.object({ key, reason, decision: z.enum(['release', 'refuse']) });
export type BatchDecision = z.infer<typeof batchDecision>;

export const driftKind = z.enum(['unknown', 'missing', 'alias', 'retyped']).openapi('DriftKind');

export const columnDifference = z
  .object({
    source: z.string(),
    sourceName: z.string(),
    dataset: z.string(),
    datasetName: z.string(),
    kind: driftKind,
    column: z.string(),
    knownAs: z.string().nullable(),
    since: timestamp,
    batch: z.string(),
    contractVersion: z.number().int(),
    samples: z.array(z.string()),
    /** Batches that stand stopped because of it. */
    blocked: z.number().int(),
    decision: orNull(z.object({ accepted: z.boolean(), by: z.string(), at: timestamp, reason: z.string().nullable() })),
  })
  .openapi('ColumnDifference');
export type ColumnDifference = z.infer<typeof columnDifference>;

export const driftQuery = pageQuery.extend({
  open: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type DriftQuery = z.infer<typeof driftQuery>;

export const driftDecision = z.object({
  key,
  reason,
  source: name,
  dataset: name,
  kind: driftKind,
  column: z.string().min(1).max(500),
  decision: z.enum(['accept', 'refuse']),
});
export type DriftDecision = z.infer<typeof driftDecision>;
