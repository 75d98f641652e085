import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Config, FillOnceError, type JsonObject, loadCatalogue, systemClock } from '../core/index.ts';
import { audit, openStore } from '../store/index.ts';
import { openLanding, openWarehouse, type Warehouse } from '../warehouse/index.ts';
import type { CommandContext } from './command.ts';
import { platformRunning, warehouseAbsent } from './errors.ts';
import { configOf } from './settings.ts';

/** The warehouse of a data folder, opened by a command while no platform runs on it. */
export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  readonly config: Config;
  readonly clock: Clock;
  /** Who sits at this machine, as decisions name them. */
  readonly by: string;
  /** Says on stderr what is being done. */
  readonly tell: (text: string) => void;
  /** Writes down who decided what, before it is done. */
  readonly writeDown: (entry: { action: string; subject: string; detail: JsonObject }) => Promise<void>;
  /** Brings golden rows up to date and publishes; returns the publication's id. */
  readonly publish: (entities?: readonly string[]) => Promise<string>;
}

/** Where a data folder keeps its publications; needs no lock. @throws FillOnceError `cli.warehouse_absent` */
export function publicationsFolder(config: Config): string {
  const folder = join(config.dataFolder, 'warehouse', 'publications');
  if (!existsSync(folder)) throw warehouseAbsent(config.dataFolder);
  return folder;
}

/**
 * Opens the warehouse of the data folder for `work` and closes it again.
 *
 * @throws FillOnceError `cli.platform_running` naming the process that has it open, `cli.warehouse_absent`
 */
export async function withWarehouse<T>(
  { options, stderr }: Pick<CommandContext, 'options' | 'stderr'>,
  work: (opened: OpenedWarehouse) => Promise<T>,
): Promise<T> {
  const config = configOf(options);
  const folder = (name: string) => join(config.dataFolder, name);
  if (!existsSync(folder('landing'))) throw warehouseAbsent(config.dataFolder);
  const clock = systemClock;
  const tell = (text: string) => void stderr.write(`${text}\n`);
  const warehouse = await openWarehouse({
    folder: folder('warehouse'),
    landing: openLanding({ folder: folder('landing'), clock }),
    catalogue: loadCatalogue(),
    clock,
    memoryMb: config.duckdbMemoryMb,
    threads: config.duckdbThreads,
    onNotice: ({ kind, subject, reason }) => tell(`! ${kind} ${subject}: ${reason}`),
  }).catch((error: unknown) => {
    if (isCode(error, 'warehouse.owned')) throw platformRunning(config.dataFolder, holderOf(folder('store')));
    throw error;
  });
  const by = `cli:${userInfo().username}`;
  try {
    return await work({
      warehouse,
      config,
      clock,
      by,
      tell,
      writeDown: async (entry) => {
        const database = config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl };
        const store = await openStore({ folder: folder('store'), clock, ...database }).catch((error: unknown) => {
          if (isCode(error, 'store.folder-taken')) {
            throw platformRunning(config.dataFolder, holderOf(folder('store')));
          }
          throw error;
        });
        try {
          const detail = { ...entry.detail, by };
          await store.system.transaction((tx) => audit(tx, { ...entry, detail }));
        } finally {
          await store.close();
        }
      },
      publish: async (entities) => {
        tell('更新主记录 · bringing golden rows up to date');
        await warehouse.refresh(entities);
        tell('检查并发布 · checking and publishing');
        return (await warehouse.publish()).id;
      },
    });
  } finally {
    await warehouse.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof FillOnceError && error.code === code;
}

/** The process that the store's lock names; null where there is none to read. */
function holderOf(store: string): number | null {
  try {
    return (JSON.parse(readFileSync(join(store, 'owner.json'), 'utf8')) as { pid: number }).pid;
  } catch {
    return null;
  }
}
