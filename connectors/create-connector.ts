import type { Clock } from '../core/clock.ts';
import type { Connector } from './connector.ts';
import { createFileConnector, type FileDataset, type FileSink, type ReadXlsxRows } from './files.ts';
import { createHttpBinsConnector } from './http-bins.ts';
import { createHttpItemsConnector } from './http-items.ts';
import { createHttpPagesConnector } from './http-pages.ts';
import { createHttpPagingConnector } from './http-paging.ts';
import { createHttpSend } from './http-request.ts';
import { type PulledSource, paceOf } from './source-config.ts';
import { createSqlConnector } from './sql.ts';

export interface ConnectorDeps {
  readonly clock: Clock;
  /** Spreads retries; `Math.random` in production. */
  readonly random: () => number;
  readonly files: FileSink;
  readonly readXlsxRows: ReadXlsxRows;
  /**
   * The layout that the contract of a dataset gives for its files.
   *
   * @throws when the contract has none
   */
  readonly fileLayout: (source: string, dataset: string) => FileDataset;
}

/**
 * The connector of a pulled source.
 *
 * @example
 * for (const source of parseSources(text, process.env).filter(isPulled)) connectors.set(source, createConnector(source, deps));
 */
export function createConnector(config: PulledSource, deps: ConnectorDeps): Connector {
  const { clock, random } = deps;
  const base = { source: config.name, pace: paceOf(config), clock, random };
  switch (config.protocol) {
    case 'http-paging': {
      const { url, tokenPath, clientId, clientSecret, datasets } = config;
      return createHttpPagingConnector({
        ...base,
        url,
        tokenPath,
        clientId,
        clientSecret,
        datasets,
        send: createHttpSend(clock),
      });
    }
    case 'http-pages':
      return createHttpPagesConnector({
        ...base,
        url: config.url,
        apiKey: config.apiKey,
        datasets: config.datasets,
        send: createHttpSend(clock),
      });
    case 'http-items':
      return createHttpItemsConnector({
        ...base,
        url: config.url,
        headers: config.headers,
        datasets: config.datasets,
        send: createHttpSend(clock),
      });
    case 'http-bins': {
      const datasets = Object.entries(config.datasets).map(([name, { path, late }]) => [name, { path, lateMs: late }]);
      return createHttpBinsConnector({
        ...base,
        url: config.url,
        headers: config.headers,
        datasets: Object.fromEntries(datasets),
        send: createHttpSend(clock),
      });
    }
    case 'sql':
      return createSqlConnector({ ...base, connectionString: config.connection, datasets: config.datasets });
    case 'files': {
      const datasets = config.datasets.map((dataset) => [dataset, deps.fileLayout(config.name, dataset)]);
      return createFileConnector({
        source: config.name,
        inbox: config.inbox,
        datasets: Object.fromEntries(datasets),
        readXlsxRows: deps.readXlsxRows,
        files: deps.files,
        clock,
      });
    }
  }
}
