import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../core/clock.ts';
import { openLanding } from '../warehouse/index.ts';
import { type GoldenRules, goldenRules, writeDbtProject } from './golden-person.ts';
import { measureProcess } from './measured-process.ts';
import type { WarehouseRunKind } from './warehouse-run.ts';

/** One figure, from whole processes. Seconds and ms are medians over the rounds. */
export type WarehouseFigure = Readonly<Record<string, string | number | null>>;

export interface WarehouseBenchOptions {
  /** Records of the subdistrict, and rows of the one table that pages are read from. */
  readonly rows: number;
  readonly rounds: number;
  /** A Python with pandas, and dbt beside it; `FILLONCE_BENCH_PYTHON` or python3 unless told. */
  readonly python?: string;
}

const SWAP_ROWS = 20_000;
/** A million pages and swaps say nothing that a thousand do not. */
const PAGE_ROWS = 820_000;

/**
 * Landing to publication, a batch of 2,000 rows, pages under 50 readers, 200 swaps under readers; and one row per person from three
 * sources beside pandas and dbt-duckdb, where they are installed.
 */
export async function* warehouseBench(options: WarehouseBenchOptions): AsyncGenerator<WarehouseFigure> {
  const { rows, rounds, python = process.env.FILLONCE_BENCH_PYTHON ?? 'python3' } = options;
  yield* figures('model', rows, rounds);
  yield* persons(rows, rounds, python);
  yield* figures('pages', Math.min(rows, PAGE_ROWS), 1);
  yield* figures('swaps', Math.min(rows, SWAP_ROWS), 1);
}

async function* figures(kind: WarehouseRunKind, rows: number, rounds: number): AsyncGenerator<WarehouseFigure> {
  const found: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    const outcome = await inFolder(async (folder) => (await run(kind, rows, folder)).outcome);
    for (const [name, value] of Object.entries(outcome)) found[name] = [...(found[name] ?? []), value];
  }
  const medians = Object.entries(found).map(([name, values]) => [name, rounded(median(values))]);
  yield { bench: 'warehouse', what: kind, who: 'fillonce', rounds, ...Object.fromEntries(medians) };
}

/** The same work for everybody: three sources' records of the residents, in; one row per person, out. */
async function* persons(rows: number, rounds: number, python: string): AsyncGenerator<WarehouseFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-bench-'));
  try {
    const landed = (await run('land-persons', rows, join(folder, 'ours'))).outcome.landed!;
    const rules = await goldenRules(openLanding({ folder: join(folder, 'ours', 'landing'), clock: systemClock }));
    const contenders = await peers(folder, rules, python);
    const taken = new Map<string, { seconds: number[]; peakMb: number | null; rows: number | null }>();
    const note = (who: string, seconds: number, peakMb: number | null, made: number | null) => {
      const known = taken.get(who) ?? { seconds: [], peakMb, rows: made };
      known.seconds.push(seconds);
      taken.set(who, known);
    };
    for (let round = 0; round < rounds; round++) {
      const ours = await run('persons', rows, join(folder, 'ours'));
      note('fillonce', ours.seconds, ours.outcome.peakMb ?? null, ours.outcome.rows ?? null);
      for (const { who, start } of contenders) {
        const { seconds, peakMb, stdout } = await start();
        note(who, seconds, peakMb, /"rows": (\d+)/.test(stdout) ? Number(/"rows": (\d+)/.exec(stdout)![1]) : null);
      }
    }
    const ours = median(taken.get('fillonce')!.seconds);
    for (const [who, { seconds, peakMb, rows: made }] of taken) {
      const took = median(seconds);
      yield {
        bench: 'warehouse',
        what: 'golden-person',
        who,
        rounds,
        landed,
        rows: made,
        seconds: rounded(took),
        peakMb,
        timesOurs: rounded(took / ours),
        includes:
          who === 'fillonce'
            ? 'contracts, quarantine, provenance, conflicts, checks, publication'
            : 'newest record per source, first source with a value',
      };
    }
    for (const who of ['pandas', 'dbt-duckdb']) {
      if (!taken.has(who))
        yield { bench: 'warehouse', what: 'golden-person', who, notFound: `not installed for ${python}` };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function peers(folder: string, rules: GoldenRules, python: string) {
  const found: { who: string; start: () => ReturnType<typeof measureProcess> }[] = [];
  const rulesFile = join(folder, 'rules.json');
  await writeFile(rulesFile, JSON.stringify(rules));
  const script = fileURLToPath(new URL('../../bench/peers/golden_person.py', import.meta.url));
  const pandas = await measureProcess(python, ['-c', 'import pandas, pyarrow']).catch(() => null);
  if (pandas)
    found.push({
      who: 'pandas',
      start: () => measureProcess(python, [script, rulesFile, join(folder, 'pandas.parquet')]),
    });
  const dbt = join(dirname(python), 'dbt');
  if (existsSync(dbt)) {
    const project = join(folder, 'dbt');
    await writeDbtProject(project, rules);
    const args = ['run', '--quiet', '--project-dir', project, '--profiles-dir', project];
    const env = { ...process.env, DO_NOT_TRACK: '1' };
    found.push({ who: 'dbt-duckdb', start: () => measureProcess(dbt, args, { cwd: project, env }) });
  }
  return found;
}

async function run(kind: WarehouseRunKind, rows: number, folder: string) {
  const script = fileURLToPath(new URL('./warehouse-run.js', import.meta.url));
  const { stdout, seconds } = await measureProcess(process.execPath, [script, kind, String(rows), folder]);
  return { seconds, outcome: JSON.parse(stdout) as Readonly<Record<string, number>> };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
