import { z } from '@hono/zod-openapi';
import { cellText, column, message, orNull, PAGE_LIMIT, pageQuery, timestamp } from './vocabulary.ts';

/** Why a person is asked: the value is out of date, its sources disagree, or nobody holds it. */
export const doubtClass = z.enum(['stale', 'conflicting', 'missing']).openapi('DoubtClass');
export const taskStatus = z.enum(['open', 'returned', 'submitted', 'approved']).openapi('TaskStatus');

export const doubtCounts = z
  .object({ stale: z.number().int(), conflicting: z.number().int(), missing: z.number().int() })
  .openapi('DoubtCounts');

export const taskSummary = z
  .object({
    id: z.string(),
    campaignId: z.string(),
    title: z.string(),
    period: z.string(),
    periodTitle: z.string(),
    org: z.string(),
    orgName: z.string(),
    assignee: z.string().nullable(),
    status: taskStatus,
    deadline: timestamp,
    /** Cells to answer, and how many of them are answered. */
    doubtful: z.number().int(),
    answered: z.number().int(),
    counts: doubtCounts,
    returnReason: z.string().nullable(),
    submittedAt: timestamp.nullable(),
  })
  .openapi('TaskSummary');
export type TaskSummary = z.infer<typeof taskSummary>;

export const taskColumn = column
  .extend({
    /** True for the few columns that tell one row from another; they stay on screen. */
    identifying: z.boolean(),
    /** True when some row of the campaign is asked for it. */
    asked: z.boolean(),
    /** False for what follows from other cells or names the row. */
    editable: z.boolean(),
  })
  .openapi('TaskColumn');
export type TaskColumn = z.infer<typeof taskColumn>;

export const task = taskSummary.extend({ columns: z.array(taskColumn) }).openapi('Task');
export type Task = z.infer<typeof task>;

export const alternative = z
  .object({ source: z.string(), sourceName: z.string(), value: cellText, observed: z.string().nullable() })
  .openapi('Alternative');

export const answer = z
  .object({ value: cellText, by: z.string(), at: timestamp, confirmed: z.boolean() })
  .openapi('Answer');

export const doubt = z
  .object({
    column: z.string(),
    class: doubtClass,
    /** Why it is asked, in a sentence. */
    reason: message,
    /** When the shown value was observed, and by which source. */
    observed: z.string().nullable(),
    source: z.string().nullable(),
    sourceName: z.string().nullable(),
    /** Days that an observation of this element stays good. */
    ttlDays: z.number().int().nullable(),
    alternatives: z.array(alternative),
    answer: orNull(answer),
  })
  .openapi('Doubt');
export type Doubt = z.infer<typeof doubt>;

export const taskRow = z
  .object({
    rowKey: z.string(),
    org: z.string(),
    orgName: z.string(),
    /** The prefilled values in the order of the task's columns. */
    values: z.array(cellText),
    doubts: z.array(doubt),
  })
  .openapi('TaskRow');
export type TaskRow = z.infer<typeof taskRow>;

export const taskRowsQuery = pageQuery.extend({
  class: doubtClass.optional(),
  /** Text to find in any value of the row. */
  q: z.string().max(100).optional(),
});
export type TaskRowsQuery = z.infer<typeof taskRowsQuery>;

export const taskListQuery = pageQuery.extend({
  status: taskStatus.optional(),
  campaign: z.string().max(64).optional(),
});
export type TaskListQuery = z.infer<typeof taskListQuery>;

export const patchInput = z
  .object({
    rowKey: z.string().min(1).max(500),
    column: z.string().min(1).max(200),
    /** The value the person saw when they answered; a different current value makes a conflict. */
    base: cellText,
    value: cellText,
    clientOpId: z.string().min(8).max(64),
  })
  .openapi('PatchInput');
export type PatchInput = z.infer<typeof patchInput>;

export const patchBatch = z.object({ patches: z.array(patchInput).min(1).max(PAGE_LIMIT) }).openapi('PatchBatch');

export const patchRejection = z
  .object({
    clientOpId: z.string(),
    reason: z.enum(['conflict', 'invalid', 'unknown']),
    message,
    /** What stands there now, when somebody else changed the cell. */
    current: cellText,
    currentBy: z.string().nullable(),
  })
  .openapi('PatchRejection');
export type PatchRejection = z.infer<typeof patchRejection>;

export const patchReply = z
  .object({
    saved: z.array(z.string()),
    rejected: z.array(patchRejection),
    answered: z.number().int(),
    doubtful: z.number().int(),
  })
  .openapi('PatchReply');
export type PatchReply = z.infer<typeof patchReply>;

export const difference = z
  .object({
    rowKey: z.string(),
    rowTitle: z.string(),
    column: z.string(),
    columnTitle: z.string(),
    /** Null for a cell that nobody had doubted. */
    class: orNull(doubtClass),
    before: cellText,
    after: cellText,
    kind: z.enum(['changed', 'filled', 'confirmed']),
    by: z.string(),
    at: timestamp,
  })
  .openapi('Difference');
export type Difference = z.infer<typeof difference>;

export const submitInput = z
  .object({
    /** Hands in although cells have no answer. */
    incomplete: z.boolean().default(false),
    note: z.string().trim().max(500).optional(),
  })
  .openapi('SubmitInput');
export type SubmitInput = z.infer<typeof submitInput>;

export const returnInput = z.object({ reason: z.string().trim().min(2).max(500) }).openapi('ReturnInput');
