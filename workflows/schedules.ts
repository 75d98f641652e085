import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { TASK_QUEUES } from './contract.ts';

export interface ScheduledSource {
  readonly name: string;
  /** A source may be asked in two ways; each has its own schedule. */
  readonly protocol: string;
  readonly datasets: readonly string[];
  readonly everyMs: number;
}

/**
 * One Temporal Schedule per pulled source, created or brought up to date. A run that is still going when the next is due is not
 * doubled.
 */
export async function ensureSchedules(client: Client, sources: readonly ScheduledSource[]): Promise<void> {
  for (const source of sources) {
    const scheduleId = scheduleOf(source);
    const action = {
      type: 'startWorkflow' as const,
      workflowType: 'refreshSource',
      taskQueue: TASK_QUEUES.workflows,
      workflowId: scheduleId,
      args: [{ source: source.name, datasets: source.datasets }],
    };
    const spec = { intervals: [{ every: source.everyMs, offset: 0 }] };
    try {
      await client.schedule.create({
        scheduleId,
        spec,
        action,
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
        state: { triggerImmediately: false },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(scheduleId).update((previous) => ({ ...previous, spec, action }));
    }
  }
}

/** Asks for a pull now; skipped by Temporal when one of the same source is under way. */
export async function pullNow(client: Client, source: Pick<ScheduledSource, 'name' | 'protocol'>): Promise<void> {
  await client.schedule.getHandle(scheduleOf(source)).trigger(ScheduleOverlapPolicy.SKIP);
}

/** The next time at which each dataset is pulled, by `<source>.<dataset>`. */
export async function nextPulls(
  client: Client,
  sources: readonly ScheduledSource[],
): Promise<ReadonlyMap<string, Date>> {
  const next = new Map<string, Date>();
  await Promise.all(
    sources.map(async (source) => {
      const described = await client.schedule
        .getHandle(scheduleOf(source))
        .describe()
        .catch(() => null);
      const [due] = described?.info.nextActionTimes ?? [];
      if (due) for (const dataset of source.datasets) next.set(`${source.name}.${dataset}`, due);
    }),
  );
  return next;
}

function scheduleOf(source: Pick<ScheduledSource, 'name' | 'protocol'>): string {
  return `source:${source.name}:${source.protocol}`;
}
