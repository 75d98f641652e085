import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Connector } from '../../connectors/connector.ts';
import { toErrorBody } from '../../core/errors.ts';
import { noteSourceFailure, noteSourceSuccess, type Store } from '../../store/index.ts';
import { type Landing, pullToLanding } from '../../warehouse/index.ts';
import type { ConnectorActivities, DatasetRef } from '../contract.ts';
import { asFailure } from './failure.ts';

const HEARTBEAT_EVERY_MS = 5_000;

/** Activities of the `connectors` queue. `connectors` holds one connector per pulled dataset. */
export function createPullActivities(deps: {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: Landing;
  readonly store: Store;
  /** Told when the state of a source changed: the status page follows. */
  readonly onSourceChanged: (ref: DatasetRef) => void;
}): ConnectorActivities {
  return {
    pullDataset: async ({ source, dataset }) => {
      const connector = deps.connectors.get(`${source}.${dataset}`);
      if (connector === undefined) {
        throw ApplicationFailure.nonRetryable(
          `no source '${source}.${dataset}' is configured`,
          'workflows.unknown_source',
        );
      }
      let landed = 0;
      const beat = setInterval(() => heartbeat({ landed }), HEARTBEAT_EVERY_MS);
      try {
        const { batches, records } = await pullToLanding({
          landing: deps.landing,
          connector,
          source,
          dataset,
          signal: cancellationSignal(),
          onBatch: (manifest) => {
            landed += manifest.records;
            heartbeat({ landed });
          },
        });
        await deps.store.system.transaction((tx) => noteSourceSuccess(tx, source, dataset, records));
        return { records, batches: batches.length };
      } catch (error) {
        await deps.store.system.transaction((tx) => noteSourceFailure(tx, source, dataset, toErrorBody(error)));
        throw asFailure(error, activityInfo().attempt);
      } finally {
        clearInterval(beat);
        deps.onSourceChanged({ source, dataset });
      }
    },
  };
}
