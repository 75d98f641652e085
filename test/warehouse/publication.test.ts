import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { THEMES } from '../../core/catalogue.ts';
import { idNumberCheckDigit } from '../../core/checks.ts';
import type { PublicationId } from '../../core/ids.ts';
import { packageRoot } from '../../core/paths.ts';
import { type Fixture, openFixture } from './fixture.ts';

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
  updatedAt: '2026-11-01T09:00:00+08:00',
  ...more,
});

describe('a publication', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
    await fixture.land('platform.org_unit', [
      { path: '310199', name: '示范区', kind: 'district' },
      { path: '310199/001', name: '锦澜街道', kind: 'subdistrict' },
      { path: '310199/001/c01', name: '一居', kind: 'community' },
    ]);
    await fixture.land(
      'grid.resident',
      Array.from({ length: 200 }, (_, i) => resident(i)),
    );
    await fixture.land('signal.zone', [
      {
        zoneCode: 'z1',
        zoneName: '广场',
        gridPath: '310199/001/c01/g01',
        headcountLimit: 100,
        updatedAt: '2026-11-01T09:00:00+08:00',
      },
    ]);
    await fixture.bringUp();
  });
  afterEach(() => fixture.close());

  const folderOf = (id: string) => join(fixture.folder, 'warehouse', 'publications', id);

  it('has every mart as sorted Parquet and as DuckDB, the platform’s tables, and a manifest that says what is in it', async () => {
    const manifest = await fixture.reader.current();
    expect(manifest.themes.map(({ theme }) => theme).sort()).toEqual([...THEMES, 'platform'].sort());
    for (const { parquet } of manifest.marts) expect(existsSync(join(folderOf(manifest.id), parquet))).toBe(true);
    expect(manifest.marts.find(({ mart }) => mart === 'population.person')).toMatchObject({
      rows: 200,
      key: ['id_no'],
    });
    expect(manifest.batches).toContainEqual({ source: 'grid', dataset: 'resident', through: 1, staged: 1, blocked: 0 });
    await fixture.reader.withPublication('current', async (sql) => {
      expect(await sql.all('SELECT name FROM platform.source WHERE code = 1')).toEqual([{ name: 'confirmation' }]);
      expect(await sql.all('SELECT path, parent FROM platform.org_unit ORDER BY path')).toEqual([
        { path: '310199', parent: null },
        { path: '310199/001', parent: '310199' },
        { path: '310199/001/c01', parent: '310199/001' },
      ]);
      const [phone] = await sql.all(
        "SELECT title_zh, ttl_days, sources FROM platform.element WHERE id = 'population.person.phone'",
      );
      expect(phone).toEqual({ title_zh: '联系电话', ttl_days: 365, sources: 'grid,civil,police' });
      const [batch] = await sql.all(
        'SELECT b.source, b.dataset, b.seq FROM population.person p JOIN platform.batch b ON b.batch = p._batch LIMIT 1',
      );
      expect(batch).toEqual({ source: 'grid', dataset: 'resident', seq: 1 });
      const orgs = await sql.all<{ _org: string }>('SELECT _org FROM population.person');
      expect(orgs.map(({ _org }) => _org)).toEqual(orgs.map(({ _org }) => _org).sort());
    });
  });

  it('reuses the files of what did not change, and is the same one when nothing did', async () => {
    const first = await fixture.reader.current();
    expect((await fixture.warehouse.publish()).id).toBe(first.id);
    await fixture.land('grid.resident', [resident(500)]);
    await fixture.clock.advance(60_000);
    await fixture.bringUp();
    const second = await fixture.reader.current();
    expect(second.previous).toBe(first.id);
    const inode = (id: string, file: string) => statSync(join(folderOf(id), file)).ino;
    expect(inode(second.id, 'crowd.duckdb')).toBe(inode(first.id, 'crowd.duckdb'));
    expect(inode(second.id, 'population.household.parquet')).toBe(inode(first.id, 'population.household.parquet'));
    expect(inode(second.id, 'population.duckdb')).not.toBe(inode(first.id, 'population.duckdb'));
    const count = (id: PublicationId) =>
      fixture.reader.withPublication(
        id,
        async (sql) => (await sql.all('SELECT count(*) AS n FROM population.person'))[0],
      );
    expect(await count(first.id)).toEqual({ n: 200 });
    expect(await count(second.id)).toEqual({ n: 201 });
  });

  it('comes out the same from a rebuild, file by file', async () => {
    const before = await fixture.reader.current();
    await fixture.warehouse.rebuild();
    await fixture.warehouse.refresh();
    await fixture.clock.advance(1_000);
    await fixture.warehouse.publish();
    const after = await fixture.reader.current();
    expect(after.id).not.toBe(before.id);
    expect(after.marts.map(({ mart, content }) => [mart, content])).toEqual(
      before.marts.map(({ mart, content }) => [mart, content]),
    );
    expect(await fixture.warehouse.verify()).toMatchObject({ ok: true });
  });

  it('stays in place when a blocking check fails, and the message names the check', async () => {
    const before = await fixture.reader.current();
    await fixture.land(
      'grid.resident',
      Array.from({ length: 150 }, (_, i) => resident(i, { deleted: true, updatedAt: '2026-11-20T09:00:00+08:00' })),
    );
    await fixture.warehouse.stageOutstanding();
    await fixture.warehouse.refresh();
    await expect(fixture.warehouse.publish()).rejects.toMatchObject({
      code: 'warehouse.publication.checks',
      text: { en: expect.stringContaining('population.rows_kept (1)') },
    });
    expect((await fixture.reader.current()).id).toBe(before.id);
    expect(
      readdirSync(join(fixture.folder, 'warehouse', 'publications')).filter((name) => name.includes('partial')),
    ).toEqual([]);
  });

  it('says which warnings it was published with', async () => {
    await fixture.land('grid.resident', [resident(600, { birthDate: '1999-01-01' })]);
    await fixture.clock.advance(1_000);
    await fixture.bringUp();
    expect((await fixture.reader.current()).warnings).toContainEqual({
      check: 'population.birth_matches_id',
      about: 'The date of birth is the one in the identity number.',
      rows: 1,
    });
  });

  it('is kept while it is current, new, or pinned, and goes when it is none of them', async () => {
    const first = await fixture.reader.current();
    await fixture.reader.pin(first.id, 'campaign/1');
    const ids: string[] = [first.id];
    for (let i = 0; i < 5; i++) {
      await fixture.clock.advance(3_600_000);
      await fixture.land('grid.resident', [resident(700 + i)]);
      await fixture.bringUp();
      ids.push((await fixture.reader.current()).id);
    }
    const { publications } = fixture.warehouse;
    const soon = Date.now() + 3_600_000;
    await publications.retire({ keep: 2, keepMs: 60_000 }, soon);
    expect(await publications.list()).toEqual([ids[0], ...ids.slice(-2)]);
    await fixture.reader.unpin(first.id, 'campaign/1');
    await publications.retire({ keep: 0, keepMs: 60_000 }, soon);
    expect(await publications.list()).toEqual(ids.slice(-2));
    await expect(fixture.reader.pin(first.id, 'x')).rejects.toMatchObject({ code: 'warehouse.publication.unknown' });
    const unread = fixture.reader.withPublication(first.id, (sql) => sql.all('SELECT 1'));
    await expect(unread).rejects.toMatchObject({ code: 'warehouse.publication.unknown' });
  });

  it('found damaged is named by verification, and so is a damaged batch', async () => {
    const { id } = await fixture.reader.current();
    const file = join(folderOf(id), 'crowd.zone.parquet');
    const bytes = await readFile(file);
    bytes[Math.floor(bytes.length / 3)]! ^= 0xff;
    await writeFile(file, bytes);
    const manifest = (await fixture.landing.lastManifest('signal', 'zone'))!;
    await writeFile(
      fixture.landing.dataFile(manifest),
      '{"zoneCode":"z1","zoneName":"别处","updatedAt":"2026-11-01T09:00:00+08:00"}\n',
    );
    const verification = await fixture.warehouse.verify();
    expect(verification.ok).toBe(false);
    expect(verification.damagedBatches.map(({ batch }) => batch)).toEqual([manifest.id]);
    expect(verification.rebuiltOtherwise.map(({ mart }) => mart)).toContain('crowd.zone');
  });
});

describe('a theme', () => {
  it('has a readme that names each of its marts', async () => {
    const fixture = await openFixture();
    await fixture.bringUp();
    const { marts } = await fixture.reader.current();
    await fixture.close();
    for (const theme of THEMES) {
      const readme = await readFile(join(packageRoot(), 'warehouse', 'themes', theme, 'README.md'), 'utf8');
      for (const { name } of marts.filter((mart) => mart.theme === theme))
        expect(readme, `${theme}.${name}`).toContain(`\`${name}\``);
    }
  });
});
