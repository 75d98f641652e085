import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createConnector, datasetNames, isPulled, parseSources } from '../../connectors/index.ts';
import { loadCatalogue, packageRoot, systemClock } from '../../core/index.ts';
import { listMaterialisations, openStore, type Store } from '../../store/index.ts';
import { type Landing, openLanding, openWarehouse, type Warehouse } from '../../warehouse/index.ts';
import {
  type BackfillOrder,
  type BackfillProgress,
  createBackfillActivities,
  createRepulls,
  createStarter,
  createWarehouseActivities,
  findTemporal,
  startTemporalServer,
  TASK_QUEUES,
  type TemporalServer,
  type WorkflowStarter,
} from '../../workflows/index.ts';
import { json, type SmallServer, smallServer } from '../connectors/small-server.ts';

const temporalPresent = findTemporal(process.env) !== null;
const DEADLINE_MS = 60_000;

describe.skipIf(!temporalPresent)('a backfill', () => {
  let folder: string;
  let temporal: TemporalServer;
  let store: Store;
  let landing: Landing;
  let warehouse: Warehouse;
  let carriers: SmallServer;
  let client: Client;
  let starter: WorkflowStarter;
  let bundle: string;
  const closing: (() => Promise<unknown>)[] = [];

  /** Days of October that the carriers refuse, and a gate that holds answers back. */
  let refused: (day: string) => boolean;
  let gate: (day: string) => Promise<void>;
  const open = new Map<string, number>();
  let mostDays: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fillonce-backfill-'));
    carriers = await smallServer((url, _request, response) => {
      if (url.pathname === '/bins') {
        const after = url.searchParams.get('after') ?? '';
        const names = binNames().filter((name) => name > after);
        return json(response, { bins: names.slice(0, 500), more: names.length > 500 });
      }
      const name = /^\/bins\/(.+)\.ndjson\.gz$/.exec(url.pathname)?.[1] ?? '';
      const day = name.slice(0, 8);
      if (refused(day)) return json(response, {}, 403);
      open.set(day, (open.get(day) ?? 0) + 1);
      mostDays = Math.max(mostDays, open.size);
      void gate(day).then(() => {
        const left = open.get(day)! - 1;
        if (left === 0) open.delete(day);
        else open.set(day, left);
        response.writeHead(200, { 'content-type': 'application/gzip' });
        response.end(gzipSync(`${JSON.stringify(record(name))}\n`));
      });
    });
    closing.push(() => carriers.close());
    temporal = await startTemporalServer({ folder: join(folder, 'temporal'), env: process.env });
    closing.push(() => temporal.stop());
    store = await openStore({ folder: 'memory', clock: systemClock });
    closing.push(() => store.close());
    landing = openLanding({ folder: join(folder, 'landing'), clock: systemClock });
    warehouse = await openWarehouse({
      folder: join(folder, 'warehouse'),
      landing,
      catalogue: loadCatalogue(),
      clock: systemClock,
      memoryMb: 256,
      threads: 1,
    });
    closing.push(() => warehouse.close());
    const configs = parseSources(sourceList(carriers.url), {});
    const deps = {
      ...{ clock: systemClock, random: Math.random, files: landing.documents },
      fileLayout: () => {
        throw new Error('no files here');
      },
      // biome-ignore lint/correctness/useYield: no workbooks here
      readXlsxRows: async function* () {
        throw new Error('no workbooks here');
      },
    };
    const connectors = new Map(
      configs
        .filter(isPulled)
        .flatMap((config) =>
          datasetNames(config).map((name) => [`${config.name}.${name}`, createConnector(config, deps)]),
        ),
    );
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    ({ code: bundle } = await bundleWorkflowCode({
      workflowsPath: join(packageRoot(), 'workflows', 'workflows.ts'),
      logger: new DefaultLogger('ERROR'),
    }));
    const native = await NativeConnection.connect({ address: temporal.address });
    const workers = await Promise.all([
      Worker.create({ connection: native, taskQueue: TASK_QUEUES.workflows, workflowBundle: { code: bundle } }),
      Worker.create({
        connection: native,
        taskQueue: TASK_QUEUES.connectors,
        activities: {
          ...createBackfillActivities({ repulls: createRepulls({ configs, connectors }), landing, store }),
        },
      }),
      Worker.create({
        connection: native,
        taskQueue: TASK_QUEUES.warehouse,
        activities: {
          ...createWarehouseActivities({ warehouse, store, evaluateCrowd: async () => [], onPublished: () => {} }),
        },
      }),
    ]);
    const runs = workers.map((worker) => worker.run());
    closing.push(async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await native.close();
    });
    const connection = await Connection.connect({ address: temporal.address });
    closing.push(() => connection.close());
    client = new Client({ connection });
    starter = createStarter(client, []);
  }, 120_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);
  beforeEach(() => {
    refused = () => false;
    gate = async () => {};
    mostDays = 0;
  });

  function order(days: readonly [from: number, to: number], more: Partial<BackfillOrder> = {}): BackfillOrder {
    const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}`;
    const range = { by: 'day' as const, from: day(days[0]), to: day(days[1]) };
    return { id: 'b1', source: 'signal', dataset: 'headcount', range, atOnce: 3, by: 'admin', ...more };
  }
  const result = () => client.workflow.getHandle('backfill:signal').result() as Promise<BackfillProgress>;
  const stagedRows = async () => {
    const [row] = await warehouse.query((sql) =>
      sql.all<{ n: number }>('SELECT count(*) AS n FROM staged."signal.headcount" WHERE NOT _superseded'),
    );
    return row?.n ?? 0;
  };

  it(
    'brings each day once through a sliding window, leaves the cursor alone, and changes nothing the second time',
    async () => {
      const days = new Set<string>();
      let let2: () => void = () => {};
      const two = new Promise<void>((resolve) => {
        let2 = resolve;
      });
      // The first answer waits until another day is asked for: with a window of one this would never end.
      gate = (day) => {
        days.add(day);
        if (days.size >= 2) let2();
        return two;
      };
      await starter.startBackfill(order([1, 8]));
      await expect(starter.startBackfill(order([1, 2]))).rejects.toMatchObject({ code: 'workflows.backfill_running' });
      expect(await result()).toMatchObject({ state: 'done', total: 8, done: 8, records: 8 * 24, failedCount: 0 });
      expect(mostDays).toBeGreaterThan(1);
      expect(mostDays).toBeLessThanOrEqual(3);
      expect(await stagedRows()).toBe(8 * 24);
      const writer = landing.write('signal', 'headcount');
      expect(await writer.from()).toBeNull();
      await writer.abort();
      // None of it says how late the source is.
      const { seq } = (await landing.lastManifest('signal', 'headcount'))!;
      expect(await landing.broughtAgain()).toHaveLength(seq);

      await starter.startBackfill(order([1, 8]));
      expect(await result()).toMatchObject({ state: 'done', records: 8 * 24 });
      expect(await stagedRows()).toBe(8 * 24);
      const runs = await store.system.transaction((tx) =>
        listMaterialisations(tx, { asset: 'landing.signal.headcount', limit: 100 }),
      );
      expect(runs.filter(({ partition }) => partition === '2026-10-03')).toMatchObject([
        { status: 'succeeded', rows: 24 },
        { status: 'succeeded', rows: 24 },
      ]);
    },
    DEADLINE_MS,
  );

  it(
    'writes down a day that the source refuses and goes on with the others; failed days can be ordered again',
    async () => {
      refused = (day) => day === '20261012';
      await starter.startBackfill(order([10, 14]));
      const first = await result();
      expect(first).toMatchObject({ state: 'done', done: 4, failedCount: 1 });
      expect(first.failed).toMatchObject([{ partition: '2026-10-12' }]);
      expect(first.failed[0]?.message.zh).toMatch(/[一-龥]/);
      refused = () => false;
      await starter.startBackfill(order([10, 14], { only: first.failed.map(({ partition }) => partition) }));
      expect(await result()).toMatchObject({ state: 'done', total: 1, done: 1, records: 24 });
      expect(await starter.backfillOf('signal')).toMatchObject({ state: 'done', total: 1 });
    },
    DEADLINE_MS,
  );

  it(
    'gives up when one day after the other fails for the same reason',
    async () => {
      refused = () => true;
      await starter.startBackfill(order([1, 20], { atOnce: 1 }));
      expect(await result()).toMatchObject({ state: 'stopped', done: 0, failedCount: 3 });
    },
    DEADLINE_MS,
  );

  it(
    'is cut by continue-as-new and goes on where it was; its history replays',
    async () => {
      await starter.startBackfill(order([1, 10], { perRun: 4 }));
      expect(await result()).toMatchObject({ state: 'done', total: 10, done: 10, records: 240 });
      const handle = client.workflow.getHandle('backfill:signal');
      const history = await handle.fetchHistory();
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      expect(started?.continuedExecutionRunId).not.toBe('');
      const replay = Worker.runReplayHistory({ workflowBundle: { code: bundle } }, history, 'backfill:signal');
      await expect(replay).resolves.toBeUndefined();
      const child = client.workflow.getHandle('asset:landing.signal.headcount:2026-10-02');
      await Worker.runReplayHistory({ workflowBundle: { code: bundle } }, await child.fetchHistory());
    },
    DEADLINE_MS,
  );

  it(
    'tells how far it is, and stops when it is cancelled',
    async () => {
      let asked: () => void = () => {};
      const first = new Promise<void>((resolve) => {
        asked = resolve;
      });
      let release: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      gate = (day) => {
        asked();
        return day === '20261020' ? Promise.resolve() : held;
      };
      await starter.startBackfill(order([20, 31], { atOnce: 2 }));
      await first;
      expect(await starter.backfillOf('signal')).toMatchObject({ state: 'running', total: 12, by: 'admin' });
      await starter.cancelBackfill('signal');
      const ended = await result();
      release();
      expect(ended.state).toBe('cancelled');
      expect(ended.done).toBeLessThan(12);
      expect(ended.running).toEqual([]);
      await expect(starter.cancelBackfill('signal')).rejects.toMatchObject({ code: 'workflows.ended' });
    },
    DEADLINE_MS,
  );

  it('refuses a range that is none', async () => {
    const wrong = order([1, 2], { range: { by: 'day', from: '2026-02-30', to: '2026-03-01' } });
    await expect(starter.startBackfill(wrong)).rejects.toMatchObject({ code: 'workflows.range', status: 400 });
    expect(await starter.backfillOf('nobody')).toBeNull();
  });
});

function binNames(): string[] {
  const days = Array.from({ length: 31 }, (_, i) => `202610${String(i + 1).padStart(2, '0')}`);
  return days.flatMap((day) => Array.from({ length: 24 }, (_, hour) => `${day}T${String(hour).padStart(2, '0')}00`));
}

function record(bin: string): object {
  const at = `${bin.slice(0, 4)}-${bin.slice(4, 6)}-${bin.slice(6, 8)}T${bin.slice(9, 11)}:00:00+08:00`;
  return { zone: 'z1', carrier: 'cmcc', tsStart: at, persons: 100, producedAt: at };
}

function sourceList(url: string): string {
  return `sources:
  - name: signal
    title: { zh: 信令, en: Signalling }
    protocol: http-bins
    url: ${url}
    every: 1m
    datasets:
      headcount: { path: /bins, late: 24h }
`;
}
