import type { FillOnceServer } from '../../server/index.ts';
import { PASSWORD } from './office.ts';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A browser's view of the server: one cookie, the header that our pages send. */
export interface Client {
  readonly cookie: string;
  get<Body = Record<string, unknown>>(path: string): Promise<Answer<Body>>;
  post<Body = Record<string, unknown>>(path: string, body?: unknown): Promise<Answer<Body>>;
  request(path: string, init?: RequestInit): Promise<Response>;
}

export function clientOf(server: FillOnceServer, cookie = ''): Client {
  const request = (path: string, init: RequestInit = {}) =>
    server.fetch(
      new Request(`http://office.test${path}`, {
        ...init,
        headers: {
          Cookie: cookie,
          'X-Requested-With': 'test',
          ...(init.headers as Record<string, string> | undefined),
        },
      }),
    );
  const answer = async <Body>(response: Response): Promise<Answer<Body>> => ({
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Body,
  });
  return {
    cookie,
    request,
    get: async (path) => answer(await request(path)),
    post: async (path, body) =>
      answer(
        await request(path, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
  };
}

export async function signIn(server: FillOnceServer, login: string, password = PASSWORD): Promise<Client> {
  const response = await clientOf(server).request('/api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login, password }),
  });
  const cookie = response.headers.get('Set-Cookie')?.split(';')[0];
  if (!cookie) throw new Error(`${login} could not sign in: ${await response.text()}`);
  return clientOf(server, cookie);
}
