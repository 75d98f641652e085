import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { type ErrorBody, FillOnceError, toErrorBody } from '../../core/errors.ts';
import { finishMaterialisation, type Store, startMaterialisation } from '../../store/index.ts';
import type { Serving } from '../../warehouse/index.ts';
import type { ServingActivities } from '../contract.ts';
import { asFailure } from './failure.ts';

const HEARTBEAT_EVERY_MS = 10_000;

/** What the last attempt at serving came to. */
export interface ServingOutcome {
  readonly publication: string | null;
  readonly rows: number;
  readonly error: ErrorBody | null;
}

/** The activity that copies publications to the database BI tools read; each copy is written down in the store's `materialisation`. */
export function createServingActivities(deps: {
  /** Null where no such database is configured. */
  readonly serving: Serving | null;
  readonly store: Store;
  readonly onServed: (outcome: ServingOutcome) => Promise<void>;
}): ServingActivities {
  const { serving, store, onServed } = deps;
  return {
    serveTables: async () => {
      if (serving === null) return { publication: null };
      const { attempt, workflowExecution } = activityInfo();
      const run = await store.system.transaction((tx) =>
        startMaterialisation(tx, {
          asset: 'serving',
          partition: 'current',
          ...(workflowExecution ? { workflowId: workflowExecution.workflowId } : {}),
        }),
      );
      let progress: object = {};
      const beat = setInterval(() => heartbeat(progress), HEARTBEAT_EVERY_MS);
      try {
        const { publication, copiedRows } = await serving.serve({
          signal: cancellationSignal(),
          onProgress: (now) => {
            progress = now;
          },
        });
        await store.system.transaction((tx) => finishMaterialisation(tx, run, { rows: copiedRows }));
        await onServed({ publication, rows: copiedRows, error: null });
        return { publication };
      } catch (error) {
        const body = toErrorBody(error);
        // Before the first publication there is nothing to serve: its end asks again.
        if (error instanceof FillOnceError && error.code === 'warehouse.publication.unknown') {
          await store.system.transaction((tx) => finishMaterialisation(tx, run, { rows: 0 }));
          return { publication: null };
        }
        await store.system.transaction((tx) => finishMaterialisation(tx, run, { error: body }));
        await onServed({ publication: null, rows: 0, error: body });
        throw asFailure(error, attempt);
      } finally {
        clearInterval(beat);
      }
    },
  };
}
