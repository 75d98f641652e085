import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArgsOptions } from '../../cli/command.ts';
import { driftCommands } from '../../cli/drift.ts';
import { quarantineCommands } from '../../cli/quarantine.ts';
import { warehouseCommands } from '../../cli/warehouse.ts';
import { orgPath, systemClock } from '../../core/index.ts';
import { createUser, listAudit, listUsers, openStore } from '../../store/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import { dwellingRecords, UNITS } from '../server/records.ts';

const commands = [...warehouseCommands, ...quarantineCommands, ...driftCommands];

describe('the warehouse commands on a data folder', () => {
  let data: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'fillonce-cli-'));
    const landing = openLanding({ folder: join(data, 'landing'), clock: systemClock });
    const land = async (source: string, dataset: string, rows: readonly object[]) => {
      const writer = landing.write(source, dataset);
      await writer.append(rows as never);
      await writer.commit(null);
    };
    const { grid, housing } = dwellingRecords(400, systemClock.now());
    await land(
      'platform',
      'org_unit',
      UNITS.map(({ path, name, kind }) => ({ path, name, kind })),
    );
    await land(
      'grid',
      'dwelling',
      grid.map((record, i) => (i < 12 ? { ...record, dwellingCode: null, code: `${record.dwellingCode} ` } : record)),
    );
    await land('housing', 'property', housing);
  });
  afterAll(() => rm(data, { recursive: true, force: true }));

  /** Runs a command as the command line would; what it printed, its exit code. */
  async function run(name: string, ...args: string[]): Promise<{ code: number; json: never; err: string }> {
    const command = commands.find((one) => one.name === name)!;
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const { values, positionals } = parseArgs({
      args: [...args, '--data', data, '--json'],
      options: parseArgsOptions(command),
      allowPositionals: true,
      strict: true,
    });
    const signal = new AbortController().signal;
    const code = await command.run({ args: positionals, options: values, stdout, stderr, signal });
    const printed = String(stdout.read() ?? '');
    return { code, json: JSON.parse(printed) as never, err: String(stderr.read() ?? '') };
  }

  it('rebuild from landing and prove the content the same, telling how far they are', async () => {
    const { code, json, err } = await run('warehouse rebuild');
    expect(code).toBe(0);
    const { same, marts } = json as {
      same: boolean;
      marts: { mart: string; before: string; after: string; rows: number }[];
    };
    expect(same).toBe(true);
    expect(marts.find(({ mart }) => mart === 'housing.dwelling')).toMatchObject({ rows: 400 });
    expect(marts.every(({ before, after }) => before.length === 64 && before === after)).toBe(true);
    expect(err).toContain('rebuilding from landing');
    expect((await run('warehouse verify')).json).toMatchObject({ ok: true });
  }, 180_000);

  it('refuse to rebuild a landing that lacks a batch, before anything is staged or published', async () => {
    const manifest = join(data, 'landing', 'housing', 'property', '00000001.json');
    const published = () => readdir(join(data, 'warehouse', 'publications'));
    const before = await published();
    await rename(manifest, `${manifest}.away`);
    try {
      await expect(run('warehouse rebuild')).rejects.toMatchObject({ code: 'warehouse.landing.incomplete' });
    } finally {
      await rename(`${manifest}.away`, manifest);
    }
    expect(await published()).toEqual(before);
  }, 60_000);

  it('mend by expression only when told to apply, with a reason, and publish what passed', async () => {
    expect((await run('quarantine list')).json).toMatchObject({
      rules: [{ source: 'grid', dataset: 'dwelling', rule: 'dwellingCode:required', rows: 12 }],
      total: 12,
    });
    const set = ['--source', 'grid', '--dataset', 'dwelling', '--set', 'dwellingCode = trim(code)'];
    expect((await run('quarantine fix', ...set)).json).toMatchObject({ applied: false, selected: 12, passing: 12 });
    await expect(run('quarantine fix', ...set, '--apply')).rejects.toMatchObject({ code: 'cli.argument' });
    await expect(run('quarantine fix', '--set', 'a = b')).rejects.toMatchObject({ code: 'cli.argument' });
    const { json } = await run('quarantine list', '--limit', '1');
    const [{ batch, row }] = (json as { records: [{ batch: string; row: number }] }).records;
    expect((await run('quarantine show', batch, String(row))).json).toMatchObject({ state: 'open' });
    expect((await run('quarantine dismiss', batch, String(row), '--reason', '测试')).json).toEqual({ dismissed: 1 });
    const applied = await run('quarantine fix', ...set, '--apply', '--reason', '列名写错');
    expect(applied.json).toMatchObject({ applied: true, selected: 11, passed: 11, left: 0 });
    expect(applied.err).toContain('11 / 11');

    const compared = await run('warehouse compare', '--mart', 'housing.dwelling');
    const listed = await run('warehouse publications');
    const [{ marts }] = (listed.json as { items: [{ marts: Record<string, number> }] }).items;
    expect(marts['housing.dwelling']).toBe(400);
    expect((compared.json as { marts: object[] }).marts).toMatchObject([{ mart: 'housing.dwelling', changed: 11 }]);
    expect((await run('warehouse freshness')).json).toHaveProperty('items');
  }, 180_000);

  it('decide differences of columns, and write everything down', async () => {
    const found = (await run('drift list')).json as { differences: { column: string; kind: string }[] };
    expect(found.differences).toContainEqual(expect.objectContaining({ column: 'code', kind: 'unknown' }));
    expect((await run('drift refuse', 'grid.dwelling', 'unknown', 'code', '--reason', '不用')).json).toMatchObject({
      decision: 'refuse',
      publication: null,
    });
    await expect(run('drift accept', 'grid.dwelling', 'odd', 'code', '--reason', '不用')).rejects.toMatchObject({
      code: 'cli.option',
    });
    const store = await openStore({ folder: join(data, 'store'), clock: systemClock });
    const entries = await store.system.transaction((tx) => listAudit(tx, { limit: 20 }));
    await store.close();
    expect(entries.map(({ action }) => action)).toEqual([
      'drift.refuse',
      'quarantine.fix',
      'quarantine.dismiss',
      'warehouse.rebuild',
    ]);
    expect(entries[1]!.detail).toMatchObject({ reason: '列名写错', expression: 'dwellingCode = trim(code)' });
  }, 180_000);

  it('decide as a user only what that user may decide on the page, and in his name', async () => {
    const store = await openStore({ folder: join(data, 'store'), clock: systemClock });
    const person = { scope: orgPath('310199/001'), passwordHash: '-', sensitivity: 'sensitive' as const };
    for (const [login, roles, themes] of [
      ['boss', ['admin'], '*'],
      ['lots', ['admin'], ['parking']],
      ['asker', ['analyst'], '*'],
    ] as const) {
      await store.system.transaction((tx) => createUser(tx, { ...person, login, name: login, roles, themes }));
    }
    await store.close();
    const set = ['--source', 'grid', '--dataset', 'dwelling', '--set', 'dwellingCode = trim(code)'];
    const orders = [
      ['quarantine fix', ...set],
      ['quarantine replay', ...set.slice(0, 4), '--reason', '再试'],
      ['quarantine dismiss', ...set.slice(0, 4), '--reason', '不收'],
      ['quarantine dismiss', 'grid.dwelling.00000001.0123456789abcdef', '--reason', '不收'],
      ['quarantine release', 'grid.dwelling.00000001.0123456789abcdef', '--reason', '放行'],
      ['drift accept', 'grid.dwelling', 'unknown', 'code', '--reason', '可以'],
    ] as const;
    for (const [login, tried] of [
      ['asker', orders],
      ['lots', orders.slice(4)],
    ] as const) {
      for (const [name, ...args] of tried) {
        await expect(run(name, ...args, '--as', login)).rejects.toMatchObject({ code: 'cli.user_may_not' });
      }
    }
    await expect(run(orders[5][0], ...orders[5].slice(1), '--as', 'nobody')).rejects.toMatchObject({
      code: 'cli.user_unknown',
    });
    expect((await run(orders[5][0], ...orders[5].slice(1), '--as', 'boss')).json).toMatchObject({ decision: 'accept' });
    const after = await openStore({ folder: join(data, 'store'), clock: systemClock });
    const [newest] = await after.system.transaction((tx) => listAudit(tx, { limit: 1 }));
    const boss = (await after.system.transaction((tx) => listUsers(tx, { limit: 9, offset: 0 }))).find(
      ({ login }) => login === 'boss',
    );
    await after.close();
    expect(newest).toMatchObject({ action: 'drift.accept', userId: boss?.id, detail: { reason: '可以' } });
  }, 180_000);

  it('name the folder that has no warehouse', async () => {
    const command = commands.find(({ name }) => name === 'warehouse publications')!;
    const nothing = { data: join(data, 'nowhere'), limit: '5' };
    const signal = new AbortController().signal;
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    await expect(command.run({ args: [], options: nothing, signal, ...streams })).rejects.toMatchObject({
      code: 'cli.warehouse_absent',
    });
  });
});
