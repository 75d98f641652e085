// One measured run in a process of its own: `excel-run.js WHAT ROWS FILE [FROM]`. Prints one JSON line with what it cost.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  createWarmInspector,
  fillWorkbook,
  inspectWorkbook,
  openWorkbook,
  writeWorkbook,
} from '../templates/xlsx/index.ts';
import { openZip } from '../templates/xlsx/zip-read.ts';
import { type OwnAccount, peakOf } from './excel-cost.ts';
import { HOSTILE_FILES } from './excel-hostile.ts';
import { createBenchRows, DAY_COLUMNS, HEADERS } from './excel-rows.ts';

/** The bench measures speed, not safety: its files may be larger than what is accepted from outside. */
const LARGE = { fileBytes: 2_000_000_000, inflatedBytes: 20_000_000_000, sharedStringBytes: 2_000_000_000, cells: 1e9 };
const PAUSE_RESOLUTION_MS = 5;
const READY_MS = 1_000;

type BenchRow = ReturnType<typeof createBenchRows>;

export type RunKind =
  | 'base'
  | 'write'
  | 'read'
  | 'fill'
  | 'untouched'
  | 'exceljs-write'
  | 'exceljs-read'
  | 'make-hostile'
  | 'ask'
  | 'inspect';

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , kind, rows, file, from] = process.argv;
  const pauses = monitorEventLoopDelay({ resolution: PAUSE_RESOLUTION_MS });
  // Making the numbers is not what is measured, and the meter must be ticking before the work starts.
  const row = createBenchRows();
  pauses.enable();
  await sleep(2 * PAUSE_RESOLUTION_MS);
  const outcome = await run(kind as RunKind, Number(rows), file!, from!, row);
  // The last pause is only counted once the loop has come round again.
  await sleep(2 * PAUSE_RESOLUTION_MS);
  pauses.disable();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const account: OwnAccount = {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    // maxRSS also knows the process this one was forked from, where it was larger.
    peakMb: peakOf('self') ?? maxRSS / 1024,
    longestPauseMs: Math.max(0, pauses.max / 1e6 - PAUSE_RESOLUTION_MS),
    outcome,
  };
  process.stdout.write(`${JSON.stringify(account)}\n`);
}

async function run(kind: RunKind, count: number, file: string, from: string, row: BenchRow): Promise<unknown> {
  if (kind === 'base') return undefined;
  if (kind === 'write') return write(count, file, row);
  if (kind === 'read') return read(file);
  if (kind === 'fill') return fill(count, file, from, row);
  if (kind === 'untouched') return untouched(file, from);
  if (kind === 'exceljs-write') return exceljsWrite(count, file);
  if (kind === 'exceljs-read') return exceljsRead(file);
  if (kind === 'make-hostile') return HOSTILE_FILES[from]!(file);
  if (kind === 'ask') return ask(file, from);
  return inspectWorkbook(file).then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

/** How a server answers: with a process that stands ready. Ms to the refusal. */
async function ask(file: string, harmless: string): Promise<unknown> {
  const inspector = createWarmInspector();
  // What a server has long behind it: its own first question, and the start of the next process.
  await inspector.inspect(harmless);
  await sleep(READY_MS);
  const start = performance.now();
  const refused = await inspector.inspect(file).then(
    () => null,
    (error: unknown) => (error as { code?: string }).code,
  );
  const answeredMs = Math.round(performance.now() - start);
  inspector.close();
  return { refused, answeredMs };
}

/** Seconds of the filling alone. */
async function fill(count: number, file: string, template: string, row: BenchRow): Promise<unknown> {
  const bytes = await readFile(template);
  function* rows() {
    for (let i = 1; i <= count; i++) {
      const [, name, address, , , , amount, , , flag] = row(i) as string[];
      yield [address, name, flag ? '男' : '女', amount];
    }
  }
  const start = performance.now();
  await fillWorkbook(bytes, { rows: { 明细: rows() }, text: { 街道: '望江街道' } }, file);
  return { fillSeconds: (performance.now() - start) / 1_000 };
}

/** Whether a template filled with nothing has the same parts in the same order, compressed bytes included. */
async function untouched(file: string, template: string): Promise<unknown> {
  await fillWorkbook(template, {}, file);
  const [before, after] = [await openZip(template), await openZip(file)];
  try {
    const names = before.entries.map(({ name }) => name);
    let same = JSON.stringify(names) === JSON.stringify(after.entries.map(({ name }) => name));
    for (const name of same ? names : []) {
      same &&= (await before.raw(name)).compressed.equals((await after.raw(name)).compressed);
    }
    return { parts: names.length, sameBytes: same };
  } finally {
    await before.close();
    await after.close();
  }
}

async function write(count: number, file: string, row: BenchRow): Promise<unknown> {
  function* rows() {
    for (let i = 1; i <= count; i++) yield row(i);
  }
  const columns = HEADERS.map((header, index) =>
    DAY_COLUMNS.has(index) ? { header, format: 'yyyy-mm-dd' } : { header },
  );
  return writeWorkbook(file, [{ name: '数据', columns, rows: rows() }]);
}

async function read(file: string): Promise<unknown> {
  const workbook = await openWorkbook(file, { limits: LARGE });
  const totals = { rows: 0, cells: 0, sum: 0, characters: 0 };
  for await (const row of workbook.rows(workbook.sheets[0]!.name, { from: 2 })) {
    totals.rows++;
    for (const value of row.values) count(totals, value);
  }
  await workbook.close();
  return totals;
}

function count(totals: { cells: number; sum: number; characters: number }, value: unknown): void {
  if (value === null || value === undefined) return;
  totals.cells++;
  if (typeof value === 'number') totals.sum += value;
  else if (typeof value === 'string') totals.characters += value.length;
}

async function exceljsWrite(count: number, file: string): Promise<void> {
  const { default: ExcelJS } = await import('exceljs');
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({
    stream: createWriteStream(file),
    useStyles: true,
    useSharedStrings: true,
  });
  const sheet = book.addWorksheet('数据');
  sheet.addRow(HEADERS).commit();
  const row = createBenchRows();
  for (let i = 1; i <= count; i++) {
    const line = sheet.addRow(row(i));
    for (const column of DAY_COLUMNS) line.getCell(column + 1).numFmt = 'yyyy-mm-dd';
    line.commit();
    if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  sheet.commit();
  await book.commit();
}

async function exceljsRead(file: string): Promise<unknown> {
  const { default: ExcelJS } = await import('exceljs');
  const totals = { rows: 0, cells: 0, sum: 0, characters: 0 };
  const reader = new ExcelJS.stream.xlsx.WorkbookReader(file, {
    worksheets: 'emit',
    sharedStrings: 'cache',
    hyperlinks: 'ignore',
    styles: 'cache',
    entries: 'emit',
  });
  for await (const sheet of reader) {
    for await (const row of sheet) {
      if (row.number === 1) continue;
      totals.rows++;
      for (const value of row.values as unknown[]) count(totals, value);
    }
  }
  return totals;
}
