import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  defineSignal,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { Message } from '../core/errors.ts';
import {
  type CampaignRequest,
  type CampaignResume,
  type ReportActivities,
  SIGNALS,
  TASK_QUEUES,
  WORKFLOW_IDS,
} from './contract.ts';
import { stageDataset } from './refresh-source.ts';

const reports = proxyActivities<ReportActivities>({
  taskQueue: TASK_QUEUES.reports,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 8 },
});

const requestSignal = defineSignal<[CampaignRequest]>(SIGNALS.campaignRequest);

const REMINDER_BEFORE_MS = 24 * 3_600_000;
const ESCALATION_EVERY_MS = 24 * 3_600_000;
const MOST_ESCALATIONS = 10;
/** How long a campaign waits for the first publication, and between two looks when no word of it comes: twice as long each time. */
const WAIT_FOR_PUBLICATION_MS = 7 * 24 * 3_600_000;
const FIRST_LOOK_MS = 60_000;
const LATER_LOOK_MS = 30 * 60_000;
const NOTHING_PUBLISHED = 'warehouse.publication.unknown';
/** Rounds of corrections sent after a release; what is left goes with the next one. */
const MOST_DELIVERIES = 200;

/**
 * One campaign from prefill to release. People's answers are rows in the store; this workflow only waits for what people ask of the
 * campaign as a whole, and for time: a reminder a day before the deadline, an escalation at it and each day after.
 */
export async function campaign(input: { readonly campaign: string; readonly resume?: CampaignResume }): Promise<void> {
  if (input.resume === 'released')
    return void (await attempt(input.campaign, 'write-back', () => writeBack(input.campaign)));
  // Issuing again changes nothing and tells the deadline.
  const requests: CampaignRequest[] = input.resume === 'issued' ? [{ kind: 'issue', by: '' }] : [];
  setHandler(requestSignal, (request) => void requests.push(request));

  if (!(await prefilled(input, requests))) return;

  let deadline: { stop: () => void } | null = null;
  for (;;) {
    await condition(() => requests.length > 0);
    const request = requests.shift();
    if (request === undefined) continue;
    if (request.kind === 'cancel') break;
    // Word of a publication that came after all was prefilled.
    if (request.kind === 'prefill') continue;
    if (request.kind === 'issue') {
      const issued = await attempt(input.campaign, 'issue', () => reports.issueTasks(input));
      if (issued?.deadline) deadline ??= watchDeadline(input.campaign, Date.parse(issued.deadline));
    } else if (request.kind === 'merge') {
      await attempt(input.campaign, 'merge', () => reports.merge({ ...input, by: request.by }));
    } else {
      const released = await attempt(input.campaign, 'release', async () => {
        await reports.release({ ...input, by: request.by });
        return true;
      });
      if (released) {
        await attempt(input.campaign, 'write-back', () => writeBack(input.campaign));
        break;
      }
    }
  }
  deadline?.stop();
}

/**
 * Prefills the campaign. Before the first publication that fails, in words for people, and is done again as soon as there is one: the
 * platform says so by a request, and where that word is lost a timer wakes. False when the campaign was cancelled meanwhile.
 */
async function prefilled(input: { readonly campaign: string }, requests: CampaignRequest[]): Promise<boolean> {
  const until = Date.now() + WAIT_FOR_PUBLICATION_MS;
  let noted = false;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(2 * waitMs, LATER_LOOK_MS)) {
    try {
      await reports.prefill(input);
      return true;
    } catch (error) {
      if (!noted) await reports.campaignFailed({ ...input, step: 'prefill', failure: reason(error) });
      noted = true;
      if (codeOf(error) !== NOTHING_PUBLISHED || Date.now() + waitMs > until) throw error;
    }
    const asked = (kind: CampaignRequest['kind']) => requests.some((request) => request.kind === kind);
    await condition(() => asked('prefill') || asked('cancel'), waitMs);
    if (asked('cancel')) return false;
    requests.splice(0, requests.length, ...requests.filter(({ kind }) => kind !== 'prefill'));
  }
}

/** What was vouched for goes to landing and from there to the warehouse, and to the departments that own it. */
async function writeBack(campaignId: string): Promise<void> {
  const { landed } = await reports.writeBack();
  if (landed) {
    await startChild(stageDataset, {
      workflowId: WORKFLOW_IDS.batch('platform', 'confirmation', campaignId),
      args: [{ source: 'platform', dataset: 'confirmation' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  }
  for (let round = 0; round < MOST_DELIVERIES; round++) {
    const { acknowledged } = await reports.deliverCorrections();
    if (acknowledged === 0) return;
  }
}

function watchDeadline(campaignId: string, deadlineMs: number): { stop: () => void } {
  let stopped = false;
  const run = async () => {
    const untilReminder = deadlineMs - REMINDER_BEFORE_MS - Date.now();
    if (untilReminder > 0) {
      await condition(() => stopped, untilReminder);
      if (!stopped) await reports.remind({ campaign: campaignId, kind: 'reminder' });
    }
    for (let i = 0; i < MOST_ESCALATIONS && !stopped; i++) {
      await condition(() => stopped, Math.max(0, deadlineMs + i * ESCALATION_EVERY_MS - Date.now()));
      if (stopped) return;
      if ((await reports.openTasks({ campaign: campaignId })) === 0) {
        await sleep(0);
        return;
      }
      await reports.remind({ campaign: campaignId, kind: 'escalation' });
    }
  };
  void run();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

/** A step that a person asked for and may ask for again: its failure is written down and the campaign waits on. Null when it failed. */
async function attempt<T>(campaignId: string, name: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    await reports.campaignFailed({ campaign: campaignId, step: name, failure: reason(error) });
    return null;
  }
}

function codeOf(error: unknown): string | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
}

/** The words of the module that failed, where it had any. */
function reason(error: unknown): Message {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const body =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as { message?: Message } | undefined) : undefined;
  if (body?.message !== undefined) return body.message;
  const text = cause instanceof Error ? cause.message : String(cause);
  return { zh: text, en: text };
}
