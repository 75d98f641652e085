export { functionNames } from './allowed-functions.ts';
export { createSqlDesk, outcomeOf, type QueryState, type QueryStatus, type SqlDesk } from './desk.ts';
export { createSqlEngine, SQL_BUDGET, type SqlBudget, type SqlEngine } from './engine.ts';
export { cancelled, resultGone } from './errors.ts';
export { createFairQueue, type FairQueue, type Turn } from './fair-queue.ts';
export type { GrantedMart, SqlAsk, SqlGrant, SqlScalar } from './grant.ts';
export type { CheckReport, Estimate, ResultColumn, RunReport } from './protocol.ts';
export { createResultFiles, type ResultFiles } from './result-file.ts';
