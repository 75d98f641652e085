import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createResultFiles, createSqlEngine, type SqlBudget, type SqlGrant } from '../../analytics/index.ts';
import { FillOnceError, systemClock } from '../../core/index.ts';
import { openDuckDb } from '../../warehouse/duckdb.ts';

export const SCOPE = '310199/001/c05';

/** What a file holds that the person of `grant` may not see. */
export interface Hidden {
  /** Values of a masked column and of a column that the person does not have at all. */
  readonly name: string;
  readonly note: string;
  /** Id of the rows outside the scope. */
  readonly foreignId: number;
}

/** Writes a serving file with two marts of one theme: 60 rows in scope, 60 outside, some without a place. */
export async function writeServing(path: string, hidden: Hidden): Promise<void> {
  const db = await openDuckDb({ path, memoryMb: 128, threads: 1, connections: 1 });
  await db.use(async (sql) => {
    await sql.run('CREATE SCHEMA population');
    await sql.run(
      `CREATE TABLE population.person AS
         SELECT CASE WHEN i < 60 THEN i ELSE $3::INTEGER + i END AS id,
           $1::VARCHAR || '-' || i AS name,
           CASE WHEN i < 60 THEN i % 90 ELSE $3::INTEGER END AS age,
           CASE WHEN i < 60 THEN '310199/001/c05/g01' WHEN i < 115 THEN '310199/001/c06/g01' END AS _org,
           $2::VARCHAR || i AS _note
         FROM range(120) t(i)`,
      [hidden.name, hidden.note, hidden.foreignId],
    );
    await sql.run(
      `CREATE TABLE population.day AS SELECT DATE '2026-11-01' + i::INTEGER AS day, i AS visits FROM range(30) t(i)`,
    );
    await sql.run(`CREATE TABLE population.secret AS SELECT $1::VARCHAR AS word`, [hidden.note]);
  });
  await db.close();
}

/** Sees `population.person` of one community without names, and `population.day` whole. */
export function grantOn(file: string): SqlGrant {
  return {
    publicationId: 'pub_test',
    scope: SCOPE,
    files: { population: file },
    marts: [
      {
        table: 'population.person',
        theme: 'population',
        name: 'person',
        org: '_org',
        columns: [
          { name: 'id', masked: false },
          { name: 'name', masked: true },
          { name: 'age', masked: false },
        ],
      },
      {
        table: 'population.day',
        theme: 'population',
        name: 'day',
        org: null,
        columns: [
          { name: 'day', masked: false },
          { name: 'visits', masked: false },
        ],
      },
    ],
  };
}

export interface Outcome {
  readonly code: string | null;
  /** All that comes back to the person: rows, columns, or the whole error. */
  readonly said: string;
  readonly rows: readonly (readonly unknown[])[];
}

/** An engine over a folder of its own, with a small budget of memory and disk and, unless told, enough time on a busy machine. */
export async function openBench(budget: Partial<SqlBudget> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-sql-'));
  const engine = await createSqlEngine({
    folder: join(folder, 'work'),
    clock: systemClock,
    budget: { timeMs: 60_000, checkMs: 60_000, memoryMb: 128, diskMb: 64, ...budget },
  });
  const files = createResultFiles({ tempFolder: join(folder, 'work') });
  let n = 0;
  return {
    folder,
    engine,
    files,
    ask: async (
      grant: SqlGrant,
      statement: string,
      parameters: Record<string, string | number | boolean | null> = {},
    ): Promise<Outcome> => {
      const file = join(folder, `r${n++}.parquet`);
      engine.warm();
      try {
        const report = await engine.run({ grant, statement, parameters }, { limit: 1_000, file });
        const rows = await files.page(file, 0, 1_000);
        return { code: null, rows, said: JSON.stringify([report, rows]) };
      } catch (error) {
        if (!(error instanceof FillOnceError)) throw error;
        return { code: error.code, rows: [], said: JSON.stringify(error.toJSON()) };
      }
    },
    close: async () => {
      await engine.close();
      await files.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
