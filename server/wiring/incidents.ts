import { civilTimestamp, type IncidentId, type Message, THEMES, type Theme, type User } from '../../core/index.ts';
import {
  getIncident,
  type IncidentEvent,
  type Incident as IncidentRow,
  type IncidentStatus,
  listIncidentEvents,
  listIncidents,
  orgUnitNames,
  STANDING,
  type Store,
  type Tx,
  userNames,
} from '../../store/index.ts';
import type { Incidents } from '../ports.ts';
import type { Incident } from '../schema/incident.ts';
import { orNothing } from './absent.ts';

const STATES: Readonly<Record<IncidentStatus, Incident['state']>> = {
  open: 'open',
  acknowledged: 'acknowledged',
  handling: 'dispatched',
  closed: 'resolved',
  false_alarm: 'falseAlarm',
};

/** Steps shown of one incident; the newest. */
const MOST_STEPS = 100;

/** What should happen at each ring, until a rule says it better in its own words (`detail.nextStep`). */
const NEXT_STEPS: Readonly<Record<Incident['ring'], Message>> = {
  core: {
    zh: '立即派人到场疏导，限制进入，并通知公安；确认回落后办结。',
    en: 'Send people at once, limit entry and tell the police; resolve when it has receded.',
  },
  control: {
    zh: '通知所在网格到场查看并准备分流；继续上升即按红圈处置。',
    en: 'Send the grid worker to look and prepare diversion; if it rises further treat it as core.',
  },
  warning: {
    zh: '关注变化，通知网格员留意；回落后办结。',
    en: 'Watch it and tell the grid worker; resolve when it has receded.',
  },
};

export function wireIncidents({ store }: { store: Store }): Incidents {
  return {
    list: async (user, { open, offset, limit }) =>
      store.as(user).transaction(async (tx) => {
        const status: readonly IncidentStatus[] | undefined =
          open === undefined ? undefined : open ? STANDING : ['closed', 'false_alarm'];
        const rows = await listIncidents(tx, { ...(status ? { status } : {}), offset, limit });
        let count = tx.db.selectFrom('incident').select((eb) => eb.fn.countAll<number>().as('total'));
        if (status) count = count.where('status', 'in', [...status]);
        const total = Number((await count.executeTakeFirstOrThrow()).total);
        const items: Incident[] = [];
        for (const row of rows) items.push(await describe(tx, row));
        items.sort((a, b) => RINGS.indexOf(a.ring) - RINGS.indexOf(b.ring) || b.startedAt.localeCompare(a.startedAt));
        return { items, total, offset, limit };
      }),
    find: (user: User, id) =>
      orNothing(store.as(user).transaction(async (tx) => describe(tx, await getIncident(tx, id as IncidentId)))),
  };
}

const RINGS: readonly Incident['ring'][] = ['core', 'control', 'warning'];

async function describe(tx: Tx, row: IncidentRow): Promise<Incident> {
  const events = await listIncidentEvents(tx, row.id, MOST_STEPS);
  const names = await orgUnitNames(tx, [row.orgPath]);
  const people = await userNames(
    tx,
    events.flatMap((event) => (event.userId ? [event.userId] : [])),
  );
  const ring = RINGS.find((one) => one === row.ring) ?? 'warning';
  const theme = row.rule.split('.')[0] ?? '';
  const value = numberOf(row.detail.value);
  const limit = numberOf(row.detail.threshold);
  return {
    id: row.id,
    rule: row.rule,
    title: { ...row.title },
    subject: row.subject,
    subjectName: textOf(row.detail.subjectName) ?? row.subject,
    theme: (THEMES as readonly string[]).includes(theme) ? (theme as Theme) : null,
    org: row.orgPath,
    orgName: names.get(row.orgPath) ?? row.orgPath,
    ring,
    state: STATES[row.status],
    startedAt: civilTimestamp(row.openedAt),
    lastSeenAt: civilTimestamp(row.lastEventAt),
    events: row.eventCount,
    value,
    limit,
    unit: textOf(row.detail.unit),
    evidence: messageOf(row.detail.evidence) ?? evidenceOf(value, limit, row),
    nextStep: messageOf(row.detail.nextStep) ?? NEXT_STEPS[ring],
    history: events.map((event) => ({
      at: civilTimestamp(event.at),
      by: event.userId ? (people.get(event.userId) ?? event.userId) : '',
      action: actionOf(event),
      note: textOf(event.detail.note) ?? signText(event),
    })),
  };
}

const ACTIONS: Readonly<Record<string, string>> = {
  acknowledged: 'acknowledge',
  handling: 'dispatch',
  closed: 'resolve',
};

function actionOf(event: IncidentEvent): string {
  if (event.kind === 'sign') return textOf(event.detail.kind) ?? 'opened';
  return ACTIONS[event.kind] ?? event.kind;
}

function signText(event: IncidentEvent): string {
  const [value, limit] = [numberOf(event.detail.value), numberOf(event.detail.threshold)];
  return value === null ? '' : limit === null ? String(value) : `${value} / ${limit}`;
}

function evidenceOf(value: number | null, limit: number | null, row: IncidentRow): Message {
  if (value === null || limit === null) return { ...row.title };
  return {
    zh: `测得 ${value}，界限 ${limit}，已有 ${row.eventCount} 次记录。`,
    en: `Measured ${value} against ${limit}, seen ${row.eventCount} times.`,
  };
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function messageOf(value: unknown): Message | null {
  if (typeof value !== 'object' || value === null || !('zh' in value) || !('en' in value)) return null;
  return { zh: String(value.zh), en: String(value.en) };
}
