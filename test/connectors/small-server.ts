import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connector, Page } from '../../connectors/connector.ts';
import type { Json } from '../../core/json.ts';

export interface SmallServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A real HTTP server on a free port. */
export async function smallServer(
  answer: (url: URL, request: IncomingMessage, response: ServerResponse) => void,
): Promise<SmallServer> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost'), request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** All records of a pull, the pages and the last cursor. */
export async function drain(connector: Connector, dataset: string, cursor: Json = null) {
  const pages: Page[] = [];
  for await (const page of connector.pull({ dataset, cursor, signal: new AbortController().signal })) pages.push(page);
  return {
    pages,
    records: pages.flatMap((page) => page.records),
    raw: pages.map((page) => Buffer.from(page.raw?.ndjson ?? []).toString()).join(''),
    cursor: pages.at(-1)?.cursor ?? cursor,
  };
}
