import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { FillOnceError } from '../../core/errors.ts';
import { contentHash } from '../../core/ids.ts';
import { type QueryProcess, startQueryProcess } from './child-process.ts';
import { notChecked, processLost } from './errors.ts';
import type { SqlAsk, SqlGrant } from './grant.ts';
import type { CheckReport, RunReport } from './protocol.ts';

export interface SqlBudget {
  /** From the moment that the process has the statement. */
  readonly timeMs: number;
  /** Of a check. */
  readonly checkMs: number;
  /** Of DuckDB; the process as a whole may take twice that. */
  readonly memoryMb: number;
  /** Of spill files and, separately, of the result's file. */
  readonly diskMb: number;
}

export const SQL_BUDGET: SqlBudget = { timeMs: 60_000, checkMs: 3_000, memoryMb: 512, diskMb: 1_024 };

export interface SqlEngine {
  /**
   * What is wrong with a statement, and what it would cost. Answers in the statement's words, never with its rows.
   *
   * @throws FillOnceError `analytics.sql.unchecked`, retryable, when the checker was too late or was lost
   */
  check(ask: SqlAsk): Promise<CheckReport>;
  /**
   * Carries a statement out in a process of its own and writes its rows, at most `limit`, to a Parquet file.
   *
   * @throws FillOnceError `analytics.sql.…`; the signal's reason when cancelled
   * @example await engine.run({ grant, statement: 'SELECT count(*) FROM population.person', parameters: {} }, { limit: 100, file });
   */
  run(ask: SqlAsk, how: { limit: number; file: string; signal?: AbortSignal }): Promise<RunReport>;
  /** Starts the process of the next statement beforehand, so that its first row comes soon. */
  warm(): void;
  /** Ids of the processes that carry out a statement now. */
  pids(): readonly number[];
  close(): Promise<void>;
}

interface Checker {
  readonly process: QueryProcess;
  readonly key: string;
  readonly folder: string;
  busy: Promise<unknown>;
}

/** A checker costs some 80 MB. */
const CHECKERS = 2;
/** A checker that has to start first, on a machine that is busy with other things. */
const CHECKER_STARTS_MS = 15_000;
/** Node and DuckDB themselves, without any data. */
const BASE_MB = 256;

/**
 * Runs and checks statements in processes that hold one person's marts and are thrown away.
 *
 * @param folder for spill files and half-written results; emptied at the start
 * @param clock real time, by which processes are stopped
 */
export async function createSqlEngine(options: {
  readonly folder: string;
  readonly clock: Clock;
  readonly budget?: Partial<SqlBudget>;
  readonly childFile?: string;
}): Promise<SqlEngine> {
  const { folder, clock } = options;
  const budget: SqlBudget = { ...SQL_BUDGET, ...options.budget };
  const limits = { memoryMb: budget.memoryMb, tempMb: budget.diskMb };
  const running = new Set<QueryProcess>();
  let checkers: Checker[] = [];
  let spare: QueryProcess | null = null;
  let closed = false;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });

  function start(): QueryProcess {
    return startQueryProcess({
      clock,
      budget: { residentMb: budget.memoryMb * 2 + BASE_MB, heapMb: 192, fileMb: budget.diskMb },
      ...(options.childFile === undefined ? {} : { childFile: options.childFile }),
    });
  }

  function takeSpare(): QueryProcess {
    const taken = spare?.alive() ? spare : start();
    spare = null;
    return taken;
  }

  async function drop(checker: Checker): Promise<void> {
    checkers = checkers.filter((other) => other !== checker);
    checker.process.kill();
    await rm(checker.folder, { recursive: true, force: true });
  }

  async function checkerOf(grant: SqlGrant): Promise<Checker> {
    const key = contentHash(JSON.stringify(grant));
    const known = checkers.find((each) => each.key === key && each.process.alive());
    if (known) return known;
    const process = takeSpare();
    const own = await mkdtemp(join(folder, 'check-'));
    const timeMs = Math.max(budget.checkMs, CHECKER_STARTS_MS);
    const opening = process.ask({ kind: 'open', grant, limits, folder: `${own}/` }, { timeMs });
    const checker: Checker = { process, key, folder: own, busy: opening.catch(() => undefined) };
    checkers.push(checker);
    for (const old of checkers.slice(0, -CHECKERS)) await drop(old);
    try {
      await opening;
    } catch (error) {
      await drop(checker);
      throw error;
    }
    return checker;
  }

  return {
    warm: () => {
      if (!closed && !spare?.alive()) spare = start();
    },

    pids: () => [...running].map(({ pid }) => pid),

    check: async ({ grant, statement, parameters }) => {
      const checker = await checkerOf(grant).catch((error: unknown) => {
        throw asUnchecked(error);
      });
      const asked = checker.busy.then(() =>
        checker.process.ask({ kind: 'check', statement, parameters }, { timeMs: budget.checkMs }),
      );
      checker.busy = asked.catch(() => undefined);
      try {
        const reply = await asked;
        if (reply.kind !== 'checked') throw processLost(reply.kind);
        return reply.report;
      } catch (error) {
        if (!checker.process.alive()) await drop(checker);
        throw asUnchecked(error);
      }
    },

    run: async ({ grant, statement, parameters }, { limit, file, signal }) => {
      const process = takeSpare();
      running.add(process);
      const own = await mkdtemp(join(folder, 'run-'));
      const draft = join(own, 'result.parquet');
      // One budget for all of it: opening takes from what is left for the statement.
      const endsAt = clock.now().getTime() + budget.timeMs;
      const asking = () => ({
        timeMs: Math.max(0, endsAt - clock.now().getTime()),
        ...(signal === undefined ? {} : { signal }),
      });
      try {
        await process.ask({ kind: 'open', grant, limits, folder: `${own}/` }, asking());
        const reply = await process.ask({ kind: 'run', statement, parameters, limit, file: draft }, asking());
        if (reply.kind !== 'finished') throw processLost(reply.kind);
        await rename(draft, file);
        return reply.report;
      } finally {
        running.delete(process);
        process.kill();
        await rm(own, { recursive: true, force: true });
      }
    },

    close: async () => {
      closed = true;
      spare?.kill();
      for (const process of running) process.kill();
      for (const checker of [...checkers]) await drop(checker);
    },
  };
}

/** The time and the process that a check runs out of are the platform's, not the statement's. */
function asUnchecked(error: unknown): unknown {
  const late = error instanceof FillOnceError && /^analytics\.sql\.(time|lost)$/.test(error.code);
  return late ? notChecked(error.code) : error;
}
