import { z } from '@hono/zod-openapi';

export const matchPair = z
  .object({
    /** What names the record through the days on which its source sends it again. */
    identity: z.string(),
    source: z.string(),
    dataset: z.string(),
    entity: z.string(),
    entityName: z.string(),
    /** Key of the entity that the record most likely is of. */
    key: z.string(),
    verdict: z.enum(['certain', 'doubtful']),
    score: z.number(),
    second: z.object({ key: z.string(), score: z.number() }).nullable(),
    features: z.array(
      z.object({
        field: z.string(),
        fieldName: z.string(),
        left: z.string().nullable(),
        right: z.string().nullable(),
        outcome: z.enum(['agree', 'partial', 'differ', 'unknown']),
        weight: z.number(),
        why: z.string(),
      }),
    ),
  })
  .openapi('MatchPair');
export type MatchPair = z.infer<typeof matchPair>;

const reason = z.string().trim().min(2).max(500);
export const matchDecision = z.object({
  identity: z.string().min(3).max(300),
  key: z.string().min(1).max(100),
  verdict: z.enum(['same', 'different']),
  reason,
});
export type MatchDecision = z.infer<typeof matchDecision>;
export const matchLink = z.object({ reason });

export const matchOutcome = z
  .object({
    linked: z.number().int(),
    doubtful: z.number().int(),
    apart: z.number().int(),
    /** True when a new publication was ordered. */
    publishing: z.boolean(),
  })
  .openapi('MatchOutcome');
export type MatchOutcome = z.infer<typeof matchOutcome>;

export const matchHistory = z
  .object({
    identity: z.string(),
    key: z.string(),
    verdict: z.enum(['same', 'different']),
    by: z.string(),
    reason: z.string(),
    at: z.string(),
    stands: z.boolean(),
  })
  .openapi('MatchHistory');
export type MatchHistory = z.infer<typeof matchHistory>;

export const matchQuery = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) });
