import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { City } from '../../city/index.ts';
import { type Catalogue, type ElementType, type Entity, type OrgUnit, packageRoot } from '../../core/index.ts';
import { type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { CONFIRMATION } from '../../warehouse/index.ts';
import { ident, literal } from '../../warehouse/sql-text.ts';

const TYPES: Readonly<Record<ElementType, string>> = {
  text: 'VARCHAR',
  code: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DECIMAL(18, 6)',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

const CONFIRMATION_CODE = 100;

/**
 * The city's truth in the shape of the marts, as if one perfect source had reported everything today: a form that is prefilled from
 * it is the right answer for every cell. For measuring and for the simulated clerks only.
 */
export async function openTruthMarts(options: {
  readonly city: City;
  readonly catalogue: Catalogue;
  readonly entities: readonly string[];
  readonly units: readonly OrgUnit[];
  readonly asOf: string;
}): Promise<DuckDb> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-truth-'));
  const db = await openDuckDb({ path: ':memory:', memoryMb: 512, threads: 2, connections: 1 });
  try {
    await db.use(async (sql) => {
      for (const name of options.entities) {
        const entity = options.catalogue.entity(name);
        const file = join(folder, `${name}.ndjson`);
        const lines = async function* () {
          for await (const record of options.city.truth(name)) yield `${JSON.stringify(record)}\n`;
        };
        await pipeline(Readable.from(lines()), createWriteStream(file));
        await sql.run(`CREATE SCHEMA IF NOT EXISTS ${ident(entity.theme)}`);
        await sql.run(martSql(entity, file, options.asOf));
      }
      await sql.run(`CREATE VIEW enterprise.tax_quarter AS ${taxQuarterModel()}`);
      await sql.run(PLATFORM);
      await sql.run(
        `INSERT INTO platform.source VALUES (1, 'truth'), (${CONFIRMATION_CODE}, ${literal(CONFIRMATION)})`,
      );
      const units = options.units.map(({ path, name, kind }) => {
        const parent = path.includes('/') ? literal(path.slice(0, path.lastIndexOf('/'))) : 'NULL';
        return `(${literal(path)}, ${literal(name)}, ${literal(kind)}, ${parent})`;
      });
      await sql.run(`INSERT INTO platform.org_unit VALUES ${units.join(', ')}`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return db;
}

function martSql(entity: Entity, file: string, asOf: string): string {
  const read = entity.elements.map(({ field }) => `${literal(field)}: 'VARCHAR'`).join(', ');
  const columns = entity.elements.flatMap(({ field, type }) => [
    `TRY_CAST(${ident(field)} AS ${TYPES[type]}) AS ${ident(field)}`,
    ...(entity.kind === 'golden'
      ? [`1::UTINYINT AS ${ident(`${field}_s`)}`, `DATE ${literal(asOf)} AS ${ident(`${field}_o`)}`]
      : []),
  ]);
  if (entity.kind === 'event') columns.push(`TIMESTAMP ${literal(asOf)} AS _o`);
  if (entity.elements.some(({ field }) => field === 'grid_path')) columns.push('grid_path AS _org');
  return `CREATE TABLE ${ident(entity.theme)}.${ident(entity.name)} AS
    SELECT ${columns.join(', ')} FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {${read}})`;
}

/** The made mart is made of the truth by the same model as of the golden layer. */
function taxQuarterModel(): string {
  const model = join(packageRoot(), 'warehouse', 'themes', 'enterprise', 'models', 'tax_quarter.sql');
  return readFileSync(model, 'utf8');
}

const PLATFORM = `CREATE SCHEMA platform;
  CREATE TABLE platform.source (code UTINYINT, name VARCHAR);
  CREATE TABLE platform.confirmation (entity VARCHAR, key VARCHAR, field VARCHAR, value VARCHAR, confirmed_at TIMESTAMP, confirmed_by VARCHAR, campaign VARCHAR);
  CREATE TABLE platform.conflict (entity VARCHAR, key VARCHAR, field VARCHAR, source VARCHAR, value VARCHAR, observed DATE);
  CREATE TABLE platform.org_unit (path VARCHAR, name VARCHAR, kind VARCHAR, parent VARCHAR);`;
