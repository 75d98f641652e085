import type { User } from '../core/index.ts';
import type { MatchDecision, MatchHistory, MatchOutcome, MatchPair } from './schema/matching.ts';

/** Records without a usable key, and what people decide about whose they are. */
export interface Matching {
  /** Open pairs in the person's themes, likeliest first. */
  pairs(user: User, limit: number): Promise<MatchPair[]>;
  /** Links every certain pair. */
  link(user: User, reason: string): Promise<MatchOutcome>;
  /** `different` of a linked pair takes the link back. */
  decide(user: User, decision: MatchDecision): Promise<MatchOutcome>;
  history(user: User, limit: number): Promise<MatchHistory[]>;
}
