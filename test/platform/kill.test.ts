import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiSession, signIn } from '../../cli/demo/api-session.ts';
import { openReader, type SqlSession } from '../../warehouse/index.ts';
import { type Running, startPlatform } from './running.ts';

const SEED = ['--seed', '3', '--scale', '0.02'];
/** When the platform is killed, in ms after it came up: while pulling, staging, refreshing, publishing. */
const KILL_AFTER_MS = [300, 1_500, 3_500, 6_000];
const READY_MS = 240_000;
const SCOPE = '310199/001';

let folders: { calm: string; disturbed: string };

beforeAll(async () => {
  folders = {
    calm: await mkdtemp(join(tmpdir(), 'fillonce-calm-')),
    disturbed: await mkdtemp(join(tmpdir(), 'fillonce-killed-')),
  };
});
afterAll(async () => {
  for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
});

describe('a platform that is killed and started again', () => {
  it(
    'ends in the same warehouse and the same tasks as one that was left alone',
    async () => {
      const calm = await startPlatform(folders.calm, SEED);
      const expected = await settled(folders.calm, calm);
      const tasks = await tasksOf(await reviewer(calm), await createCampaign(await reviewer(calm)));
      await calm.stop();
      expect(Object.keys(expected).length).toBeGreaterThan(15);
      expect(tasks.length).toBeGreaterThan(0);

      for (const waitMs of KILL_AFTER_MS) {
        const running = await startPlatform(folders.disturbed, SEED);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        await running.kill();
      }
      const again = await startPlatform(folders.disturbed, SEED);
      expect(await settled(folders.disturbed, again)).toEqual(expected);

      const campaign = await createCampaign(await reviewer(again));
      await again.kill();
      const last = await startPlatform(folders.disturbed, SEED);
      expect(await tasksOf(await reviewer(last), campaign)).toEqual(tasks);
      await last.stop();
    },
    4 * READY_MS,
  );
});

function reviewer(running: Running): Promise<ApiSession> {
  return signIn(running.url, 'reviewer', 'fill-once');
}

async function createCampaign(api: ApiSession): Promise<string> {
  const period = new Date().toISOString().slice(0, 7);
  const deadline = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const body = { templateId: 'vacant-group-rental', period, scope: SCOPE, deadline };
  return (await api.post<{ id: string }>('/api/campaigns', body)).id;
}

/** Issues the campaign once it is prefilled; what each community is asked. */
async function tasksOf(api: ApiSession, campaign: string): Promise<readonly string[]> {
  await reached(api, campaign, 'prefilled');
  await api.post(`/api/campaigns/${campaign}/issue`);
  const { taskList } = await reached(api, campaign, 'issued');
  return taskList.map(({ org, doubtful }) => `${org}: ${doubtful}`).sort();
}

interface Campaign {
  readonly stage: string;
  readonly taskList: readonly { readonly org: string; readonly doubtful: number }[];
}

function reached(api: ApiSession, campaign: string, stage: string): Promise<Campaign> {
  return until(async () => {
    const found = await api.get<Campaign>(`/api/campaigns/${campaign}`);
    return found.stage === stage ? found : null;
  });
}

interface Source {
  readonly dataset: string;
  readonly lastSuccess: string | null;
}

/** Datasets that come by themselves. */
const PUSHED = ['passage', 'event'];

interface Run {
  readonly asset: string;
  readonly state: string;
}

/** What each mart says once every source was pulled, nothing runs, and the last thing that ran was a publication; twice in a row. */
async function settled(dataFolder: string, running: Running): Promise<Readonly<Record<string, string>>> {
  const admin = await signIn(running.url, 'admin', 'fill-once');
  const reader = openReader({ folder: join(dataFolder, 'warehouse') });
  try {
    let looks = 0;
    let before = '';
    return await until(async () => {
      const { items: sources } = await admin.get<{ items: readonly Source[] }>('/api/sources');
      const { items: runs } = await admin.get<{ items: readonly Run[] }>('/api/runs?limit=20');
      const quiet =
        runs[0]?.asset === 'publication' && runs[0].state === 'done' && runs.every(({ state }) => state !== 'running');
      if (!quiet || sources.some(({ dataset, lastSuccess }) => !PUSHED.includes(dataset) && lastSuccess === null)) {
        looks = 0;
        return null;
      }
      const { id } = await reader.current();
      looks = id === before ? looks + 1 : 0;
      before = id;
      // Deliveries come in trickles: quiet means quiet for some seconds.
      return looks >= 40 ? await reader.withPublication(id, (sql) => fingerprints(sql)) : null;
    });
  } finally {
    await reader.close();
  }
}

async function fingerprints(sql: SqlSession): Promise<Record<string, string>> {
  const columns = await sql.all<{ mart: string; columns: string }>(
    `SELECT schema_name || '.' || table_name AS mart, string_agg('"' || column_name || '"', ', ' ORDER BY column_index) AS columns
     FROM duckdb_columns() WHERE database_name = current_database()
       AND schema_name NOT IN ('main', 'platform', 'information_schema', 'pg_catalog')
       AND NOT starts_with(column_name, '_') AND NOT internal
     GROUP BY ALL ORDER BY ALL`,
  );
  const found: Record<string, string> = {};
  for (const { mart, columns: names } of columns) {
    const [row] = await sql.all<{ said: string }>(
      `SELECT count(*) || ' rows, ' || coalesce(bit_xor(hash(${names})), 0) AS said FROM ${mart}`,
    );
    found[mart] = row?.said ?? '';
  }
  return found;
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('it did not settle in time');
}
