import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toErrorBody } from '../core/errors.ts';
import type { City } from './city.ts';
import { SOURCE_NAMES } from './endpoints.ts';
import { badOption } from './errors.ts';
import { FAULT_KINDS, type FaultSwitch } from './faults.ts';
import type { TruthView } from './truth/entities.ts';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY = 4_194_304;
const BATCH = 500;

/** The loopback HTTP server through which demo, tests and bench steer the city and look at its truth. */
export async function openControl(
  city: Omit<City, 'controlUrl'>,
  truth: TruthView,
  listen: (server: Server) => Promise<number>,
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const body = toErrorBody(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, body.status, body);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://city');
    const call = `${request.method} ${url.pathname}`;
    if (call === 'GET /endpoints') return sendJson(response, 200, city.endpoints);
    if (call === 'GET /progress') return sendJson(response, 200, await city.progress());
    if (call === 'GET /today') return sendJson(response, 200, await city.today());
    if (call === 'POST /push') {
      const { platformUrl } = await readJson(request);
      if (typeof platformUrl !== 'string' || !URL.canParse(platformUrl))
        throw badOption('platformUrl', String(platformUrl));
      await city.push(platformUrl);
      return sendJson(response, 200, {});
    }
    if (call === 'POST /advance') {
      const { days } = await readJson(request);
      await city.advance(Number(days));
      return sendJson(response, 200, await city.today());
    }
    if (call === 'POST /fault') {
      await city.fault(faultSwitch(await readJson(request)));
      return sendJson(response, 200, {});
    }
    const asked = /^\/truth\/([a-z_]+)(\.ndjson)?$/.exec(url.pathname);
    if (asked) return tell(request, response, asked[1]!, asked[2] !== undefined, url.searchParams);
    sendJson(response, 404, { error: 'not_found' });
  }

  async function tell(
    request: IncomingMessage,
    response: ServerResponse,
    entity: string,
    bulk: boolean,
    query: URLSearchParams,
  ): Promise<void> {
    if (bulk) {
      const records = truth.all(entity);
      response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
      return pipeline(Readable.from(lines(records)), response);
    }
    const keys =
      request.method === 'POST' ? (await readJson(request)).keys : (query.get('keys') ?? '').split(',').filter(Boolean);
    if (!Array.isArray(keys)) throw badOption('keys', String(keys));
    sendJson(response, 200, { items: await city.truthByKey(entity, keys.map(String)) });
  }

  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Records as NDJSON in pieces of a few hundred lines. */
function* lines(records: Iterable<unknown>): Generator<string> {
  let batch: string[] = [];
  for (const record of records) {
    batch.push(JSON.stringify(record));
    if (batch.length < BATCH) continue;
    yield `${batch.join('\n')}\n`;
    batch = [];
  }
  if (batch.length > 0) yield `${batch.join('\n')}\n`;
}

function faultSwitch({ source, kind, on }: Record<string, unknown>): FaultSwitch {
  const name = SOURCE_NAMES.find((each) => each === source);
  const what = FAULT_KINDS.find((each) => each === kind);
  if (!name) throw badOption('source', String(source));
  if (!what) throw badOption('kind', String(kind));
  return { source: name, kind: what, on: on === true };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY) throw badOption('body', `${size} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // falls through to the refusal below
  }
  throw badOption('body', text.slice(0, 80));
}
