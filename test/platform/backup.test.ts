import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiSession, signIn } from '../../cli/demo/api-session.ts';
import { openTasks } from '../../cli/demo/clerk.ts';
import { newId } from '../../core/ids.ts';
import { packageRoot } from '../../core/paths.ts';
import { startPlatform } from './running.ts';

const SEED = ['--seed', '3', '--scale', '0.01'];
const SCOPE = '310199/001';
const READY_MS = 120_000;

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fillonce-backup-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

it(
  'a backup of a running platform, restored elsewhere, lets a half-done campaign be finished',
  async () => {
    const first = await startPlatform(join(base, 'first'), SEED);
    const reviewer = await signIn(first.url, 'reviewer', 'fill-once');
    const campaign = await issuedCampaign(reviewer);
    const { taskList } = await reached(reviewer, campaign, 'issued');
    expect(taskList.length).toBeGreaterThan(1);
    const clerks = clerkLogins(taskList);
    expect(await handIn(first.url, clerks.slice(0, 1), campaign)).toBeGreaterThan(0);

    const backup = join(base, 'backup.tar.gz');
    const made = await fillonce('backup', '--data', join(base, 'first'), '--out', backup);
    expect(made).toMatchObject({ code: 0, said: { engine: 'pglite' } });
    expect(made.said.storeRows).toBeGreaterThan(10);
    await first.kill();

    const second = join(base, 'second');
    expect(await fillonce('restore', '--from', backup, '--data', second)).toMatchObject({ code: 0 });
    const running = await startPlatform(second, SEED);
    try {
      const later = await signIn(running.url, 'reviewer', 'fill-once');
      const before = await later.get<Campaign>(`/api/campaigns/${campaign}`);
      expect(before.taskList.filter(({ status }) => status === 'submitted')).toHaveLength(1);
      await handIn(running.url, clerks.slice(1), campaign);
      const submitted = await later.get<{ items: readonly { id: string }[] }>(
        `/api/tasks?campaign=${campaign}&status=submitted&limit=500`,
      );
      expect(submitted.items).toHaveLength(taskList.length);
      for (const { id } of submitted.items) await later.post(`/api/tasks/${id}/approve`);
      await later.post(`/api/campaigns/${campaign}/merge`);
      await reached(later, campaign, 'merged');
      await later.post(`/api/campaigns/${campaign}/release`);
      await reached(later, campaign, 'released');
      expect((await later.download(`/api/campaigns/${campaign}/export`)).bytes.length).toBeGreaterThan(1_000);
      // The working file was not in the backup: it is made again from landing, and publishes as before.
      expect(existsSync(join(second, 'restored.json'))).toBe(false);
      await until(async () => (existsSync(join(second, 'warehouse', 'working.duckdb')) ? true : null));
    } finally {
      await running.stop();
    }
  },
  4 * READY_MS,
);

it('refuses what it cannot do well, in one sentence', async () => {
  const none = await fillonce('backup', '--data', join(base, 'nothing'), '--to', join(base, 'b0'));
  expect(none).toMatchObject({ code: 1, said: { error: { code: 'cli.no_data' } } });
  const held = join(base, 'held');
  await mkdir(join(held, 'store'), { recursive: true });
  const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8').catch(() => '');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  await writeFile(join(held, 'store', 'owner.json'), JSON.stringify({ pid: process.pid, started }));
  const deaf = await fillonce('backup', '--data', held, '--to', join(base, 'b1'));
  expect(deaf.said).toMatchObject({ error: { code: 'cli.platform_deaf', details: { pid: process.pid } } });
  expect(existsSync(join(base, 'b1'))).toBe(false);
  const unfinished = join(base, 'unfinished');
  await mkdir(unfinished);
  await writeFile(join(unfinished, '.restoring'), '');
  const start = await fillonce('start', '--data', unfinished, '--port', '0');
  expect(start).toMatchObject({ code: 1 });
  expect(start.stderr).toContain('cli.restore_unfinished');
}, 60_000);

interface Campaign {
  readonly stage: string;
  readonly failure: { readonly message: { readonly zh: string } } | null;
  readonly taskList: readonly { readonly org: string; readonly status: string }[];
}

async function issuedCampaign(reviewer: ApiSession): Promise<string> {
  const period = new Date().toISOString().slice(0, 7);
  const deadline = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const body = { templateId: 'vacant-group-rental', period, scope: SCOPE, deadline };
  // Nothing is published yet: it says so, and is prefilled by itself when there is something.
  const { id } = await reviewer.post<{ id: string }>('/api/campaigns', body);
  const words = await until(
    async () => (await reviewer.get<Campaign>(`/api/campaigns/${id}`)).failure?.message.zh ?? null,
  );
  expect(words).toContain('还没有发布版本');
  expect(await reached(reviewer, id, 'prefilled')).toMatchObject({ failure: null });
  await reviewer.post(`/api/campaigns/${id}/issue`);
  return id;
}

/** One clerk for each community that has a task. */
function clerkLogins(tasks: Campaign['taskList']): string[] {
  return [...new Set(tasks.map(({ org }) => `clerk-${org.split('/')[2]}`))].sort();
}

interface TaskRow {
  readonly rowKey: string;
  readonly values: readonly (string | null)[];
  readonly doubts: readonly { readonly column: string }[];
}

/**
 * These clerks confirm the values that are doubted, fill in what they can, and hand in, all at the same time. Returns the cells they
 * answered.
 */
async function handIn(url: string, logins: readonly string[], campaign: string): Promise<number> {
  const answered = await Promise.all(
    logins.map(async (login) => {
      const clerk = await signIn(url, login, 'fill-once');
      let saved = 0;
      for (const { id } of await openTasks(clerk, campaign)) saved += await answerTask(clerk, id);
      return saved;
    }),
  );
  return answered.reduce((sum, cells) => sum + cells, 0);
}

async function answerTask(clerk: ApiSession, id: string): Promise<number> {
  const { columns } = await clerk.get<{ columns: readonly { id: string }[] }>(`/api/tasks/${id}`);
  const { items } = await clerk.get<{ items: readonly TaskRow[] }>(`/api/tasks/${id}/rows?offset=0&limit=100`);
  const patches = items.flatMap(({ rowKey, values, doubts }) =>
    doubts.map(({ column }) => {
      const base = values[columns.findIndex((each) => each.id === column)] ?? null;
      // Most questions without a value are yes or no; other columns reject it.
      return { rowKey, column, base, value: base ?? '是', clientOpId: newId<string>('op', new Date()) };
    }),
  );
  let answered = 0;
  if (patches.length > 0) {
    const { saved } = await clerk.post<{ saved: readonly string[] }>(`/api/tasks/${id}/patches`, {
      patches: patches.slice(0, 100),
    });
    answered = saved.length;
  }
  await clerk.post(`/api/tasks/${id}/submit`, { incomplete: true, note: '其余待核实' });
  return answered;
}

function reached(api: ApiSession, campaign: string, stage: string): Promise<Campaign> {
  return until(async () => {
    const found = await api.get<Campaign>(`/api/campaigns/${campaign}`);
    return found.stage === stage ? found : null;
  });
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come in time');
}

interface Outcome {
  readonly code: number | null;
  readonly said: Record<string, unknown>;
  readonly stderr: string;
}

/** Runs the command line to its end. */
function fillonce(...args: string[]): Promise<Outcome> {
  const json = args[0] === 'start' ? [] : ['--json'];
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'fillonce'), ...args, ...json], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  return new Promise((resolve) =>
    child.once('close', (code) =>
      resolve({ code, said: stdout.startsWith('{') ? (JSON.parse(stdout) as Outcome['said']) : {}, stderr }),
    ),
  );
}
