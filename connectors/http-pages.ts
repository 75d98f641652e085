import { z } from 'zod';
import { CIVIL_OFFSET_MS } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerRefused, answerShape, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { type HttpSend, parseJsonAnswer, placeOf } from './http-request.ts';
import { type JsonRecords, readJsonRecords } from './json-records.ts';
import { isObject } from './json-shape.ts';
import { compactMs, createOverlap, type OverlapCursor } from './overlap.ts';
import type { Pace } from './pace.ts';
import { type RecordLines, rawPage } from './raw-records.ts';

export interface HttpPagesDataset {
  /** Path of the list, for example `/ga/registrations`. */
  readonly path: string;
  /** The field with the time of change, `yyyyMMddHHmmss`. */
  readonly observed: string;
}

export interface HttpPagesOptions {
  readonly source: string;
  readonly url: string;
  readonly apiKey: string;
  readonly datasets: Readonly<Record<string, HttpPagesDataset>>;
  readonly pace: Pace;
  readonly send: HttpSend;
  readonly clock: Clock;
  readonly random: () => number;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const cursorSchema = z.object({ from: z.number().nullable(), seen: z.array(z.string()) });

/**
 * Pulls a list that is paged by number and sorted by time of change. Page numbers shift under the reader: a record that
 * changes moves to the end, and the one after it slides onto a page that was already read. So the pull moves `since`
 * along instead and stays on page 1, reading the records of the last second twice; it turns pages only where one second
 * fills more than a page.
 */
export function createHttpPagesConnector(options: HttpPagesOptions): Connector {
  const { source, url, apiKey, datasets, pace, send, clock, random } = options;

  async function fetchPage(dataset: HttpPagesDataset, sinceMs: number, page: number, signal: AbortSignal) {
    const address = new URL(dataset.path, url);
    address.searchParams.set('since', compactText(sinceMs));
    address.searchParams.set('page', String(page));
    address.searchParams.set('size', String(pace.pageRecords));
    const where = placeOf(address.href);
    return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () => {
      const { body } = await send({
        url: address.href,
        headers: { 'x-api-key': apiKey, accept: 'application/json' },
        limitBytes: pace.pageBytes,
        waitMs: pace.requestMs,
        signal,
      });
      return readPage(body, dataset.observed, where, pace.pageRecords);
    });
  }

  async function* pull(request: PullRequest): AsyncIterable<Page> {
    const dataset = datasets[request.dataset];
    if (!dataset) throw unknownDataset(source, request.dataset);
    const where = `${source}.${request.dataset}`;
    let position = readCursor(request.cursor, where);
    const overlap = createOverlap(position, pace.overlapMs, () => answerShape(where, dataset.observed, 'time'));
    let sinceMs = Math.floor((position.from ?? 0) / SECOND_MS) * SECOND_MS;
    let page = 1;
    let last: RecordLines | null = null;
    for (let count = 0; count < pace.maxPages; count++) {
      const { found, pages } = await fetchPage(dataset, sinceMs, page, request.signal);
      const { lines } = found;
      if (page > 1 && lines.count > 0 && last?.ndjson.equals(lines.ndjson)) throw pagingLie(where, 'repeated');
      if (lines.count === 0 && page < pages) throw pagingLie(where, 'emptyPages');
      last = lines;
      const timeOf = (i: number) => compactMs(i < lines.count ? found.fieldOf(i) : undefined);
      if (timeOf(0) < sinceMs) throw pagingLie(where, 'unfiltered');
      const fresh = overlap.take(lines, timeOf);
      const newestMs = timeOf(Math.max(0, lines.count - 1));
      const end = page >= pages;
      const moves = !end && newestMs > sinceMs;
      if (end) position = overlap.finish(clock.now().getTime() + DAY_MS);
      else if (moves) position = overlap.step(newestMs);
      yield rawPage(fresh, { ...position });
      if (end) return;
      page = moves ? 1 : page + 1;
      sinceMs = moves ? newestMs : sinceMs;
    }
    throw pagingLie(where, 'endless');
  }

  return { pull };
}

/** `{ code: '0', msg, data: { rows, total, page, pages } }`; a code other than 0 is an error that came as HTTP 200. */
function readPage(
  body: Buffer,
  observed: string,
  where: string,
  limit: number,
): { readonly found: JsonRecords; readonly pages: number } {
  const code = refusalCode(body, where);
  if (code !== '0') throw answerRefused(where, code.slice(0, 32));
  const found = readJsonRecords(body, ['data', 'rows'], observed, where);
  if (found.lines.count > limit) throw pagingLie(where, 'overLimit');
  const { data } = found.envelope;
  const pages = isObject(data) ? data.pages : undefined;
  if (typeof pages !== 'number') throw answerShape(where, 'data.pages', 'number');
  return { found, pages };
}

/** An answer that refuses is short and has no rows; of the others the code stands among the first bytes. */
function refusalCode(body: Buffer, where: string): string {
  const early = /^\s*\{\s*"code"\s*:\s*"?(\w{1,32})"?\s*,/.exec(body.toString('latin1', 0, 100))?.[1];
  if (early !== undefined) return early;
  const answer = parseJsonAnswer(body, where);
  if (!isObject(answer) || (typeof answer.code !== 'string' && typeof answer.code !== 'number')) {
    throw answerShape(where, 'code', 'text');
  }
  return String(answer.code);
}

function readCursor(cursor: Json, where: string): OverlapCursor {
  if (cursor === null) return { from: null, seen: [] };
  const result = cursorSchema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data;
}

/** `yyyyMMddHHmmss` in civil time. */
function compactText(ms: number): string {
  return new Date(ms + CIVIL_OFFSET_MS).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '');
}
