import { type Catalogue, type ElementType, type Entity, loadCatalogue } from '../../core/index.ts';
import type { ReportReader } from '../../reports/prefill.ts';
import { type DuckDb, openDuckDb, type SqlSession } from '../../warehouse/duckdb.ts';
import { CONFIRMATION, type PublicationManifest } from '../../warehouse/index.ts';
import { ident, literal } from '../../warehouse/sql-text.ts';

export const SUBDISTRICT = '310199/001';
export const CONFIRMED_CODE = 90;
export const CODES = { grid: 1, housing: 2, police: 3, [CONFIRMATION]: CONFIRMED_CODE };

/** One field of a golden record: value, source code, observed day. */
export type Field = readonly [
  value: string | number | null,
  source: keyof typeof CODES | 'grid!' | 'housing!',
  observed: string,
];
export type GoldenRow = Readonly<Record<string, Field | string | number | null>>;

/** Publications held in memory, with golden marts in the shape that the warehouse gives them. Each is a DuckDB of its own. */
export interface TestPublications extends ReportReader {
  /** Makes a publication of what `fill` writes and points to it; returns its id. */
  publish(fill: (sql: SqlSession) => Promise<void>): Promise<string>;
  close(): Promise<void>;
}

export function createTestPublications(catalogue: Catalogue = loadCatalogue()): TestPublications {
  const made = new Map<string, DuckDb>();
  const pins = new Set<string>();
  let last = '';
  const manifest = async (id: string) => ({ id: id === 'current' ? last : id }) as PublicationManifest;
  return {
    current: () => manifest('current'),
    manifest,
    withPublication: async (id, work, limits) => {
      const of = await manifest(typeof id === 'string' ? id : id.publication);
      const db = made.get(of.id);
      if (!db) throw new Error(`no publication ${of.id}`);
      return db.use((sql) => work(sql, of), limits);
    },
    pin: async (id, by) => void pins.add(`${id} ${by}`),
    unpin: async (id, by) => void pins.delete(`${id} ${by}`),
    publish: async (fill) => {
      const db = await openDuckDb({ path: ':memory:', memoryMb: 2_000, threads: 2, connections: 2 });
      await db.use(async (sql) => {
        for (const schema of new Set(['platform', 'enterprise', ...catalogue.entities.map((entity) => entity.theme)])) {
          await sql.run(`CREATE SCHEMA ${schema}`);
        }
        for (const entity of catalogue.entities) await sql.run(goldenTableSql(entity));
        await sql.run(`CREATE TABLE enterprise.tax_quarter (credit_code VARCHAR, quarter VARCHAR, revenue DECIMAL(18,6),
          total_tax DECIMAL(18,6), vat DECIMAL(18,6), corporate_income_tax DECIMAL(18,6), personal_income_tax DECIMAL(18,6), other_tax DECIMAL(18,6),
          months_without_revenue INTEGER, months_incomplete INTEGER, months_inconsistent INTEGER)`);
        await sql.run('CREATE TABLE platform.source (code UTINYINT, name VARCHAR, title_zh VARCHAR, title_en VARCHAR)');
        const codes = Object.entries(CODES).map(([name, code]) => `(${code}, '${name}', '${name}·中', '${name}')`);
        await sql.run(`INSERT INTO platform.source VALUES ${codes.join(', ')}`);
        await sql.run(
          'CREATE TABLE platform.conflict (entity VARCHAR, key VARCHAR, field VARCHAR, source VARCHAR, value VARCHAR, observed DATE)',
        );
        await sql.run(`CREATE TABLE platform.confirmation (entity VARCHAR, key VARCHAR, field VARCHAR, value VARCHAR,
          confirmed_at TIMESTAMP, confirmed_by VARCHAR, campaign VARCHAR)`);
        await sql.run('CREATE TABLE platform.org_unit (path VARCHAR, name VARCHAR, kind VARCHAR, parent VARCHAR)');
        await sql.run(`INSERT INTO platform.org_unit VALUES ('310199/001', '锦澜街道', 'subdistrict', '310199')`);
        for (const community of ['c05', 'c06']) {
          await sql.run(`INSERT INTO platform.org_unit VALUES
            ('310199/001/${community}', '${community}居民区', 'community', '310199/001'),
            ('310199/001/${community}/g01', '${community}一网格', 'grid', '310199/001/${community}'),
            ('310199/001/${community}/g02', '${community}二网格', 'grid', '310199/001/${community}')`);
        }
        await fill(sql);
      });
      last = `pub_${made.size + 1}`;
      made.set(last, db);
      return last;
    },
    close: async () => {
      for (const db of made.values()) await db.close();
    },
  };
}

const TYPES: Readonly<Record<ElementType, string>> = {
  text: 'VARCHAR',
  code: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DECIMAL(18,6)',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

function goldenTableSql(entity: Entity): string {
  const columns = entity.elements.flatMap(({ field, type }) => [
    `${ident(field)} ${TYPES[type]}`,
    ...(entity.kind === 'golden' ? [`${ident(`${field}_s`)} UTINYINT`, `${ident(`${field}_o`)} DATE`] : []),
  ]);
  // Published marts also tell where a row lies when its own field does not.
  return `CREATE TABLE ${entity.theme}.${ident(entity.name)} (${columns.join(', ')}, _org VARCHAR)`;
}

/** Adds golden records; a plain value was observed by `grid` on `day`, `grid!` means that another source disagrees. */
export async function addGolden(
  sql: SqlSession,
  table: string,
  day: string,
  rows: readonly GoldenRow[],
): Promise<void> {
  for (const row of rows) {
    const fields = Object.entries(row).map(([name, given]) => {
      const [value, source, observed] = Array.isArray(given)
        ? (given as unknown as Field)
        : ([given, 'grid', day] as Field);
      const code = CODES[source.replace('!', '') as keyof typeof CODES] + (source.endsWith('!') ? 128 : 0);
      return { name, value: value === null ? 'NULL' : literal(String(value)), code, observed };
    });
    const names = fields.flatMap(({ name }) => [name, `${name}_s`, `${name}_o`].map(ident));
    const values = fields.flatMap(({ value, code, observed }) => [value, String(code), `DATE ${literal(observed)}`]);
    await sql.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${values.join(', ')})`);
  }
}
