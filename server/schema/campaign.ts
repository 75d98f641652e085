import { z } from '@hono/zod-openapi';
import { alternative, taskSummary } from './task.ts';
import { cellText, message, orNull, pageQuery, theme, timestamp } from './vocabulary.ts';

export const template = z
  .object({
    id: z.string(),
    version: z.number().int(),
    title: z.string(),
    kind: z.enum(['roster', 'indicator', 'crosstab']),
    periodKind: z.enum(['day', 'week', 'month', 'quarter', 'year']),
    themes: z.array(theme),
    columns: z.number().int(),
    /** How many of its columns are bound to an element or an expression. */
    bound: z.number().int(),
  })
  .openapi('Template');
export type Template = z.infer<typeof template>;

export const recognition = z
  .object({
    fileName: z.string(),
    /** Null when the upload is no form that is known. */
    template: orNull(template),
    /** 0 to 1. */
    confidence: z.number(),
    sheet: z.string().nullable(),
    differences: z.array(z.object({ where: z.string(), message })),
    matches: z.array(
      z.object({
        header: z.string(),
        element: z.string().nullable(),
        elementTitle: z.string().nullable(),
        confidence: z.number(),
      }),
    ),
  })
  .openapi('Recognition');
export type Recognition = z.infer<typeof recognition>;

export const stage = z.enum(['created', 'prefilled', 'issued', 'merged', 'released', 'cancelled']).openapi('Stage');
export type Stage = z.infer<typeof stage>;

export const classCounts = z
  .object({
    held: z.number().int(),
    derived: z.number().int(),
    stale: z.number().int(),
    conflicting: z.number().int(),
    missing: z.number().int(),
  })
  .openapi('ClassCounts');

export const campaignSummary = z
  .object({
    id: z.string(),
    templateId: z.string(),
    title: z.string(),
    period: z.string(),
    periodTitle: z.string(),
    scope: z.string(),
    scopeName: z.string(),
    deadline: timestamp,
    createdAt: timestamp,
    stage,
    rows: z.number().int(),
    counts: classCounts,
    /** Share of the form's cells that nobody has to be asked for, 0 to 1. */
    coverage: z.number(),
    tasks: z.number().int(),
    tasksSubmitted: z.number().int(),
    tasksApproved: z.number().int(),
    /** Conflicts that nobody has decided yet. */
    conflicts: z.number().int(),
  })
  .openapi('CampaignSummary');
export type CampaignSummary = z.infer<typeof campaignSummary>;

export const release = z
  .object({
    id: z.string(),
    number: z.number().int(),
    approvedBy: z.string(),
    approvedAt: timestamp,
    /** Why it replaces an earlier one. */
    reason: z.string().nullable(),
    /** Names the file of the released rows by its content. */
    ref: z.string(),
  })
  .openapi('Release');

export const campaign = campaignSummary
  .extend({
    /** The step that failed last, in words; null when none stands failed. */
    failure: orNull(z.object({ step: z.string(), message, at: timestamp })),
    /** When the last merge was done. */
    mergedAt: timestamp.nullable(),
    publicationId: z.string().nullable(),
    /** The earlier civil day at whose end its values were known; null: it is filled with what was held when it was created. */
    asOf: z.string().nullable(),
    snapshotId: z.string().nullable(),
    taskList: z.array(taskSummary),
    releases: z.array(release),
    themes: z.array(theme),
  })
  .openapi('Campaign');
export type Campaign = z.infer<typeof campaign>;

export const campaignInput = z
  .object({
    templateId: z.string().min(1).max(100),
    period: z.string().min(4).max(10),
    scope: z.string().min(1).max(100),
    deadline: timestamp,
    /** Civil day at whose end the values were known; absent: what is held now. */
    asOf: z.iso.date().optional(),
  })
  .openapi('CampaignInput');
export type CampaignInput = z.infer<typeof campaignInput>;

export const campaignListQuery = pageQuery.extend({ stage: stage.optional() });
export type CampaignListQuery = z.infer<typeof campaignListQuery>;

/** The clerk's answer, the newer value of the sources, or a third. */
export const conflictChoice = z.enum(['mine', 'theirs', 'other']).openapi('ConflictChoice');

export const conflict = z
  .object({
    id: z.string(),
    rowKey: z.string(),
    rowTitle: z.string(),
    org: z.string(),
    column: z.string(),
    columnTitle: z.string(),
    base: cellText,
    /** What could stand there: the answers and the newer value of the warehouse. */
    candidates: z.array(alternative.extend({ choice: z.enum(['mine', 'theirs']) })),
    decided: z.object({ choice: conflictChoice, value: cellText, by: z.string(), at: timestamp }).nullable(),
  })
  .openapi('Conflict');
export type Conflict = z.infer<typeof conflict>;

export const conflictDecision = z
  .object({ choice: conflictChoice, value: cellText.optional(), reason: z.string().trim().max(500).optional() })
  .openapi('ConflictDecision');
export type ConflictDecision = z.infer<typeof conflictDecision>;

export const provenance = z
  .object({
    rowKey: z.string(),
    column: z.string(),
    columnTitle: z.string(),
    value: cellText,
    class: z.enum(['held', 'derived', 'stale', 'conflicting', 'missing', 'outside']),
    /** Oldest first: observed, answered, approved, decided. */
    steps: z.array(
      z.object({
        kind: z.enum(['source', 'derived', 'answer', 'review', 'decision', 'warehouse']),
        value: cellText,
        by: z.string(),
        at: z.string().nullable(),
        note: message,
      }),
    ),
  })
  .openapi('Provenance');
export type Provenance = z.infer<typeof provenance>;
