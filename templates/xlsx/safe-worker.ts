// The thread in which files from outside are read: nothing here but the reader, and it may be killed at any moment.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { errorText, FillOnceError, toErrorBody } from '../../core/errors.ts';
import { inspectWorkbook } from './inspect.ts';
import type { SafeMessage, SafeTask } from './safe-protocol.ts';
import { openWorkbook } from './workbook.ts';

const port = parentPort as MessagePort;
const task = workerData as SafeTask;
const send = (message: SafeMessage) => port.postMessage(message);

try {
  if (task.sheet === undefined) send({ kind: 'report', report: await inspectWorkbook(task.source, task) });
  else await sendRows(task.sheet);
} catch (error) {
  send({
    kind: 'error',
    error: toErrorBody(error),
    internal: error instanceof FillOnceError ? undefined : errorText(error),
  });
}
port.close();

/** One batch a time; the next when the other side asks for it. */
async function sendRows(wanted: string): Promise<void> {
  const workbook = await openWorkbook(task.source, task);
  try {
    const sheet = wanted || (workbook.sheets.find(({ state }) => state === 'visible') ?? workbook.sheets[0]!).name;
    for await (const rows of workbook.rowBatches(sheet)) {
      const asked = new Promise((resolve) => port.once('message', resolve));
      send({
        kind: 'rows',
        rows: rows.map(({ number, hidden, values, styleIds, formulas }) => ({
          number,
          hidden,
          values,
          styleIds,
          formulas,
        })),
      });
      await asked;
    }
    send({ kind: 'end' });
  } finally {
    await workbook.close();
  }
}
