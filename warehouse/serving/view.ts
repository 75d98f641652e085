import type pg from 'pg';
import { SENSITIVITIES } from '../../core/catalogue.ts';
import { ident, literal } from '../sql-text.ts';
import { servingNameTaken } from './errors.ts';
import { tableOf } from './load.ts';
import type { ServingNames } from './names.ts';
import type { ServedColumn, ServedMart } from './served-mart.ts';

/**
 * Makes the view of a mart, in place of one with other columns. A value above the reader's sensitivity is `***` where it is text,
 * else NULL. Runs in the owner's transaction.
 *
 * @throws FillOnceError `warehouse.serving.name_taken` when someone else made a relation of that name in the schema
 */
export async function showMart(client: pg.Client, names: ServingNames, mart: ServedMart): Promise<void> {
  const view = `${ident(names.app)}.${ident(mart.view)}`;
  const { rows } = await client.query<{ ours: boolean }>(
    `SELECT c.relkind = 'v' AND r.rolname = $3 AS ours FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
     WHERE c.relname = $1 AND c.relnamespace = $2::regnamespace`,
    [mart.view, ident(names.app), names.owner],
  );
  if (rows[0] && !rows[0].ours) throw servingNameTaken('relation', `${names.app}.${mart.view}`);
  if (rows[0]) await client.query(`DROP VIEW ${view}`);
  const columns = mart.columns.map((column) => `${shown(column, names)} AS ${ident(column.name)}`);
  const load = names.fill(`{data}.load_of(${literal(mart.id)}, ${literal(mart.structure)})`);
  await client.query(
    `CREATE VIEW ${view} WITH (security_barrier) AS SELECT ${columns.join(', ')} FROM ${tableOf(names, mart)} t WHERE t._load = (SELECT ${load})`,
  );
  await client.query(`COMMENT ON VIEW ${view} IS ${literal(mart.comment)}`);
  for (const { name, comment } of mart.columns) {
    await client.query(`COMMENT ON COLUMN ${view}.${ident(name)} IS ${literal(comment)}`);
  }
  await client.query(`GRANT SELECT ON ${view} TO ${ident(names.readers.public)}`);
  await client.query(
    names.fill(
      'INSERT INTO {data}.shown VALUES ($1, $2, $3) ON CONFLICT (mart) DO UPDATE SET view = $2, structure = $3',
    ),
    [mart.id, mart.view, mart.structure],
  );
}

function shown({ name, type, sensitivity }: ServedColumn, names: ServingNames): string {
  const column = `t.${ident(name)}`;
  if (sensitivity === SENSITIVITIES[0]) return column;
  const allowed = names.fill(`(SELECT {data}.may_see(${literal(names.readers[sensitivity])}, current_user))`);
  return type === 'text'
    ? `CASE WHEN ${allowed} THEN ${column} WHEN ${column} IS NOT NULL THEN '***' END`
    : `CASE WHEN ${allowed} THEN ${column} END`;
}
