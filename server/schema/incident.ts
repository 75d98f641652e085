import { z } from '@hono/zod-openapi';
import { message, orNull, pageQuery, theme, timestamp } from './vocabulary.ts';

export const ring = z.enum(['warning', 'control', 'core']).openapi('Ring');
export const incidentState = z
  .enum(['open', 'acknowledged', 'dispatched', 'resolved', 'falseAlarm'])
  .openapi('IncidentState');

export const incident = z
  .object({
    id: z.string(),
    rule: z.string(),
    title: message,
    subject: z.string(),
    subjectName: z.string(),
    theme: orNull(theme),
    org: z.string(),
    orgName: z.string(),
    ring,
    state: incidentState,
    startedAt: timestamp,
    lastSeenAt: timestamp,
    events: z.number().int(),
    /** What was measured against which limit. */
    value: z.number().nullable(),
    limit: z.number().nullable(),
    unit: z.string().nullable(),
    evidence: message,
    nextStep: message,
    history: z.array(z.object({ at: timestamp, by: z.string(), action: z.string(), note: z.string() })),
  })
  .openapi('Incident');
export type Incident = z.infer<typeof incident>;

export const incidentQuery = pageQuery.extend({
  open: z.stringbool().optional().openapi({ type: 'boolean' }),
});

export const incidentAction = z.enum(['acknowledge', 'dispatch', 'resolve', 'false-alarm']).openapi('IncidentAction');
export const incidentNote = z
  .object({ note: z.string().trim().max(500).default(''), clientOpId: z.string().min(8).max(64) })
  .openapi('IncidentNote');
