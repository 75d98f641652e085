export { createPullActivities } from './activities/pull.ts';
export { createWarehouseActivities } from './activities/warehouse.ts';
export * from './contract.ts';
export { ensureSchedules, pullNow, type ScheduledSource } from './schedules.ts';
export { createStarter, type WorkflowStarter } from './starter.ts';
export { cacheFolder, findTemporal, missingTemporal, obtainTemporal, type TemporalBinary } from './temporal-binary.ts';
export { startTemporalServer, type TemporalServer } from './temporal-server.ts';
export { runWorkers, type Served, type Workers } from './worker.ts';
