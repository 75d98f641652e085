import type { QueryClient } from '@tanstack/react-query';
import { ApiError, call } from '../api-client.ts';
import type { Task } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { type Outbox, openOutbox } from '../outbox/outbox.ts';
import { openOutboxDb } from '../outbox/outbox-db.ts';
import { createTaskRows, type TaskRows } from './task-rows.ts';

/** A task opened for answering: its rows, and the outbox that carries the answers away. */
export interface OpenTask {
  readonly rows: TaskRows;
  readonly outbox: Outbox;
  readonly lasting: boolean;
  close(): void;
}

/** Opens the outbox of this browser for the task and lays its waiting answers over the rows. */
export async function openTask(options: {
  task: Task;
  user: string;
  editable: boolean;
  client: QueryClient;
  onProblem: (error: unknown) => void;
}): Promise<OpenTask> {
  const { task, user, editable, client, onProblem } = options;
  const db = await openOutboxDb();
  const outbox = await openOutbox({
    db,
    user,
    taskId: task.id,
    newId: newOpId,
    later: (work, waitMs) => {
      const timer = setTimeout(work, waitMs);
      return () => clearTimeout(timer);
    },
    send: async (entries) => {
      const reply = await call('savePatches', {
        params: { id: task.id },
        body: {
          patches: entries.map(({ rowKey, column, base, value, clientOpId }) => ({
            rowKey,
            column,
            base,
            value,
            clientOpId,
          })),
        },
      });
      client.setQueryData<Task>(['task', task.id], (before) =>
        before ? { ...before, answered: reply.answered, doubtful: reply.doubtful } : before,
      );
      return reply;
    },
    classify: (error) => {
      if (!(error instanceof ApiError) || error.offline) return 'offline';
      if (error.body.status === 401) {
        void client.invalidateQueries({ queryKey: ['me'] });
        return 'signedOut';
      }
      // The server is there but cannot answer now; what it refuses outright it will refuse again.
      return error.body.retryable || error.body.status >= 500 ? 'offline' : { refused: error.body.message };
    },
  });
  const rows = createTaskRows({
    columns: task.columns,
    outbox,
    editable,
    onProblem,
    fetchPage: (query) => call('listTaskRows', { params: { id: task.id }, query }),
  });
  const online = () => outbox.retry();
  window.addEventListener('online', online);
  return {
    rows,
    outbox,
    lasting: db.lasting,
    close: () => {
      window.removeEventListener('online', online);
      outbox.close();
    },
  };
}
