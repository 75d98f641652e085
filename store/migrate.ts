import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, contentHash, packageRoot } from '../core/index.ts';
import type { Engine } from './engine.ts';
import { migrationMismatch } from './errors.ts';

/** The number of the advisory lock that keeps two starting processes from migrating at once. */
const LOCK = 7_309_456_218;

export interface Migration {
  readonly name: string;
  readonly script: string;
}

export async function readMigrations(folder = join(packageRoot(), 'store', 'migrations')): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, script: await readFile(join(folder, name), 'utf8') })));
}

/**
 * Refuses names of migrations that this program does not have.
 *
 * @throws FillOnceError `store.migration-unknown`
 */
export function unknownMigrations(applied: readonly string[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ name }) => name));
  for (const name of applied) if (!known.has(name)) throw migrationMismatch(name, 'unknown');
}

/**
 * Brings the database to the newest schema: every file not yet applied, in order of name, all in one transaction.
 * Safe to call again and from several processes at once.
 *
 * @returns the names applied now
 * @throws FillOnceError `store.migration-changed`, `store.migration-unknown`
 */
export async function migrate(engine: Engine, migrations: readonly Migration[], clock: Clock): Promise<string[]> {
  return engine.withScripts(async ({ run, query }) => {
    await run('BEGIN');
    try {
      await query('SELECT pg_advisory_xact_lock($1::bigint)', [LOCK]);
      await run(
        'CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL)',
      );
      const applied = await query<{ name: string; hash: string }>('SELECT name, hash FROM schema_migration', []);
      const hashOf = new Map(applied.map(({ name, hash }) => [name, hash]));
      unknownMigrations(
        applied.map(({ name }) => name),
        migrations,
      );
      const done: string[] = [];
      for (const { name, script } of migrations) {
        const hash = contentHash(script);
        const before = hashOf.get(name);
        if (before === hash) continue;
        if (before !== undefined) throw migrationMismatch(name, 'changed');
        await run(script);
        await query('INSERT INTO schema_migration VALUES ($1, $2, $3)', [name, hash, clock.now()]);
        done.push(name);
      }
      await run('COMMIT');
      return done;
    } catch (error) {
      await run('ROLLBACK');
      throw error;
    }
  });
}
