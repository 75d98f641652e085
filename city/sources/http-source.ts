import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { SourceName } from '../endpoints.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The body as text; at most 1 MB. */
  body(): Promise<string>;
}

export interface HttpReply {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Break the connection in the middle of the body. */
  readonly cut?: boolean;
}

export interface HttpSource {
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpSourceParts {
  readonly source: SourceName;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly ports: Ports;
  readonly handle: (request: HttpRequest) => HttpReply | Promise<HttpReply>;
}

const SLOW_MS = 3_000;
const MAX_BODY = 1_048_576;

/** One loopback HTTP server that can also be down, slow or speak in the wrong encoding. */
export async function openHttpSource({ source, faults, clock, ports, handle }: HttpSourceParts): Promise<HttpSource> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, json: { error: 'internal', message: String(error) } });
    });
  });
  server.keepAliveTimeout = 30_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (faults.has(source, 'down')) return void request.socket.destroy();
    if (faults.has(source, 'slow')) await clock.sleep(SLOW_MS);
    const url = new URL(request.url ?? '/', 'http://city');
    const reply = await handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: () => readBody(request),
    });
    send(response, reply);
  }

  function send(response: ServerResponse, { status, json, bytes, headers, cut }: HttpReply): void {
    const garbled = faults.has(source, 'bad-encoding');
    const text = json === undefined ? undefined : JSON.stringify(json);
    const body = text === undefined ? (bytes ?? new Uint8Array()) : Buffer.from(text, garbled ? 'utf16le' : 'utf8');
    response.writeHead(status, {
      ...(text === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      'content-length': body.byteLength,
      ...headers,
    });
    if (!cut) return void response.end(body);
    response.write(body.subarray(0, Math.floor(body.byteLength / 2)), () => response.destroy());
  }

  const port = await ports.listen(server, source);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY) throw new Error('body larger than 1 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
