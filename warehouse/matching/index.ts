export { type Address, parseAddress } from './address.ts';
export { identityOf } from './candidates.ts';
export type { PairDecision } from './decided.ts';
export { createMatchingDesk, type LinkOutcome, type MatchingDesk, type PairName } from './desk.ts';
export { type EnterpriseName, enterpriseName } from './enterprise-name.ts';
export { personNameKey, personNameLikeness } from './person-name.ts';
export type { Proposal } from './proposals.ts';
export { loadMatchRules, type MatchRule } from './rules.ts';
export { type FeatureScore, type Fields, scorePair } from './score.ts';
