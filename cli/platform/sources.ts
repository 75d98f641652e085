import {
  type Connector,
  createConnector,
  createMqttReceiver,
  createPlateHash,
  createWebhookReceiver,
  datasetNames,
  isPulled,
  loadFileLayouts,
  type MqttReceiver,
  type PushedSource,
  readCameraMessage,
  type SourceConfig,
  type WebhookReceiver,
} from '../../connectors/index.ts';
import type { Clock } from '../../core/index.ts';
import { openWorkbook } from '../../templates/xlsx/index.ts';
import type { BatchManifest, Landing, SealingSpool } from '../../warehouse/index.ts';
import type { ScheduledSource } from '../../workflows/index.ts';

export interface Sources {
  /** One connector per pulled dataset, named `<source>.<dataset>`. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly schedules: readonly ScheduledSource[];
  /** The receiver of a source's signed pushes; null when it does not push. */
  webhook(source: string): WebhookReceiver | null;
  readonly mqtt: ReadonlyMap<string, MqttReceiver>;
  /** Every dataset with its source and how it comes: `['grid', 'resident', 'http-paging']`. */
  datasets(): readonly (readonly [source: string, dataset: string, protocol: string])[];
  /** Pushed records that are acknowledged and not yet in a batch. */
  waiting(): number;
  /** Makes batches of what was pushed so far. */
  seal(): Promise<void>;
  /** Pushed messages of a source that were acknowledged and, by rule, not stored. */
  refused(source: string): number;
  /** Connects what listens. A broker that is down is tried again in the background. */
  start(onTrouble: (source: string, error: unknown) => void): Promise<void>;
  /** Stops listening, then seals what was received. */
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/** Builds connectors and receivers of a source list over one landing. */
export async function openSources(options: {
  readonly configs: readonly SourceConfig[];
  readonly landing: Landing;
  readonly clock: Clock;
  readonly plateKey: string;
  /** Age at which pushed records become a batch. */
  readonly sealAfterMs: number;
  readonly onSealed: (manifest: BatchManifest) => void;
}): Promise<Sources> {
  const { configs, landing, clock } = options;
  const deps = {
    clock,
    random: Math.random,
    files: landing.documents,
    readXlsxRows,
    fileLayout: loadFileLayouts(),
  };
  const connectors = new Map<string, Connector>();
  const schedules: ScheduledSource[] = [];
  const spools: SealingSpool[] = [];
  const webhooks = new Map<string, WebhookReceiver>();
  const mqtt = new Map<string, MqttReceiver>();

  async function listen(config: PushedSource): Promise<void> {
    const spool = await landing.openSpool(config.name, config.dataset, {
      sealAfterMs: options.sealAfterMs,
      onSealed: options.onSealed,
    });
    spools.push(spool);
    if (config.protocol === 'webhook') {
      const plateHash = createPlateHash(options.plateKey);
      webhooks.set(config.name, createWebhookReceiver({ secrets: config.secrets, spool, plateHash, clock }));
    } else {
      const { url, username, password, clientId, topics } = config;
      const read = readCameraMessage;
      mqtt.set(
        config.name,
        createMqttReceiver({ url, username, password, clientId, topics, spool, read, clock, connectMs: CONNECT_MS }),
      );
    }
  }

  for (const config of configs) {
    if (!isPulled(config)) {
      await listen(config);
      continue;
    }
    const connector = createConnector(config, deps);
    const datasets = datasetNames(config);
    for (const dataset of datasets) connectors.set(`${config.name}.${dataset}`, connector);
    schedules.push({ name: config.name, protocol: config.protocol, datasets, everyMs: config.every });
  }

  return {
    connectors,
    schedules,
    webhook: (source) => webhooks.get(source) ?? null,
    mqtt,
    datasets: () =>
      configs.flatMap((config) =>
        datasetNames(config).map((dataset) => [config.name, dataset, config.protocol] as const),
      ),
    waiting: () => spools.reduce((sum, spool) => sum + spool.status.open, 0),
    seal: async () => {
      await Promise.all(spools.map((spool) => spool.seal()));
    },
    refused: (source) => {
      const status = mqtt.get(source)?.status;
      return status === undefined ? 0 : status.received - status.stored;
    },
    start: async (onTrouble) => {
      await Promise.all(
        [...mqtt].map(([source, receiver]) => receiver.start().catch((error: unknown) => onTrouble(source, error))),
      );
    },
    close: async () => {
      await Promise.allSettled([...mqtt.values()].map((receiver) => receiver.stop()));
      await Promise.allSettled(spools.map((spool) => spool.close()));
    },
  };
}

async function* readXlsxRows(path: string, sheet: string) {
  const workbook = await openWorkbook(path);
  try {
    for await (const row of workbook.rows(sheet)) {
      yield row.cells.map((cell) => {
        const value = cell?.value ?? null;
        return value !== null && typeof value === 'object' && !(value instanceof Date) ? null : value;
      });
    }
  } finally {
    await workbook.close();
  }
}
