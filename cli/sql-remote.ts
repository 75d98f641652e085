import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ErrorBody, FillOnceError } from '../core/index.ts';
import type { SqlPage, SqlRun } from '../server/schema/sql.ts';
import type { CommandContext } from './command.ts';
import { passwordNeeded, platformSilent } from './errors.ts';
import { textTable } from './sql-table.ts';
import { type SqlTask, tell } from './sql-task.ts';

/** Rows that the platform keeps for a screen. */
const MOST_KEPT = 100_000;
const PAGE = 2_000;
const WAIT_MS = 20_000;
/** For what is left behind when the command ends, also by Ctrl-C. */
const LEAVE_MS = 3_000;

/**
 * Runs a statement on the running platform, signed in as one of its users: the rights, the queue and the audit are the platform's.
 *
 * @throws FillOnceError what the platform answers; `cli.platform_silent`, `cli.password_needed`
 */
export async function runRemotely(
  context: CommandContext,
  { url, login, task }: { readonly url: string; readonly login: string; readonly task: SqlTask },
): Promise<number> {
  let cookie = '';
  const leaving = ['/api/session'];
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'fillonce', Cookie: cookie };
    const request = fetch(new URL(path, url), { signal: context.signal, ...init, headers });
    const answer = await request.catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw platformSilent(url, error);
    });
    if (!answer.ok) throw await refusalOf(answer, url);
    return answer;
  };
  const post = (path: string, body: object) => ask(path, { method: 'POST', body: JSON.stringify(body) });

  const password = process.env.FILLONCE_PASSWORD ?? (await promptPassword(login));
  const session = await post('/api/session', { login, password });
  cookie = session.headers.get('Set-Cookie')?.split(';')[0] ?? '';
  try {
    const { statement, parameters, format, out } = task;
    const limit = Math.min(task.limit, MOST_KEPT);
    const { queryId } = (await (await post('/api/sql/run', { statement, parameters, limit })).json()) as SqlRun;
    leaving.unshift(`/api/sql/queries/${queryId}`);
    const pageOf = async (offset: number, count: number) =>
      (await (
        await ask(`/api/sql/queries/${queryId}?waitMs=${WAIT_MS}&offset=${offset}&limit=${count}`)
      ).json()) as SqlPage;
    let page = await pageOf(0, Math.min(PAGE, limit));
    while (page.state === 'queued' || page.state === 'running') {
      if (page.position !== null)
        context.stderr.write(`排队第 ${page.position} 位 · place ${page.position} in the queue\n`);
      page = await pageOf(0, Math.min(PAGE, limit));
    }
    if (page.error) throw new FillOnceError(page.error as ErrorBody);
    let told = { rows: page.total, truncated: page.truncated };
    const target = () => (out === undefined ? context.stdout : createWriteStream(out));
    if (format === 'table') {
      const rows = [...page.items];
      while (rows.length < page.total) rows.push(...(await pageOf(rows.length, PAGE)).items);
      const table = textTable(
        page.columns.map(({ name }) => name),
        rows,
      );
      await pipeline([table], target(), { end: out !== undefined });
    } else {
      const file = await ask(`/api/sql/export?queryId=${queryId}&format=${format}&limit=${task.limit}`);
      if (!file.body) throw platformSilent(url, null);
      told = { rows: Number(file.headers.get('X-Rows')), truncated: file.headers.get('X-Rows-Truncated') === 'true' };
      await pipeline(Readable.fromWeb(file.body as Parameters<typeof Readable.fromWeb>[0]), target(), {
        end: out !== undefined,
      });
    }
    tell(context, {
      ...told,
      ms: page.elapsedMs,
      publication: page.publicationId,
    });
    return 0;
  } finally {
    const signal = AbortSignal.timeout(LEAVE_MS);
    for (const path of leaving) await ask(path, { method: 'DELETE', signal }).catch(() => undefined);
  }
}

async function refusalOf(answer: Response, url: string): Promise<FillOnceError> {
  try {
    return new FillOnceError((await answer.json()) as ErrorBody);
  } catch (error) {
    return platformSilent(url, error);
  }
}

/** Asks for the password on the terminal without showing it. */
async function promptPassword(login: string): Promise<string> {
  if (!process.stdin.isTTY) throw passwordNeeded(login);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(`${login} 的密码 · password of ${login}: `);
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}
