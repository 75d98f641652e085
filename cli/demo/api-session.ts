import { type ErrorBody, FillOnceError } from '../../core/errors.ts';

const DEADLINE_MS = 120_000;

/** One person signed in over the HTTP API, as the web app does it. */
export interface ApiSession {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  /** Sends a file as it is. */
  upload<T>(path: string, bytes: Uint8Array): Promise<T>;
  /** The bytes of a download and its file name. */
  download(path: string): Promise<{ readonly bytes: Uint8Array; readonly fileName: string }>;
}

/** @throws FillOnceError what the server answered */
export async function signIn(baseUrl: string, login: string, password: string): Promise<ApiSession> {
  const request = (path: string, init: RequestInit) =>
    fetch(`${baseUrl}${path}`, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
  const json = { 'Content-Type': 'application/json', 'X-Requested-With': 'fillonce' };
  const signedIn = await request('/api/session', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ login, password }),
  });
  await checked(signedIn);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    get: async <T>(path: string) => (await (await checked(await request(path, { headers: { cookie } }))).json()) as T,
    post: async <T>(path: string, body: unknown = {}) => {
      const answer = await request(path, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify(body) });
      return (await (await checked(answer)).json()) as T;
    },
    upload: async <T>(path: string, bytes: Uint8Array) => {
      const headers = { 'Content-Type': 'application/octet-stream', 'X-Requested-With': 'fillonce', cookie };
      const answer = await request(path, { method: 'POST', headers, body: new Uint8Array(bytes) });
      return (await (await checked(answer)).json()) as T;
    },
    download: async (path) => {
      const answer = await checked(await request(path, { headers: { cookie } }));
      const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
      return { bytes: new Uint8Array(await answer.arrayBuffer()), fileName: decodeURIComponent(name ?? 'report.xlsx') };
    },
  };
}

async function checked(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as ErrorBody | null;
  throw new FillOnceError({
    code: body?.code ?? 'cli.api',
    status: answer.status,
    message: body?.message ?? { zh: `接口返回 ${answer.status}。`, en: `The API answered ${answer.status}.` },
    details: { ...body?.details, where: new URL(answer.url).pathname },
    retryable: answer.status >= 500,
  });
}
