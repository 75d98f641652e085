import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, call } from '../api-client.ts';
import type { Scalar, SqlPage } from '../api-types.ts';

/** Rows of one page of a result; the first comes with the answer. */
export const PAGE_ROWS = 500;
/** How long one question for the state waits for news. */
const WAIT_MS = 2_000;
/** Questions in a row that may fail for want of a network. */
const PATIENCE = 15;

export interface Asked {
  readonly statement: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
}

/** The last run: what was asked, how far it is, and with its first rows once it is done. */
export interface Run {
  readonly asked: Asked;
  readonly queryId: string | null;
  readonly page: SqlPage | null;
  readonly position: number | null;
  readonly state: SqlPage['state'];
  /** What kept it from being asked, or its answer from coming. */
  readonly error: unknown;
  readonly startedAt: number;
}

export interface Runner {
  readonly run: Run | null;
  readonly busy: boolean;
  start(asked: Asked): void;
  cancel(): void;
}

/** Runs one statement at a time; a new one stops the one before, and leaving the page stops what still runs. */
export function useRun(settled: () => void): Runner {
  const [run, setRun] = useState<Run | null>(null);
  const current = useRef<{ queryId: string | null; stop: AbortController; open: boolean } | null>(null);

  const leave = useCallback(() => {
    const before = current.current;
    current.current = null;
    if (!before?.open) return;
    before.stop.abort();
    if (before.queryId) void call('cancelSql', { params: { id: before.queryId } }).catch(() => undefined);
  }, []);
  useEffect(() => leave, [leave]);

  async function follow(asked: Asked) {
    leave();
    const mine = { queryId: null as string | null, stop: new AbortController(), open: true };
    current.current = mine;
    const change = (part: Partial<Run>) => {
      if (current.current === mine) setRun((before) => (before ? { ...before, ...part } : before));
    };
    setRun({ asked, queryId: null, page: null, position: null, state: 'queued', error: null, startedAt: Date.now() });
    try {
      const { queryId, state, position } = await call('runSql', { body: asked });
      mine.queryId = queryId;
      // Left while the order was on its way: nobody waits for it any more.
      if (current.current !== mine) {
        await call('cancelSql', { params: { id: queryId } });
        return;
      }
      change({ queryId, state, position });
      const page = await lastState(queryId, mine.stop.signal, (news) =>
        change({ state: news.state, position: news.position }),
      );
      change({ page, state: page.state, position: null });
    } catch (error) {
      change({ error, state: 'failed', position: null });
    } finally {
      mine.open = false;
      if (current.current === mine) settled();
    }
  }

  return {
    run,
    busy: run !== null && (run.state === 'queued' || run.state === 'running'),
    start: (asked) => void follow(asked),
    cancel: () => {
      leave();
      setRun((before) => (before ? { ...before, state: 'cancelled', position: null } : before));
      // The server notes the end a moment after it is told.
      setTimeout(settled, 300);
    },
  };
}

/** Asks until the query is over; tells of each state on the way. */
async function lastState(queryId: string, signal: AbortSignal, tell: (page: SqlPage) => void): Promise<SqlPage> {
  let waitMs = 0;
  for (let failures = 0; ; ) {
    try {
      const asked = Date.now();
      const page = await call('sqlPage', {
        params: { id: queryId },
        query: { offset: 0, limit: PAGE_ROWS, waitMs },
        signal,
      });
      if (page.state !== 'queued' && page.state !== 'running') return page;
      tell(page);
      failures = 0;
      if (waitMs > 0 && Date.now() - asked < 100) await pause(300);
      waitMs = WAIT_MS;
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || !error.offline || failures >= PATIENCE) throw error;
      failures += 1;
      await pause(WAIT_MS);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
