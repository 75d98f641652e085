import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Catalogue, loadCatalogue } from '../../core/catalogue.ts';
import { type VirtualClock, virtualClock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Row } from '../../warehouse/duckdb.ts';
import { type Landing, openLanding } from '../../warehouse/landing.ts';
import { openReader, type Reader } from '../../warehouse/reader.ts';
import { openWarehouse, type Warehouse } from '../../warehouse/warehouse.ts';
import type { WarehouseNotice } from '../../warehouse/working.ts';

/** A warehouse in a folder of its own, on a virtual clock that starts at noon of 22 November 2026. */
export interface Fixture {
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly catalogue: Catalogue;
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly reader: Reader;
  /** What the warehouse gave notice of. */
  readonly notices: readonly WarehouseNotice[];
  /** Lands a batch; returns its id. */
  land(dataset: string, records: readonly JsonObject[]): Promise<string>;
  /** Stages all, refreshes, publishes. */
  bringUp(): Promise<void>;
  /** Closes and opens the warehouse again over the same files. */
  reopen(): Promise<Warehouse>;
  close(): Promise<void>;
}

export async function openFixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-warehouse-'));
  const clock = virtualClock(new Date('2026-11-22T04:00:00Z'));
  const catalogue = loadCatalogue();
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const notices: WarehouseNotice[] = [];
  const options = {
    onNotice: (notice: WarehouseNotice) => void notices.push(notice),
    folder: join(folder, 'warehouse'),
    landing,
    catalogue,
    clock,
    memoryMb: 512,
    threads: 2,
  };
  let warehouse = await openWarehouse(options);
  const reader = openReader({ folder: options.folder });
  let cursor = 0;
  return {
    folder,
    clock,
    catalogue,
    landing,
    get warehouse() {
      return warehouse;
    },
    reader,
    notices,
    land: async (dataset, records) => {
      const [source, name] = dataset.split('.') as [string, string];
      const writer = landing.write(source, name);
      await writer.append(records);
      await clock.advance(1_000);
      return (await writer.commit({ at: ++cursor })).id;
    },
    bringUp: async () => {
      await warehouse.stageOutstanding();
      await warehouse.refresh();
      await warehouse.publish();
    },
    reopen: async () => {
      await warehouse.close();
      warehouse = await openWarehouse(options);
      return warehouse;
    },
    close: async () => {
      await reader.close();
      await warehouse.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An entity's rows at the end of a day as the history of the current publication has them, by key. */
export function historyOn({ reader, catalogue }: Fixture, entity: string, day: string): Promise<readonly Row[]> {
  const { theme, key } = catalogue.entity(entity);
  return reader.withPublication('current', (sql) =>
    sql.all(
      `SELECT * EXCLUDE (_org, valid_from, valid_to) FROM ${theme}.${entity}_history
       WHERE valid_from <= $1::DATE AND (valid_to IS NULL OR valid_to > $1::DATE) ORDER BY ${key.join(', ')}`,
      [day],
    ),
  );
}

/** The same as chosen anew among what had been received by then. */
export function stateOn({ warehouse }: Fixture, entity: string, day: string): Promise<readonly Row[]> {
  return warehouse.rowsAsOf(entity, { until: `${day} 23:59:59`, offset: 0, limit: 100_000 });
}
