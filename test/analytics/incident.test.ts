import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applySign,
  applyStep,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentAction,
  type IncidentSign,
  isClosed,
  nextStep,
  openIncident,
} from '../../analytics/detection/incident.ts';

const at = (minute: number) => `2026-11-22T09:${String(minute).padStart(2, '0')}:00+08:00`;
const sign = (kind: IncidentSign['kind'], minute: number, value: number): IncidentSign => ({
  kind,
  at: at(minute),
  value,
  threshold: 100,
  ring: 'core',
});
const opened = () =>
  openIncident({ id: 'i1', rule: 'crowd', subject: 'Z1', orgPath: '310199/001/c05' }, sign('opened', 5, 120));

let keys = 0;
const step = (action: IncidentAction, minute = 10, note = '情况属实') => {
  keys += 1;
  return { action, by: 'u1', at: at(minute), note, key: `k${keys}` };
};
const moved = (...actions: IncidentAction[]): Incident =>
  actions.reduce((incident, action, i) => applyStep(incident, step(action, 10 + i)), opened());

describe('steps', () => {
  test.each([
    [['acknowledge'], 'acknowledged', at(10), null, null],
    [['acknowledge', 'dispatch'], 'dispatched', at(10), at(11), null],
    [['acknowledge', 'dispatch', 'resolve'], 'resolved', at(10), at(11), at(12)],
    [['dispatch'], 'dispatched', at(10), at(10), null],
    [['resolve'], 'resolved', at(10), null, at(10)],
    [['acknowledge', 'false_alarm'], 'false_alarm', at(10), null, at(11)],
    [['acknowledge', 'acknowledge'], 'acknowledged', at(10), null, null],
  ] as const)('%j leads to %s', (actions, status, acknowledgedAt, dispatchedAt, closedAt) => {
    expect(moved(...actions)).toMatchObject({ status, acknowledgedAt, dispatchedAt, closedAt, handler: 'u1' });
  });

  test.each([
    [['dispatch'], 'acknowledge'],
    [['resolve'], 'dispatch'],
    [['resolve'], 'false_alarm'],
    [['false_alarm'], 'resolve'],
  ] as const)('after %j, %s is refused', (actions, action) => {
    expect(() => applyStep(moved(...actions), step(action))).toThrow('analytics.incident.step');
  });

  test('a close wants a word of what was found', () => {
    expect(() => applyStep(opened(), step('resolve', 10, '  '))).toThrow('analytics.incident.note');
    expect(applyStep(opened(), step('acknowledge', 10, '')).status).toBe('acknowledged');
  });

  test('the same step twice is one step, also after others', () => {
    const first = step('acknowledge');
    const once = applyStep(opened(), first);
    expect(applyStep(once, first)).toBe(once);
    const closed = applyStep(once, step('resolve'));
    expect(applyStep(closed, first)).toBe(closed);
  });
});

describe('signs', () => {
  test('raise the peak, clear, and fall silent', () => {
    const raised = applySign(opened(), sign('raised', 10, 150));
    expect(raised).toMatchObject({ condition: 'standing', peak: 150, signs: 2 });
    expect(applySign(raised, sign('cleared', 20, 60))).toMatchObject({ condition: 'cleared', peak: 150, value: 60 });
    expect(applySign(raised, sign('no_data', 10, 150))).toMatchObject({ condition: 'no_data' });
  });

  test('that were told before, or come after the close, change nothing', () => {
    const raised = applySign(opened(), sign('raised', 10, 150));
    expect(applySign(raised, sign('raised', 10, 150))).toBe(raised);
    expect(applySign(raised, sign('opened', 5, 120))).toBe(raised);
    const closed = moved('resolve');
    expect(applySign(closed, sign('raised', 20, 200))).toBe(closed);
  });
});

test('whatever happens, an incident moves forward, keeps its history, and says what comes next', () => {
  const rank = { open: 0, acknowledged: 1, dispatched: 2, resolved: 3, false_alarm: 3 };
  const action = fc.constantFrom<IncidentAction>('acknowledge', 'dispatch', 'resolve', 'false_alarm');
  const kind = fc.constantFrom<IncidentSign['kind']>('raised', 'cleared', 'no_data');
  fc.assert(
    fc.property(fc.array(fc.oneof(action, kind)), (happenings) => {
      let incident = opened();
      for (const [i, happening] of happenings.entries()) {
        const before = incident;
        try {
          incident =
            happening === 'raised' || happening === 'cleared' || happening === 'no_data' || happening === 'opened'
              ? applySign(incident, sign(happening, 10 + (i % 50), 100 + i))
              : applyStep(incident, step(happening));
        } catch {
          incident = before;
        }
        expect(rank[incident.status]).toBeGreaterThanOrEqual(rank[before.status]);
        expect(incident.history.slice(0, before.history.length)).toEqual(before.history);
        expect(isClosed(incident)).toBe(incident.closedAt !== null);
      }
    }),
  );
  for (const status of INCIDENT_STATUSES) {
    for (const condition of ['standing', 'cleared', 'no_data'] as const) {
      for (const ring of ['warning', 'control', 'core'] as const) {
        const { zh, en } = nextStep({ status, condition, ring });
        expect(zh.length).toBeGreaterThan(5);
        expect(en.length).toBeGreaterThan(5);
      }
    }
  }
});
