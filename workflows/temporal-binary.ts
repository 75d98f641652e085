import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Message } from '../core/errors.ts';

/** The release that `go install` builds; 1.5.1 is the newest that builds from the module proxy alone. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const DOWNLOAD_DEADLINE_MS = 60_000;
const GO_DEADLINE_MS = 20 * 60_000;

export type TemporalBinary =
  | { readonly ok: true; readonly path: string; readonly how: 'address' | 'path' | 'cache' | 'download' | 'go' }
  | { readonly ok: false; readonly message: Message };

interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells the person what takes long. */
  readonly say: (message: string) => void;
}

/** Folder outside the clone in which obtained binaries are kept between clones. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.FILLONCE_CACHE ?? env.XDG_CACHE_HOME ?? env.LOCALAPPDATA ?? join(homedir(), '.cache');
  return join(base, 'fillonce');
}

/** The server binary where it already is: on PATH or in the cache folder. Null when it must be obtained. */
export function findTemporal(env: Readonly<Record<string, string | undefined>>): string | null {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  const cached = join(cacheFolder(env), name);
  return existsSync(cached) ? cached : null;
}

/**
 * Finds or obtains the Temporal server, in this order: TEMPORAL_ADDRESS (nothing to obtain), PATH, the cache folder, the SDK's own
 * download, `go install`. Never throws: the result says which ways were tried.
 */
export async function obtainTemporal({ env, say }: Environment): Promise<TemporalBinary> {
  if (env.TEMPORAL_ADDRESS) return { ok: true, path: env.TEMPORAL_ADDRESS, how: 'address' };
  const found = findTemporal(env);
  if (found !== null) return { ok: true, path: found, how: found.startsWith(cacheFolder(env)) ? 'cache' : 'path' };
  const downloaded = await download(env, say);
  if (downloaded !== null) return { ok: true, path: downloaded, how: 'download' };
  const built = await buildWithGo(env, say);
  if (built !== null) return { ok: true, path: built, how: 'go' };
  return { ok: false, message: missingTemporal(cacheFolder(env)) };
}

export function missingTemporal(cache: string): Message {
  return {
    zh:
      '缺少 Temporal 服务程序。四种办法任选其一：① 设置 TEMPORAL_ADDRESS 指向已有集群；② 安装 temporal 命令行并放入 PATH；' +
      `③ 把 temporal 程序放到 ${cache}；④ 安装 Go 后重试（将自动执行 go install ${GO_MODULE}，约两分钟）。`,
    en:
      'The Temporal server is missing. Any one of four ways will do: (1) set TEMPORAL_ADDRESS to a cluster you have; (2) install the ' +
      `temporal CLI so that it is on PATH; (3) put the temporal binary into ${cache}; (4) install Go and try again (it then runs ` +
      `go install ${GO_MODULE}, about two minutes).`,
  };
}

/** The SDK downloads a server when it starts one; it is started once, moved into the cache and stopped. */
async function download(env: Environment['env'], say: Environment['say']): Promise<string | null> {
  const { default: core } = await import('@temporalio/core-bridge').catch(() => ({ default: null }));
  if (core === null) return null;
  say('下载 Temporal 服务程序（约 50 MB） · Downloading the Temporal server (about 50 MB)');
  const folder = cacheFolder(env);
  mkdirSync(folder, { recursive: true });
  const script =
    "import('@temporalio/testing').then(async ({ TestWorkflowEnvironment: T }) => {" +
    `const e = await T.createLocal({ server: { executable: { type: 'cached-download', version: 'default', downloadDir: ${JSON.stringify(folder)} } } });` +
    'await e.teardown(); process.exit(0); }, () => process.exit(1))';
  const status = await runQuietly(process.execPath, ['--input-type=module', '-e', script], env, DOWNLOAD_DEADLINE_MS);
  if (status !== 0) return null;
  const { readdirSync } = await import('node:fs');
  const name = readdirSync(folder).find((file) => file.startsWith('temporal-'));
  if (name === undefined) return null;
  const target = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  renameSync(join(folder, name), target);
  return target;
}

async function buildWithGo(env: Environment['env'], say: Environment['say']): Promise<string | null> {
  if ((await runQuietly('go', ['version'], env, 10_000)) !== 0) return null;
  say(
    '用 Go 编译 Temporal 服务程序（约 2–5 分钟，仅此一次） · Building the Temporal server with Go (2–5 minutes, once)',
  );
  const folder = cacheFolder(env);
  mkdirSync(folder, { recursive: true });
  const status = await runQuietly(
    'go',
    ['install', GO_MODULE],
    { ...env, GOBIN: folder, CGO_ENABLED: '0' },
    GO_DEADLINE_MS,
  );
  const target = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  return status === 0 && existsSync(target) ? target : null;
}

function runQuietly(
  command: string,
  args: readonly string[],
  env: Environment['env'],
  deadlineMs: number,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: { ...env } as NodeJS.ProcessEnv,
      stdio: 'ignore',
      timeout: deadlineMs,
    });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
