import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunKind } from './excel-run.ts';

/** One figure of the bench: medians over the rounds, whole processes. */
export interface ExcelFigure {
  readonly bench: 'excel';
  readonly what: 'write' | 'read' | 'hostile';
  readonly rows: number;
  readonly who: string;
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly peakMb: number | undefined;
  /** Seconds of this one over those of `fillonce`, side by side in the same rounds. */
  readonly timesOurs: number;
}

export interface ExcelBenchOptions {
  /** Table sizes, 100,000 unless told. */
  readonly rows?: readonly number[];
  readonly rounds?: number;
  /** Folder of the built peers; `FILLONCE_PEERS` unless told, none when neither is there. */
  readonly peers?: string;
}

interface Contender {
  readonly who: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly peakMb: number | undefined;
}

const OURS = 'fillonce';
/** exceljs takes a minute for a million rows. */
const EXCELJS_ROWS = 200_000;

/**
 * Writes and reads tables of 20 columns, us and peers turn by turn in processes of their own, and refuses a zip bomb.
 * Needs the compiled code.
 */
export async function* excelBench(options: ExcelBenchOptions = {}): AsyncGenerator<ExcelFigure> {
  const { rows = [100_000], rounds = 3, peers = process.env.FILLONCE_PEERS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-bench-'));
  try {
    for (const count of rows) {
      const file = join(folder, 'ours.xlsx');
      yield* figures('write', count, rounds, writers(count, folder, file, peers));
      // A file of another maker, when there is one: shared strings throughout, as Excel itself writes.
      const foreign = peers && join(peers, 'out', `read${count}.xlsx`);
      yield* figures('read', count, rounds, readers(count, foreign && existsSync(foreign) ? foreign : file, peers));
    }
    const bomb = join(folder, 'bomb.xlsx');
    await measure(node('make-hostile', 0, bomb));
    yield* figures('hostile', 0, rounds, [node('inspect', 0, bomb)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function writers(count: number, folder: string, file: string, peers: string | undefined): Contender[] {
  const rust = peers && join(peers, 'rs', 'peers');
  return [
    node('write', count, file),
    ...(rust && existsSync(rust)
      ? [{ who: 'rust_xlsxwriter', command: rust, args: ['w', 'constant', String(count), join(folder, 'rust.xlsx')] }]
      : []),
    ...(count <= EXCELJS_ROWS ? [node('exceljs-write', count, join(folder, 'exceljs.xlsx'))] : []),
  ];
}

function readers(count: number, file: string, peers: string | undefined): Contender[] {
  const rust = peers && join(peers, 'rs', 'peers');
  return [
    node('read', count, file),
    ...(rust && existsSync(rust) ? [{ who: 'calamine', command: rust, args: ['r', 'cells', '1', file] }] : []),
    ...(count <= EXCELJS_ROWS ? [node('exceljs-read', count, file)] : []),
  ];
}

function node(kind: RunKind, count: number, file: string): Contender {
  const script = fileURLToPath(new URL('./excel-run.js', import.meta.url));
  return {
    who: kind.startsWith('exceljs') ? 'exceljs' : OURS,
    command: process.execPath,
    args: [script, kind, String(count), file],
  };
}

async function* figures(
  what: ExcelFigure['what'],
  rows: number,
  rounds: number,
  contenders: readonly Contender[],
): AsyncGenerator<ExcelFigure> {
  const costs = contenders.map((): Cost[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) costs[index]!.push(await measure(contender));
  }
  const ours = median(costs[0]!.map(({ seconds }) => seconds));
  for (const [index, { who }] of contenders.entries()) {
    const of = (figure: (cost: Cost) => number | undefined): number | undefined => {
      const known = costs[index]!.map(figure).filter((value) => value !== undefined);
      return known.length > 0 ? median(known) : undefined;
    };
    const seconds = of((cost) => cost.seconds)!;
    yield {
      bench: 'excel',
      what,
      rows,
      who,
      seconds: rounded(seconds),
      cpuSeconds: rounded(of((cost) => cost.cpuSeconds)),
      peakMb: rounded(of((cost) => cost.peakMb)),
      timesOurs: rounded(seconds / ours),
    };
  }
}

function measure({ who, command, args }: Contender): Promise<Cost> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code !== 0) reject(new Error(`${who} ended with ${code}: ${output}`));
      else resolve({ seconds, ...ownAccount(output) });
    });
  });
}

/** What our runs tell of themselves; peers only print a check sum. */
function ownAccount(output: string): Omit<Cost, 'seconds'> {
  if (!output.startsWith('{')) return { cpuSeconds: undefined, peakMb: undefined };
  const { cpuSeconds, peakMb } = JSON.parse(output) as { cpuSeconds: number; peakMb: number };
  return { cpuSeconds, peakMb };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function rounded(value: number): number;
function rounded(value: number | undefined): number | undefined;
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 100) / 100;
}
