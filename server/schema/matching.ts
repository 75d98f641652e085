import { z } from '@hono/zod-openapi';
import { message } from './vocabulary.ts';

export const matchFeature = z
  .object({
    field: z.string(),
    fieldName: message,
    left: z.string().nullable(),
    right: z.string().nullable(),
    outcome: z.enum(['agree', 'near', 'partial', 'differ', 'unknown']),
    weight: z.number(),
    why: message,
  })
  .openapi('MatchFeature');

export const matchPair = z
  .object({
    /** What names the record through the days on which its source sends it again. */
    identity: z.string(),
    source: z.string(),
    dataset: z.string(),
    entity: z.string(),
    entityName: message,
    /** Key of the entity that the record most likely is of. */
    key: z.string(),
    verdict: z.enum(['certain', 'doubtful']),
    score: z.number(),
    second: z.object({ key: z.string(), score: z.number() }).nullable(),
    features: z.array(matchFeature),
  })
  .openapi('MatchPair');
export type MatchPair = z.infer<typeof matchPair>;

export const matchPairList = z
  .object({
    items: z.array(matchPair),
    /** Open pairs in the person's themes, shown or not. */
    certain: z.number().int(),
    doubtful: z.number().int(),
  })
  .openapi('MatchPairList');
export type MatchPairList = z.infer<typeof matchPairList>;

export const matchDuplicate = z
  .object({
    /** What a decision calls the pair: `person:DROP`, and the key that stays. */
    identity: z.string(),
    key: z.string(),
    entity: z.string(),
    entityName: message,
    drop: z.string(),
    score: z.number(),
    features: z.array(matchFeature),
  })
  .openapi('MatchDuplicate');
export type MatchDuplicate = z.infer<typeof matchDuplicate>;

const reason = z.string().trim().min(2).max(500);
/** The same order sent again is answered as the first time. */
const order = z.string().min(8).max(100);
export const matchDecision = z.object({
  order,
  /** Of a record without a usable key as listed; `person:KEY` of a golden row that is, or is not, the one of `key`. */
  identity: z.string().min(3).max(300),
  key: z.string().min(1).max(100),
  verdict: z.enum(['same', 'different']),
  reason,
});
export type MatchDecision = z.infer<typeof matchDecision>;
export const matchLink = z.object({ order, reason });
export type MatchLink = z.infer<typeof matchLink>;

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
    /** `link`: a record and its entity; `merge`: two keys of one entity. */
    kind: z.enum(['link', 'merge']),
    identity: z.string(),
    key: z.string(),
    verdict: z.enum(['same', 'different']),
    by: z.string(),
    /** Null for the platform itself and whoever decided on the command line. */
    byName: z.string().nullable(),
    reason: z.string(),
    at: z.string(),
    stands: z.boolean(),
  })
  .openapi('MatchHistory');
export type MatchHistory = z.infer<typeof matchHistory>;

export const matchQuery = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) });
export const matchPairQuery = matchQuery.extend({ verdict: z.enum(['certain', 'doubtful']).optional() });
export type MatchPairQuery = z.infer<typeof matchPairQuery>;
