import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../core/paths.ts';
import { type Contender, type Cost, measure, ownAccount } from './excel-cost.ts';
import { HOSTILE_FILES } from './excel-hostile.ts';
import { findPeers, type Peers } from './excel-peers.ts';
import type { RunKind } from './excel-run.ts';

/** One figure of the bench: medians over the rounds, whole processes. */
export interface ExcelFigure {
  readonly bench: 'excel';
  readonly what: 'peers' | 'base' | 'write' | 'read' | 'fill' | 'untouched' | 'hostile';
  readonly rows: number;
  readonly who: string;
  readonly seconds?: number | undefined;
  readonly cpuSeconds?: number | undefined;
  readonly peakMb?: number | undefined;
  /** Of ours: `peakMb` less that of a Node that does nothing. */
  readonly overBaseMb?: number | undefined;
  /** Seconds of this one over those of `fillonce`, side by side in the same rounds. */
  readonly timesOurs?: number | undefined;
  /** Size of the file written. */
  readonly fileMb?: number | undefined;
  /** Of ours: longest time the event loop stood still, the worst of the rounds. */
  readonly longestPauseMs?: number | undefined;
  /** Of readers: rows and cells found. */
  readonly found?: string | undefined;
  readonly rounds?: number;
  readonly note?: string;
  readonly outcome?: unknown;
}

export interface ExcelBenchOptions {
  /** Table sizes, 100,000 unless told. */
  readonly rows?: readonly number[];
  readonly rounds?: number;
  /** Folder of the built peers; `FILLONCE_PEERS` unless told, only exceljs when neither is there. */
  readonly peers?: string;
}

interface Bench {
  readonly folder: string;
  readonly rounds: number;
  readonly peers: Peers;
  readonly baseMb: number;
}

const OURS = 'fillonce';
/** Above this many rows a slow peer runs one round. */
const SLOW_ROWS = 200_000;
const FILL_ROWS = 10_000;

/**
 * Writes and reads tables of 20 columns, us and peers turn by turn in processes of their own; fills a rich form; refuses
 * files made to harm. Needs the compiled code.
 */
export async function* excelBench(options: ExcelBenchOptions = {}): AsyncGenerator<ExcelFigure> {
  const { rows = [100_000], rounds = 3, peers: peersFolder = process.env.FILLONCE_PEERS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-bench-'));
  try {
    await mkdir(join(folder, 'out'));
    const peers = await findPeers(peersFolder || undefined);
    const base = await measure(own('base', 0, ''));
    const bench: Bench = { folder, rounds, peers, baseMb: base.peakMb ?? 0 };
    yield { bench: 'excel', what: 'peers', rows: 0, who: 'exceljs', ...foundNote(peers) };
    yield { bench: 'excel', what: 'base', rows: 0, who: 'node', ...costOf([base]) };
    for (const count of rows) yield* tables(bench, count, peersFolder);
    yield* forms(bench);
    yield* hostile(bench);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* tables(bench: Bench, count: number, peersFolder: string | undefined): AsyncGenerator<ExcelFigure> {
  const { folder, peers } = bench;
  const file = (who: string) => join(folder, `${who}.xlsx`);
  const python =
    peers.python && peersFolder ? { command: peers.python, script: join(peersFolder, 'py', 'w.py') } : undefined;
  if (python && peers.found.some(({ who }) => who === 'duckdb-excel')) {
    const parquet = join('out', `data${count}.parquet`);
    const args = [python.script, 'parquet', String(count), parquet];
    await measure({ who: 'table for DuckDB', command: python.command, args, cwd: folder });
  }
  const writers = [
    { ...own('write', count, file(OURS)), writes: file(OURS) },
    ...peers.found.flatMap((peer): Contender[] => {
      const words = peer.write?.(count, file(peer.who));
      return words
        ? [{ who: peer.who, ...words, cwd: folder, writes: file(peer.who), isSlow: peer.isSlow ?? false }]
        : [];
    }),
    { ...own('exceljs-write', count, file('exceljs')), writes: file('exceljs'), isSlow: true },
  ];
  yield* figures(bench, 'write', count, writers);
  // A file of another maker, when there is one: shared strings throughout, as Excel itself writes.
  const foreign = (await sizeOf(file('XlsxWriter'))) ? file('XlsxWriter') : file(OURS);
  const readers = [
    own('read', count, foreign),
    ...peers.found.flatMap((peer): Contender[] => {
      const words = peer.read?.(count, foreign);
      return words ? [{ who: peer.who, ...words, cwd: folder, isSlow: peer.isSlow ?? false }] : [];
    }),
    { ...own('exceljs-read', count, foreign), isSlow: true },
  ];
  const maker = foreign === file(OURS) ? OURS : 'XlsxWriter';
  yield* figures(bench, 'read', count, readers, `a file of ${maker}`);
  for (const { writes } of writers) if (writes !== undefined) await rm(writes, { force: true });
}

async function* forms(bench: Bench): AsyncGenerator<ExcelFigure> {
  const template = join(packageRoot(), 'bench', 'rich-form.xlsx');
  const filled = join(bench.folder, 'filled.xlsx');
  const fill = { ...own('fill', FILL_ROWS, filled, template), writes: filled };
  yield* figures(bench, 'fill', FILL_ROWS, [fill], 'a form of 50 features');
  const copy = join(bench.folder, 'template.xlsx');
  await copyFile(template, copy);
  yield* figures(bench, 'untouched', 0, [own('untouched', 0, filled, copy)], 'filled with nothing');
}

async function* hostile(bench: Bench): AsyncGenerator<ExcelFigure> {
  const file = join(bench.folder, 'hostile.xlsx');
  const harmless = join(packageRoot(), 'bench', 'rich-form.xlsx');
  for (const kind of Object.keys(HOSTILE_FILES)) {
    await measure(own('make-hostile', 0, file, kind));
    yield* figures(bench, 'hostile', 0, [own('inspect', 0, file)], kind);
    yield* figures(bench, 'hostile', 0, [own('ask', 0, file, harmless)], `${kind}, asked of a running server`);
    await rm(file, { force: true });
  }
}

function own(kind: RunKind, count: number, file: string, from = ''): Contender {
  const script = fileURLToPath(new URL('./excel-run.js', import.meta.url));
  return {
    who: kind.startsWith('exceljs') ? 'exceljs' : OURS,
    command: process.execPath,
    args: [script, kind, String(count), file, from],
  };
}

/** All contenders take turns, round after round, so that what else the machine does meets all of them. */
async function* figures(
  { rounds, baseMb }: Bench,
  what: ExcelFigure['what'],
  rows: number,
  contenders: readonly Contender[],
  note?: string,
): AsyncGenerator<ExcelFigure> {
  const costs = contenders.map((): Cost[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      if (round > 0 && contender.isSlow && rows > SLOW_ROWS) continue;
      costs[index]!.push(await measure(contender));
    }
  }
  const ours = median(costs[0]!.map(({ seconds }) => seconds))!;
  for (const [index, { who, writes }] of contenders.entries()) {
    const own = costs[index]!;
    const account = who === OURS ? own.map(({ output }) => ownAccount(output)!) : [];
    const cost = costOf(own);
    yield {
      bench: 'excel',
      what,
      rows,
      who,
      ...cost,
      ...(contenders.length > 1 && { timesOurs: rounded(cost.seconds! / ours) }),
      ...(writes !== undefined && { fileMb: rounded((await sizeOf(writes)) / 1e6) }),
      ...(account.length > 0 && {
        overBaseMb: cost.peakMb === undefined ? undefined : rounded(cost.peakMb - baseMb),
        longestPauseMs: rounded(Math.max(...account.map(({ longestPauseMs }) => longestPauseMs))),
      }),
      ...(what === 'read' ? { found: foundBy(own[0]!.output) } : {}),
      ...(account[0]?.outcome !== undefined && what !== 'read' && what !== 'write' && { outcome: account[0].outcome }),
      rounds: own.length,
      ...(note !== undefined && { note }),
    };
  }
}

function costOf(costs: readonly Cost[]): Pick<ExcelFigure, 'seconds' | 'cpuSeconds' | 'peakMb'> {
  const of = (figure: (cost: Cost) => number | undefined) =>
    rounded(median(costs.map(figure).filter((value) => value !== undefined)));
  return {
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    peakMb: of(({ peakMb }) => peakMb),
  };
}

function foundNote({ found, missing }: Peers): Pick<ExcelFigure, 'found' | 'note'> {
  const names = (list: readonly string[]) => [...new Set(list)].join(', ');
  return {
    found: names(['exceljs', ...found.map(({ who }) => who)]),
    note:
      missing.length === 0
        ? 'all peers found'
        : `not found: ${names(missing)} (FILLONCE_PEERS names the folder where they are built)`,
  };
}

/** Rows and cells that a reader found, so that a fast one is known to have read all. */
function foundBy(output: string): string | undefined {
  const totals = ownAccount(output)?.outcome as { rows: number; cells: number } | undefined;
  if (totals) return `${totals.rows} rows, ${totals.cells} cells`;
  const told = /rows=(\d+) cells=(\d+)/.exec(output);
  return told ? `${told[1]} rows, ${told[2]} cells` : undefined;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 100) / 100;
}
