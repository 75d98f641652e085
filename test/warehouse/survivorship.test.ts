import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, type Element, loadCatalogue } from '../../core/catalogue.ts';
import { packageRoot } from '../../core/paths.ts';
import { type Contract, datasetName, loadContracts } from '../../warehouse/contract.ts';
import { stagedFields } from '../../warehouse/contract-sql.ts';
import { type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { CONFLICT_BIT, loadSourceCodes, type SourceCode } from '../../warehouse/source-codes.ts';
import { literal, valuesRows } from '../../warehouse/sql-text.ts';
import { readStaged, stagedTableDdl, versionsTable } from '../../warehouse/staged-tables.ts';
import { GRACE_DAYS, goldenSelect } from '../../warehouse/survivorship.ts';

const AS_OF = '2026-11-22';
const DAY_MS = 86_400_000;

/** What one dataset last said about the entity: null when it does not know it. */
interface Said {
  readonly observed: string;
  readonly deleted: boolean;
  readonly values: Readonly<Record<string, string | null>>;
  /** What it had said before that. */
  readonly earlier?: { readonly observed: string; readonly values: Readonly<Record<string, string | null>> };
}
interface Confirmed {
  readonly field: string;
  readonly value: string | null;
  readonly at: string;
}
interface Chosen {
  readonly value: string | null;
  readonly source: string | null;
  readonly observed: string | null;
  readonly conflicts: readonly { readonly source: string; readonly value: string | null }[];
}

let catalogue: Catalogue;
let contracts: ReadonlyMap<string, Contract>;
let sources: ReadonlyMap<string, SourceCode>;
let db: DuckDb;

beforeAll(async () => {
  catalogue = loadCatalogue();
  contracts = loadContracts(catalogue);
  sources = loadSourceCodes(contracts);
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    connections: 1,
    prepare: readFileSync(join(packageRoot(), 'warehouse', 'sql', 'macros.sql'), 'utf8'),
  });
  await db.use(async (sql) => {
    await sql.run('CREATE SCHEMA staged');
    await sql.run('CREATE SCHEMA spoken; CREATE SCHEMA ledger');
    await sql.run('CREATE TABLE ledger.alias (entity VARCHAR, was VARCHAR, key VARCHAR)');
    for (const contract of contracts.values()) {
      await sql.run(stagedTableDdl(contract));
      await readStaged(sql, contract);
    }
    await sql.run(
      'CREATE TABLE confirmed (key VARCHAR, field VARCHAR, "value" VARCHAR, "at" TIMESTAMP, _batch BIGINT, _row INTEGER)',
    );
  });
});
afterAll(() => db.close());

const day = (text: string) => Date.parse(`${text.slice(0, 10)}T00:00:00Z`);

/** The rules of survivorship.ts said once more, one cell at a time, without SQL. */
function oracle(
  element: Element,
  datasets: readonly Contract[],
  said: ReadonlyMap<string, Said>,
  confirmed: Confirmed | undefined,
): Chosen {
  const isFresh = (at: string) => element.ttlDays === undefined || day(at) >= day(AS_OF) - element.ttlDays * DAY_MS;
  const ranked = datasets
    .filter((contract) => contract.columns.some(({ field }) => field === element.field))
    .map((contract) => ({
      contract,
      rank: element.sources.indexOf(contract.source),
      said: said.get(datasetName(contract)),
    }))
    .sort((a, b) => a.rank - b.rank);
  const authority = ranked[0]?.contract.source;
  const speaking = ranked
    .flatMap((one) => (one.said ? [{ ...one, said: one.said }] : []))
    .map(({ contract, said: record }) => {
      const value = record.deleted ? null : (record.values[element.field] ?? null);
      const blank = record.deleted && contract.aspect && element.optional;
      return {
        source: contract.source,
        aspect: contract.aspect,
        deleted: record.deleted,
        value,
        says: value !== null || blank,
        at: record.observed,
        // What it said when the field was confirmed: a version without a value says nothing of it.
        before: [
          record.earlier && record.earlier.observed < record.observed ? record.earlier : undefined,
          record.deleted ? undefined : record,
        ]
          .filter((version) => version !== undefined && confirmed !== undefined && version.observed <= confirmed.at)
          .map((version) => version!.values[element.field] ?? null)
          .findLast((text) => text !== null),
      };
    });
  const says = speaking.filter((one) => one.says && (confirmed === undefined || one.at > confirmed.at));
  if (confirmed !== undefined) {
    const overtaken = says.some(
      (one) =>
        one.source === authority && (one.value === null || one.value.toLowerCase() !== one.before?.toLowerCase()),
    );
    if (!overtaken && (isFresh(confirmed.at) || says.length === 0)) {
      return { value: confirmed.value, source: 'confirmation', observed: confirmed.at.slice(0, 10), conflicts: [] };
    }
  }
  const chosen = says.find((one) => isFresh(one.at)) ?? says[0];
  if (!chosen) {
    const knowing = element.optional ? speaking.find((one) => one.aspect || !one.deleted) : undefined;
    return { value: null, source: knowing?.source ?? null, observed: knowing?.at.slice(0, 10) ?? null, conflicts: [] };
  }
  const settled = confirmed !== undefined && isFresh(confirmed.at);
  const conflicts = says.filter(
    (other) =>
      !settled &&
      other !== chosen &&
      isFresh(other.at) &&
      other.value?.toLowerCase() !== chosen.value?.toLowerCase() &&
      (chosen.source !== authority ||
        (element.usual !== undefined && other.value === element.usual) ||
        other.at >
          new Date(Date.parse(`${chosen.at.replace(' ', 'T')}Z`) + GRACE_DAYS * DAY_MS)
            .toISOString()
            .slice(0, 19)
            .replace('T', ' ')),
  );
  return {
    value: chosen.value,
    source: chosen.source,
    observed: chosen.at.slice(0, 10),
    conflicts: conflicts.map(({ source, value }) => ({ source, value })),
  };
}

/** A moment between today and two years and a half ago, often near a border of the rules. */
const moment = fc
  .record({
    days: fc.oneof(fc.constantFrom(0, 1, 6, 7, 8, 90, 180, 181, 364, 365, 366, 730), fc.integer({ min: 0, max: 900 })),
    seconds: fc.integer({ min: 0, max: 86_399 }),
  })
  .map(({ days, seconds }) =>
    new Date(day(AS_OF) - days * DAY_MS + seconds * 1000).toISOString().slice(0, 19).replace('T', ' '),
  );

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  person: [
    'name',
    'phone',
    'ethnicity',
    'residence_status',
    'marital_status',
    'death_date',
    'assistance_type',
    'hukou_address',
  ],
  dwelling: ['owner_name', 'usage_status', 'tenant_name', 'monthly_rent', 'occupant_count', 'address'],
};

function valueFor(element: Element): fc.Arbitrary<string | null> {
  if (element.type === 'code')
    return fc.constantFrom(null, ...[...catalogue.codeList(element.codes!).values.keys()].slice(0, 3));
  if (element.type === 'integer' || element.type === 'decimal') return fc.constantFrom(null, '1', '2', '3');
  if (element.type === 'date') return fc.constantFrom(null, '2026-01-01', '2026-02-01');
  return fc.constantFrom(null, 'A1', 'a1', 'B2', 'C3');
}

describe('the value of a field', () => {
  for (const [name, fields] of Object.entries(FIELDS)) {
    it(`of a ${name} is the one the rules choose, with the conflicts they leave`, async () => {
      const entity = catalogue.entity(name);
      const datasets = [...contracts.values()].filter((contract) => contract.entity === name);
      const elements = entity.elements.filter(({ field }) => fields.includes(field));
      const valuesOf = (contract: Contract) =>
        fc.record(
          Object.fromEntries(
            elements
              .filter(({ field }) => contract.columns.some((column) => column.field === field))
              .map((element) => [element.field, valueFor(element)]),
          ),
        );
      const saidArbitrary = (contract: Contract) =>
        fc.option(
          fc.record({
            observed: moment,
            deleted: contract.deletedWhen ? fc.boolean() : fc.constant(false),
            values: valuesOf(contract),
            earlier: fc.option(fc.record({ observed: moment, values: valuesOf(contract) }), { nil: undefined }),
          }),
          { nil: undefined },
        );
      const worldArbitrary = fc.record({
        said: fc.tuple(...datasets.map(saidArbitrary)),
        confirmed: fc.array(
          fc
            .constantFrom(...elements)
            .chain((element) => fc.record({ field: fc.constant(element.field), value: valueFor(element), at: moment })),
          { maxLength: 3 },
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(worldArbitrary, { minLength: 40, maxLength: 80 }), async (worlds) => {
          await check(name, datasets, elements, worlds);
        }),
        { numRuns: 8 },
      );
    });
  }
});

async function check(
  name: string,
  datasets: readonly Contract[],
  elements: readonly Element[],
  worlds: readonly { readonly said: readonly (Said | undefined)[]; readonly confirmed: readonly Confirmed[] }[],
): Promise<void> {
  const entity = catalogue.entity(name);
  const key = entity.key[0]!;
  const rows = await db.use(async (sql) => {
    for (const [d, contract] of datasets.entries()) {
      await sql.run(`DELETE FROM ${versionsTable(contract)}`);
      const rows = worlds.flatMap(({ said }, i) => {
        const record = said[d];
        if (!record) return [];
        const mapped = stagedFields(contract).map(({ field }) =>
          field === key ? `k${i}` : (record.values[field] ?? (contract.recordKey?.includes(field) ? 'r' : null)),
        );
        const texts = [...mapped, record.observed].map((text) => (text === null ? 'NULL' : literal(text)));
        const row = [...texts, String(record.deleted), String(d), '2', String(i), String(i), '1', 'false'];
        if (!record.earlier || record.earlier.observed >= record.observed) return [row];
        const { observed, values } = record.earlier;
        const then = stagedFields(contract).map(({ field }) =>
          field === key ? `k${i}` : (values[field] ?? (contract.recordKey?.includes(field) ? 'r' : null)),
        );
        const earlier = [...then, observed].map((text) => (text === null ? 'NULL' : literal(text)));
        return [row, [...earlier, 'false', String(d), '1', String(i), String(i), '1', 'true']];
      });
      if (rows.length > 0) await sql.run(`INSERT INTO ${versionsTable(contract)} VALUES ${valuesRows(rows)}`);
    }
    await sql.run('DELETE FROM confirmed');
    const confirmations = worlds.flatMap(({ confirmed }, i) =>
      newest(confirmed).map(({ field, value, at }) => [
        literal(`k${i}`),
        literal(field),
        value === null ? 'NULL' : literal(value),
        literal(at),
        '9',
        '9',
      ]),
    );
    if (confirmations.length > 0) await sql.run(`INSERT INTO confirmed VALUES ${valuesRows(confirmations)}`);
    return sql.all(goldenSelect({ entity, contracts: datasets, sources, asOf: AS_OF, confirmed: 'confirmed' }));
  });
  const byKey = new Map(rows.map((row) => [row[key], row]));
  const names = new Map([...sources.values()].map(({ code, name: source }) => [code, source]));
  for (const [i, { said, confirmed }] of worlds.entries()) {
    const heard = new Map(
      datasets.flatMap((contract, d) => (said[d] ? [[datasetName(contract), said[d]] as const] : [])),
    );
    const row = byKey.get(`k${i}`);
    expect(row !== undefined, `k${i} is there`).toBe(
      exists(entity.elements.find(({ field }) => field === key)!, datasets, heard),
    );
    if (!row) continue;
    for (const element of elements) {
      const expected = oracle(
        element,
        datasets,
        heard,
        newest(confirmed).find(({ field }) => field === element.field),
      );
      const status = row[`${element.field}_s`] as number | null;
      const lost = ((row._conflicts ?? []) as { field: string; source: string; value: string | null }[])
        .filter(({ field }) => field === element.field)
        .map(({ source, value }) => ({ source, value }));
      const found = {
        value: row[element.field] === null ? null : String(row[element.field]),
        source: status === null ? null : names.get(status % CONFLICT_BIT),
        observed: row[`${element.field}_o`],
        disputed: status !== null && status >= CONFLICT_BIT,
        lost,
      };
      const { conflicts, ...chosen } = expected;
      const wanted = { ...chosen, disputed: conflicts.length > 0, lost: conflicts };
      if (JSON.stringify(found) === JSON.stringify(wanted)) continue;
      expect(found, `${element.field} of k${i}: ${JSON.stringify(worlds[i])}`).toEqual(wanted);
    }
  }
}

/** The standing confirmations: one per field, the newest. */
function newest(confirmed: readonly Confirmed[]): Confirmed[] {
  const byField = new Map<string, Confirmed>();
  for (const one of confirmed) {
    const other = byField.get(one.field);
    if (!other || one.at > other.at) byField.set(one.field, one);
  }
  return [...byField.values()];
}

function exists(keyElement: Element, datasets: readonly Contract[], said: ReadonlyMap<string, Said>): boolean {
  const vouching = datasets
    .filter(({ source }) => keyElement.sources.includes(source))
    .sort((a, b) => keyElement.sources.indexOf(a.source) - keyElement.sources.indexOf(b.source));
  const register = vouching.find((contract) => !contract.aspect && said.has(datasetName(contract)));
  if (register) return !said.get(datasetName(register))!.deleted;
  return vouching.some((contract) => contract.aspect && said.get(datasetName(contract))?.deleted === false);
}
