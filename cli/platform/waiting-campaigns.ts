import { listCampaigns, type Store } from '../../store/index.ts';
import type { WorkflowStarter } from '../../workflows/index.ts';

/** Campaigns looked at; newer ones come first, and what is left is looked at after the next publication. */
const MOST = 200;

/** Something was published: campaigns whose prefilling failed, mostly because nothing was yet, are prefilled again. */
export async function prefillWaiting(store: Store, workflows: Pick<WorkflowStarter, 'prefillAgain'>): Promise<number> {
  const created = await store.system.transaction((tx) =>
    listCampaigns(tx, { status: ['created'], limit: MOST, offset: 0 }),
  );
  const waiting = created.filter(({ snapshotId, failure }) => snapshotId === null && failure?.step === 'prefill');
  for (const { id } of waiting) await workflows.prefillAgain(id);
  return waiting.length;
}
