import { z } from 'zod';
import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { accessToken } from './access-token.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerShape, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { type HttpSend, placeOf } from './http-request.ts';
import { type JsonRecords, readJsonRecords } from './json-records.ts';
import { createOverlap, isoMs, type OverlapCursor } from './overlap.ts';
import type { Pace } from './pace.ts';
import { rawPage } from './raw-records.ts';

export interface HttpPagingDataset {
  /** Path of the list, for example `/api/v1/residents`. */
  readonly path: string;
  /** The field that says when the source last changed the record. */
  readonly observed: string;
}

export interface HttpPagingOptions {
  readonly source: string;
  readonly url: string;
  /** Path of the token endpoint, for example `/oauth/token`. */
  readonly tokenPath: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly datasets: Readonly<Record<string, HttpPagingDataset>>;
  readonly pace: Pace;
  readonly send: HttpSend;
  readonly clock: Clock;
  readonly random: () => number;
}

const EMPTY_PAGES_ALLOWED = 3;

const cursorSchema = z.object({
  from: z.number().nullable(),
  seen: z.array(z.string()),
  /** The source's own cursor, while a pull is under way. */
  next: z.string().nullable(),
});
type PagingCursor = z.infer<typeof cursorSchema>;

/**
 * Pulls a list that is paged by an opaque cursor and filtered by time of change, with an expiring bearer token. Each
 * page is a step of the cursor, so a pull that breaks goes on at its last stored page.
 *
 * @example createHttpPagingConnector({ …, datasets: { resident: { path: '/api/v1/residents', observed: 'updatedAt' } } })
 */
export function createHttpPagingConnector(options: HttpPagingOptions): Connector {
  const { source, url, datasets, pace, send, clock, random } = options;
  const token = accessToken(options);

  async function fetchPage(dataset: HttpPagingDataset, cursor: PagingCursor, signal: AbortSignal) {
    const address = new URL(dataset.path, url);
    if (cursor.from !== null) address.searchParams.set('updated_since', civilTimestamp(new Date(cursor.from)));
    if (cursor.next !== null) address.searchParams.set('cursor', cursor.next);
    address.searchParams.set('limit', String(pace.pageRecords));
    const where = placeOf(address.href);
    return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () => {
      const answer = await token.use(signal, (bearer) =>
        send({
          url: address.href,
          headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
          limitBytes: pace.pageBytes,
          waitMs: pace.requestMs,
          signal,
        }),
      );
      return readPage(answer.body, dataset.observed, where, pace.pageRecords);
    });
  }

  async function* pull(request: PullRequest): AsyncIterable<Page> {
    const { signal } = request;
    const dataset = datasets[request.dataset];
    if (!dataset) throw unknownDataset(source, request.dataset);
    const where = `${source}.${request.dataset}`;
    const start = readCursor(request.cursor, where);
    const overlap = createOverlap(start, pace.overlapMs, () => answerShape(where, dataset.observed, 'time'));
    const asked = new Set<string>();
    let next = start.next;
    let emptyPages = 0;
    for (let count = 0; count < pace.maxPages; count++) {
      let page: GridPage;
      try {
        page = await fetchPage(dataset, { ...start, next }, signal);
      } catch (error) {
        // A stored cursor of the source may have expired meanwhile: begin again from the time that it belonged to.
        if (count > 0 || next === null || !isGone(error)) throw error;
        next = null;
        page = await fetchPage(dataset, { ...start, next }, signal);
      }
      if (page.next !== null) {
        if (page.next === next || asked.has(page.next)) throw pagingLie(where, 'repeated');
        asked.add(page.next);
        emptyPages = page.found.lines.count === 0 ? emptyPages + 1 : 0;
        if (emptyPages > EMPTY_PAGES_ALLOWED) throw pagingLie(where, 'emptyPages');
      }
      next = page.next;
      const { found } = page;
      const fresh = overlap.take(found.lines, (i) => isoMs(found.fieldOf(i)));
      const position = next === null ? { ...overlap.finish(page.serverMs), next } : { ...start, next };
      yield rawPage(fresh, position);
      if (next === null) return;
    }
    throw pagingLie(where, 'endless');
  }

  return { pull };
}

interface GridPage {
  readonly found: JsonRecords;
  readonly next: string | null;
  readonly serverMs: number;
}

function readPage(body: Buffer, observed: string, where: string, limit: number): GridPage {
  const found = readJsonRecords(body, ['items'], observed, where);
  const { next_cursor: next, server_time: serverTime } = found.envelope;
  if (next !== null && typeof next !== 'string') throw answerShape(where, 'next_cursor', 'text | null');
  if (found.lines.count > limit) throw pagingLie(where, 'overLimit');
  const serverMs = isoMs(serverTime);
  if (Number.isNaN(serverMs)) throw answerShape(where, 'server_time', 'ISO 8601');
  return { found, next: next === '' ? null : next, serverMs };
}

function readCursor(cursor: Json, where: string): PagingCursor {
  if (cursor === null) return { from: null, seen: [], next: null };
  const result = cursorSchema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data satisfies OverlapCursor;
}

function isGone(error: unknown): boolean {
  return (
    error instanceof FillOnceError &&
    error.code === 'connectors.http.status' &&
    [400, 404, 410, 422].includes(Number(error.details.answered))
  );
}
