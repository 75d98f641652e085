import { type ErrorBody, type Operations, ROUTES } from './api-types.ts';

/** What the server, or the lack of one, says about a call that failed. */
export class ApiError extends Error {
  readonly body: ErrorBody;

  constructor(body: ErrorBody) {
    super(body.code);
    this.name = 'ApiError';
    this.body = body;
  }

  /** True when the call did not reach the server: the same call may succeed once the network is back. */
  get offline(): boolean {
    return this.body.status === 0;
  }
}

type OperationName = keyof Operations;

export type Inputs<Name extends OperationName> = {
  [Key in 'params' | 'query' | 'body' as Operations[Name][Key] extends undefined ? never : Key]: Operations[Name][Key];
};

type Rest<Name extends OperationName> = keyof Inputs<Name> extends never
  ? [inputs?: { signal?: AbortSignal }]
  : [inputs: Inputs<Name> & { signal?: AbortSignal }];

/** No answer within this time counts as no network. */
const PATIENCE_MS = 60_000;

/**
 * Calls one operation of the API.
 *
 * @throws ApiError with the server's words, or with status 0 when it could not be reached.
 * @example const task = await call('readTask', { params: { id } });
 */
export async function call<Name extends OperationName>(
  name: Name,
  ...[inputs]: Rest<Name>
): Promise<Operations[Name]['answer']> {
  const response = await send(name, (inputs ?? {}) as LooseInputs);
  if (!response.ok) throw await problem(response);
  const json = response.headers.get('Content-Type')?.includes('json') ?? false;
  return (json ? await response.json() : await response.blob()) as Operations[Name]['answer'];
}

/** The address of an operation without side effects, for links and downloads. */
export function addressOf<Name extends OperationName>(name: Name, inputs: Inputs<Name>): string {
  return address(ROUTES[name][1], inputs as LooseInputs);
}

interface LooseInputs {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function send(name: OperationName, inputs: LooseInputs): Promise<Response> {
  const [method, path] = ROUTES[name];
  const file = inputs.body instanceof Blob;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), file ? PATIENCE_MS * 5 : PATIENCE_MS);
  const leave = () => patience.abort();
  inputs.signal?.addEventListener('abort', leave);
  try {
    return await fetch(address(path, inputs), {
      method,
      credentials: 'same-origin',
      signal: patience.signal,
      headers: {
        ...(method === 'GET' ? {} : { 'X-Requested-With': 'fillonce' }),
        ...(inputs.body === undefined
          ? {}
          : { 'Content-Type': file ? 'application/octet-stream' : 'application/json' }),
      },
      ...(inputs.body === undefined ? {} : { body: file ? (inputs.body as Blob) : JSON.stringify(inputs.body) }),
    });
  } catch (error) {
    if (inputs.signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  } finally {
    clearTimeout(timer);
    inputs.signal?.removeEventListener('abort', leave);
  }
}

const UNREACHABLE: ErrorBody = {
  code: 'web.unreachable',
  status: 0,
  message: {
    zh: '连不上服务器，请检查网络；已填内容保存在本机，恢复后自动同步。',
    en: 'The server cannot be reached. Check the network; what you filled in is kept here and will be sent.',
  },
  details: {},
  retryable: true,
};

function address(path: string, { params = {}, query = {} }: LooseInputs): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

async function problem(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as ErrorBody;
    if (typeof body.code === 'string' && body.message) return new ApiError(body);
  } catch {
    // Not our server's words: a proxy answered.
  }
  return new ApiError({ ...UNREACHABLE, code: `web.http-${response.status}` });
}
