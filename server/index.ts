export type { ServerConfig, ServerLog } from './context.ts';
export { createServer, type FillOnceServer } from './create-server.ts';
export type * from './ports.ts';
