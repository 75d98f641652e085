import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createStatistics } from '../../analytics/index.ts';
import {
  type CorrectionSender,
  createCorrectionSender,
  parseSources,
  type SourceConfig,
} from '../../connectors/index.ts';
import {
  type Catalogue,
  type Clock,
  type Config,
  civilTimestamp,
  errorText,
  loadCatalogue,
  type OrgUnit,
  packageRoot,
} from '../../core/index.ts';
import { createReports, type Reports } from '../../reports/index.ts';
import { createEventRelay, createPorts, createServer, type ServerLog } from '../../server/index.ts';
import {
  createFolderObjects,
  listSourceStates,
  type Objects,
  openStore,
  type SourceState,
  type Store,
} from '../../store/index.ts';
import { loadTemplates, loadVocabulary, type TemplateSet, type Vocabulary } from '../../templates/index.ts';
import { inspectInWorker } from '../../templates/xlsx/index.ts';
import {
  type Landing,
  openLanding,
  openReader,
  openWarehouse,
  type Reader,
  type SealingSpool,
  type Warehouse,
} from '../../warehouse/index.ts';
import {
  createCrowdEvaluation,
  createIncidentActivities,
  createPullActivities,
  createReportActivities,
  createStarter,
  createWarehouseActivities,
  ensureSchedules,
  runWorkers,
  type SendCorrection,
  startTemporalServer,
  type WorkflowStarter,
} from '../../workflows/index.ts';
import { checkPort, prepareDataFolder } from '../data-folder.ts';
import type { Login } from '../people.ts';
import { createAnnouncements } from './announcements.ts';
import { seedOrgUnits } from './org-units.ts';
import { plateKey } from './plate-key.ts';
import { openSources, type Sources } from './sources.ts';

export interface PlatformOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** Where `env:NAME` of the source list is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The org tree, when the caller knows it (the demo does). */
  readonly units?: readonly OrgUnit[];
  /** Creates the people that must be there; returns the logins that may be printed. */
  readonly people: (store: Store) => Promise<readonly Login[]>;
  /** Logins may be offered on the sign-in page: the platform runs on simulated data. */
  readonly demo: boolean;
  /** Age at which pushed records become a batch. */
  readonly sealAfterMs?: number;
}

export interface Platform {
  /** Address of the web app and API. */
  readonly url: string;
  readonly logins: readonly Login[];
  readonly clock: Clock;
  readonly store: Store;
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly reader: Reader;
  readonly objects: Objects;
  readonly reports: Reports;
  readonly sources: Sources;
  readonly workflows: WorkflowStarter;
  /** Process id of the embedded Temporal server; null when a cluster is used. */
  readonly temporalPid: number | null;
  sourceStates(): Promise<readonly SourceState[]>;
  /** Orders a pull of every pulled source. */
  pullAll(): Promise<void>;
  close(): Promise<void>;
}

const SEAL_AFTER_MS = 10_000;
const INCIDENT_SEAL_MS = 5_000;
const GRACE_MS = 10_000;

/**
 * Opens everything one process needs to be the whole platform: store, warehouse, Temporal with its workers, sources, server. What was
 * opened is closed again when a later step fails.
 *
 * @throws FillOnceError naming what is in the way: the port, the data folder, Temporal, the source list
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { log } = options;
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of opened.splice(0).reverse()) {
      await step().catch((error: unknown) => log.error({ error: errorText(error) }, 'closing a part failed'));
    }
  };
  try {
    const platform = await open(options, opened);
    return { ...platform, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(options: PlatformOptions, opened: (() => Promise<unknown>)[]): Promise<Omit<Platform, 'close'>> {
  const { config, clock, log } = options;
  const folder = (name: string) => join(config.dataFolder, name);
  prepareDataFolder(config.dataFolder);
  await checkPort(config.host, config.port);
  const configs = readSources(config, options.env);
  const catalogue = loadCatalogue();
  const vocabulary = loadVocabulary(catalogue);
  const templates = loadTemplates({ catalogue, vocabulary, folder: folder('templates') });
  const { store, temporal } = await openBase(options, folder, opened);
  const logins = await options.people(store);

  const landing = openLanding({ folder: folder('landing'), clock });
  const objects = createFolderObjects({ folder: folder('objects'), clock });
  if (options.units) await seedOrgUnits(store, landing, options.units);
  const warehouse = await openWarehouse({
    folder: folder('warehouse'),
    landing,
    catalogue,
    clock,
    memoryMb: config.duckdbMemoryMb,
    threads: config.duckdbThreads,
  });
  opened.push(() => warehouse.close());
  const reader = openReader({ folder: folder('warehouse') });
  opened.push(() => reader.close());
  const reports = createReports({ store, reader, objects, templates, catalogue, landing });
  const announcements = createAnnouncements();

  const connection = await Connection.connect({ address: temporal.address });
  opened.push(() => connection.close());
  const client = new Client({ connection, namespace: config.temporalNamespace });
  let starter: WorkflowStarter | null = null;
  const onSealed = ({ id, source, dataset }: { id: string; source: string; dataset: string }) => {
    starter
      ?.stageLanded({ batch: id, source, dataset })
      .catch((error: unknown) => log.warn({ batch: id, error: errorText(error) }, 'staging is put off'));
  };
  const incidentSpool = await landing.openSpool('platform', 'incident', { sealAfterMs: INCIDENT_SEAL_MS, onSealed });
  opened.push(() => incidentSpool.close());
  const sources = await openSources({
    configs,
    landing,
    clock,
    plateKey: plateKey(config.dataFolder, config.plateKey),
    sealAfterMs: options.sealAfterMs ?? SEAL_AFTER_MS,
    onSealed,
  });
  opened.push(() => sources.close());
  const workflows = createStarter(client, sources.schedules);
  starter = workflows;

  const sourceStates = () => store.system.transaction(listSourceStates);
  const parts = {
    ...options,
    store,
    landing,
    warehouse,
    reports,
    sources,
    catalogue,
    configs,
    incidentSpool,
    announcements,
  };
  const workers = await startWorkers(parts, temporal.address, () => writeSourceStatus(config.dataFolder, sourceStates));
  opened.push(() => workers.stop());
  await ensureSchedules(client, sources.schedules);
  await workflows.sweepLanding();
  await sources.start((source, error) => log.warn({ source, error: errorText(error) }, 'source does not answer yet'));

  const server = await openServer({ ...parts, reader, templates, vocabulary, workflows, logins });
  opened.push(() => server.close());
  const names = [...new Set(sources.schedules.map(({ name }) => name))];
  return {
    url: server.url,
    logins,
    clock,
    store,
    landing,
    warehouse,
    reader,
    objects,
    reports,
    sources,
    workflows,
    temporalPid: temporal.pid,
    sourceStates,
    pullAll: async () => {
      await Promise.all(names.map((name) => workflows.pullSource(name)));
    },
  };
}

interface Parts extends PlatformOptions {
  readonly store: Store;
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly reports: Reports;
  readonly sources: Sources;
  readonly catalogue: Catalogue;
  readonly configs: readonly SourceConfig[];
  readonly incidentSpool: SealingSpool;
  readonly announcements: ReturnType<typeof createAnnouncements>;
}

function startWorkers(parts: Parts, address: string, noteSources: () => Promise<void>) {
  const { config, clock, log, store, landing, warehouse, reports, sources, announcements } = parts;
  const tell = (type: 'source' | 'publication' | 'campaign', subject: string) =>
    announcements.announce({ type, subject, org: null, theme: null, data: {} });
  return runWorkers({
    address,
    namespace: config.temporalNamespace,
    log,
    serve: {
      workflows: true,
      connectors: createPullActivities({
        connectors: sources.connectors,
        landing,
        store,
        onSourceChanged: ({ source }) => {
          tell('source', source);
          noteSources().catch((error: unknown) => log.warn({ error: errorText(error) }, 'source status not written'));
        },
      }),
      warehouse: createWarehouseActivities({
        warehouse,
        store,
        evaluateCrowd: createCrowdEvaluation({
          warehouse,
          clock,
          stateFile: join(config.dataFolder, 'crowd-rule.json'),
        }),
        onPublished: (id) => tell('publication', id),
      }),
      reports: {
        ...createReportActivities({
          reports,
          store,
          correctionSenders: correctionSenders(parts),
          onCampaignChanged: (id) => tell('campaign', id),
        }),
        ...createIncidentActivities({
          store,
          clock,
          spool: parts.incidentSpool,
          onIncidentChanged: (incident) =>
            announcements.announce({
              type: 'incident',
              subject: incident.id,
              org: incident.orgPath,
              theme: null,
              data: {},
            }),
        }),
      },
    },
  });
}

/** The sources that take corrections, in the form in which reports hand them over. */
function correctionSenders({ configs, clock }: Parts): ReadonlyMap<string, SendCorrection> {
  const senders = new Map<string, SendCorrection>();
  for (const config of configs) {
    if (config.protocol !== 'http-paging') continue;
    const send: CorrectionSender | null = createCorrectionSender(config, clock);
    if (send === null) continue;
    senders.set(config.name, ({ id, entity, key, field, value, confirmedAt, confirmedBy }) =>
      send({
        idempotencyKey: id,
        dataset: entity,
        key,
        field,
        value,
        confirmedAt: civilTimestamp(confirmedAt),
        confirmedBy,
      }),
    );
  }
  return senders;
}

async function openServer(
  parts: Parts & {
    readonly reader: Reader;
    readonly templates: TemplateSet;
    readonly vocabulary: Vocabulary;
    readonly workflows: WorkflowStarter;
    readonly logins: readonly Login[];
  },
): Promise<{ url: string; close(): Promise<void> }> {
  const { config, clock, log, configs, sources, warehouse } = parts;
  const webFolder = join(packageRoot(), 'dist', 'web');
  const exportFolder = join(config.dataFolder, 'exports');
  const uploadFolder = join(config.dataFolder, 'uploads');
  await Promise.all([exportFolder, uploadFolder].map((each) => mkdir(each, { recursive: true })));
  const ports = createPorts({
    ...parts,
    inspect: inspectInWorker,
    datasets: sources.datasets().map(([source, dataset]) => {
      const entry = configs.find((each) => each.name === source);
      const schedule = sources.schedules.find((each) => each.name === source && each.datasets.includes(dataset));
      return {
        source,
        dataset,
        sourceName: entry?.title ?? { zh: source, en: source },
        everyMs: schedule?.everyMs ?? null,
      };
    }),
    statistics: createStatistics({ reader: parts.reader }),
    webhooks: { receiver: (source) => sources.webhook(source) },
    working: (work) => warehouse.query(work),
    sessionMs: config.sessionHours * 3_600_000,
    exportFolder,
  });
  const relay = createEventRelay({ store: parts.store, clock, log, announce: parts.announcements.announce });
  relay.start();
  const server = createServer(ports, {
    clock,
    log,
    version: (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version,
    subdistrict: config.subdistrict,
    ...(existsSync(webFolder) ? { webFolder } : {}),
    uploadFolder,
    secureCookies: false,
    trustProxy: false,
    demoLogins: parts.demo ? parts.logins.map((login) => ({ ...login, roles: [...login.roles] })) : [],
    graceMs: GRACE_MS,
  });
  const { url } = await server.listen({ host: config.host, port: config.port });
  return {
    url,
    close: async () => {
      relay.stop();
      await server.close();
    },
  };
}

/** The state of every source as a file, so that `fillonce doctor` can tell it without opening the running platform's store. */
async function writeSourceStatus(dataFolder: string, read: () => Promise<readonly SourceState[]>): Promise<void> {
  const rows = (await read()).map(({ source, dataset, lastSuccessAt, errorSince, lastError }) => ({
    source,
    dataset,
    lastSuccessAt: lastSuccessAt && civilTimestamp(lastSuccessAt),
    errorSince: errorSince && civilTimestamp(errorSince),
    error: lastError?.message ?? null,
  }));
  const file = join(dataFolder, 'sources-status.json');
  const draft = `${file}.${process.hrtime.bigint()}.part`;
  await writeFile(draft, JSON.stringify(rows));
  await rename(draft, file);
}

/** The store and the Temporal server take seconds to open; they do not need each other. */
async function openBase(
  options: PlatformOptions,
  folder: (name: string) => string,
  opened: (() => Promise<unknown>)[],
): Promise<{ store: Store; temporal: { address: string; pid: number | null } }> {
  const { config, clock, env } = options;
  const opening = await Promise.allSettled([
    openStore({
      folder: folder('store'),
      clock,
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    }),
    config.temporalAddress === undefined
      ? startTemporalServer({ folder: folder('temporal'), env })
      : { address: config.temporalAddress, pid: null, stop: async () => {} },
  ]);
  const [store, temporal] = opening;
  if (temporal.status === 'fulfilled') opened.push(() => temporal.value.stop());
  if (store.status === 'fulfilled') opened.push(() => store.value.close());
  if (store.status === 'rejected') throw store.reason;
  if (temporal.status === 'rejected') throw temporal.reason;
  return { store: store.value, temporal: temporal.value };
}

/** The configured list, else the one in the data folder, else the example that names the simulated subdistrict's sources. */
function readSources(config: Config, env: PlatformOptions['env']) {
  const own = config.sourcesFile ?? join(config.dataFolder, 'sources.yaml');
  const file =
    config.sourcesFile !== undefined || existsSync(own)
      ? own
      : join(packageRoot(), 'connectors', 'sources.example.yaml');
  return parseSources(readFileSync(file, 'utf8'), env, file);
}
