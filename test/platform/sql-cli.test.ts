import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openControl } from '../../cli/platform/control.ts';
import { importCliAudit } from '../../cli/sql-audit.ts';
import { loadCatalogue, orgPath, systemClock } from '../../core/index.ts';
import { packageRoot } from '../../core/paths.ts';
import { createUser, listAudit, openStore, type Store } from '../../store/index.ts';
import { openLanding, openWarehouse } from '../../warehouse/index.ts';
import { openOffice, PASSWORD } from '../server/office.ts';
import { dwellingRecords, OFFICE, UNITS } from '../server/records.ts';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'fillonce-cli-'));
  const landing = openLanding({ folder: join(data, 'landing'), clock: systemClock });
  const warehouse = await openWarehouse({
    folder: join(data, 'warehouse'),
    landing,
    catalogue: loadCatalogue(),
    clock: systemClock,
    memoryMb: 512,
    threads: 1,
  });
  const writer = landing.write('platform', 'org_unit');
  await writer.append(UNITS.map(({ path, name, kind }) => ({ path, name, kind })));
  await writer.commit(null);
  const grid = landing.write('grid', 'dwelling');
  await grid.append(dwellingRecords(48, systemClock.now()).grid);
  await grid.commit(null);
  await warehouse.stageOutstanding();
  await warehouse.refresh();
  await warehouse.publish();
  await warehouse.close();
});
afterAll(() => rm(data, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a person types it. */
const sql = (...args: readonly string[]) => typed({}, '--data', data, ...args);

async function typed(more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
  const entry = join(packageRoot(), 'bin', 'fillonce');
  const env = { PATH: process.env.PATH, FILLONCE_PORT: '1', ...more };
  return promisify(execFile)(process.execPath, [entry, 'sql', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ folder: join(data, 'store'), clock: systemClock });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const COUNT = 'SELECT count(*) AS 户数 FROM housing.dwelling';

it('whoever holds the data folder asks the publication directly; the platform takes the audit over', {
  timeout: 180_000,
}, async () => {
  const table = await sql(COUNT);
  expect([table.code, table.stdout]).toEqual([0, '户数\n----\n  48\n']);
  const csv = await sql('SELECT $word AS w, $n + 1 AS n', '--param', "word='7'", '--param', 'n=41', '--format', 'csv');
  expect(csv.stdout).toBe('\ufeffw,n\r\n7,42\r\n');
  const out = join(data, 'out.parquet');
  expect((await sql('FROM housing.dwelling', '--format', 'parquet', '--out', out)).code).toBe(0);
  expect((await readFile(out)).subarray(0, 4).toString()).toBe('PAR1');
  const refused = await sql("SELECT * FROM read_text('/etc/passwd')", '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'analytics.sql.function' } });

  await withStore(async (store) => {
    expect(await importCliAudit(store, data)).toBe(10);
    expect(await importCliAudit(store, data)).toBe(0);
    const log = await store.system.transaction((tx) => listAudit(tx, { userId: 'platform', limit: 20 }));
    expect(log.map(({ action }) => action).sort()).toEqual(
      [...Array(4).fill('sql.ask'), ...Array(4).fill('sql.end'), 'sql.export', 'sql.export'].sort(),
    );
    expect(log.filter(({ detail }) => detail.outcome === 'refused')).toHaveLength(1);
    expect(log.some(({ detail }) => detail.statement === COUNT)).toBe(true);
  });
});

it('--as cuts to the scope and rights of the user, in the store that nobody holds', { timeout: 180_000 }, async () => {
  await withStore((store) =>
    store.system.transaction(async (tx) => {
      const person = { passwordHash: '', themes: '*', sensitivity: 'internal' } as const;
      await createUser(tx, {
        ...person,
        login: 'sun',
        name: '孙敏',
        roles: ['analyst'],
        scope: orgPath(`${OFFICE}/c05`),
      });
      await createUser(tx, { ...person, login: 'wang', name: '王芳', roles: ['clerk'], scope: orgPath(OFFICE) });
    }),
  );
  const mine = await sql(
    'SELECT count(*) < 48 AS fewer, any_value(owner_name) AS owner FROM housing.dwelling',
    '--as',
    'sun',
    '--json',
  );
  expect(JSON.parse(mine.stdout)).toEqual([{ fewer: true, owner: '***' }]);
  expect((await sql(COUNT, '--as', 'wang')).stderr).toContain('cli.user_without_sql');
  expect((await sql(COUNT, '--as', 'nobody')).stderr).toContain('cli.user_unknown');
  await withStore(async (store) => {
    for (const action of ['sql.end', 'sql.export']) {
      const log = await store.system.transaction((tx) => listAudit(tx, { action, limit: 1 }));
      expect([action, log[0]!.userId === 'platform']).toEqual([action, false]);
    }
    // Held by another process: the command turns to the platform, which is not there.
    expect((await sql(COUNT, '--as', 'sun', '--url', 'http://127.0.0.1:1')).stderr).toMatch(
      /cli\.(password_needed|platform_silent)/,
    );
  });
});

it('--as asks a running platform in every format, by its address or by its data folder', {
  timeout: 180_000,
}, async () => {
  const office = await openOffice({ clock: systemClock, sql: true });
  try {
    const { url } = await office.server.listen({ host: '127.0.0.1', port: 0 });
    const password = { FILLONCE_PASSWORD: PASSWORD, FILLONCE_DATA: join(data, 'nothing-here') };
    const remote = (...args: readonly string[]) => typed(password, COUNT, '--as', 'analyst', '--url', url, ...args);
    expect((await remote()).stdout).toBe('户数\n----\n  48\n');
    expect((await remote('--format', 'csv')).stdout).toBe('\ufeff户数\r\n48\r\n');
    expect(JSON.parse((await remote('--json')).stdout)).toEqual([{ 户数: 48 }]);
    const few = await typed(
      password,
      'SELECT dwelling_code FROM housing.dwelling',
      ...['--as', 'analyst', '--url', url, '--limit', '5', '--format', 'csv'],
    );
    expect([few.stdout.split('\r\n').length, /^5 行.*raise --limit/m.test(few.stderr)]).toEqual([7, true]);
    const fileOf = async (format: string) => {
      const out = join(data, `out.${format}`);
      expect(await remote('--format', format, '--out', out)).toMatchObject({ code: 0 });
      return readFile(out);
    };
    expect((await fileOf('parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect((await fileOf('xlsx')).subarray(0, 2).toString()).toBe('PK');
    expect(
      tableFromIPC(await fileOf('arrow'))
        .toArray()
        .map(String),
    ).toEqual(['{"户数": 48}']);

    const log = { info: () => {}, warn: () => {}, error: () => {} };
    await withStore(async () => {
      const control = await openControl({
        dataFolder: data,
        log,
        backup: () => Promise.reject(new Error('not here')),
      });
      await control.announce(url);
      const found = await typed(password, COUNT, '--as', 'analyst', '--data', data);
      await control.close();
      expect([found.code, found.stdout]).toEqual([0, '户数\n----\n  48\n']);
    });
  } finally {
    await office.close();
  }
});
