import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Clock, newId, type TaskId } from '../../core/index.ts';
import type { Reports } from '../../reports/index.ts';
import type { TaskWorkbooks } from '../ports-workbook.ts';
import type { TemplateModules } from './templates.ts';

export interface TaskWorkbookModules {
  readonly reports: Pick<Reports, 'taskWorkbooks'>;
  /** Looks through a file from outside, in a process of its own, before it is read here. */
  readonly inspect: TemplateModules['inspect'];
  /** Folder for exports on their way out. */
  readonly exportFolder: string;
  readonly clock: Clock;
}

/** Workbooks go out through a file that is gone when the download has ended, and come in through the inspector. */
export function wireTaskWorkbooks({ reports, inspect, exportFolder, clock }: TaskWorkbookModules): TaskWorkbooks {
  const { taskWorkbooks } = reports;
  return {
    exportFile: async (user, taskId) => {
      await mkdir(exportFolder, { recursive: true });
      const target = join(exportFolder, `${newId('task-workbook', clock.now())}.xlsx`);
      try {
        const { fileName } = await taskWorkbooks.write(user, taskId as TaskId, target);
        const stream = createReadStream(target);
        stream.once('close', () => void rm(target, { force: true }));
        return { fileName, body: Readable.toWeb(stream) as ReadableStream<Uint8Array> };
      } catch (error) {
        await rm(target, { force: true });
        throw error;
      }
    },
    preview: async (user, taskId, path) => {
      await inspect(path);
      const shown = await taskWorkbooks.compare(user, taskId as TaskId, path);
      const { items, missingColumns, extraColumns } = shown;
      return { ...shown, items: [...items], missingColumns: [...missingColumns], extraColumns: [...extraColumns] };
    },
    apply: async (user, taskId, path, how) => {
      await inspect(path);
      const reply = await taskWorkbooks.apply(user, taskId as TaskId, path, how);
      return { ...reply, rejected: [...reply.rejected] };
    },
  };
}
