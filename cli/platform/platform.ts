import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parseSources } from '../../connectors/index.ts';
import { type Clock, type Config, errorText, loadCatalogue, type OrgUnit, packageRoot } from '../../core/index.ts';
import type { ServerLog } from '../../server/index.ts';
import { createFolderObjects, type Objects, openStore, type Store } from '../../store/index.ts';
import {
  type Landing,
  openLanding,
  openReader,
  openWarehouse,
  type Reader,
  type Warehouse,
} from '../../warehouse/index.ts';
import {
  createPullActivities,
  createStarter,
  createWarehouseActivities,
  ensureSchedules,
  runWorkers,
  startTemporalServer,
  type WorkflowStarter,
} from '../../workflows/index.ts';
import { checkPort, prepareDataFolder } from '../data-folder.ts';
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
  /** Age at which pushed records become a batch. */
  readonly sealAfterMs?: number;
}

export interface Platform {
  readonly store: Store;
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly reader: Reader;
  readonly objects: Objects;
  readonly sources: Sources;
  readonly workflows: WorkflowStarter;
  /** Process id of the embedded Temporal server; null when a cluster is used. */
  readonly temporalPid: number | null;
  /** Orders a pull of every pulled source. */
  pullAll(): Promise<void>;
  close(): Promise<void>;
}

const SEAL_AFTER_MS = 10_000;

/**
 * Opens everything one process needs to be the whole platform: store, warehouse, Temporal with its workers, sources, server. What was
 * opened is closed again when a later step fails.
 *
 * @throws FillOnceError naming what is in the way: the port, the data folder, Temporal, the source list
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, clock, log } = options;
  const folder = (name: string) => join(config.dataFolder, name);
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of opened.reverse().splice(0)) {
      await step().catch((error: unknown) => log.error({ error: errorText(error) }, 'closing a part failed'));
    }
  };

  try {
    prepareDataFolder(config.dataFolder);
    await checkPort(config.host, config.port);
    const configs = readSources(config, options.env);
    const catalogue = loadCatalogue();
    const announcements = createAnnouncements();
    const { store, temporal } = await openBase(options, folder, opened);

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

    const connection = await Connection.connect({ address: temporal.address });
    opened.push(() => connection.close());
    const client = new Client({ connection, namespace: config.temporalNamespace });
    let starter: WorkflowStarter | null = null;
    const sources = await openSources({
      configs,
      landing,
      clock,
      plateKey: plateKey(config.dataFolder, config.plateKey),
      sealAfterMs: options.sealAfterMs ?? SEAL_AFTER_MS,
      onSealed: ({ id, source, dataset }) => {
        starter
          ?.stageLanded({ batch: id, source, dataset })
          .catch((error: unknown) => log.warn({ batch: id, error: errorText(error) }, 'staging is put off'));
      },
    });
    opened.push(() => sources.close());
    starter = createStarter(client, sources.schedules);

    const workers = await runWorkers({
      address: temporal.address,
      namespace: config.temporalNamespace,
      serve: {
        workflows: true,
        connectors: createPullActivities({
          connectors: sources.connectors,
          landing,
          store,
          onSourceChanged: ({ source }) =>
            announcements.announce({ type: 'source', subject: source, org: null, theme: null, data: {} }),
        }),
        warehouse: createWarehouseActivities({
          warehouse,
          store,
          evaluateCrowd: async () => [],
          onStaged: () => undefined,
          onPublished: (id) =>
            announcements.announce({ type: 'publication', subject: id, org: null, theme: null, data: {} }),
        }),
      },
    });
    opened.push(() => workers.stop());
    await ensureSchedules(client, sources.schedules);
    await starter.sweepLanding();
    await sources.start((source, error) => log.warn({ source, error: errorText(error) }, 'source does not answer yet'));

    const names = [...new Set(sources.schedules.map(({ name }) => name))];
    return {
      store,
      landing,
      warehouse,
      reader,
      objects,
      sources,
      workflows: starter,
      temporalPid: temporal.pid,
      pullAll: async () => {
        await Promise.all(names.map((name) => starter.pullSource(name)));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
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
