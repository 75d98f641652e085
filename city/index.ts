export { type City, type CityOptions, createCity } from './city.ts';
export { type CityProcessOptions, startCity } from './client.ts';
export { type CityEndpoints, SOURCE_NAMES, type SourceName } from './endpoints.ts';
export { FAULT_KINDS, type FaultKind, type FaultSwitch } from './faults.ts';
export { orgUnits } from './org-units.ts';
export type { CityProgress, DatasetProgress } from './progress.ts';
export type { TruthRecord } from './truth/entities.ts';
