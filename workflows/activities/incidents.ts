import type { IncidentId, JsonObject, User, UserId } from '../../core/index.ts';
import { type Clock, civilTimestamp } from '../../core/index.ts';
import {
  findUser,
  getIncident,
  type Incident,
  type IncidentEvent,
  type IncidentStatus,
  listIncidentEvents,
  moveIncident,
  notify,
  type Store,
  signIncident,
  usersResponsibleFor,
} from '../../store/index.ts';
import type { SealingSpool } from '../../warehouse/index.ts';
import type { HandlingAction, IncidentActivities, IncidentTransition } from '../contract.ts';

const STATUS: Readonly<Record<HandlingAction, Exclude<IncidentStatus, 'open'>>> = {
  acknowledge: 'acknowledged',
  dispatch: 'handling',
  resolve: 'closed',
  false_alarm: 'false_alarm',
};

/** Events looked at for the peak and the time of dispatch. */
const MOST_EVENTS = 500;

/** Standard codes of the catalogue's `incident_status`, in which the mart is landed. */
const LANDED_STATUS: Readonly<Record<IncidentStatus, string>> = {
  open: 'open',
  acknowledged: 'acknowledged',
  handling: 'dispatched',
  closed: 'resolved',
  false_alarm: 'false_alarm',
};

/** Incident activities: the row in the store, the people who must hear of it, and a landed record for the month's mart. */
export function createIncidentActivities(deps: {
  readonly store: Store;
  readonly clock: Clock;
  /** The spool of dataset `platform.incident`. */
  readonly spool: Pick<SealingSpool, 'append'>;
  readonly onIncidentChanged: (incident: Incident) => void;
}): IncidentActivities {
  const { store, clock, spool } = deps;

  async function changed(incident: Incident): Promise<void> {
    const events = await store.system.transaction((tx) => listIncidentEvents(tx, incident.id, MOST_EVENTS));
    await spool.append([landedRecord(incident, events, clock)]);
    deps.onIncidentChanged(incident);
  }

  async function sign(transition: IncidentTransition): Promise<Incident> {
    const { incident, opened } = await store.system.transaction(async (tx) => {
      const signed = await signIncident(tx, {
        rule: transition.rule,
        subject: transition.subject,
        orgPath: transition.orgPath,
        ring: transition.ring,
        title: transition.title,
        detail: detailOf(transition),
        dedupeKey: `${transition.kind}:${transition.at}`,
        at: new Date(transition.at),
      });
      if (signed.opened) {
        const people = await usersResponsibleFor(tx, transition.orgPath, ['duty']);
        await notify(
          tx,
          people.map(({ id }) => id),
          {
            kind: 'incident',
            title: { zh: `新事件：${transition.title.zh}`, en: `New incident: ${transition.title.en}` },
            link: '/duty',
            dedupeKey: `incident:${signed.incident.id}`,
          },
        );
      }
      return signed;
    });
    await changed(incident);
    return opened ? incident : await store.system.transaction((tx) => getIncident(tx, incident.id));
  }

  return {
    openIncident: async (transition) => ({ incident: (await sign(transition)).id }),
    recordTransition: async ({ transition }) => {
      await sign(transition);
    },
    recordHandling: async ({ incident: id, handling }) => {
      const status = STATUS[handling.action];
      const person = await store.system.transaction((tx) => findUser(tx, handling.by as UserId));
      const runner = person === null ? store.system : store.as(person satisfies User);
      const incident = await runner.transaction(async (tx) => {
        const before = await getIncident(tx, id as IncidentId);
        if (before.status === status) return before;
        return moveIncident(tx, id as IncidentId, status, { note: handling.note, ownerId: handling.by });
      });
      await changed(incident);
      return { closed: incident.status === 'closed' || incident.status === 'false_alarm' };
    },
    escalateIncident: async ({ incident: id }) => {
      const incident = await store.system.transaction(async (tx) => {
        const found = await getIncident(tx, id as IncidentId);
        const people = await usersResponsibleFor(tx, found.orgPath, ['leader', 'duty']);
        await notify(
          tx,
          people.map((each) => each.id),
          {
            kind: 'incident-escalated',
            title: {
              zh: `事件超过10分钟无人确认：${found.title.zh}`,
              en: `Nobody has acknowledged for 10 minutes: ${found.title.en}`,
            },
            link: '/duty',
            dedupeKey: `incident-escalated:${id}`,
          },
        );
        return found;
      });
      deps.onIncidentChanged(incident);
    },
  };
}

function detailOf(transition: IncidentTransition): JsonObject {
  return { kind: transition.kind, value: transition.value, threshold: transition.threshold, at: transition.at };
}

function landedRecord(incident: Incident, events: readonly IncidentEvent[], clock: Clock): JsonObject {
  const time = (at: Date | null | undefined) => (at ? civilTimestamp(at) : null);
  const values = events.flatMap(({ detail }) => (typeof detail.value === 'number' ? [detail.value] : []));
  const threshold = incident.detail.threshold;
  return {
    incidentId: incident.id,
    rule: incident.rule,
    subject: incident.subject,
    gridPath: incident.orgPath,
    ring: incident.ring,
    status: LANDED_STATUS[incident.status],
    openedAt: time(incident.openedAt),
    acknowledgedAt: time(incident.acknowledgedAt),
    dispatchedAt: time(events.find(({ kind }) => kind === 'handling')?.at),
    resolvedAt: time(incident.closedAt),
    peakValue: values.length === 0 ? null : Math.max(...values),
    threshold: typeof threshold === 'number' ? threshold : null,
    handler: incident.ownerId,
    changedAt: civilTimestamp(clock.now()),
  };
}
