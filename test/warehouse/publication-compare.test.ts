import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PublicationId } from '../../core/ids.ts';
import { type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { comparePublications } from '../../warehouse/publication-compare.ts';
import { openPublicationFolder, type PublicationFolder } from '../../warehouse/publication-folder.ts';

let root: string;
let db: DuckDb;
let folder: PublicationFolder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fillonce-compare-'));
  await mkdir(join(root, 'publications'));
  folder = openPublicationFolder(join(root, 'publications'));
  db = await openDuckDb({ path: ':memory:', memoryMb: 256, threads: 1, connections: 1 });
});
afterAll(async () => {
  await db.close();
  await rm(root, { recursive: true, force: true });
});

let made = 0;

/** A publication of one mart `t.m` with the rows of a SELECT. */
async function publication(select: string, key: readonly string[]): Promise<PublicationId> {
  const id = `pub_${String(++made).padStart(4, '0')}` as PublicationId;
  const file = join(await folder.begin(id), 't.m.parquet');
  const columns = await db.use(async (sql) => {
    await sql.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
    return sql.all<{ column_name: string; column_type: string }>(`DESCRIBE ${select}`);
  });
  const [count] = await db.use((sql) => sql.all<{ n: number }>(`SELECT count(*) AS n FROM (${select})`));
  const mart = {
    mart: 't.m',
    theme: 't',
    name: 'm',
    kind: 'made',
    about: '',
    key,
    columns: columns.map((column) => ({ name: column.column_name, type: column.column_type })),
    rows: count!.n,
    content: select,
    signature: '',
    code: '',
    parquet: 't.m.parquet',
  };
  const rest = { previous: null, createdAt: '', asOf: '', themes: [], batches: [], warnings: [], records: count!.n };
  await folder.commit({ id, ...rest, marts: [mart] });
  return id;
}

async function compared(before: [string, string[]], after: [string, string[]]) {
  const [from, to] = [await publication(...before), await publication(...after)];
  const { marts } = await comparePublications(folder, from, to, { sample: 5 });
  return marts[0]!;
}

describe('a publication', () => {
  it('pinned while it is being retired is either there or was refused, and keeps the pins of others', async () => {
    for (let round = 0; round < 40; round++) {
      const ids = [];
      for (let i = 0; i < 3; i++) ids.push(await publication('SELECT 1 AS k', ['k']));
      const id = ids[0]!;
      const retired = folder.retire({ keep: 2, keepMs: 0 }, Date.now() + 3_600_000);
      const pins = await Promise.allSettled(['a', 'b', 'c'].map((by) => folder.pin(id, by)));
      await retired;
      const stands = pins.flatMap(({ status }, i) => (status === 'fulfilled' ? ['a', 'b', 'c'][i]! : []));
      expect(await folder.pins(id)).toEqual(stands);
      if (stands.length > 0) expect(await folder.list()).toContain(id);
      for (const by of stands) await folder.unpin(id, by);
    }
  });
});

describe('a comparison of a mart', () => {
  it('whose column became another type says so and compares its values as text', async () => {
    const found = await compared(
      ["SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(k, v)", ['k']],
      ["SELECT * FROM (VALUES ('a', '1'), ('b', 'two')) t(k, v)", ['k']],
    );
    expect(found).toMatchObject({ added: 0, removed: 0, changed: 1 });
    expect([found.columnsRemoved, found.columnsAdded]).toEqual([['v (INTEGER)'], ['v (VARCHAR)']]);
    expect(found.sample).toEqual([{ change: 'changed', key: { k: 'b' }, columns: ['v'] }]);
  });

  it('whose key is another one counts rows that came and went, and none that changed', async () => {
    const found = await compared(
      ["SELECT * FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) t(k, v)", ['k']],
      ["SELECT * FROM (VALUES ('a', 1), ('c', 3), ('d', 4), ('e', 5)) t(k, v)", ['v']],
    );
    expect(found).toMatchObject({ rowsBefore: 3, rowsAfter: 4, added: 2, removed: 1, changed: 0 });
  });

  it('whose key is not unique pairs equal rows first', async () => {
    const found = await compared(
      ["SELECT 'a' AS k, unnest([1, 2, 3, 3]) AS v", ['k']],
      ["SELECT 'a' AS k, unnest([0, 1, 2, 3, 3, 4]) AS v", ['k']],
    );
    expect(found).toMatchObject({ added: 2, removed: 0, changed: 0 });
  });

  it('of which no column is left has other rows altogether', async () => {
    const found = await compared(['SELECT 1 AS k', ['k']], ["SELECT unnest(['x', 'y']) AS code", ['code']]);
    expect(found).toMatchObject({ columnsAdded: ['code'], columnsRemoved: ['k'], rowsBefore: 1, rowsAfter: 2 });
  });
});
