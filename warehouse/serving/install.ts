import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { SENSITIVITIES } from '../../core/catalogue.ts';
import { contentHash } from '../../core/ids.ts';
import { packageRoot } from '../../core/paths.ts';
import { ident, literal } from '../sql-text.ts';
import { servingNameTaken, servingNotAllowed } from './errors.ts';
import type { ServingNames } from './names.ts';

/** The comment on a schema or role that says: made by us. Nothing without it is ever changed. */
const MARK = 'Fill Once serving';

/**
 * Makes roles, schemas and functions where they are missing or of another version of the program.
 *
 * @throws FillOnceError `warehouse.serving.name_taken` for what others made, `warehouse.serving.not_allowed`
 */
export async function install(client: pg.Client, names: ServingNames): Promise<void> {
  const script = names.fill(readFileSync(join(packageRoot(), 'warehouse', 'serving', 'install.sql'), 'utf8'));
  const mark = `${MARK} ${contentHash(script).slice(0, 16)}`;
  const schemas = await schemaComments(client, names);
  for (const [name, comment] of schemas) {
    if (!comment?.startsWith(MARK)) throw servingNameTaken('schema', name);
  }
  await ensureRoles(client, names);
  if (schemas.get(names.app) === mark && schemas.has(names.data)) return;
  await client.query('BEGIN');
  try {
    for (const name of [names.data, names.app]) {
      if (!schemas.has(name)) await make(client, `CREATE SCHEMA ${ident(name)} AUTHORIZATION ${ident(names.owner)}`);
    }
    await client.query(`SET LOCAL ROLE ${ident(names.owner)}`);
    await client.query(script);
    await client.query(`COMMENT ON SCHEMA ${ident(names.data)} IS ${literal(mark)}`);
    await client.query(`COMMENT ON SCHEMA ${ident(names.app)} IS ${literal(mark)}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function schemaComments(
  client: pg.Client,
  { app, data }: ServingNames,
): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    "SELECT nspname AS name, obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = ANY ($1)",
    [[app, data]],
  );
  return new Map(rows.map(({ name, comment }) => [name, comment]));
}

/** The owner role, and one role per sensitivity, each of which may also see what the one before it sees. */
async function ensureRoles(client: pg.Client, { owner, readers }: ServingNames): Promise<void> {
  const wanted = [owner, ...SENSITIVITIES.map((each) => readers[each])];
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    "SELECT rolname AS name, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = ANY ($1)",
    [wanted],
  );
  for (const { name, comment } of rows) if (!comment?.startsWith(MARK)) throw servingNameTaken('role', name);
  const missing = wanted.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) {
    // In one transaction: a role without its mark would be taken for someone else's.
    await client.query('BEGIN');
    try {
      for (const name of missing) {
        await make(client, `CREATE ROLE ${ident(name)} NOLOGIN`);
        await make(client, `COMMENT ON ROLE ${ident(name)} IS ${literal(MARK)}`);
      }
      for (const [place, sensitivity] of SENSITIVITIES.entries()) {
        const below = SENSITIVITIES[place - 1];
        if (below !== undefined) {
          await make(client, `GRANT ${ident(readers[below])} TO ${ident(readers[sensitivity])}`);
        }
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
  const { rows: member } = await client.query<{ is: boolean }>("SELECT pg_has_role(current_user, $1, 'USAGE') AS is", [
    owner,
  ]);
  if (!member[0]?.is) await make(client, `GRANT ${ident(owner)} TO CURRENT_USER`);
}

async function make(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if ((error as { code?: unknown }).code === '42501') throw servingNotAllowed(statement, error);
    throw error;
  }
}
