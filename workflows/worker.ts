import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { packageRoot } from '../core/paths.ts';
import {
  type BackfillActivities,
  type ConnectorActivities,
  type IncidentActivities,
  type ReportActivities,
  type ServingActivities,
  TASK_QUEUES,
  type WarehouseActivities,
} from './contract.ts';

/** What this process serves. A worker registers only what it is given activities for. */
export interface Served {
  readonly workflows?: boolean;
  readonly connectors?: ConnectorActivities & Partial<BackfillActivities>;
  readonly warehouse?: WarehouseActivities;
  readonly reports?: ReportActivities & IncidentActivities & ServingActivities;
}

export interface WorkerLog {
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface Workers {
  /** Resolves when all workers have drained, within the grace time. */
  stop(): Promise<void>;
  /** Rejects when a worker dies by itself. */
  readonly failed: Promise<never>;
}

const GRACE = '20 seconds';

/**
 * Connects and runs one Temporal worker per task queue served.
 *
 * @throws Error when the server cannot be reached within the SDK's connect deadline.
 */
export async function runWorkers(options: {
  readonly address: string;
  readonly namespace: string;
  readonly serve: Served;
  /** Where the SDK's warnings and errors go. */
  readonly log: WorkerLog;
  /** Pulls that run side by side on this process. */
  readonly pullsAtOnce?: number;
}): Promise<Workers> {
  installLogger(options.log);
  const connection = await NativeConnection.connect({ address: options.address });
  const base = {
    connection,
    namespace: options.namespace,
    shutdownGraceTime: GRACE,
    shutdownForceTime: '30 seconds',
  } as const;
  const { serve } = options;
  const created: Worker[] = [];
  if (serve.workflows) {
    created.push(
      await Worker.create({
        ...base,
        taskQueue: TASK_QUEUES.workflows,
        workflowBundle: { codePath: bundlePath() },
        maxCachedWorkflows: 200,
        maxConcurrentWorkflowTaskExecutions: 10,
      }),
    );
  }
  const activityQueues = [
    [TASK_QUEUES.connectors, serve.connectors, options.pullsAtOnce ?? 8],
    [TASK_QUEUES.warehouse, serve.warehouse, 2],
    [TASK_QUEUES.reports, serve.reports, 4],
  ] as const;
  for (const [taskQueue, activities, atOnce] of activityQueues) {
    if (activities === undefined) continue;
    created.push(await Worker.create({ ...base, taskQueue, activities, maxConcurrentActivityTaskExecutions: atOnce }));
  }
  const runs = created.map((worker) => worker.run());
  const failed = Promise.race(
    runs.map((run) =>
      run.then(
        () => new Promise<never>(() => {}),
        (error: unknown) => Promise.reject(error),
      ),
    ),
  ) as Promise<never>;
  failed.catch(() => {});
  return {
    failed,
    stop: async () => {
      for (const worker of created) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
      await connection.close();
    },
  };
}

let installed: WorkerLog | null = null;

/** The SDK's runtime is one per process and can be installed once: a later platform of the process takes its log over. */
function installLogger(log: WorkerLog): void {
  const first = installed === null;
  installed = log;
  if (!first) return;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    // Each worker serves workflows or activities, on purpose.
    if (/^No (activities|workflows) registered/.test(message)) return;
    installed?.[level === 'ERROR' ? 'error' : 'warn']({ ...meta }, message);
  });
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}

/** The prebuilt bundle, whether this runs compiled or from source. */
function bundlePath(): string {
  const path = join(packageRoot(), 'dist', 'workflows', 'workflow-bundle.js');
  if (!existsSync(path)) throw new Error(`${path} is missing; run npm run build`);
  return path;
}
