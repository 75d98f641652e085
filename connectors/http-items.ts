import { z } from 'zod';
import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { contentHash } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerShape, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { type HttpSend, placeOf } from './http-request.ts';
import { readJsonRecords } from './json-records.ts';
import { createOverlap, isoMs } from './overlap.ts';
import type { Pace } from './pace.ts';
import { type RecordLines, rawPage } from './raw-records.ts';

export interface HttpItemsDataset {
  /** Path of the list, for example `/openapi/lots`. */
  readonly path: string;
  /** Field of the answer that holds the records. */
  readonly items: string;
  /**
   * The field with a record's time, for a list that takes `since` and answers in pages (`next` is the next `since`);
   * absent: the list is short and comes whole.
   */
  readonly observed?: string | undefined;
}

export interface HttpItemsOptions {
  readonly source: string;
  readonly url: string;
  /** Sent with every request: a key or a bearer token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly datasets: Readonly<Record<string, HttpItemsDataset>>;
  readonly pace: Pace;
  readonly send: HttpSend;
  readonly clock: Clock;
  readonly random: () => number;
}

const wholeCursor = z.object({ sha256: z.string() });
const pagedCursor = z.object({
  from: z.number().nullable(),
  seen: z.array(z.string()),
  next: z.string().nullable(),
});

/**
 * Pulls plain lists: a short one whole (brought only when it differs from last time), a longer one from a point in time.
 */
export function createHttpItemsConnector(options: HttpItemsOptions): Connector {
  const { source, url, headers, datasets, pace, send, clock, random } = options;

  async function fetchList(address: URL, { items, observed = '' }: HttpItemsDataset, signal: AbortSignal) {
    const where = placeOf(address.href);
    return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () => {
      const { body } = await send({
        url: address.href,
        headers: { ...headers, accept: 'application/json' },
        limitBytes: pace.pageBytes,
        waitMs: pace.requestMs,
        signal,
      });
      const found = readJsonRecords(body, [items], observed, where);
      const next = found.envelope.next ?? null;
      if (next !== null && typeof next !== 'string') throw answerShape(where, 'next', 'text | null');
      return { found, lines: found.lines, next };
    });
  }

  async function* pullWhole(dataset: HttpItemsDataset, request: PullRequest): AsyncIterable<Page> {
    const last = readCursor(wholeCursor.nullable(), request.cursor, `${source}.${request.dataset}`);
    const { lines } = await fetchList(new URL(dataset.path, url), dataset, request.signal);
    const sha256 = contentHash(lines.ndjson);
    if (sha256 !== last?.sha256) yield rawPage(lines, { sha256 });
  }

  async function* pullPaged(
    dataset: HttpItemsDataset & { observed: string },
    request: PullRequest,
  ): AsyncIterable<Page> {
    const where = `${source}.${request.dataset}`;
    const start = readCursor(pagedCursor.nullable(), request.cursor, where) ?? { from: null, seen: [], next: null };
    const overlap = createOverlap(start, pace.overlapMs, () => answerShape(where, dataset.observed, 'time'));
    let next = start.next;
    let last: RecordLines | null = null;
    for (let count = 0; count < pace.maxPages; count++) {
      const address = new URL(dataset.path, url);
      const since = next ?? (start.from === null ? null : civilTimestamp(new Date(start.from)));
      if (since !== null) address.searchParams.set('since', since);
      address.searchParams.set('limit', String(pace.pageRecords));
      const page = await fetchList(address, dataset, request.signal);
      if (page.lines.count > pace.pageRecords) throw pagingLie(where, 'overLimit');
      if (page.next !== null && page.next === next) throw pagingLie(where, 'repeated');
      if (page.next !== null && page.lines.count === 0) throw pagingLie(where, 'emptyPages');
      // `next` may name the last second again; its records are left out the second time.
      if (last?.ndjson.equals(page.lines.ndjson) && page.lines.count > 0) throw pagingLie(where, 'repeated');
      last = page.lines;
      const fresh = overlap.take(page.lines, (i) => isoMs(page.found.fieldOf(i)));
      next = page.next;
      if (next !== null) overlap.step(isoMs(next));
      const nowMs = clock.now().getTime() + DAY_MS;
      yield rawPage(fresh, next === null ? { ...overlap.finish(nowMs), next } : { ...start, next });
      if (next === null) return;
    }
    throw pagingLie(where, 'endless');
  }

  return {
    pull: (request) => {
      const dataset = datasets[request.dataset];
      if (!dataset) throw unknownDataset(source, request.dataset);
      const { observed } = dataset;
      return observed === undefined ? pullWhole(dataset, request) : pullPaged({ ...dataset, observed }, request);
    },
  };
}

const DAY_MS = 86_400_000;

function readCursor<T>(schema: z.ZodType<T>, cursor: Json, where: string): T {
  const result = schema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data;
}
