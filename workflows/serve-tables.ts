import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { type ServingActivities, SIGNALS, TASK_QUEUES } from './contract.ts';

const tables = proxyActivities<ServingActivities>({
  taskQueue: TASK_QUEUES.reports,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  // A database that is down for a night is served when it is back; the next publication asks again in any case.
  retry: { initialInterval: '2 seconds', maximumInterval: '2 minutes', maximumAttempts: 500 },
});

const serve = defineSignal(SIGNALS.serve);

/** Copies the current publication, and again when another one was published meanwhile. Signalled and started at once, so none is missed. */
export async function serveTables(): Promise<void> {
  let asked = 0;
  let answered = 0;
  setHandler(serve, () => void asked++);
  await condition(() => asked > 0);
  while (answered < asked) {
    answered = asked;
    await tables.serveTables();
  }
}
