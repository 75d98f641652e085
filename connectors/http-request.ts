import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { withDeadline } from './deadline.ts';
import {
  answerEncoding,
  answerHtml,
  answerNotJson,
  answerTooLarge,
  httpCut,
  httpLimited,
  httpStatus,
  httpUnauthorized,
  timedOut,
} from './errors.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The answer's largest size. */
  readonly limitBytes: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export type HttpSend = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * One HTTP request, answered whole within its deadline and size. Redirects are not followed: a source that redirects
 * has moved, and its credentials are not for whoever answers there.
 *
 * @throws FillOnceError `connectors.http.*`, `connectors.timeout`, `connectors.answer.large`
 */
export function createHttpSend(clock: Clock): HttpSend {
  return async (request) => {
    const where = placeOf(request.url);
    return await withDeadline(
      { clock, waitMs: request.waitMs, signal: request.signal, expired: () => timedOut(where, request.waitMs) },
      async (signal) => {
        try {
          const response = await fetch(request.url, {
            method: request.method ?? 'GET',
            headers: request.headers ?? {},
            ...(request.body === undefined ? {} : { body: request.body }),
            redirect: 'manual',
            signal,
          });
          const body = await readBody(response, request.limitBytes, where);
          checkStatus(where, response, clock);
          return { status: response.status, body };
        } catch (error) {
          throw error instanceof FillOnceError ? error : httpCut(where, error);
        }
      },
    );
  };
}

/**
 * Reads an answer as JSON.
 *
 * @throws FillOnceError `connectors.answer.html`, `.encoding` or `.json`
 */
export function parseJsonAnswer(body: Buffer, where: string): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw answerEncoding(where, 'UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw /^\s*</.test(text.slice(0, 200)) ? answerHtml(where) : answerNotJson(where, error);
  }
}

/** The address without its query, which may carry keys. */
export function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

async function readBody(response: Response, limitBytes: number, where: string): Promise<Buffer> {
  if (Number(response.headers.get('content-length') ?? 0) > limitBytes) {
    await response.body?.cancel();
    throw answerTooLarge(where, limitBytes);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  if (!reader) return Buffer.alloc(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, bytes);
    bytes += value.length;
    if (bytes > limitBytes) {
      await reader.cancel();
      throw answerTooLarge(where, limitBytes);
    }
    chunks.push(value);
  }
}

function checkStatus(where: string, response: Response, clock: Clock): void {
  if (response.ok) return;
  if (response.status === 401 || response.status === 403) throw httpUnauthorized(where, response.status);
  if (response.status === 429) throw httpLimited(where, retryAfter(response, clock));
  throw httpStatus(where, response.status);
}

/** `Retry-After` in milliseconds: seconds or a date. */
function retryAfter(response: Response, clock: Clock): number | undefined {
  const text = response.headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - clock.now().getTime();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}
