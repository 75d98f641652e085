export { backfill, backfillPartition } from './backfill.ts';
export { campaign } from './campaign.ts';
export { incident } from './incident.ts';
export { publishWarehouse } from './publish-warehouse.ts';
export { materialiseDataset, refreshSource, stageDataset, stageLanded, sweepLanding } from './refresh-source.ts';
export { serveTables } from './serve-tables.ts';
