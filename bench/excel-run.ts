// One measured run in a process of its own: `excel-run.js WHAT ROWS FILE`. Prints one JSON line with what it cost.
import { createWriteStream } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspectWorkbook, openWorkbook, writeWorkbook } from '../templates/xlsx/index.ts';
import { createZipWriter } from '../templates/xlsx/zip-write.ts';
import { createBenchRows, DAY_COLUMNS, HEADERS } from './excel-rows.ts';

/** The bench measures speed, not safety: its files may be larger than what is accepted from outside. */
const LARGE = { fileBytes: 2_000_000_000, inflatedBytes: 20_000_000_000, sharedStringBytes: 2_000_000_000, cells: 1e9 };

export type RunKind = 'write' | 'read' | 'exceljs-write' | 'exceljs-read' | 'make-hostile' | 'inspect';

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , kind, rows, file] = process.argv;
  const outcome = await run(kind as RunKind, Number(rows), file!);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(
    `${JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024, outcome })}\n`,
  );
}

async function run(kind: RunKind, count: number, file: string): Promise<unknown> {
  if (kind === 'write') return write(count, file);
  if (kind === 'read') return read(file);
  if (kind === 'exceljs-write') return exceljsWrite(count, file);
  if (kind === 'exceljs-read') return exceljsRead(file);
  if (kind === 'make-hostile') return makeHostile(file);
  return inspectWorkbook(file).then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

async function write(count: number, file: string): Promise<unknown> {
  const row = createBenchRows();
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
      totals.rows++;
      for (const value of row.values as unknown[]) count(totals, value);
    }
  }
  return totals;
}

/** 100 MB of nothing in 100 KB, behind the smallest workbook around it. */
async function makeHostile(file: string): Promise<void> {
  const zip = createZipWriter(file);
  const relation = (type: string, target: string) =>
    `<Relationships><Relationship Id="r1" Type="x/${type}" Target="${target}"/></Relationships>`;
  await zip.addBytes('[Content_Types].xml', '<Types/>');
  await zip.addBytes('_rels/.rels', relation('officeDocument', 'xl/workbook.xml'));
  await zip.addBytes(
    'xl/workbook.xml',
    '<workbook><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
  );
  await zip.addBytes('xl/_rels/workbook.xml.rels', relation('worksheet', 's.xml'));
  await zip.addBytes('xl/s.xml', `<worksheet>${' '.repeat(100_000_000)}<sheetData/></worksheet>`);
  await zip.finish();
}
