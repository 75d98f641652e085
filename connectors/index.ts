export { type CameraMessage, type CameraRefusal, readCameraMessage } from './camera-event.ts';
export type { Connector, Page, PullRequest, RawRecords, Spool } from './connector.ts';
export { type CorrectionSender, createCorrectionSender, type OutgoingCorrection } from './correction-sender.ts';
export { type ConnectorDeps, createConnector } from './create-connector.ts';
export { loadFileLayouts } from './file-layouts.ts';
export {
  createFileConnector,
  type FileDataset,
  type FileOptions,
  type FileSink,
  type ReadXlsxRows,
} from './files.ts';
export { createHttpBinsConnector, type HttpBinsDataset, type HttpBinsOptions } from './http-bins.ts';
export { createHttpItemsConnector, type HttpItemsDataset, type HttpItemsOptions } from './http-items.ts';
export { createHttpPagesConnector, type HttpPagesDataset, type HttpPagesOptions } from './http-pages.ts';
export { createHttpPagingConnector, type HttpPagingDataset, type HttpPagingOptions } from './http-paging.ts';
export { createHttpSend, type HttpSend } from './http-request.ts';
export { createMqttReceiver, type MqttOptions, type MqttReceiver, type MqttStatus } from './mqtt.ts';
export { DEFAULT_PACE, type Pace } from './pace.ts';
export { createPlateHash, type PlateHash } from './plate-hash.ts';
export {
  datasetNames,
  isPulled,
  type PulledSource,
  type PushedSource,
  paceOf,
  parseSources,
  type SourceConfig,
} from './source-config.ts';
export { createSqlConnector, type SqlDataset, type SqlOptions } from './sql.ts';
export type { Cell, TableLayout } from './table-layout.ts';
export {
  createWebhookReceiver,
  type WebhookOptions,
  type WebhookReceiver,
  type WebhookReply,
  type WebhookRequest,
  type WebhookStatus,
} from './webhook.ts';
