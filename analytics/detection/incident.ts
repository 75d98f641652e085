import type { Message } from '../../core/errors.ts';
import { noteMissing, stepRefused } from '../errors.ts';
import type { Ring } from './ring.ts';

/** The standard codes of the list `incident_status`. */
export const INCIDENT_STATUSES = ['open', 'acknowledged', 'dispatched', 'resolved', 'false_alarm'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

export type IncidentAction = 'acknowledge' | 'dispatch' | 'resolve' | 'false_alarm';

/** One step of a person. */
export interface IncidentStep {
  readonly action: IncidentAction;
  readonly by: string;
  /** ISO 8601 with offset. */
  readonly at: string;
  readonly note: string;
  /** Idempotency key: the same step twice is one step. */
  readonly key: string;
}

/** What is measured now: it goes on by itself, whatever people do. */
export type IncidentCondition = 'standing' | 'cleared' | 'no_data';

/** A sign from the rule that opened the incident. */
export interface IncidentSign {
  readonly kind: 'opened' | 'raised' | 'cleared' | 'no_data';
  readonly at: string;
  readonly value: number;
  readonly threshold: number;
  readonly ring: Ring;
}

/** One incident. All changes are pure: the same steps and signs give the same incident. */
export interface Incident {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly orgPath: string;
  readonly status: IncidentStatus;
  readonly condition: IncidentCondition;
  readonly ring: Ring;
  readonly threshold: number;
  /** The highest value of all signs, and that of the newest. */
  readonly peak: number;
  readonly value: number;
  readonly openedAt: string;
  readonly lastSignAt: string;
  readonly acknowledgedAt: string | null;
  readonly dispatchedAt: string | null;
  readonly closedAt: string | null;
  readonly handler: string | null;
  readonly signs: number;
  readonly history: readonly IncidentStep[];
}

const STATUS_OF: Readonly<Record<IncidentAction, IncidentStatus>> = {
  acknowledge: 'acknowledged',
  dispatch: 'dispatched',
  resolve: 'resolved',
  false_alarm: 'false_alarm',
};

/** How far along a status is; steps go forward only. */
const RANK: Readonly<Record<IncidentStatus, number>> = {
  open: 0,
  acknowledged: 1,
  dispatched: 2,
  resolved: 3,
  false_alarm: 3,
};

export const STATUS_TITLES: Readonly<Record<IncidentStatus, Message>> = {
  open: { zh: '待确认', en: 'open' },
  acknowledged: { zh: '已确认', en: 'acknowledged' },
  dispatched: { zh: '处置中', en: 'dispatched' },
  resolved: { zh: '已办结', en: 'resolved' },
  false_alarm: { zh: '误报', en: 'false alarm' },
};

export function isClosed(incident: Pick<Incident, 'status'>): boolean {
  return RANK[incident.status] === 3;
}

/** The incident that a first sign opens. */
export function openIncident(of: Pick<Incident, 'id' | 'rule' | 'subject' | 'orgPath'>, sign: IncidentSign): Incident {
  return {
    ...of,
    status: 'open',
    condition: 'standing',
    ring: sign.ring,
    threshold: sign.threshold,
    peak: sign.value,
    value: sign.value,
    openedAt: sign.at,
    lastSignAt: sign.at,
    acknowledgedAt: null,
    dispatchedAt: null,
    closedAt: null,
    handler: null,
    signs: 1,
    history: [],
  };
}

/**
 * Takes a sign of the rule. A sign that is not newer than the last one was told before and changes nothing, nor does
 * one for a closed incident: what goes on after that opens a new one.
 */
export function applySign(incident: Incident, sign: IncidentSign): Incident {
  const condition: IncidentCondition =
    sign.kind === 'cleared' ? 'cleared' : sign.kind === 'no_data' ? 'no_data' : 'standing';
  const told =
    Date.parse(sign.at) < Date.parse(incident.lastSignAt) ||
    (sign.at === incident.lastSignAt && condition === incident.condition && sign.value <= incident.peak);
  if (told || isClosed(incident)) return incident;
  return {
    ...incident,
    condition,
    ring: sign.ring,
    value: sign.value,
    peak: Math.max(incident.peak, sign.value),
    lastSignAt: sign.at,
    signs: incident.signs + 1,
  };
}

/**
 * Takes a step of a person. Steps go forward and may skip: who dispatches has acknowledged. The same key, or the status
 * that the incident has already, changes nothing.
 *
 * @throws FillOnceError `analytics.incident.step` (409) for a step back or after the close, `analytics.incident.note`
 * for a close without a word of what was found
 */
export function applyStep(incident: Incident, step: IncidentStep): Incident {
  if (incident.history.some(({ key }) => key === step.key)) return incident;
  const status = STATUS_OF[step.action];
  if (status === incident.status) return incident;
  if (isClosed(incident) || RANK[status] < RANK[incident.status]) {
    throw stepRefused(incident.id, STATUS_TITLES[incident.status], STATUS_TITLES[status]);
  }
  const closes = RANK[status] === 3;
  if (closes && step.note.trim() === '') throw noteMissing(incident.id);
  return {
    ...incident,
    status,
    handler: step.by,
    acknowledgedAt: incident.acknowledgedAt ?? step.at,
    dispatchedAt: status === 'dispatched' ? step.at : incident.dispatchedAt,
    closedAt: closes ? step.at : null,
    history: [...incident.history, step],
  };
}

/** What the duty officer does next, in a sentence. */
export function nextStep(incident: Pick<Incident, 'status' | 'condition' | 'ring'>): Message {
  if (incident.status === 'resolved') {
    return { zh: '已办结，无需操作。', en: 'Resolved; nothing to do.' };
  }
  if (incident.status === 'false_alarm') {
    return { zh: '已判为误报，将用于校准规则。', en: 'A false alarm; it serves to tune the rule.' };
  }
  if (incident.condition === 'no_data') {
    return {
      zh: '数据中断，情况不明：请电话联系现场核实人数，并通知数据来源单位恢复。',
      en: 'No data, so nobody knows: call the place and ask, and have the source restored.',
    };
  }
  if (incident.condition === 'cleared') {
    return {
      zh: '人数已回落：请向现场确认秩序正常，写明情况后办结。',
      en: 'It has cleared: have the place confirm that all is well, write it down and resolve.',
    };
  }
  if (incident.status === 'open') {
    return {
      zh: '请先核实（调看现场或致电网格员），属实则确认，不属实则判为误报。',
      en: 'Verify first (look at the place or call its grid officer), then acknowledge, or call it a false alarm.',
    };
  }
  if (incident.status === 'acknowledged') return ACKNOWLEDGED[incident.ring];
  return {
    zh: '处置中：请每 5 分钟与现场核对一次人数，回落后办结。',
    en: 'Being handled: compare with the place every 5 minutes; resolve when it has cleared.',
  };
}

const ACKNOWLEDGED: Readonly<Record<Ring, Message>> = {
  warning: {
    zh: '请通知网格员到场观察，准备疏导。',
    en: 'Send the grid officer to watch and to be ready to guide people.',
  },
  control: {
    zh: '请派遣力量到场疏导，放慢入口人流。',
    en: 'Dispatch people to guide the crowd and slow the entrances.',
  },
  core: {
    zh: '请立即派遣力量：关闭入口、打开全部出口、单向疏散，并报告值班领导。',
    en: 'Dispatch at once: close the entrances, open every exit, lead people out one way, and tell the leader on duty.',
  },
};
