import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Config, FillOnceError, type JsonObject, loadCatalogue, systemClock } from '../core/index.ts';
import { audit, openStore, type Store } from '../store/index.ts';
import { openLanding, openWarehouse, type Warehouse } from '../warehouse/index.ts';
import { type Acting, actingAs, operatorName } from './acting-as.ts';
import type { CommandContext } from './command.ts';
import { platformRunning, warehouseAbsent } from './errors.ts';
import { configOf } from './settings.ts';

/** The warehouse of a data folder, opened by a command while no platform runs on it. */
export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  readonly config: Config;
  readonly clock: Clock;
  /** Who decides: the user of `--as`, else who sits at this machine. As decisions name them. */
  readonly by: string;
  /** Asks whether the user of `--as` may do it; the operator may. @throws FillOnceError `cli.user_may_not` */
  readonly must: Acting['must'];
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
 * @throws FillOnceError `cli.platform_running` naming the process that has it open, `cli.warehouse_absent`, `cli.user_unknown`
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
  const catalogue = loadCatalogue();
  const acting: Acting =
    typeof options.as === 'string'
      ? await inStore(config, clock, (store) => actingAs(String(options.as), store, catalogue))
      : { user: null, by: operatorName(), must: () => undefined };
  const warehouse = await openWarehouse({
    folder: folder('warehouse'),
    landing: openLanding({ folder: folder('landing'), clock }),
    catalogue,
    clock,
    memoryMb: config.duckdbMemoryMb,
    threads: config.duckdbThreads,
    onNotice: ({ kind, subject, reason }) => tell(`! ${kind} ${subject}: ${reason}`),
  }).catch((error: unknown) => {
    if (isCode(error, 'warehouse.owned')) throw platformRunning(config.dataFolder, holderOf(folder('store')));
    throw error;
  });
  try {
    return await work({
      warehouse,
      config,
      clock,
      by: acting.by,
      must: acting.must,
      tell,
      writeDown: (entry) =>
        inStore(config, clock, (store) => {
          const detail = { ...entry.detail, by: operatorName() };
          const session = acting.user === null ? store.system : store.as(acting.user);
          return session.transaction((tx) => audit(tx, { ...entry, detail }));
        }),
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

/** @throws FillOnceError `cli.platform_running` naming the process that has it open */
async function inStore<T>(config: Config, clock: Clock, work: (store: Store) => Promise<T>): Promise<T> {
  const folder = join(config.dataFolder, 'store');
  const database = config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl };
  const store = await openStore({ folder, clock, ...database }).catch((error: unknown) => {
    if (isCode(error, 'store.folder-taken')) throw platformRunning(config.dataFolder, holderOf(folder));
    throw error;
  });
  try {
    return await work(store);
  } finally {
    await store.close();
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
