import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { type Handling, type IncidentActivities, type IncidentTransition, SIGNALS, TASK_QUEUES } from './contract.ts';

const incidents = proxyActivities<IncidentActivities>({
  taskQueue: TASK_QUEUES.reports,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 50 },
});

const transitionSignal = defineSignal<[IncidentTransition]>(SIGNALS.transition);
const handlingSignal = defineSignal<[Handling]>(SIGNALS.handling);

/** A duty officer has this long to acknowledge before the incident goes to the leader as well. */
const ACKNOWLEDGE_WITHIN = '10 minutes';
/** An incident nobody handles any more is looked at again after this long. */
const FOREVER = '30 days';

/**
 * One incident, from its first sign to its close: one workflow per rule and subject, so that a zone has at most one open incident.
 * The rule reports how the crowd goes on; people acknowledge, dispatch and resolve.
 */
export async function incident(input: {
  readonly signal: string;
  readonly payload: IncidentTransition;
}): Promise<void> {
  const transitions: IncidentTransition[] = [];
  const handlings: Handling[] = [];
  setHandler(transitionSignal, (transition) => void transitions.push(transition));
  setHandler(handlingSignal, (handling) => void handlings.push(handling));
  if (input.payload.kind !== 'opened') return;

  const opened = await incidents.openIncident(input.payload);
  let acknowledged = false;
  let escalated = false;
  for (;;) {
    const waiting = () => transitions.length > 0 || handlings.length > 0;
    const patience = acknowledged || escalated ? FOREVER : ACKNOWLEDGE_WITHIN;
    const inTime = await condition(waiting, patience);
    if (!inTime) {
      escalated = true;
      await incidents.escalateIncident({ incident: opened.incident });
      continue;
    }
    const transition = transitions.shift();
    if (transition !== undefined) await incidents.recordTransition({ incident: opened.incident, transition });
    const handling = handlings.shift();
    if (handling === undefined) continue;
    acknowledged = true;
    const { closed } = await incidents.recordHandling({ incident: opened.incident, handling });
    if (closed) return;
  }
}
