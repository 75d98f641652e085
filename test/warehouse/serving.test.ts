import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/checks.ts';
import { orgPath } from '../../core/org.ts';
import { createServing } from '../../warehouse/serving/serving.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-11-01T09:00:00+08:00';

function idNo(i: number): string {
  const first17 = `31019919800512${String(i).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

const resident = (i: number, more = {}) => ({
  residentId: `r${i}`,
  idNo: idNo(i),
  name: `居民${i}`,
  gender: i % 2 === 0 ? '1' : '2',
  phone: `138${String(i).padStart(8, '0')}`,
  gridPath: `310199/001/c0${1 + (i % 3)}/g01`,
  updatedAt: AT,
  ...more,
});

const zone = (code: string, name: string, gridPath = '310199/001/c01/g01') => ({
  zoneCode: code,
  zoneName: name,
  gridPath,
  headcountLimit: 100,
  updatedAt: AT,
});

const units = ['310199', '310199/001', ...[1, 2, 3].map((n) => `310199/001/c0${n}`)].map((path) => ({
  path,
  name: path,
  kind: ['district', 'subdistrict', 'community'][path.split('/').length - 1]!,
}));

describe.skipIf(findPostgres() === null && process.env.CI !== 'true')('serving to Postgres', () => {
  let server: PostgresServer;
  let databaseUrl: string;
  let fixture: Fixture;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    databaseUrl = await server.createDatabase();
    fixture = await openFixture();
    await fixture.land('platform.org_unit', units);
    await fixture.land(
      'grid.resident',
      Array.from({ length: 90 }, (_, i) => resident(i)),
    );
    await fixture.land('signal.zone', [zone('z1', '广场'), zone('z2', '二区', '310199/001/c02/g01')]);
    await fixture.bringUp();
  });
  afterEach(() => fixture.close());

  const serving = (more = {}) =>
    createServing({ databaseUrl, reader: fixture.reader, catalogue: fixture.catalogue, ...more });

  /** Runs statements as a login of the database; made where it is missing. */
  async function as<T extends pg.QueryResultRow>(login: string, statement: string): Promise<T[]> {
    const client = await connect(login);
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  }
  async function connect(login: string): Promise<pg.Client> {
    const url = new URL(databaseUrl);
    url.username = login;
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
  const login = (name: string) =>
    as('plain', `DO $$ BEGIN CREATE ROLE ${name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);

  it('shows a reader the rows of his units and the values of his sensitivity, and anyone else nothing', async () => {
    await serving().serve();
    for (const name of ['bi_c01', 'bi_office', 'bi_nobody', 'bi_themes']) await login(name);
    await serving().grant({ role: 'bi_c01', scope: orgPath('310199/001/c01'), sensitivity: 'internal' });
    await serving().grant({ role: 'bi_office', scope: orgPath('310199/001'), sensitivity: 'sensitive' });
    await serving().grant({ role: 'bi_themes', scope: orgPath('310199'), sensitivity: 'public', themes: ['crowd'] });

    const people =
      'SELECT id_no, name, gender, phone, birth_date, _org FROM fillonce.population_person ORDER BY _org, id_no';
    const mine = await as<{ id_no: string; phone: string; birth_date: unknown; _org: string }>('bi_c01', people);
    expect(new Set(mine.map(({ _org }) => _org))).toEqual(new Set(['310199/001/c01/g01']));
    expect(mine).toHaveLength(30);
    expect(new Set(mine.map(({ id_no, phone }) => `${id_no} ${phone}`))).toEqual(new Set(['*** ***']));
    expect(mine.every(({ birth_date }) => birth_date === null)).toBe(true);

    const history = `SELECT id_no, phone, valid_from::text, valid_to, _org FROM fillonce.population_person_history`;
    const before = await as<Record<string, unknown>>('bi_c01', history);
    expect(before).toHaveLength(30);
    expect(new Set(before.map((row) => JSON.stringify(row)))).toEqual(
      new Set(['{"id_no":"***","phone":"***","valid_from":"2026-11-22","valid_to":null,"_org":"310199/001/c01/g01"}']),
    );
    expect(await as('bi_themes', history)).toEqual([]);

    const all = await as<{ id_no: string; phone: string }>('bi_office', people);
    expect(all).toHaveLength(90);
    expect(all.map(({ id_no }) => id_no).sort()).toEqual(Array.from({ length: 90 }, (_, i) => idNo(i)).sort());

    expect(await as('bi_themes', people)).toEqual([]);
    expect(await as('bi_themes', 'SELECT zone_code FROM fillonce.crowd_zone')).toHaveLength(2);
    await expect(as('bi_nobody', people)).rejects.toMatchObject({ code: '42501' });
    await as('plain', 'GRANT fillonce_read_sensitive TO bi_nobody');
    expect(await as('bi_nobody', people)).toEqual([]);
    expect(await as('bi_nobody', 'SELECT publication FROM fillonce.served_publication')).toHaveLength(1);

    await serving().revoke('bi_c01');
    await expect(as('bi_c01', people)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets no reader past the views, by a condition, a function of his own, a setting or a name', async () => {
    await serving().serve();
    await login('bi_spy');
    await serving().grant({ role: 'bi_spy', scope: orgPath('310199/001/c01'), sensitivity: 'public' });
    const client = await connect('bi_spy');
    const seen: string[] = [];
    client.on('notice', ({ message }) => void seen.push(message ?? ''));
    const rows = async (statement: string) => (await client.query(statement)).rows;
    await client.query(`CREATE FUNCTION pg_temp.leak(anything text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
      AS $$ BEGIN RAISE NOTICE '%', anything; RETURN true; END $$`);
    await client.query(
      'SELECT id_no FROM fillonce.population_person WHERE pg_temp.leak(id_no) AND pg_temp.leak(_org) AND pg_temp.leak(name)',
    );
    expect(new Set(seen)).toEqual(new Set(['***', '310199/001/c01/g01']));
    expect(await rows(`SELECT _org FROM fillonce.population_person WHERE id_no = '${idNo(1)}'`)).toEqual([]);
    expect(await rows(`SELECT _org FROM fillonce.population_person WHERE _org LIKE '%c02%'`)).toEqual([]);
    for (const statement of [
      'SELECT * FROM fillonce_data.reader',
      "SELECT fillonce_data.visible_units('population', 'plain')",
      "INSERT INTO fillonce_data.reader VALUES ('bi_spy', 0, '310199', NULL)",
      'SET ROLE fillonce_owner',
      'SET ROLE fillonce_read_sensitive',
      "UPDATE fillonce.population_person SET _org = 'x'",
      'CREATE TABLE fillonce.mine (a int)',
    ]) {
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    }
    const partitions = await rows(
      "SELECT relname FROM pg_class WHERE relname LIKE 'population_person_%' AND relkind = 'r'",
    );
    for (const { relname } of partitions) {
      await expect(client.query(`SELECT * FROM fillonce_data.${relname}`)).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  });

  it('lets the planner tell no reader how many rows another unit has, or where a public value stands', async () => {
    await serving().serve();
    await login('bi_plans');
    await serving().grant({ role: 'bi_plans', scope: orgPath('310199/001/c03'), sensitivity: 'sensitive' });
    const guessed = async (table: string, condition: string) => {
      const explain = `EXPLAIN SELECT FROM fillonce.${table} WHERE ${condition}`;
      const [first] = await as<{ 'QUERY PLAN': string }>('bi_plans', explain);
      return /rows=\d+/.exec(first!['QUERY PLAN'])![0];
    };
    for (const [table, column, there, nowhere] of [
      ['population_person', '_org', '310199/001/c02/g01', '310199/001/c09/g01'],
      ['crowd_zone', 'name', '广场', '没有的地方'],
    ] as const) {
      const [one, none] = [
        await guessed(table, `${column} = '${there}'`),
        await guessed(table, `${column} = '${nowhere}'`),
      ];
      expect([table, one]).toEqual([table, none]);
    }
  });

  it('gives a role that was dropped and made again nothing', async () => {
    await serving().serve();
    await login('bi_again');
    await serving().grant({ role: 'bi_again', scope: orgPath('310199'), sensitivity: 'public' });
    expect(await as('bi_again', 'SELECT * FROM fillonce.crowd_zone')).toHaveLength(2);
    await as('plain', 'DROP ROLE bi_again');
    await login('bi_again');
    await as('plain', 'GRANT fillonce_read_public TO bi_again');
    expect(await as('bi_again', 'SELECT * FROM fillonce.crowd_zone')).toEqual([]);
    await expect(
      serving().grant({ role: 'bi_missing', scope: orgPath('310199'), sensitivity: 'public' }),
    ).rejects.toMatchObject({ code: 'warehouse.serving.reader' });
  });

  it('refuses a role that the rules do not hold, and an org unit that does not exist', async () => {
    await serving().serve();
    await as('plain', 'DROP ROLE IF EXISTS bi_super, bi_bypass, bi_owner, bi_lost');
    await as('plain', 'CREATE ROLE bi_lost LOGIN');
    await as('plain', 'CREATE ROLE bi_owner LOGIN IN ROLE fillonce_owner');
    const grant = (role: string, path: string) =>
      serving()
        .grant({ role, scope: orgPath(path), sensitivity: 'public' })
        .then(
          () => 'granted',
          (error: Error) => error.message,
        );
    const [superuser] = await as<{ name: string }>(
      'plain',
      'SELECT rolname AS name FROM pg_roles WHERE rolsuper LIMIT 1',
    );
    expect(await grant(superuser!.name, '310199/001')).toContain('superuser');
    expect(await grant('bi_owner', '310199/001')).toContain('fillonce_owner');
    expect(await grant('bi_lost', '310199/001/c99')).toContain('310199/001/c01');
    expect(await as('plain', "SELECT FROM pg_auth_members WHERE member = 'bi_lost'::regrole")).toEqual([]);
    expect(await grant('bi_lost', '310199/001/c02')).toBe('granted');
  });

  it('documents every view and column, indexes keys and units, and has statistics', async () => {
    await serving().serve();
    const uncommented = await as(
      'plain',
      `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.relnamespace = 'fillonce'::regnamespace AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)`,
    );
    expect(uncommented).toEqual([]);
    const [phone] = await as<{ said: string }>(
      'plain',
      `SELECT col_description('fillonce.population_person'::regclass, attnum) AS said FROM pg_attribute
       WHERE attrelid = 'fillonce.population_person'::regclass AND attname = 'phone'`,
    );
    expect(phone!.said).toMatch(/^.+ · .+ \[population\.person\.phone;.* sensitivity: personal\]$/);
    const [found] = await as<{ indexes: number; statistics: number }>(
      'owner',
      `SELECT (SELECT count(*)::int FROM pg_indexes WHERE tablename ~ '^population_person_(?!history)') AS indexes,
        (SELECT count(DISTINCT inherited)::int FROM pg_stats WHERE tablename ~ '^population_person_(?!history)') AS statistics`,
    );
    expect(found).toEqual({ indexes: 2, statistics: 2 });
  });

  it('copies only what changed, nothing when nothing did, and keeps text as it is', async () => {
    const odd = 'a\\b\tc\nd\re\\N"\'—𠀀';
    const ours = serving({ visibleAfterMs: 0 });
    const first = await ours.serve();
    expect(first).toMatchObject({ changed: true, copiedRows: first.rows });
    expect(await ours.serve()).toMatchObject({ changed: false, copiedRows: 0 });
    await fixture.land('signal.zone', [zone('z9', odd)]);
    await fixture.bringUp();
    expect(await ours.serve()).toMatchObject({ changed: true, copiedRows: 3 });
    await login('bi_text');
    await serving().grant({ role: 'bi_text', scope: orgPath('310199'), sensitivity: 'sensitive' });
    const [kept] = await fixture.reader.withPublication('current', (sql) =>
      sql.all<{ name: string }>("SELECT name FROM crowd.zone WHERE zone_code = 'z9'"),
    );
    expect(await as('bi_text', "SELECT name FROM fillonce.crowd_zone WHERE zone_code = 'z9'")).toEqual([kept]);
  });

  it('shows one publication to a transaction from its first statement to its last, over 60 swaps under load', async () => {
    await fixture.land('signal.zone', [zone('z1', '第0版')]);
    await fixture.land('grid.resident', [resident(0, { name: '第0版', updatedAt: later(1) })]);
    await fixture.bringUp();
    const first = (await fixture.reader.current()).id;
    await fixture.land('signal.zone', [{ ...zone('z1', '第1版'), updatedAt: later(2) }]);
    await fixture.land('grid.resident', [resident(0, { name: '第1版', updatedAt: later(2) })]);
    await fixture.bringUp();
    const second = (await fixture.reader.current()).id;
    // A swap each time, and copies anew as often as the earlier ones have gone.
    let turn = 0;
    const reader = { ...fixture.reader, current: () => fixture.reader.manifest(turn % 2 === 0 ? first : second) };
    const ours = serving({ reader, visibleAfterMs: 200, keepMs: 1_500 });
    await login('bi_load');
    await ours.serve();
    await ours.grant({ role: 'bi_load', scope: orgPath('310199'), sensitivity: 'sensitive' });

    let swapping = true;
    let reads = 0;
    const torn: string[] = [];
    const seen = new Set<string>();
    const readers = Array.from({ length: 3 }, async (_, i) => {
      const client = await connect('bi_load');
      const one = async (statement: string) =>
        (await client.query<{ said: string }>(statement)).rows[0]?.said ?? 'none';
      while (swapping) {
        await client.query(i === 0 ? 'BEGIN ISOLATION LEVEL REPEATABLE READ' : 'BEGIN');
        const person = await one(`SELECT name AS said FROM fillonce.population_person WHERE id_no = '${idNo(0)}'`);
        const area = await one("SELECT name AS said FROM fillonce.crowd_zone WHERE zone_code = 'z1'");
        const [count] = (await client.query('SELECT count(*)::int AS n FROM fillonce.population_person')).rows;
        await client.query('COMMIT');
        if (person !== area || count.n !== 90) torn.push(`${person} ${area} ${count.n}`);
        seen.add(person);
        reads++;
      }
      await client.end();
    });
    const swaps = async () => {
      for (turn = 1; turn <= 60; turn++) expect((await ours.serve()).changed).toBe(true);
    };
    await Promise.all([swaps().finally(() => (swapping = false)), ...readers]);
    expect(torn).toEqual([]);
    expect(reads).toBeGreaterThan(50);
    expect(seen).toEqual(new Set(['第0版', '第1版']));
  }, 240_000);

  it('lets an open transaction finish on what it began with, and deletes old copies when nobody is left', async () => {
    const ours = serving({ visibleAfterMs: 0, keepMs: 0 });
    await ours.serve();
    await login('bi_slow');
    await ours.grant({ role: 'bi_slow', scope: orgPath('310199'), sensitivity: 'sensitive' });
    const slow = await connect('bi_slow');
    await slow.query('BEGIN');
    const names = async () => (await slow.query('SELECT name FROM fillonce.crowd_zone ORDER BY 1')).rows;
    const before = await names();
    for (const n of [1, 2]) {
      await fixture.land('signal.zone', [{ ...zone('z1', `新${n}`), updatedAt: later(n) }]);
      await fixture.bringUp();
      await ours.serve();
    }
    // With no time to keep, its publication is off the list: it is told so, and never gets a mixture.
    await expect(names()).rejects.toMatchObject({ code: '40001' });
    await slow.query('ROLLBACK');
    expect(await names()).not.toEqual(before);
    await slow.end();
    await fixture.land('signal.zone', [{ ...zone('z1', '新3'), updatedAt: later(3) }]);
    await fixture.bringUp();
    await ours.serve();
    await ours.serve();
    const copies = await as<{ n: number }>(
      'plain',
      "SELECT count(*)::int AS n FROM fillonce_data.load WHERE mart = 'crowd.zone'",
    );
    expect(copies).toEqual([{ n: 1 }]);
  });

  it('leaves what was served when the connection is cut in the middle of a copy, and goes on from there', async () => {
    await serving().serve();
    await login('bi_cut');
    await serving().grant({ role: 'bi_cut', scope: orgPath('310199'), sensitivity: 'public' });
    await fixture.land('grid.resident', [resident(200), resident(201)]);
    await fixture.land('signal.zone', [zone('z3', '三区')]);
    await fixture.bringUp();
    let cut: Promise<unknown> | null = null;
    const broken = serving().serve({
      onProgress: ({ mart }) => {
        if (mart !== 'population.person' || cut) return;
        cut = as(
          'owner',
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fillonce-serving'",
        );
      },
    });
    const outcome = await broken.catch((error: unknown) => error);
    await cut;
    if (outcome instanceof Error) expect(outcome).toMatchObject({ retryable: true });
    const before = await as('bi_cut', 'SELECT zone_code FROM fillonce.crowd_zone');
    expect([2, 3]).toContain(before.length);
    await serving({ visibleAfterMs: 0, keepMs: 0 }).serve();
    expect(await as('bi_cut', 'SELECT zone_code FROM fillonce.crowd_zone')).toHaveLength(3);
    expect(await as('bi_cut', 'SELECT count(*)::int AS n FROM fillonce.population_person')).toEqual([{ n: 92 }]);
  });

  it('touches nothing of the same name that others made', async () => {
    await as('plain', 'CREATE SCHEMA fillonce');
    await expect(serving().serve()).rejects.toMatchObject({ code: 'warehouse.serving.name_taken' });
    await as('plain', 'CREATE ROLE other_read_public');
    await expect(serving({ schema: 'other' }).serve()).rejects.toMatchObject({ code: 'warehouse.serving.name_taken' });
    expect(() => serving({ schema: 'Robert"; DROP' })).toThrow('warehouse.serving.schema_name');
    const { changed } = await serving({ schema: 'third' }).serve();
    expect(changed).toBe(true);
    await as('owner', 'DROP VIEW third.crowd_zone; CREATE TABLE third.crowd_zone (a int)');
    await as('plain', 'SET ROLE third_owner; DELETE FROM third_data.shown');
    await expect(serving({ schema: 'third' }).serve()).rejects.toMatchObject({ code: 'warehouse.serving.name_taken' });
    expect(await as('owner', 'SELECT * FROM third.crowd_zone')).toEqual([]);
  });

  it('tells a second process that the first is at it', async () => {
    const first = await connect('plain');
    await first.query("SELECT pg_advisory_lock(hashtextextended('fillonce serving fillonce', 0))");
    await expect(serving().serve()).rejects.toMatchObject({ code: 'warehouse.serving.busy', retryable: true });
    await first.end();
    await expect(
      createServing({
        databaseUrl: 'postgres://nobody@127.0.0.1:9/none',
        reader: fixture.reader,
        catalogue: fixture.catalogue,
      }).serve(),
    ).rejects.toMatchObject({ code: 'warehouse.serving.unreachable', retryable: true });
  });
});

function later(n: number): string {
  return new Date(Date.parse('2026-11-02T00:00:00Z') + n * 60_000).toISOString();
}
