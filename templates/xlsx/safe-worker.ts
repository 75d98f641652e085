// The process in which files from outside are read: nothing here but the reader, and it may be killed at any moment.
import { errorText, FillOnceError, toErrorBody } from '../../core/errors.ts';
import { inspectWorkbook } from './inspect.ts';
import type { SafeMessage, SafeTask } from './safe-protocol.ts';
import { openWorkbook } from './workbook.ts';

process.once('disconnect', () => process.exit());
process.once('message', (task: SafeTask) => {
  perform(task)
    .catch((error: unknown) =>
      send({
        kind: 'error',
        error: toErrorBody(error),
        internal: error instanceof FillOnceError ? undefined : errorText(error),
      }),
    )
    .finally(() => process.disconnect());
});

function send(message: SafeMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}

async function perform(task: SafeTask): Promise<void> {
  if (task.sheet === undefined) await send({ kind: 'report', report: await inspectWorkbook(task.source, task) });
  else await sendRows(task, task.sheet);
}

/** One batch a time; the next when the other side asks for it. */
async function sendRows(task: SafeTask, wanted: string): Promise<void> {
  const workbook = await openWorkbook(task.source, task);
  try {
    const sheet = wanted || (workbook.sheets.find(({ state }) => state === 'visible') ?? workbook.sheets[0]!).name;
    for await (const rows of workbook.rowBatches(sheet)) {
      const asked = new Promise((resolve) => process.once('message', resolve));
      await send({
        kind: 'rows',
        rows: rows.map((row) => ({ ...row })),
      });
      await asked;
    }
    await send({ kind: 'end' });
  } finally {
    await workbook.close();
  }
}
