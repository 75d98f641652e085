import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parseSources } from '../../connectors/index.ts';
import {
  type Clock,
  type Config,
  type ErrorBody,
  errorText,
  loadCatalogue,
  type OrgUnit,
  packageRoot,
} from '../../core/index.ts';
import { createReports, type Reports } from '../../reports/index.ts';
import type { ServerLog } from '../../server/index.ts';
import {
  createFolderObjects,
  endInterrupted,
  listSourceStates,
  type Objects,
  openStore,
  type SourceState,
  type Store,
} from '../../store/index.ts';
import { loadTemplates, loadVocabulary } from '../../templates/index.ts';
import {
  createServing,
  type Landing,
  openLanding,
  openReader,
  openWarehouse,
  type Reader,
  type Warehouse,
} from '../../warehouse/index.ts';
import {
  createStarter,
  ensureSchedules,
  type ServingOutcome,
  startTemporalServer,
  type WorkflowStarter,
} from '../../workflows/index.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { checkPort, prepareDataFolder } from '../data-folder.ts';
import type { Login } from '../people.ts';
import { createAnnouncements } from './announcements.ts';
import { openControl } from './control.ts';
import { startHousekeeping } from './housekeeping.ts';
import { openServer } from './http-server.ts';
import { seedOrgUnits } from './org-units.ts';
import { plateKey } from './plate-key.ts';
import { resumeRestored } from './restored.ts';
import { noteServing } from './serving-status.ts';
import { writeSourceStatus } from './source-status.ts';
import { openSources, type Sources } from './sources.ts';
import { prefillWaiting } from './waiting-campaigns.ts';
import { startWorkers } from './workers.ts';

export interface PlatformOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** Where `env:NAME` of the source list is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** More of `env` that is known only later: sources that are still coming up. Everything else is opened meanwhile. */
  readonly sourcesEnv?: Promise<Readonly<Record<string, string>>>;
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

/** What is written beside a run that a killed process left behind. */
const INTERRUPTED: ErrorBody = {
  code: 'cli.interrupted',
  status: 503,
  message: {
    zh: '平台在运行中途停止；重新启动后会自动再做。',
    en: 'The platform stopped in the middle of it; it is done again after the restart.',
  },
  details: {},
  retryable: true,
};

const SEAL_AFTER_MS = 10_000;
const INCIDENT_SEAL_MS = 5_000;

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
  const known = options.sourcesEnv === undefined ? readSources(config, options.env) : null;
  const catalogue = loadCatalogue();
  const vocabulary = loadVocabulary(catalogue);
  const templates = loadTemplates({ catalogue, vocabulary, folder: folder('templates') });
  const { store, temporal } = await openBase(options, folder, opened);
  await store.system.transaction((tx) => endInterrupted(tx, INTERRUPTED));
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
    onNotice: (notice) => log.error({ ...notice }, 'the warehouse left something out or set it aside'),
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
  const configs = known ?? readSources(config, { ...options.env, ...(await options.sourcesEnv) });
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

  const serving =
    config.servingUrl === undefined
      ? null
      : createServing({ databaseUrl: config.servingUrl, schema: config.servingSchema, reader, catalogue });
  const serveTables = () => {
    if (serving === null) return;
    workflows
      .serveTables()
      .catch((error: unknown) => log.warn({ error: errorText(error) }, 'serving is put off to the next publication'));
  };

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
    serving,
    serveTables,
    prefillWaiting: () => {
      prefillWaiting(store, workflows).catch((error: unknown) =>
        log.warn({ error: errorText(error) }, 'campaigns wait for their own timer'),
      );
    },
    noteServing: (outcome: ServingOutcome) => noteServing(config.dataFolder, clock, outcome),
  };
  const workers = await startWorkers(parts, temporal.address, () => writeSourceStatus(config.dataFolder, sourceStates));
  opened.push(() => workers.stop());
  await ensureSchedules(client, sources.schedules);
  await workflows.takeOver();
  serveTables();
  await resumeRestored({ dataFolder: config.dataFolder, store, workflows });
  // A broker that is slow to answer does not keep the first page waiting.
  const receiving = sources.start((source, error) =>
    log.warn({ source, error: errorText(error) }, 'source does not answer yet'),
  );

  const control = await openControl({
    dataFolder: config.dataFolder,
    log,
    backup: (to, onProgress, signal) =>
      writeBackup({
        dataFolder: config.dataFolder,
        to,
        store,
        seal: async () => {
          await Promise.all([sources.seal(), incidentSpool.seal()]);
        },
        onProgress,
        signal,
      }),
  });
  opened.push(() => control.close());

  const server = await openServer({ ...parts, reader, templates, vocabulary, workflows, logins });
  opened.push(() => server.close());
  await control.announce(server.url);
  const housekeeping = startHousekeeping({ store, clock, log });
  opened.push(() => housekeeping.stop());
  await receiving;
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
