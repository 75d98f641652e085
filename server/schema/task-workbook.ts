import { z } from '@hono/zod-openapi';
import { message } from './vocabulary.ts';

/** What became of a cell or row of a workbook that was brought back. */
export const workbookKind = z
  .enum(['change', 'conflict', 'locked', 'invalid', 'unknown', 'duplicate', 'missing'])
  .openapi('WorkbookKind');

export const workbookItem = z
  .object({
    kind: workbookKind,
    /** Where it stands in the file: `填报!C7`. */
    at: z.string().nullable(),
    rowKey: z.string().nullable(),
    rowTitle: z.string(),
    column: z.string().nullable(),
    columnTitle: z.string(),
    /** What stands in the task now, and what the file says. */
    now: z.string().nullable(),
    value: z.string().nullable(),
    /** Who answered the cell after the file went out. */
    by: z.string().nullable(),
    message,
  })
  .openapi('WorkbookItem');

const count = z.number().int();

export const taskWorkbookPreview = z
  .object({
    /** Names these changes; applying sends it back. */
    digest: z.string(),
    counts: z.object({
      change: count,
      conflict: count,
      locked: count,
      invalid: count,
      unknown: count,
      duplicate: count,
      missing: count,
    }),
    /** At most 500 of each kind. */
    items: z.array(workbookItem),
    /** Changed cells that say what stands there already. */
    same: count,
    /** Asked cells left as they were, which may be confirmed with the file. */
    confirmable: count,
    /** Cells whose value a formula gave. */
    formulas: count,
    missingColumns: z.array(z.string()),
    extraColumns: z.array(z.string()),
  })
  .openapi('TaskWorkbookPreview');
export type TaskWorkbookPreview = z.infer<typeof taskWorkbookPreview>;

export const taskWorkbookReply = z
  .object({ saved: count, rejected: z.array(workbookItem), answered: count, doubtful: count })
  .openapi('TaskWorkbookReply');
export type TaskWorkbookReply = z.infer<typeof taskWorkbookReply>;

export const taskWorkbookApply = z.object({
  digest: z.string().min(8).max(64),
  /** Takes asked cells that were left as they are for confirmed. */
  confirm: z.stringbool().default(false).openapi({ type: 'boolean' }),
});
export type TaskWorkbookApply = z.infer<typeof taskWorkbookApply>;
