import type { CampaignId, TaskId, Theme, User } from '../../core/index.ts';
import type { Reports, TaskSummary as ReportTask } from '../../reports/index.ts';
import { getCampaign, getSnapshot, getTask, type Store } from '../../store/index.ts';
import type { Patches, Reviews, Tasks } from '../ports.ts';
import type { TaskSummary } from '../schema/task.ts';
import { orNothing } from './absent.ts';

export interface TaskModules {
  readonly store: Store;
  readonly reports: Reports;
}

const MOST_PLACES = 20_000;

export function wireTasks({ store, reports }: TaskModules): Tasks {
  const { tasks, reviews } = reports;

  /** Columns that some row of the campaign is asked for, by the counts that prefill kept. */
  const askedColumns = async (user: User, campaignId: CampaignId): Promise<ReadonlySet<string>> => {
    const counts = await store.as(user).transaction(async (tx) => {
      const { snapshotId } = await getCampaign(tx, campaignId);
      return snapshotId ? (await getSnapshot(tx, snapshotId)).counts.byColumn : {};
    });
    return new Set(Object.entries(counts).flatMap(([name, { s = 0, c = 0, m = 0 }]) => (s + c + m > 0 ? [name] : [])));
  };

  // A task never moves to another unit: its place is read once.
  const places = new Map<string, { org: string; theme: Theme }>();

  return {
    place: async (id) => {
      const known = places.get(id);
      if (known) return known;
      const task = await orNothing(store.system.transaction((tx) => getTask(tx, id as TaskId)));
      if (!task) return null;
      const place = { org: task.orgPath as string, theme: task.theme };
      if (places.size >= MOST_PLACES) places.delete(places.keys().next().value!);
      places.set(id, place);
      return place;
    },
    list: async (user, { status, campaign, offset, limit }) => {
      const page = await tasks.list(user, {
        ...(status === undefined ? {} : { status }),
        ...(campaign === undefined ? {} : { campaignId: campaign as CampaignId }),
        offset,
        limit,
      });
      return { ...page, items: page.items.map(toSummary), offset, limit };
    },
    find: async (user, id) => {
      const task = await orNothing(tasks.get(user, id as TaskId));
      if (!task) return null;
      const asked = await askedColumns(user, task.campaignId);
      return {
        ...toSummary(task),
        columns: task.columns.map((column) => ({
          ...column,
          codes: column.codes && [...column.codes],
          check: column.check ?? null,
          asked: asked.has(column.id),
        })),
      };
    },
    rows: async (user, id, { class: of, q, offset, limit }) => {
      const page = await tasks.rows(user, id as TaskId, {
        ...(of === undefined ? {} : { class: of }),
        ...(q === undefined ? {} : { q }),
        offset,
        limit,
      });
      const items = page.items.map((row) => ({
        ...row,
        values: [...row.values],
        doubts: row.doubts.map((doubt) => ({ ...doubt, alternatives: [...doubt.alternatives] })),
      }));
      return { items, total: page.total, offset, limit };
    },
    differences: async (user, id, page) => ({ ...(await reviews.differences(user, id as TaskId, page)), ...page }),
  };
}

export function wirePatches({ reports: { patches } }: TaskModules): Patches {
  return {
    save: async (user, taskId, input) => {
      const reply = await patches.save(user, taskId as TaskId, input);
      return { ...reply, saved: [...reply.saved], rejected: [...reply.rejected] };
    },
  };
}

export function wireReviews({ reports: { tasks, submissions, reviews } }: TaskModules): Reviews {
  const after = async (user: User, id: TaskId): Promise<TaskSummary> => toSummary(await tasks.get(user, id));
  return {
    submit: async (user, id, { incomplete, note }) => {
      await submissions.submit(user, id as TaskId, { incomplete, ...(note === undefined ? {} : { note }) });
      return after(user, id as TaskId);
    },
    approve: async (user, id) => {
      await reviews.approve(user, id as TaskId);
      return after(user, id as TaskId);
    },
    sendBack: async (user, id, reason) => {
      await reviews.sendBack(user, id as TaskId, reason);
      return after(user, id as TaskId);
    },
  };
}

export function toSummary(task: ReportTask): TaskSummary {
  const { id, campaignId, title, period, periodTitle, org, orgName, assignee, status } = task;
  const { deadline, doubtful, answered, counts, returnReason, submittedAt } = task;
  return {
    ...{ id, campaignId, title, period, periodTitle, org, orgName, assignee, status },
    ...{ deadline, doubtful, answered, counts: { ...counts }, returnReason, submittedAt },
  };
}
