import { join } from 'node:path';
import { type CorrectionSender, createCorrectionSender } from '../../connectors/index.ts';
import { civilTimestamp, errorText } from '../../core/index.ts';
import {
  createBackfillActivities,
  createCrowdEvaluation,
  createIncidentActivities,
  createPullActivities,
  createReportActivities,
  createRepulls,
  createServingActivities,
  createWarehouseActivities,
  runWorkers,
  type SendCorrection,
} from '../../workflows/index.ts';
import type { Parts } from './parts.ts';

/** Runs every task queue in this process. */
export function startWorkers(parts: Parts, address: string, noteSources: () => Promise<void>) {
  const { config, clock, log, store, landing, warehouse, reports, sources, announcements } = parts;
  const tell = (type: 'source' | 'publication' | 'campaign', subject: string) =>
    announcements.announce({ type, subject, org: null, theme: null, data: {} });
  return runWorkers({
    address,
    namespace: config.temporalNamespace,
    log,
    serve: {
      workflows: true,
      connectors: {
        ...createPullActivities({
          connectors: sources.connectors,
          landing,
          store,
          onSourceChanged: ({ source }) => {
            tell('source', source);
            noteSources().catch((error: unknown) => log.warn({ error: errorText(error) }, 'source status not written'));
          },
        }),
        ...createBackfillActivities({
          repulls: createRepulls({ configs: parts.configs, connectors: sources.connectors }),
          landing,
          store,
        }),
      },
      warehouse: createWarehouseActivities({
        warehouse,
        store,
        evaluateCrowd: createCrowdEvaluation({
          warehouse,
          clock,
          stateFile: join(config.dataFolder, 'crowd-rule.json'),
        }),
        onPublished: (id) => {
          tell('publication', id);
          parts.serveTables();
          parts.prefillWaiting();
        },
      }),
      reports: {
        ...createReportActivities({
          reports,
          store,
          correctionSenders: correctionSenders(parts),
          onCampaignChanged: (id) => tell('campaign', id),
        }),
        ...createServingActivities({ serving: parts.serving, store, onServed: parts.noteServing }),
        ...createIncidentActivities({
          store,
          clock,
          spool: parts.incidentSpool,
          onIncidentChanged: (incident) =>
            announcements.announce({
              type: 'incident',
              subject: incident.id,
              org: incident.orgPath,
              theme: null,
              data: {},
            }),
        }),
      },
    },
  });
}

/** The sources that take corrections, in the form in which reports hand them over. */
function correctionSenders({ configs, clock }: Parts): ReadonlyMap<string, SendCorrection> {
  const senders = new Map<string, SendCorrection>();
  for (const config of configs) {
    if (config.protocol !== 'http-paging') continue;
    const send: CorrectionSender | null = createCorrectionSender(config, clock);
    if (send === null) continue;
    senders.set(config.name, ({ id, entity, key, field, value, confirmedAt, confirmedBy }) =>
      send({
        idempotencyKey: id,
        dataset: entity,
        key,
        field,
        value,
        confirmedAt: civilTimestamp(confirmedAt),
        confirmedBy,
      }),
    );
  }
  return senders;
}
