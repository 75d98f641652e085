import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { errorText, toErrorBody } from '../../core/index.ts';
import type { ServerLog } from '../../server/index.ts';
import type { BackupManifest } from '../backup/manifest.ts';
import type { BackupProgress } from '../backup/write-backup.ts';

/** Where a running platform takes orders of the machine's operator. */
export interface ControlAddress {
  readonly url: string;
  /** Where its pages and its API are; absent while it starts. */
  readonly web?: string;
  readonly token: string;
  readonly pid: number;
}

/** One line of the answer to an order. */
export type ControlLine =
  | { readonly progress: BackupProgress }
  | { readonly manifest: BackupManifest }
  | { readonly error: ReturnType<typeof toErrorBody> };

const FILE = 'control.json';
const MOST_BYTES = 10_000;
const PROGRESS_EVERY_MS = 500;

/**
 * Listens on the loopback for orders of who can read the data folder: the address and a token stand in `control.json` there. It has one
 * order, `POST /backup` with `{ "to": "/absolute/place" }`; one at a time.
 */
export async function openControl(options: {
  readonly dataFolder: string;
  readonly log: ServerLog;
  readonly backup: (
    to: string,
    onProgress: (progress: BackupProgress) => void,
    signal: AbortSignal,
  ) => Promise<BackupManifest>;
}): Promise<{
  /** Writes down where the platform serves its pages, for commands that ask it as one of its users. */
  announce(web: string): Promise<void>;
  close(): Promise<void>;
}> {
  const { dataFolder, log, backup } = options;
  const token = randomBytes(32).toString('hex');
  const stopping = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== '/backup' || !isAllowed(request, token)) {
      response.writeHead(404).end();
      return;
    }
    const to = await placeOf(request);
    if (to === null) {
      response.writeHead(400).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('whoever asked is gone')));
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    const say = (line: ControlLine) => void response.write(`${JSON.stringify(line)}\n`);
    let told = 0;
    const onProgress = (progress: BackupProgress) => {
      const now = performance.now();
      if (now - told < PROGRESS_EVERY_MS) return;
      told = now;
      say({ progress });
    };
    const work = () => backup(to, onProgress, AbortSignal.any([gone.signal, stopping.signal]));
    const made = last.then(work, work);
    last = made.catch(() => undefined);
    try {
      say({ manifest: await made });
    } catch (error) {
      log.warn({ to, error: errorText(error) }, 'a backup was not made');
      say({ error: toErrorBody(error) });
    }
    response.end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ error: errorText(error) }, 'an order failed');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const address: ControlAddress = { url: `http://127.0.0.1:${port}`, token, pid: process.pid };
  const file = join(dataFolder, FILE);
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(address), { mode: 0o600 });
  return {
    announce: async (web) => {
      // Whole or not at all: a backup may be ordered at this moment.
      await writeFile(`${file}.next`, JSON.stringify({ ...address, web }), { mode: 0o600 });
      await rename(`${file}.next`, file);
    },
    close: async () => {
      await rm(file, { force: true });
      stopping.abort(new Error('the platform is stopping'));
      await last;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Where the platform of a data folder listens; null when none says so. A killed one may have left its address. */
export async function controlOf(dataFolder: string): Promise<ControlAddress | null> {
  try {
    return JSON.parse(await readFile(join(dataFolder, FILE), 'utf8')) as ControlAddress;
  } catch {
    return null;
  }
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function placeOf(request: IncomingMessage): Promise<string | null> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > MOST_BYTES) return null;
  }
  try {
    const { to } = JSON.parse(body) as { to?: unknown };
    return typeof to === 'string' && isAbsolute(to) ? to : null;
  } catch {
    return null;
  }
}
