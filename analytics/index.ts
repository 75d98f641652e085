export {
  type CrowdRule,
  type CrowdRuleOptions,
  type CrowdState,
  type CrowdTransition,
  type CrowdZone,
  createCrowdRule,
  readCrowdState,
  type ZoneLevel,
} from './detection/crowd-rule.ts';
export type { CarrierCount } from './detection/crowd-window.ts';
export {
  applySign,
  applyStep,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentAction,
  type IncidentCondition,
  type IncidentSign,
  type IncidentStatus,
  type IncidentStep,
  isClosed,
  nextStep,
  openIncident,
  STATUS_TITLES,
} from './detection/incident.ts';
export { RING_TITLES, type Ring } from './detection/ring.ts';
export * from './sql-gate/index.ts';
export type { StatisticEntry, StatisticTable } from './statistic-table.ts';
export { createStatistics, type Statistics } from './statistics.ts';
export { type Counts, type RowSum, SMALL_COUNT, suppress } from './suppression.ts';
export { type ThemeCount, themeCounts } from './theme-counts.ts';
