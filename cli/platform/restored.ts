import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Incident,
  listCampaigns,
  listIncidentEvents,
  listIncidents,
  STANDING,
  type Store,
} from '../../store/index.ts';
import type { CampaignResume, IncidentTransition, WorkflowStarter } from '../../workflows/index.ts';

/** Says in a data folder that it was restored and not started since. */
export const RESTORED = 'restored.json';
/** Says that a restore into the folder has not ended. */
export const UNFINISHED = '.restoring';

const MOST = 1_000;
const MOST_EVENTS = 500;

/**
 * The first start after a restore: workflows are not in a backup, so campaigns and incidents are taken up from their rows. All of it may
 * be done again when the start is killed half-way.
 */
export async function resumeRestored(options: {
  readonly dataFolder: string;
  readonly store: Store;
  readonly workflows: WorkflowStarter;
}): Promise<void> {
  const { dataFolder, store, workflows } = options;
  const mark = join(dataFolder, RESTORED);
  if (!existsSync(mark)) return;
  for (let offset = 0; ; offset += MOST) {
    const campaigns = await store.system.transaction((tx) => listCampaigns(tx, { limit: MOST, offset }));
    for (const { id, status } of campaigns) {
      if (status === 'cancelled') continue;
      const at: CampaignResume = status === 'issued' || status === 'released' ? status : 'other';
      await workflows.resumeCampaign(id, at);
    }
    if (campaigns.length < MOST) break;
  }
  const incidents = await store.system.transaction((tx) =>
    listIncidents(tx, { status: STANDING, limit: MOST, offset: 0 }),
  );
  for (const incident of incidents) await workflows.resumeIncident(await firstSign(store, incident));
  await rm(mark);
}

/** The sign that opened an incident, as the rule had told it: told again, it is known. */
async function firstSign(store: Store, incident: Incident): Promise<IncidentTransition> {
  const events = await store.system.transaction((tx) => listIncidentEvents(tx, incident.id, MOST_EVENTS));
  const first = events.find(({ detail }) => detail.kind === 'opened')?.detail ?? incident.detail;
  const ring = (['core', 'control'] as const).find((each) => each === incident.ring) ?? 'warning';
  return {
    rule: incident.rule,
    subject: incident.subject,
    kind: 'opened',
    at: typeof first.at === 'string' ? first.at : incident.openedAt.toISOString(),
    value: Number(first.value ?? 0),
    threshold: Number(first.threshold ?? 0),
    ring,
    orgPath: incident.orgPath,
    title: incident.title,
  };
}
