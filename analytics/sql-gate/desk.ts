import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { type ErrorBody, toErrorBody } from '../../core/errors.ts';
import type { SqlEngine } from './engine.ts';
import { cancelled, resultGone, rightsChanged } from './errors.ts';
import type { FairQueue, Turn } from './fair-queue.ts';
import type { SqlAsk } from './grant.ts';
import type { ResultColumn } from './protocol.ts';

export type QueryState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** How a query stands. */
export interface QueryStatus {
  readonly id: string;
  readonly state: QueryState;
  /** 1 is next; null when it does not wait. */
  readonly position: number | null;
  readonly error: ErrorBody | null;
  readonly publicationId: string;
  readonly elapsedMs: number;
  readonly columns: readonly ResultColumn[];
  readonly rows: number;
  readonly truncated: boolean;
  /** Parquet file of the rows; null until it is done. */
  readonly file: string | null;
}

/** Who asks, and what he may see: a result of other rights than he has now is not shown any more. */
export interface SqlOwner {
  readonly id: string;
  readonly rights: string;
}

export interface SqlDesk {
  /**
   * Puts a statement in the queue. `ended` is called once, before anybody is told of the end.
   *
   * @throws FillOnceError `analytics.sql.queue`
   */
  submit(
    query: { readonly id: string; readonly owner: SqlOwner; readonly ask: SqlAsk; readonly limit: number },
    ended: (status: QueryStatus) => Promise<void>,
  ): QueryStatus;
  /**
   * How it stands, at once or when that changes; null for a query that is not the owner's or is forgotten.
   *
   * @throws FillOnceError `analytics.sql.rights` when the owner's rights are not those that it ran with
   */
  status(
    owner: SqlOwner,
    id: string,
    wait?: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<QueryStatus | null>;
  /** Stops a query or forgets its result; false when there is none. */
  cancel(ownerId: string, id: string): Promise<boolean>;
  /**
   * The whole result, up to `limit` rows, as a Parquet file: the kept one, or a new one where that has fewer or more. Call `release`
   * when it has been read.
   *
   * @throws FillOnceError `analytics.sql.gone` when the query has no result, `analytics.sql.rights` as above
   */
  wholeFile(owner: SqlOwner, id: string, limit: number, signal: AbortSignal): Promise<WholeFile | null>;
  /** Ends what waits and runs; resolves when each end was told. */
  close(): Promise<void>;
}

export interface WholeFile {
  readonly file: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: number;
  /** True when the statement has more rows than `limit`. */
  readonly truncated: boolean;
  release(): Promise<void>;
}

interface Query {
  readonly id: string;
  readonly owner: SqlOwner;
  readonly ask: SqlAsk;
  readonly turn: Turn;
  readonly abort: AbortController;
  state: QueryState;
  error: ErrorBody | null;
  startedAt: number | null;
  endedAt: number | null;
  columns: readonly ResultColumn[];
  rows: number;
  truncated: boolean;
  file: string | null;
  /** Exports that read the file now. */
  readers: number;
}

/** Results of one person that are kept, newest first. */
const KEPT_PER_OWNER = 5;
const KEPT_IN_ALL = 100;
const KEPT_MS = 30 * 60_000;

/** Queries of many people: queued, run by the engine, their results kept for a while. */
export async function createSqlDesk(options: {
  readonly engine: SqlEngine;
  readonly queue: FairQueue;
  /** For results; what an earlier process left there is removed. */
  readonly folder: string;
  /** Real time. */
  readonly clock: Clock;
}): Promise<SqlDesk> {
  const { engine, queue, folder, clock } = options;
  const queries = new Map<string, Query>();
  const following = new Set<Promise<void>>();
  const closing = new AbortController();
  let wake = new AbortController();
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });

  const now = () => clock.now().getTime();
  const changed = () => {
    wake.abort();
    wake = new AbortController();
  };

  function statusOf(query: Query): QueryStatus {
    const { id, state, error, columns, rows, truncated, file, startedAt, endedAt } = query;
    return {
      id,
      state,
      position: state === 'queued' ? query.turn.position() : null,
      error,
      publicationId: query.ask.grant.publicationId,
      elapsedMs: startedAt === null ? 0 : (endedAt ?? now()) - startedAt,
      columns,
      rows,
      truncated,
      file,
    };
  }

  const owned = (ownerId: string, id: string): Query | null => {
    const query = queries.get(id);
    return query !== undefined && query.owner.id === ownerId ? query : null;
  };

  const seen = (owner: SqlOwner, id: string): Query | null => {
    const query = owned(owner.id, id);
    if (query !== null && query.owner.rights !== owner.rights) throw rightsChanged(id);
    return query;
  };

  async function forget(query: Query): Promise<void> {
    queries.delete(query.id);
    if (query.file !== null && query.readers === 0) await rm(query.file, { force: true });
  }

  async function tidy(): Promise<void> {
    const over = [...queries.values()].filter((each) => each.endedAt !== null).reverse();
    const perOwner = new Map<string, number>();
    for (const [place, query] of over.entries()) {
      const mine = (perOwner.get(query.owner.id) ?? 0) + 1;
      perOwner.set(query.owner.id, mine);
      const old = now() - (query.endedAt ?? 0) > KEPT_MS;
      if (old || mine > KEPT_PER_OWNER || place >= KEPT_IN_ALL) await forget(query);
    }
  }

  async function carryOut(query: Query, limit: number): Promise<void> {
    const end = await query.turn.ready;
    try {
      query.abort.signal.throwIfAborted();
      query.state = 'running';
      query.startedAt = now();
      changed();
      const file = join(folder, `${query.id}.parquet`);
      const report = await engine.run(query.ask, { limit, file, signal: query.abort.signal });
      query.columns = report.columns;
      query.rows = report.rows;
      query.truncated = report.truncated;
      query.file = file;
    } finally {
      end();
    }
  }

  async function follow(query: Query, limit: number, ended: (status: QueryStatus) => Promise<void>): Promise<void> {
    let state: QueryState = 'done';
    try {
      await carryOut(query, limit);
    } catch (error) {
      state = query.abort.signal.aborted ? 'cancelled' : 'failed';
      query.error = toErrorBody(state === 'cancelled' ? cancelled() : error);
    }
    query.endedAt = now();
    await ended({ ...statusOf(query), state }).catch((error: unknown) => {
      // A result whose audit cannot be written is not shown.
      state = 'failed';
      query.error = toErrorBody(error);
    });
    query.state = state;
    changed();
    await tidy();
    if (queue.waiting() === 0) engine.warm();
  }

  return {
    submit: ({ id, owner, ask, limit }, ended) => {
      const turn = queue.enter(owner.id);
      const query: Query = {
        id,
        owner,
        ask,
        turn,
        abort: new AbortController(),
        state: 'queued',
        error: null,
        startedAt: null,
        endedAt: null,
        columns: [],
        rows: 0,
        truncated: false,
        file: null,
        readers: 0,
      };
      queries.set(id, query);
      // What cannot be tidied away now goes when the platform starts next.
      const followed = follow(query, limit, ended).catch(() => undefined);
      following.add(followed);
      void followed.then(() => following.delete(followed));
      return statusOf(query);
    },

    status: async (owner, id, wait) => {
      const query = seen(owner, id);
      if (!query) return null;
      const first = statusOf(query);
      if (wait === undefined || query.endedAt !== null) return first;
      const until = now() + wait.waitMs;
      for (;;) {
        const status = statusOf(query);
        const moved = status.state !== first.state || status.position !== first.position;
        const left = until - now();
        if (moved || left <= 0 || wait.signal.aborted) return status;
        // The sleep ends early when anything changes, or when the one who asks has gone.
        await clock.sleep(left, AbortSignal.any([wake.signal, wait.signal])).catch(() => undefined);
      }
    },

    cancel: async (ownerId, id) => {
      const query = owned(ownerId, id);
      if (!query) return false;
      if (query.endedAt !== null) await forget(query);
      query.turn.leave(cancelled());
      query.abort.abort(cancelled());
      return true;
    },

    wholeFile: async (owner, id, limit, signal) => {
      const query = seen(owner, id);
      if (!query) return null;
      if (query.state !== 'done' || query.file === null) throw resultGone(id);
      const { file: kept, columns, rows, truncated } = query;
      if (truncated ? rows === limit : rows <= limit) {
        const file = kept;
        query.readers++;
        const release = async () => {
          query.readers--;
          if (!queries.has(id) && query.readers === 0) await rm(file, { force: true });
        };
        if (await exists(file)) return { file, columns, rows, truncated, release };
        await release();
        throw resultGone(id);
      }
      const stop = AbortSignal.any([signal, closing.signal]);
      stop.throwIfAborted();
      const turn = queue.enter(owner.id);
      const leave = () => turn.leave(stop.reason);
      stop.addEventListener('abort', leave, { once: true });
      const end = await turn.ready;
      const file = join(folder, `${id}-whole-${process.hrtime.bigint()}.parquet`);
      try {
        const report = await engine.run(query.ask, { limit, file, signal: stop });
        return { file, ...report, release: () => rm(file, { force: true }) };
      } finally {
        stop.removeEventListener('abort', leave);
        end();
      }
    },

    close: async () => {
      closing.abort(cancelled());
      for (const query of queries.values()) {
        query.turn.leave(cancelled());
        query.abort.abort(cancelled());
      }
      await engine.close();
      await Promise.all(following);
    },
  };
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** How a query's end is called in the history. */
export function outcomeOf(
  status: Pick<QueryStatus, 'state' | 'error'>,
): 'done' | 'refused' | 'failed' | 'cancelled' | 'stopped' {
  if (status.state === 'done') return 'done';
  if (status.state === 'cancelled') return 'cancelled';
  const code = status.error?.code ?? '';
  if (/\.(time|memory|lost|publication)$/.test(code)) return 'stopped';
  return /\.(failed|parameter)$/.test(code) || !code.startsWith('analytics.sql.') ? 'failed' : 'refused';
}
