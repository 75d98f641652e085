import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { FillOnceError, toErrorBody } from '../core/errors.ts';
import {
  type CellValue,
  type FillData,
  fillWorkbook,
  inspectInWorker,
  openWorkbook,
  type Workbook,
  type WriteProgress,
  writeWorkbook,
} from '../templates/xlsx/index.ts';
import type { Command, CommandContext, CommandOption } from './command.ts';
import { withTable } from './xlsx-table.ts';

const JSON_OPTION: CommandOption = {
  type: 'boolean',
  help: { zh: '出错时也输出 JSON', en: 'errors as JSON too' },
};

const read: Command = {
  name: 'xlsx read',
  usage: 'xlsx read FILE [--sheet S] [--ndjson] [--limit N]',
  summary: {
    zh: '流式读出一张工作表：制表符分隔，或每行一个 JSON 数组。',
    en: 'Streams one sheet out: tab-separated, or one JSON array a row.',
  },
  options: {
    sheet: {
      type: 'string',
      value: 'NAME',
      help: { zh: '工作表名；默认第一张可见的', en: 'sheet; the first visible one unless told' },
    },
    ndjson: { type: 'boolean', help: { zh: '每行一个 JSON 数组', en: 'one JSON array a row' } },
    limit: { type: 'string', value: 'N', help: { zh: '最多读出的行数', en: 'rows to give at most' } },
    json: JSON_OPTION,
  },
  examples: ['fillonce xlsx read 纳税2026-03.xlsx --ndjson', 'fillonce xlsx read 台账.xlsx --sheet 人员 --limit 20'],
  async run({ args, options, stdout, signal }) {
    const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber('limit', String(options.limit));
    const workbook = await openWorkbook(onlyFile(args, read), { signal });
    try {
      const line = options.ndjson ? jsonLine : tabLine;
      let text = '';
      for await (const row of workbook.rows(
        options.sheet === undefined ? firstSheet(workbook) : String(options.sheet),
        { limit },
      )) {
        text += line(row.values);
        if (text.length < 65_536) continue;
        if (!(await send(stdout, text))) return 0;
        text = '';
      }
      await send(stdout, text);
      return 0;
    } finally {
      await workbook.close();
    }
  },
};

const write: Command = {
  name: 'xlsx write',
  usage: 'xlsx write --from FILE.(parquet|ndjson|csv) --out FILE.xlsx [--sheet S] [--level N]',
  summary: {
    zh: '把 Parquet、NDJSON 或 CSV 流式写成 .xlsx；超过 1,048,576 行自动分表。',
    en: 'Streams Parquet, NDJSON or CSV into an .xlsx; splits at 1,048,576 rows.',
  },
  options: {
    from: { type: 'string', value: 'FILE', help: { zh: '源文件', en: 'the table' } },
    out: { type: 'string', value: 'FILE', help: { zh: '写出的文件', en: 'the workbook to write' } },
    sheet: { type: 'string', value: 'NAME', default: '数据', help: { zh: '工作表名', en: 'name of the sheet' } },
    level: {
      type: 'string',
      value: 'N',
      help: { zh: '压缩级别 1–9；默认按大小', en: 'deflate level 1 to 9; by size unless told' },
    },
    json: JSON_OPTION,
  },
  examples: ['fillonce xlsx write --from mart/person.parquet --out 人口.xlsx'],
  async run({ options, stdout, stderr, signal }) {
    const from = required(options, 'from', write);
    const out = required(options, 'out', write);
    const level = options.level === undefined ? undefined : Math.min(9, wholeNumber('level', String(options.level)));
    const result = await withTable(from, (table) =>
      writeWorkbook(out, [{ name: String(options.sheet), ...table }], {
        signal,
        level,
        onProgress: progressLine(stderr),
      }),
    );
    await send(stdout, `${JSON.stringify({ file: out, ...result })}\n`);
    return 0;
  },
};

const fill: Command = {
  name: 'xlsx fill',
  usage: 'xlsx fill TEMPLATE --data DATA.json --out FILE.xlsx',
  summary: {
    zh: '填写模板，其余内容逐字节保留。数据：{"cells":{"表!B3":5},"names":{},"rows":{},"text":{}}',
    en: 'Fills a template and keeps the rest byte for byte. Data: {"cells":{"Sheet!B3":5},"names":{},"rows":{},"text":{}}',
  },
  options: {
    data: { type: 'string', value: 'FILE', help: { zh: 'JSON 数据', en: 'the data, JSON' } },
    out: { type: 'string', value: 'FILE', help: { zh: '写出的文件', en: 'the workbook to write' } },
    json: JSON_OPTION,
  },
  examples: ['fillonce xlsx fill 月报模板.xlsx --data 三月.json --out 月报.xlsx'],
  async run({ args, options, stdout, signal }) {
    const out = required(options, 'out', fill);
    const data = await readJson(required(options, 'data', fill));
    const result = await fillWorkbook(onlyFile(args, fill), data as FillData, out, {
      signal,
    });
    await send(stdout, `${JSON.stringify({ file: out, ...result })}\n`);
    return 0;
  },
};

function checkCommand(workerFile: string | undefined): Command {
  const check: Command = {
    name: 'xlsx check',
    usage: 'xlsx check FILE [--deadline SECONDS]',
    summary: {
      zh: '检查一个外来工作簿：接受（退出码 0）或拒绝（退出码 1），并以 JSON 说明。',
      en: 'Examines a workbook from outside: accepted (exit 0) or refused (exit 1), told as JSON.',
    },
    options: {
      deadline: {
        type: 'string',
        value: 'SECONDS',
        default: '120',
        help: { zh: '最多读多久（秒）', en: 'how long reading may take' },
      },
      json: JSON_OPTION,
    },
    examples: ['fillonce xlsx check 上级下发表.xlsx'],
    async run({ args, options, stdout, signal }) {
      const file = onlyFile(args, check);
      const deadlineMs = wholeNumber('deadline', String(options.deadline)) * 1_000;
      try {
        const report = await inspectInWorker(file, { signal, limits: { deadlineMs }, workerFile });
        await send(stdout, `${JSON.stringify({ ok: true, file, ...report })}\n`);
        return 0;
      } catch (error) {
        if (!(error instanceof FillOnceError)) throw error;
        await send(stdout, `${JSON.stringify({ ok: false, file, refusal: toErrorBody(error) })}\n`);
        return 1;
      }
    },
  };
  return check;
}

export interface XlsxCommandOptions {
  /** See `SafeOptions`. */
  readonly workerFile?: string;
}

/** The commands on single workbooks; they need no server and no data folder. */
export function createXlsxCommands({ workerFile }: XlsxCommandOptions = {}): Command[] {
  return [read, write, fill, checkCommand(workerFile)];
}

export const xlsxCommands: Command[] = createXlsxCommands();

function firstSheet({ sheets }: Workbook): string {
  return (sheets.find(({ state }) => state === 'visible') ?? sheets[0]!).name;
}

function jsonLine(values: readonly (CellValue | undefined)[]): string {
  return `${JSON.stringify(Array.from(values, plainCell))}\n`;
}

function tabLine(values: readonly (CellValue | undefined)[]): string {
  return `${Array.from(values, (value) => String(plainCell(value) ?? '').replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`;
}

/** A day without its midnight, an error as its name. */
function plainCell(value: CellValue | undefined): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return value;
  if (!(value instanceof Date)) return value.error;
  const text = value.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, text.endsWith('.000Z') ? 19 : 23);
}

/** Waits until the reader has taken the text; false when it has gone away (`| head`). */
async function send(stdout: NodeJS.WritableStream, text: string): Promise<boolean> {
  let gone = false;
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
  };
  stdout.once('error', onError);
  if (!stdout.write(text)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(onError);
  stdout.removeListener('error', onError);
  return !gone;
}

function progressLine(stderr: NodeJS.WritableStream): ((progress: WriteProgress) => void) | undefined {
  if (!('isTTY' in stderr && stderr.isTTY)) return undefined;
  return ({ sheet, rows, bytes }) => {
    stderr.write(`\r${sheet}: ${rows.toLocaleString('en')} · ${(bytes / 1e6).toFixed(1)} MB `);
  };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''), dated);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : '';
    throw usageError(
      `数据文件 ${path} 无法读取或不是有效的 JSON（${reason}）`,
      `the data file ${path} cannot be read or is no valid JSON (${reason})`,
      path,
      cause,
    );
  }
}

/** `{"date":"2026-06-30"}` or `{"date":"2026-06-30T08:30:00"}` is a date; everything else stays what it is, texts too. */
function dated(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'date') return value;
  const { date } = value as { date: unknown };
  const day = typeof date === 'string' && ISO_DATE.test(date) ? new Date(date.length > 10 ? `${date}Z` : date) : null;
  // 30 February is read as 2 March.
  if (day === null || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(String(date).slice(0, 10)))
    throw new Error(`not a date: ${JSON.stringify(date)}`);
  return day;
}

const ISO_DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/;

function onlyFile(args: readonly string[], command: Command): string {
  if (args.length === 1) return args[0]!;
  throw usageError(
    `需要一个文件：fillonce ${command.usage}`,
    `one file is needed: fillonce ${command.usage}`,
    command.name,
  );
}

function required(options: CommandContext['options'], name: string, command: Command): string {
  const value = options[name];
  if (typeof value === 'string' && value !== '') return value;
  throw usageError(
    `缺少 --${name}：fillonce ${command.usage}`,
    `--${name} is missing: fillonce ${command.usage}`,
    `--${name}`,
  );
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(
    `选项 --${name} 应为正整数，而不是“${text}”`,
    `--${name} takes a whole number above 0, not '${text}'`,
    `--${name}`,
  );
}

function usageError(zh: string, en: string, where: string, cause?: unknown): FillOnceError {
  return new FillOnceError({
    code: 'cli.usage',
    status: 400,
    message: { zh: `${zh}。`, en: `${en}.` },
    details: { where },
    cause,
  });
}
