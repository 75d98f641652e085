import { type Client, WorkflowIdConflictPolicy, WorkflowNotFoundError } from '@temporalio/client';
import { FillOnceError } from '../core/errors.ts';
import { type Backfills, createBackfills } from './backfills.ts';
import {
  type CampaignRequest,
  type CampaignResume,
  type Handling,
  type IncidentTransition,
  SIGNALS,
  TASK_QUEUES,
  WORKFLOW_IDS,
} from './contract.ts';
import { nextPulls, pullNow, type ScheduledSource } from './schedules.ts';

/** What the server and the platform ask of Temporal. */
export interface WorkflowStarter extends Backfills {
  startCampaign(campaign: string): Promise<void>;
  requestOfCampaign(campaign: string, request: CampaignRequest): Promise<void>;
  /** Has a campaign prefilled that could not be before; one whose workflow gave up is begun again. */
  prefillAgain(campaign: string): Promise<void>;
  handleIncident(rule: string, subject: string, handling: Handling): Promise<void>;
  /** Has the current publication copied to the database that BI tools read; one that comes while it copies is copied next. */
  serveTables(): Promise<void>;
  pullSource(source: string): Promise<void>;
  /** Takes up a campaign whose workflow is not known here, from what its rows say; one that runs is left alone. */
  resumeCampaign(campaign: string, at: CampaignResume): Promise<void>;
  /** Takes up a standing incident in the same way. */
  resumeIncident(sign: IncidentTransition): Promise<void>;
  /** Stages a batch that a push source sealed. */
  stageLanded(input: { source: string; dataset: string; batch: string }): Promise<void>;
  /**
   * For the process that has just opened the warehouse: stages what landed, and publishes what was staged. What the process before
   * it was at is ended: Temporal would wait half a minute for its heartbeat before it asked again.
   */
  takeOver(): Promise<void>;
  /** Brings golden rows of these entities up to what is staged, and publishes. */
  publishChanges(entities: readonly string[]): Promise<void>;
  /** When each dataset (`grid.resident`) is pulled next, as its schedule says; what is pushed has none. */
  nextPulls(): Promise<ReadonlyMap<string, Date>>;
  /** True while something that was staged waits for its publication. */
  isPublishing(): Promise<boolean>;
}

/** @param sources what has a schedule: `pullSource` triggers every schedule of the source it names */
export function createStarter(client: Client, sources: readonly ScheduledSource[]): WorkflowStarter {
  const start = (type: string, workflowId: string, args: unknown[]) =>
    client.workflow.start(type, {
      taskQueue: TASK_QUEUES.workflows,
      workflowId,
      args,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    });
  return {
    ...createBackfills(client),
    nextPulls: () => nextPulls(client, sources),
    startCampaign: async (campaign) => {
      await start('campaign', WORKFLOW_IDS.campaign(campaign), [{ campaign }]);
    },
    requestOfCampaign: (campaign, request) =>
      signal(client, WORKFLOW_IDS.campaign(campaign), SIGNALS.campaignRequest, request, {
        zh: '该填报批次已结束，不能再操作；如需更正请新建批次。',
        en: 'This campaign has ended; create a new one to correct it.',
      }),
    prefillAgain: async (campaign) => {
      const request: CampaignRequest = { kind: 'prefill', by: '' };
      await client.workflow.signalWithStart('campaign', {
        taskQueue: TASK_QUEUES.workflows,
        workflowId: WORKFLOW_IDS.campaign(campaign),
        args: [{ campaign }],
        signal: SIGNALS.campaignRequest,
        signalArgs: [request],
      });
    },
    handleIncident: (rule, subject, handling) =>
      signal(client, WORKFLOW_IDS.incident(rule, subject), SIGNALS.handling, handling, {
        zh: '该事件已办结，请刷新列表。',
        en: 'This incident is closed; refresh the list.',
      }),
    serveTables: async () => {
      await client.workflow.signalWithStart('serveTables', {
        taskQueue: TASK_QUEUES.workflows,
        workflowId: WORKFLOW_IDS.serving(),
        signal: SIGNALS.serve,
      });
    },
    resumeCampaign: async (campaign, resume) => {
      await start('campaign', WORKFLOW_IDS.campaign(campaign), [{ campaign, resume }]);
    },
    resumeIncident: async (sign) => {
      await start('incident', WORKFLOW_IDS.incident(sign.rule, sign.subject), [
        { signal: SIGNALS.transition, payload: sign },
      ]);
    },
    pullSource: async (name) => {
      const named = sources.filter((source) => source.name === name);
      if (named.length === 0) {
        throw new FillOnceError({
          code: 'workflows.source_not_pulled',
          status: 409,
          message: {
            zh: `来源“${name}”由对方推送，或未配置，不能主动拉取。`,
            en: `Source '${name}' sends by itself or is not configured; it cannot be pulled.`,
          },
          details: { where: name },
        });
      }
      for (const source of named) await pullNow(client, source);
    },
    stageLanded: async (input) => {
      await start('stageLanded', WORKFLOW_IDS.batch(input.source, input.dataset, input.batch), [input]);
    },
    takeOver: async () => {
      for (const id of [WORKFLOW_IDS.publication(), WORKFLOW_IDS.sweep(), WORKFLOW_IDS.serving()])
        await end(client, id);
      await start('sweepLanding', WORKFLOW_IDS.sweep(), []);
    },
    publishChanges: async (entities) => {
      // Started or running: the one publication workflow hears of it.
      await client.workflow.signalWithStart('publishWarehouse', {
        taskQueue: TASK_QUEUES.workflows,
        workflowId: WORKFLOW_IDS.publication(),
        args: [{ entities }],
        signal: SIGNALS.touched,
        signalArgs: [entities],
      });
    },
    isPublishing: async () => {
      try {
        const { status } = await client.workflow.getHandle(WORKFLOW_IDS.publication()).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}

/** Ends a workflow that runs; one that does not is left alone. */
async function end(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).terminate('its process is gone');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function signal(
  client: Client,
  workflowId: string,
  name: string,
  payload: unknown,
  ended: { zh: string; en: string },
): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal(name, payload);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new FillOnceError({
      code: 'workflows.ended',
      status: 409,
      message: ended,
      details: { where: workflowId },
      cause: error,
    });
  }
}
