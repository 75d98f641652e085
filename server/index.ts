export { apiTypes, type OpenApiDocument } from './api-types.ts';
export type { ServerConfig, ServerLog } from './context.ts';
export { createServer, type FillOnceServer } from './create-server.ts';
export { createEventRelay, type EventRelay } from './event-relay.ts';
export type * from './ports.ts';
export type { ConfiguredDataset } from './wiring/sources.ts';
export { createPorts, type Modules } from './wiring.ts';
