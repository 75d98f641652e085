import type { User } from '../core/index.ts';
import type {
  MatchDecision,
  MatchDuplicate,
  MatchHistory,
  MatchLink,
  MatchOutcome,
  MatchPairList,
  MatchPairQuery,
} from './schema/matching.ts';

/**
 * Records without a usable key, and what people decide about whose they are. Every order carries a name of its own: the same order
 * again is answered as the first time.
 */
export interface Matching {
  /** Open pairs in the person's themes, likeliest first. */
  pairs(user: User, query: MatchPairQuery): Promise<MatchPairList>;
  /** Golden rows that look like one entity, in the person's themes, likeliest first. */
  duplicates(user: User, limit: number): Promise<MatchDuplicate[]>;
  /** Links every certain pair. */
  link(user: User, order: MatchLink): Promise<MatchOutcome>;
  /** `different` of a linked or merged pair takes that back. */
  decide(user: User, decision: MatchDecision): Promise<MatchOutcome>;
  history(user: User, limit: number): Promise<MatchHistory[]>;
}
