import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerShape, answerTooLarge, binDamaged, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { type HttpSend, parseJsonAnswer, placeOf } from './http-request.ts';
import { readJsonLines } from './json-records.ts';
import { isObject } from './json-shape.ts';
import type { Pace } from './pace.ts';
import { type RecordLines, rawPage } from './raw-records.ts';

export interface HttpBinsDataset {
  /** Path of the list of bins, for example `/bins`; a bin is `<path>/<name>.ndjson.gz` below it. */
  readonly path: string;
  /** How long after its time a bin may still appear or be issued again. */
  readonly lateMs: number;
}

export interface HttpBinsOptions {
  readonly source: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly datasets: Readonly<Record<string, HttpBinsDataset>>;
  readonly pace: Pace;
  readonly send: HttpSend;
  readonly clock: Clock;
  readonly random: () => number;
}

const inflate = promisify(gunzip);

/** Names per list, the most that the protocol gives. */
const NAMES_PER_LIST = 500;
/** Bins fetched ahead of the one that is being stored. */
const AHEAD = 4;

const cursorSchema = z.object({
  /** Name of the newest bin stored. */
  high: z.string(),
  /** Names stored within the time in which late bins still come. */
  seen: z.array(z.string()),
});
type BinCursor = z.infer<typeof cursorSchema>;

/**
 * Pulls time bins: gzip NDJSON files named by their local start (`20261122T0930`, a corrected one `20261122T0930-r2`).
 * A late bin sorts before bins that were stored already, so each pull lists again what is younger than `lateMs` and
 * fetches the names it has not stored.
 */
export function createHttpBinsConnector(options: HttpBinsOptions): Connector {
  const { source, url, headers, datasets, pace, send, clock, random } = options;

  async function get(address: URL, signal: AbortSignal): Promise<Buffer> {
    const { body } = await send({
      url: address.href,
      headers,
      limitBytes: pace.pageBytes,
      waitMs: pace.requestMs,
      signal,
    });
    return body;
  }

  async function listBins(path: string, after: string | null, signal: AbortSignal) {
    const address = new URL(path, url);
    if (after !== null) address.searchParams.set('after', after);
    address.searchParams.set('limit', String(NAMES_PER_LIST));
    const where = placeOf(address.href);
    return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () =>
      readList(await get(address, signal), where),
    );
  }

  async function fetchBin(path: string, name: string, signal: AbortSignal): Promise<RecordLines> {
    const address = new URL(`${path}/${name}.ndjson.gz`, url);
    const where = placeOf(address.href);
    return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () =>
      readBin(await get(address, signal), where, pace.pageBytes),
    );
  }

  async function* names(path: string, start: string | null, signal: AbortSignal): AsyncIterable<string> {
    let after = start;
    for (let count = 0; count < pace.maxPages; count++) {
      const { bins, more } = await listBins(path, after, signal);
      yield* bins;
      if (!more) return;
      const last = bins.at(-1);
      if (last === undefined) throw pagingLie(placeOf(new URL(path, url).href), 'emptyPages');
      if (after !== null && last <= after) throw pagingLie(placeOf(new URL(path, url).href), 'repeated');
      after = last;
    }
    throw pagingLie(placeOf(new URL(path, url).href), 'endless');
  }

  async function* pull(request: PullRequest): AsyncIterable<Page> {
    const dataset = datasets[request.dataset];
    if (!dataset) throw unknownDataset(source, request.dataset);
    const start = readCursor(request.cursor, `${source}.${request.dataset}`);
    const stored = new Set(start?.seen ?? []);
    let high = start?.high ?? '';
    const listFrom = start === null ? null : nameBefore(start.high, dataset.lateMs);
    // Fetches in flight stop when the consumer does, also on its failure.
    const flight = new AbortController();
    const signal = AbortSignal.any([request.signal, flight.signal]);
    const waiting: { name: string; bin: Promise<RecordLines> }[] = [];

    async function next(): Promise<Page> {
      const { name, bin } = waiting.shift()!;
      const raw = await bin;
      stored.add(name);
      if (name > high) high = name;
      const oldest = nameBefore(high, dataset!.lateMs);
      for (const old of stored) if (old < oldest) stored.delete(old);
      const seen = [...stored];
      return rawPage(raw, { high, seen });
    }

    let failure: unknown = null;
    try {
      const list = names(dataset.path, listFrom, signal)[Symbol.asyncIterator]();
      for (;;) {
        // A list that goes wrong in its middle does not take back the bins it has named.
        const { done, value: name } = await list.next().catch((error) => {
          failure = error;
          return { done: true, value: undefined };
        });
        if (done || name === undefined) break;
        if (stored.has(name) || waiting.some((other) => other.name === name)) continue;
        const bin = fetchBin(dataset.path, name, signal);
        // A failure is reported when its turn comes; until then it must not count as unhandled.
        bin.catch(() => undefined);
        waiting.push({ name, bin });
        if (waiting.length >= AHEAD) yield await next();
      }
      while (waiting.length > 0) yield await next();
      if (failure !== null) throw failure;
    } finally {
      flight.abort();
    }
  }

  return { pull };
}

function readList(body: Buffer, where: string): { bins: string[]; more: boolean } {
  const answer = parseJsonAnswer(body, where);
  if (!isObject(answer) || typeof answer.more !== 'boolean') throw answerShape(where, 'more', 'boolean');
  const { bins, more } = answer;
  if (!Array.isArray(bins)) throw answerShape(where, 'bins', 'text[]');
  if (bins.length > NAMES_PER_LIST) throw pagingLie(where, 'overLimit');
  return {
    more,
    bins: bins.map((name: Json) => {
      // The name becomes part of a path.
      if (typeof name !== 'string' || !/^\d{8}T\d{4}(-r\d{1,3})?$/.test(name)) {
        throw answerShape(where, 'bins', 'yyyyMMddTHHmm[-rN][]');
      }
      return name;
    }),
  };
}

/** Unpacks a bin and checks each line; a bin is stored whole or not at all. */
async function readBin(body: Buffer, where: string, limitBytes: number): Promise<RecordLines> {
  let text: Buffer;
  try {
    text = await inflate(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw answerTooLarge(where, limitBytes);
    throw binDamaged(where, error);
  }
  try {
    return readJsonLines(text);
  } catch (error) {
    throw binDamaged(where, error);
  }
}

/** The name that a bin `lateMs` before another one has. Both are local civil time, so plain calendar arithmetic holds. */
function nameBefore(name: string, lateMs: number): string {
  const [year, month, day, hour, minute] = [
    name.slice(0, 4),
    name.slice(4, 6),
    name.slice(6, 8),
    name.slice(9, 11),
    name.slice(11, 13),
  ].map(Number) as [number, number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute) - lateMs).toISOString();
  return `${at.slice(0, 4)}${at.slice(5, 7)}${at.slice(8, 10)}T${at.slice(11, 13)}${at.slice(14, 16)}`;
}

function readCursor(cursor: Json, where: string): BinCursor | null {
  const result = cursorSchema.nullable().safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data;
}
