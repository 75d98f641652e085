import { type CampaignId, civilTimestamp, type Message, type TaskId, type UserId } from '../core/index.ts';
import {
  getCampaign,
  type NewNotification,
  noteTaskNudge,
  notify,
  type Store,
  type Task,
  type Tx,
  usersResponsibleFor,
} from '../store/index.ts';
import { unfinishedTasks } from './campaign.ts';

export interface Reminders {
  /**
   * Before the deadline: tells the clerks of every unfinished task. Each is told once per task and day.
   *
   * @returns how many people were told
   */
  remind(campaignId: CampaignId): Promise<number>;
  /** After the deadline: tells those above, and the clerks again. Once per task and day. */
  escalate(campaignId: CampaignId): Promise<number>;
}

export function createReminders({ store }: { readonly store: Store }): Reminders {
  const nudge = (campaignId: CampaignId, kind: 'reminded' | 'escalated') =>
    store.system.transaction(async (tx) => {
      const campaign = await getCampaign(tx, campaignId);
      if (campaign.status === 'released' || campaign.status === 'cancelled') return 0;
      const tasks = (await unfinishedTasks(tx, campaignId)).filter(
        (task) => task.status !== 'submitted' || kind === 'escalated',
      );
      const told = new Set<UserId>();
      for (const task of tasks) {
        for (const id of await tell(tx, task, campaign.title, kind)) told.add(id);
      }
      await noteTaskNudge(
        tx,
        tasks.map((task) => task.id),
        kind,
      );
      return told.size;
    });
  return {
    remind: (campaignId) => nudge(campaignId, 'reminded'),
    escalate: (campaignId) => nudge(campaignId, 'escalated'),
  };
}

async function tell(tx: Tx, task: Task, title: string, kind: 'reminded' | 'escalated'): Promise<UserId[]> {
  const day = civilTimestamp(tx.clock.now()).slice(0, 10);
  const responsible = await usersResponsibleFor(
    tx,
    task.orgPath,
    kind === 'reminded' ? ['clerk'] : ['clerk', 'reviewer', 'leader'],
  );
  // The people of the unit itself; those above hear of it only when the deadline has passed.
  const people = kind === 'reminded' ? responsible.filter((user) => user.scope === task.orgPath) : responsible;
  return notify(
    tx,
    people.map((user) => user.id),
    messageOf(task, title, kind, day),
  );
}

function messageOf(task: Task, title: string, kind: 'reminded' | 'escalated', day: string): NewNotification {
  const left = task.cellCount - task.answered;
  const due = civilTimestamp(task.dueAt).slice(0, 16).replace('T', ' ');
  const heading: Message =
    kind === 'reminded'
      ? { zh: `${title}：还有 ${left} 处待填，${due} 截止`, en: `${title}: ${left} cells to answer, due ${due}` }
      : {
          zh: `${title}：已过截止时间 ${due}，${task.orgPath} 尚未完成`,
          en: `${title}: past its deadline ${due}, ${task.orgPath} has not finished`,
        };
  return { kind: `task.${kind}`, title: heading, link: linkOf(task.id), dedupeKey: `${kind}:${task.id}:${day}` };
}

function linkOf(id: TaskId): string {
  return `/tasks/${id}`;
}
