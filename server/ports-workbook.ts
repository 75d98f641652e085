import type { User } from '../core/index.ts';
import type { TaskWorkbookApply, TaskWorkbookPreview, TaskWorkbookReply } from './schema/task-workbook.ts';

/** A task taken home as a workbook and brought back. Files come by path: they were received under the limits of uploads. */
export interface TaskWorkbooks {
  /** The task as it stands now, for a spreadsheet program. */
  exportFile(user: User, taskId: string): Promise<{ fileName: string; body: ReadableStream<Uint8Array> }>;
  /**
   * What the workbook would change; nothing is saved.
   *
   * @throws FillOnceError what is wrong with the file, 409 for another task's file or a task that takes no answers
   */
  preview(user: User, taskId: string, path: string): Promise<TaskWorkbookPreview>;
  /** Saves what was shown. @throws FillOnceError 409 when it is not what was shown, and as `preview` */
  apply(user: User, taskId: string, path: string, how: TaskWorkbookApply): Promise<TaskWorkbookReply>;
}
