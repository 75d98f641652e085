import type { Writable } from 'node:stream';
import { columnName } from '../cell-reference.ts';
import { looksLikeFormula } from '../fill/input.ts';
import { inlineText } from '../fill/text.ts';
import { DEFAULT_LIMITS, MAX_COLUMNS, MAX_ROWS } from '../limits.ts';
import { dateToSerial } from '../serial-date.ts';
import { escapeAttribute, escapeText } from '../xml.ts';
import { createZipWriter } from '../zip-write.ts';
import { createTaskStyles, type TaskStyles } from './cell-styles.ts';
import { badTask } from './errors.ts';
import {
  baseText,
  CODE_SHEET,
  createMarker,
  KEY_TITLE,
  keyHeader,
  MARK_VERSION,
  type Marker,
  rowMarks,
} from './marks.ts';
import { commentsXml, type Note, noteBoxesVml } from './notes.ts';
import type { TaskColumn, TaskExport, TaskRow, TaskToExport } from './task.ts';
import { taskFrame } from './task-frame.ts';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PIECE_CHARACTERS = 128 * 1024;
/** Row 1 carries the ids of the columns, row 2 their titles. */
const FIRST_DATA_ROW = 3;
/** Excel grows slow with more; the provenance of the rest is on the screen. */
const MOST_NOTES = 10_000;
/** Rows past the last that still get the drop-downs: rows the clerk adds. */
const SPARE_ROWS = 500;
const MOST_COLUMNS = 1_000;

export interface TaskExportOptions {
  readonly signal?: AbortSignal;
}

/**
 * Writes a task as a workbook a clerk can fill in anywhere: asked cells are open, held ones locked, codes have
 * drop-downs, notes say where values come from. A hidden column carries the keys of rows, a very hidden sheet a mark of
 * every base value, and a document property the base's version, so that {@link importTask} knows the file again.
 *
 * @throws `templates.xlsx.task.export` when keys or column ids are missing or twice, or it does not fit on a sheet
 * @example
 * await exportTask({ task: 'task_01', base: 'snap_01', title: '人口核查', columns, rows }, response);
 */
export async function exportTask(
  task: TaskToExport,
  target: string | Writable,
  options: TaskExportOptions = {},
): Promise<TaskExport> {
  const { columns } = task;
  checkColumns(columns);
  const styles = createTaskStyles();
  const marks: string[] = [];
  const notes: Note[] = [];
  const count = { rows: 0, left: 0 };
  const title = sheetTitle(task.title);
  const zip = createZipWriter(target, options.signal ? { signal: options.signal } : {});
  try {
    await zip.addStream('xl/worksheets/sheet1.xml', dataSheet(task, styles, marks, notes, count));
    await zip.addStream('xl/worksheets/sheet2.xml', markSheet(task, marks));
    await zip.addBytes('xl/worksheets/sheet3.xml', codeSheet(columns));
    await zip.addBytes('xl/styles.xml', styles.xml);
    if (notes.length > 0) {
      await zip.addBytes('xl/comments1.xml', commentsXml(notes));
      await zip.addBytes('xl/drawings/vmlDrawing1.vml', noteBoxesVml(notes));
    }
    const lastCell = `$${columnName(columns.length + 1)}$${Math.max(FIRST_DATA_ROW, FIRST_DATA_ROW + count.rows - 1)}`;
    for (const [name, text] of taskFrame(task, title, lastCell, notes.length > 0)) await zip.addBytes(name, text);
    return { rows: count.rows, bytes: await zip.finish(), notes: notes.length, notesLeftOut: count.left };
  } catch (error) {
    await zip.abort(error);
    throw error;
  }
}

function checkColumns(columns: readonly TaskColumn[]): void {
  const ids = new Set<string>();
  if (columns.length === 0 || columns.length > Math.min(MOST_COLUMNS, MAX_COLUMNS - 1)) {
    throw badTask(
      String(columns.length),
      `列数须在 1 到 ${MOST_COLUMNS} 之间`,
      `it must have 1 to ${MOST_COLUMNS} columns`,
    );
  }
  for (const { id } of columns) {
    if (id === '' || ids.has(id)) throw badTask(id, '列标识为空或重复', 'a column id is empty or there twice');
    ids.add(id);
  }
}

async function* dataSheet(
  { columns, rows, ...identity }: TaskToExport,
  styles: TaskStyles,
  marks: string[],
  notes: Note[],
  count: { rows: number; left: number },
): AsyncGenerator<Buffer> {
  const marker = createMarker();
  const keys = new Set<string>();
  const widths = columns.map(
    ({ width, title }, at) =>
      `<col min="${at + 2}" max="${at + 2}" width="${width ?? Math.min(40, Math.max(10, title.length * 2.4 + 2))}" customWidth="1"/>`,
  );
  let text = `${XML}<worksheet xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheetViews><sheetView workbookViewId="0"><pane xSplit="2" ySplit="2" topLeftCell="C3" activePane="bottomRight" state="frozen"/><selection pane="bottomRight" activeCell="C3" sqref="C3"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="1" width="4" hidden="1" customWidth="1"/>${widths.join('')}</cols><sheetData>`;
  text += `<row r="1" hidden="1">${[keyHeader(identity), ...columns.map(({ id }) => id)].map((id, at) => textCell(at + 1, 1, id, styles.header)).join('')}</row>`;
  text += `<row r="2" ht="32" customHeight="1">${[KEY_TITLE, ...columns.map(headerOf)].map((title, at) => textCell(at + 1, 2, title, styles.header)).join('')}</row>`;
  for await (const row of rows) {
    const at = FIRST_DATA_ROW + count.rows;
    if (at > MAX_ROWS - SPARE_ROWS) throw badTask(row.key, '行数超出工作表上限', 'it has more rows than a sheet');
    if (row.key === '' || keys.has(row.key))
      throw badTask(row.key, '行标识为空或重复', 'a row key is empty or there twice');
    keys.add(row.key);
    text += rowMarkup(row, at, columns, styles);
    marks.push(marksOf(row, columns, marker));
    for (const [id, note] of Object.entries(row.notes ?? {})) {
      const column = columns.findIndex((one) => one.id === id);
      if (column < 0 || note === '') continue;
      if (notes.length < MOST_NOTES) notes.push({ row: at, column: column + 2, text: note });
      else count.left++;
    }
    count.rows++;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  const last = Math.max(FIRST_DATA_ROW, FIRST_DATA_ROW + count.rows - 1);
  text += `</sheetData><sheetProtection sheet="1" objects="1" scenarios="1" formatCells="0" formatColumns="0" formatRows="0" insertRows="0" deleteRows="0" sort="0" autoFilter="0"/>`;
  text += `<autoFilter ref="A2:${columnName(columns.length + 1)}${last}"/>${dropDowns(columns, last + SPARE_ROWS)}`;
  text += `<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape"/>`;
  yield Buffer.from(`${text}${notes.length > 0 ? '<legacyDrawing r:id="rId1"/>' : ''}</worksheet>`);
}

function headerOf({ title, unit }: TaskColumn): string {
  return unit && !title.includes(unit) ? `${title}（${unit}）` : title;
}

function rowMarkup(
  { key, values, asked = [] }: TaskRow,
  at: number,
  columns: readonly TaskColumn[],
  styles: TaskStyles,
): string {
  const open = new Set(asked);
  let text = `<row r="${at}">${textCell(1, at, key, styles.of('text', false))}`;
  for (const [index, column] of columns.entries()) {
    text += valueCell(column, values[index] ?? null, index + 2, at, open.has(column.id), styles);
  }
  return `${text}</row>`;
}

function valueCell(
  column: TaskColumn,
  value: string | null,
  index: number,
  row: number,
  asked: boolean,
  styles: TaskStyles,
): string {
  const style = styles.of(column.type, asked);
  const head = `<c r="${columnName(index)}${row}" s="${style}"`;
  const canonical = baseText(column, value);
  if (canonical === null) return `${head}/>`;
  const number = numberOf(column.type, canonical);
  if (number !== undefined) return `${head}><v>${number}</v></c>`;
  // Text as it is held: marks are made of its canonical form, which may look different.
  const shown = column.type === 'boolean' ? (TRUTHS[canonical] ?? canonical) : value!;
  if (shown.length > DEFAULT_LIMITS.textLength)
    throw badTask(
      `${column.id}, ${columnName(index)}${row}`,
      `文字超过 ${DEFAULT_LIMITS.textLength} 个字符`,
      `a text has more than ${DEFAULT_LIMITS.textLength} characters`,
    );
  if (looksLikeFormula(shown)) return textCell(index, row, shown, styles.quoted(asked));
  return textCell(index, row, shown, column.type === 'text' ? style : styles.of('text', asked));
}

const TRUTHS: Readonly<Record<string, string | undefined>> = { true: '是', false: '否' };

/** The number a cell of the type holds, where the text is one that comes back the same. */
function numberOf(type: TaskColumn['type'], text: string): number | undefined {
  if (type === 'integer' || type === 'decimal') {
    const number = Number(text);
    return String(number) === text ? number : undefined;
  }
  if (type !== 'date' && type !== 'timestamp') return undefined;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`.replace(/^(\d{4}-\d\d-\d\d)Z$/, '$1T00:00:00Z'));
  const serial = Number.isNaN(ms) ? Number.NaN : dateToSerial(ms);
  // Days before March 1900 are not the same day in every program.
  return serial >= 61 ? serial : undefined;
}

function textCell(column: number, row: number, text: string, style: number): string {
  return `<c r="${columnName(column)}${row}" s="${style}" t="inlineStr">${inlineText(text, '')}</c>`;
}

function marksOf(row: TaskRow, columns: readonly TaskColumn[], marker: Marker): string {
  const { marks, locks } = rowMarks(row, columns, marker);
  return `<c r="A#" t="inlineStr">${inlineText(row.key, '')}</c><c r="B#" t="inlineStr"><is><t>${marks}</t></is></c><c r="C#" t="inlineStr"><is><t>L${locks}</t></is></c>`;
}

function* markSheet({ task, base, columns }: TaskToExport, marks: readonly string[]): Generator<Buffer> {
  const cells = (row: number, values: readonly string[]): string =>
    `<row r="${row}">${values.map((value, at) => textCell(at + 1, row, value, 0)).join('')}</row>`;
  let text = `${XML}<worksheet xmlns="${MAIN}"><sheetData>`;
  text +=
    cells(1, [MARK_VERSION, task, base, String(marks.length)]) +
    cells(
      2,
      columns.map(({ id }) => id),
    );
  for (const [at, mark] of marks.entries()) {
    const row = at + 3;
    text += `<row r="${row}">${mark.replace('r="A#"', `r="A${row}"`).replace('r="B#"', `r="B${row}"`).replace('r="C#"', `r="C${row}"`)}</row>`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}</sheetData></worksheet>`);
}

function codeSheet(columns: readonly TaskColumn[]): string {
  const lists = columns.map(({ codes }) => codes ?? []);
  const longest = Math.max(0, ...lists.map((list) => list.length));
  let text = `${XML}<worksheet xmlns="${MAIN}"><sheetData>`;
  for (let row = 1; row <= longest; row++) {
    text += `<row r="${row}">${lists.map((list, at) => (list[row - 1] === undefined ? '' : textCell(at + 1, row, list[row - 1]!, 0))).join('')}</row>`;
  }
  return `${text}</sheetData></worksheet>`;
}

function dropDowns(columns: readonly TaskColumn[], last: number): string {
  const rules: string[] = [];
  for (const [at, { codes, type, title }] of columns.entries()) {
    const range = `${columnName(at + 2)}${FIRST_DATA_ROW}:${columnName(at + 2)}${last}`;
    const list = type === 'boolean' ? ['是', '否'] : (codes ?? []);
    if (list.length === 0) continue;
    const literal = list.join(',');
    const isPlain = literal.length <= 255 && !list.some((code) => /[,"]/.test(code));
    const letter = columnName(at + 1);
    const formula = isPlain ? `"${literal}"` : `${CODE_SHEET}!$${letter}$1:$${letter}$${list.length}`;
    rules.push(
      `<dataValidation type="list" errorStyle="warning" allowBlank="1" showInputMessage="1" showErrorMessage="1" errorTitle="${escapeAttribute(title.slice(0, 32))}" error="请从列表中选择。" sqref="${range}"><formula1>${escapeText(formula)}</formula1></dataValidation>`,
    );
  }
  return rules.length > 0 ? `<dataValidations count="${rules.length}">${rules.join('')}</dataValidations>` : '';
}

/** A title as the name of a sheet: at most 31 characters, none of the forbidden. */
function sheetTitle(title: string): string {
  const clean = title
    .replace(/[\\/?*[\]:'\p{Cc}]/gu, ' ')
    .trim()
    .slice(0, 31);
  return clean === '' || clean.toLowerCase() === 'history' ? '填报' : clean;
}
