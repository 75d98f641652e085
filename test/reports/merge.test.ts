import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue, type PublicationId, parsePeriod, systemClock } from '../../core/index.ts';
import { type MergeOutput, type MergePatch, mergeFiles, type SettledConflict } from '../../reports/merge-files.ts';
import { planForm } from '../../reports/plan.ts';
import { writeSnapshot } from '../../reports/prefill.ts';
import { createFolderObjects, type Objects } from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { literal } from '../../warehouse/sql-text.ts';
import { addDwellings, TODAY, vacant } from './city.ts';
import { createTestPublications, SUBDISTRICT } from './publication.ts';

const catalogue = loadCatalogue();
const plan = planForm(
  loadTemplates({ catalogue }).get('vacant-group-rental').binding,
  parsePeriod('2026-11'),
  catalogue,
);
/** Only what the form needs: each run makes two publications. */
const small = { ...catalogue, entities: catalogue.entities.filter((entity) => entity.name === 'dwelling') };
let folder: string;
let objects: Objects;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fillonce-merge-'));
  objects = createFolderObjects({ folder, clock: systemClock });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the sources say of one dwelling; the fields that this test moves. */
interface Dwelling {
  readonly usage_status: string | null;
  readonly owner_name: string | null;
  readonly area_m2: number | null;
  readonly vacant_since: string | null;
  readonly beds: number | null;
  readonly remarks: string | null;
}
type World = Readonly<Record<string, Dwelling>>;
const FIELDS = ['usage_status', 'owner_name', 'area_m2', 'vacant_since', 'beds', 'remarks'] as const;
type Field = (typeof FIELDS)[number];

async function publishWorld(
  publications: ReturnType<typeof createTestPublications>,
  world: World,
): Promise<PublicationId> {
  const id = await publications.publish(async (sql) => {
    await addDwellings(
      sql,
      Object.entries(world).map(([code, { remarks: _, ...fields }]) => vacant(code, { ...fields })),
    );
    for (const [code, { remarks }] of Object.entries(world)) {
      if (remarks === null) continue;
      await sql.run(
        `INSERT INTO platform.confirmation VALUES ('form:vacant-group-rental', '${code}', 'remarks', ${literal(remarks)}, '2026-11-20 10:00:00', 'u', 'c')`,
      );
    }
  });
  return id as PublicationId;
}

const inForm = (of: Dwelling | undefined) => of?.usage_status === '空置' || of?.usage_status === '群租';

/** The six cells as the form shows them: a cell that does not apply is blank. */
function shown(of: Dwelling): Record<Field, string | null> {
  return {
    usage_status: of.usage_status,
    owner_name: of.owner_name,
    area_m2: of.area_m2 === null ? null : String(of.area_m2),
    vacant_since: of.usage_status === '空置' ? of.vacant_since : null,
    beds: of.usage_status === '群租' && of.beds !== null ? String(of.beds) : null,
    remarks: of.remarks,
  };
}

/** The merge in plain TypeScript, cell by cell. */
function oracle(before: World, after: World, patches: readonly MergePatch[], settled: readonly SettledConflict[]) {
  const kinds: Record<string, string> = {};
  const said = new Map<string, Map<Field, string | null>>();
  for (const code of Object.keys(before)) {
    if (!inForm(before[code])) continue;
    const base = shown(before[code]!);
    const mine = new Map(
      patches.filter((patch) => patch.rowKey === code).map((patch) => [patch.column as Field, patch.value]),
    );
    const present = after[code] !== undefined && (inForm(after[code]) || mine.size > 0);
    const theirs = present ? shown(after[code]!) : null;
    for (const field of FIELDS) {
      const name = `${code}.${field}`;
      const answered = mine.has(field);
      const value = mine.get(field) ?? null;
      if (!theirs) {
        if (answered) kinds[name] = 'orphan';
        continue;
      }
      const moved = theirs[field] !== base[field];
      if (!answered) {
        if (moved) kinds[name] = 'theirs';
        continue;
      }
      kinds[name] = !moved ? (value === base[field] ? 'noop' : 'mine') : value === theirs[field] ? 'same' : 'conflict';
      const decided = settled.find(
        (each) =>
          kinds[name] === 'conflict' &&
          each.rowKey === code &&
          each.column === field &&
          each.mine === value &&
          each.theirs === theirs[field],
      );
      said.set(code, (said.get(code) ?? new Map()).set(field, decided ? decided.value : value));
    }
  }
  const merged: Record<string, Record<Field, string | null>> = {};
  for (const [code, dwelling] of Object.entries(after)) {
    const answers = said.get(code);
    const filled = Object.fromEntries(
      FIELDS.map((field) => {
        const own = dwelling[field];
        const text = own === null ? null : String(own);
        return [field, answers?.has(field) ? (answers.get(field) ?? null) : text];
      }),
    ) as Record<Field, string | null>;
    if (filled.usage_status !== '空置' && filled.usage_status !== '群租') continue;
    merged[code] = {
      ...filled,
      vacant_since: filled.usage_status === '空置' ? filled.vacant_since : null,
      beds: filled.usage_status === '群租' ? filled.beds : null,
    };
  }
  return { kinds, merged };
}

const usage = fc.constantFrom('空置', '群租', '自住', null);
const values: Record<Field, fc.Arbitrary<string | null>> = {
  usage_status: usage,
  owner_name: fc.constantFrom('张三', '李四', 'O\'Neil "x"\n', null),
  area_m2: fc.constantFrom('85.5', '60', '0.1', null),
  vacant_since: fc.constantFrom('2026-01-01', '2026-05-01', null),
  beds: fc.constantFrom('0', '8', null),
  remarks: fc.constantFrom('旧', '新', null),
};
const dwelling: fc.Arbitrary<Dwelling> = fc.record(values).map(({ area_m2, beds, ...rest }) => ({
  ...rest,
  area_m2: area_m2 === null ? null : Number(area_m2),
  beds: beds === null ? null : Number(beds),
}));
const codes = ['d1', 'd2', 'd3', 'd4', 'd5'];
const scene = fc.record({
  before: fc.tuple(...codes.map(() => dwelling)),
  /** null: gone; undefined: as it was. */
  after: fc.tuple(...codes.map(() => fc.option(fc.option(dwelling, { nil: null }), { nil: undefined, freq: 3 }))),
  patches: fc.uniqueArray(
    fc
      .record({ code: fc.constantFrom(...codes), field: fc.constantFrom(...FIELDS), pick: fc.nat() })
      .chain(({ code, field, pick }) =>
        fc.record({
          code: fc.constant(code),
          field: fc.constant(field),
          pick: fc.constant(pick),
          value: values[field],
        }),
      ),
    { selector: ({ code, field }) => `${code}.${field}`, maxLength: 12 },
  ),
  decide: fc.constantFrom('none', 'mine', 'theirs', 'other'),
});

describe('the three-way merge', () => {
  it('agrees with the oracle on every kind and every cell', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ before: olds, after: news, patches: drawn, decide }) => {
        const before: World = Object.fromEntries(codes.map((code, i) => [code, olds[i]!]));
        const after: World = Object.fromEntries(
          codes.flatMap((code, i) => (news[i] === null ? [] : [[code, news[i] === undefined ? olds[i]! : news[i]!]])),
        );
        const patches = drawn
          .filter(({ code }) => inForm(before[code]))
          .map(
            ({ code, field, value }, i): MergePatch => ({
              patchId: `p${i}`,
              rowKey: code,
              column: field,
              base: shown(before[code]!)[field],
              value,
            }),
          );
        const publications = createTestPublications(small);
        try {
          const old = await publishWorld(publications, before);
          const query = { plan, scope: SUBDISTRICT, asOf: TODAY };
          const base = await publications.withPublication(old, (sql) => writeSnapshot(sql, objects, query));
          const id = await publishWorld(publications, after);
          const merge = (settled: readonly SettledConflict[]) =>
            publications.withPublication(id, (sql) =>
              mergeFiles(sql, objects, { ...query, baseRef: base.ref, theirs: 'prefill', patches, settled }),
            );
          let settled: SettledConflict[] = [];
          let output = await merge(settled);
          if (decide !== 'none') {
            settled = output.conflicts.map(({ rowKey, column, mine, theirs }) => ({
              rowKey,
              column,
              mine,
              theirs,
              value:
                decide === 'mine' ? mine : decide === 'theirs' ? theirs : column === 'usage_status' ? '自住' : null,
            }));
            output = await merge(settled);
          }
          const expected = oracle(before, after, patches, settled);
          expect(await kindsOf(publications, output)).toEqual(expected.kinds);
          expect(await cellsOf(publications, output)).toEqual(expected.merged);
          expect(output.counts.rows).toBe(Object.keys(expected.merged).length);
        } finally {
          await publications.close();
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('the merge of a large form', () => {
  it('is the same file every time, bit for bit', async () => {
    const publications = createTestPublications(small);
    try {
      const rows = 45_000;
      const id = (await publications.publish(async (sql) => {
        await addDwellings(sql, [vacant('model')]);
        await sql.run(`CREATE TEMP TABLE model AS SELECT * FROM housing.dwelling`);
        await sql.run('DELETE FROM housing.dwelling');
        await sql.run(`INSERT INTO housing.dwelling SELECT model.* REPLACE ('d' || i AS dwelling_code, '路' || hash(i) AS address,
          '310199/001/c' || lpad((i % 60)::VARCHAR, 2, '0') || '/g01' AS grid_path, '人' || hash(i, 1) AS owner_name) FROM model, range(${rows}) t(i)`);
      })) as PublicationId;
      const query = { plan, scope: SUBDISTRICT, asOf: TODAY };
      const snapshot = () => publications.withPublication(id, (sql) => writeSnapshot(sql, objects, query));
      const base = await snapshot();
      expect((await snapshot()).ref).toBe(base.ref);
      const answer = (i: number, column: string, value: string): MergePatch => ({
        patchId: `p${i}`,
        rowKey: `d${i * 9}`,
        column,
        base: '待租',
        value,
      });
      const inPlace = Array.from({ length: rows / 9 }, (_, i) => answer(i, 'vacancy_reason', '待售'));
      const leaving = [...inPlace.slice(1), { ...answer(0, 'usage_status', '自住'), base: '空置' }];
      for (const patches of [inPlace, leaving]) {
        const refs = new Set<string>();
        for (let round = 0; round < 4; round++) {
          const input = { ...query, baseRef: base.ref, theirs: 'unchanged' as const, patches, settled: [] };
          const { mergedRef, changesRef } = await publications.withPublication(id, (sql) =>
            mergeFiles(sql, objects, input),
          );
          refs.add(`${mergedRef} ${changesRef}`);
        }
        expect(refs.size).toBe(1);
      }
    } finally {
      await publications.close();
    }
  }, 120_000);
});

async function kindsOf(publications: ReturnType<typeof createTestPublications>, output: MergeOutput) {
  const file = await objects.path(output.changesRef);
  const rows = await publications.withPublication('current', (sql) =>
    sql.all<{ row_key: string; column_name: string; kind: string }>(
      `SELECT row_key, column_name, kind FROM read_parquet(${literal(file)})`,
    ),
  );
  const moved = rows.filter((row) => (FIELDS as readonly string[]).includes(row.column_name));
  return Object.fromEntries(moved.map((row) => [`${row.row_key}.${row.column_name}`, row.kind]));
}

async function cellsOf(publications: ReturnType<typeof createTestPublications>, output: MergeOutput) {
  const file = await objects.path(output.mergedRef);
  const rows = await publications.withPublication('current', (sql) =>
    sql.all<Record<string, string | number | null>>(`SELECT * FROM read_parquet(${literal(file)})`),
  );
  return Object.fromEntries(
    rows.map((row) => [
      row.row_key,
      Object.fromEntries(FIELDS.map((field) => [field, row[field] === null ? null : String(row[field])])),
    ]),
  );
}
