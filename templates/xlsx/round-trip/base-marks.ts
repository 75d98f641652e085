import type { Workbook } from '../workbook.ts';
import { notATask } from './errors.ts';
import { BASE_PROPERTY, MARK_LENGTH, MARK_SHEET, MARK_VERSION, TASK_PROPERTY } from './marks.ts';
import type { TaskIdentity } from './task.ts';

/** What the very hidden sheet remembers of the base. */
export interface BaseMarks extends TaskIdentity {
  readonly columns: readonly string[];
  readonly rows: ReadonlyMap<string, BaseRow>;
}

export interface BaseRow {
  /** The marks of its cells, one after the other. */
  readonly marks: string;
  /** `1` for a locked cell. */
  readonly locks: string;
}

/** Which task a workbook is, by its document properties or, where a program dropped them, by the hidden sheet. */
export async function readIdentity(workbook: Workbook): Promise<TaskIdentity> {
  const task = workbook.customProperties.get(TASK_PROPERTY);
  const base = workbook.customProperties.get(BASE_PROPERTY);
  if (typeof task === 'string' && typeof base === 'string') return { task, base };
  if (!workbook.sheets.some(({ name }) => name === MARK_SHEET)) throw notATask();
  for await (const row of workbook.rows(MARK_SHEET, { limit: 1 })) {
    const [version, hiddenTask, hiddenBase] = row.values.map((value) =>
      value === null || value === undefined ? '' : String(value),
    );
    if (version === MARK_VERSION && hiddenTask && hiddenBase) return { task: hiddenTask, base: hiddenBase };
  }
  throw notATask();
}

/** Reads the hidden sheet; it must be of the same task as the file's properties say. */
export async function readBaseMarks(workbook: Workbook): Promise<BaseMarks> {
  const identity = await readIdentity(workbook);
  if (!workbook.sheets.some(({ name }) => name === MARK_SHEET)) throw notATask();
  const rows = new Map<string, BaseRow>();
  let columns: string[] | undefined;
  let isOurs = false;
  for await (const { number, values } of workbook.rows(MARK_SHEET)) {
    const texts = values.map((value) => (value === null || value === undefined ? '' : String(value)));
    if (number === 1) isOurs = texts[0] === MARK_VERSION && texts[1] === identity.task && texts[2] === identity.base;
    else if (number === 2) columns = texts.filter((text) => text !== '');
    else if (columns && texts[0] && texts[1]?.length === columns.length * MARK_LENGTH) {
      rows.set(texts[0], { marks: texts[1], locks: (texts[2] ?? '').slice(1) });
    }
  }
  if (!isOurs || !columns) throw notATask();
  return { ...identity, columns, rows };
}
