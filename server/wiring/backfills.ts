import { type Clock, civilTimestamp, newId } from '../../core/index.ts';
import {
  type Backfills,
  notRepullable,
  type BackfillProgress as Progress,
  partitionCount,
  type Repulls,
} from '../../workflows/index.ts';
import { backfillsAbsent } from '../errors.ts';
import type { BackfillDesk } from '../ports-assets.ts';
import type { BackfillProgress } from '../schema/asset.ts';

/** Backfills through Temporal, of datasets that can be asked again; without workflows there are none. */
export function wireBackfills(modules: {
  readonly repulls: Repulls;
  readonly workflows: Backfills | undefined;
  readonly clock: Clock;
}): BackfillDesk {
  const { repulls, workflows, clock } = modules;
  const find = async (source: string) => {
    const progress = workflows ? await workflows.backfillOf(source) : null;
    return progress && shown(progress);
  };
  return {
    find,
    start: async (user, { source, dataset, by, from, to, only }) => {
      if (!workflows) throw backfillsAbsent();
      const repull = repulls.get(`${source}.${dataset}`);
      if (!repull?.by.includes(by)) throw notRepullable(source, dataset);
      const range = { by, from, to };
      const order = {
        ...{
          id: newId<string>('backfill', clock.now()),
          source,
          dataset,
          range,
          atOnce: repull.atOnce,
          by: user.login,
        },
        ...(only ? { only } : {}),
      };
      await workflows.startBackfill(order);
      return shown({
        ...{ id: order.id, source, dataset, by: user.login, range, state: 'running', atOnce: repull.atOnce },
        ...{
          total: only?.length ?? partitionCount(range),
          done: 0,
          records: 0,
          running: [],
          failed: [],
          failedCount: 0,
        },
        ...{ startedMs: clock.now().getTime(), finishedMs: null },
      });
    },
    cancel: async (source) => {
      if (!workflows) throw backfillsAbsent();
      await workflows.cancelBackfill(source);
    },
  };
}

function shown({ range, startedMs, finishedMs, running, failed, ...rest }: Progress): BackfillProgress {
  return {
    ...rest,
    partitions: { ...range },
    running: [...running],
    failed: failed.map((one) => ({ ...one, message: { ...one.message } })),
    startedAt: civilTimestamp(new Date(startedMs)),
    finishedAt: finishedMs === null ? null : civilTimestamp(new Date(finishedMs)),
  };
}
