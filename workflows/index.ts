export { createBackfillActivities } from './activities/backfill.ts';
export { createCrowdEvaluation } from './activities/crowd.ts';
export { createIncidentActivities } from './activities/incidents.ts';
export { createPullActivities } from './activities/pull.ts';
export { createReportActivities, type SendCorrection } from './activities/reports.ts';
export { createServingActivities, type ServingOutcome } from './activities/serving.ts';
export { createWarehouseActivities } from './activities/warehouse.ts';
export type { Backfills } from './backfills.ts';
export * from './contract.ts';
export {
  kindOfPartition,
  MOST_PARTITIONS,
  type PartitionKind,
  type PartitionRange,
  partitionCount,
} from './partition.ts';
export { createRepulls, notRepullable, type Repull, type Repulls } from './repull.ts';
export { ensureSchedules, pullNow, type ScheduledSource } from './schedules.ts';
export { createStarter, type WorkflowStarter } from './starter.ts';
export { cacheFolder, findTemporal, missingTemporal, obtainTemporal, type TemporalBinary } from './temporal-binary.ts';
export { startTemporalServer, type TemporalServer } from './temporal-server.ts';
export { runWorkers, type Served, type Workers } from './worker.ts';
