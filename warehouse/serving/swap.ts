import type pg from 'pg';
import { ident } from '../sql-text.ts';
import { inOwnersTransaction } from './load.ts';
import type { ServingNames } from './names.ts';
import type { ServedMart } from './served-mart.ts';
import { showMart } from './view.ts';

/** Waiting longer for readers would hold up those who come after them. */
const LOCK_WAIT_MS = 2_000;
const RETIRE_LOCK_WAIT_MS = 200;

export interface LoadedMart {
  readonly mart: ServedMart;
  readonly load: string;
}

export interface SwapOptions {
  readonly client: pg.Client;
  readonly names: ServingNames;
  readonly publication: string;
  readonly loaded: readonly LoadedMart[];
  /**
   * How long after the swap's own moment new transactions see it: longer than its commit takes, so that no transaction begins to see it
   * between two of its statements.
   */
  readonly visibleAfterMs: number;
}

/**
 * Makes a publication the one that transactions see which begin from now on, in one transaction. Views of new or changed columns are
 * made anew in it; only for those does it wait for readers, shortly.
 *
 * @throws the database's lock_not_available (55P03) while readers hold a view whose columns change
 */
export async function swap({ client, names, publication, loaded, visibleAfterMs }: SwapOptions): Promise<void> {
  const rows = loaded.reduce((sum, { mart }) => sum + mart.rows, 0);
  let seq: string | undefined;
  await inOwnersTransaction(client, names, async () => {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    const shown = await shownMarts(client, names);
    const marts = loaded.map(({ mart }) => mart);
    const changed = marts.filter(({ id, structure }) => shown.get(id)?.structure !== structure);
    const gone = [...shown].filter(([id]) => !marts.some((mart) => mart.id === id));
    const inserted = await client.query<{ seq: string }>(
      names.fill(
        "INSERT INTO {data}.publication (publication, visible_from, rows) VALUES ($1, 'infinity', $2) RETURNING seq",
      ),
      [publication, rows],
    );
    seq = inserted.rows[0]!.seq;
    await client.query(names.fill('INSERT INTO {data}.served SELECT $1, * FROM unnest($2::text[], $3::bigint[])'), [
      seq,
      loaded.map(({ mart }) => mart.id),
      loaded.map(({ load }) => load),
    ]);
    for (const mart of changed) await showMart(client, names, mart);
    for (const [id, { view }] of gone) {
      await client.query(`DROP VIEW IF EXISTS ${ident(names.app)}.${ident(view)}`);
      await client.query(names.fill('DELETE FROM {data}.shown WHERE mart = $1'), [id]);
    }
    // Between the moment that is written here and the commit nothing may take long: not even the disk.
    await client.query('SET LOCAL synchronous_commit = off');
    // Readers of a view that is made anew wait for this transaction, so that it may be seen at once.
    const margin = changed.length > 0 ? 0 : visibleAfterMs;
    await client.query(
      names.fill(`UPDATE {data}.publication SET visible_from = greatest(clock_timestamp() + $2 * interval '1 ms',
        (SELECT max(visible_from) + interval '1 us' FROM {data}.publication WHERE seq <> $1)) WHERE seq = $1`),
      [seq, margin],
    );
  });
  // Waits until all of it is on the disk.
  await inOwnersTransaction(client, names, async () => {
    await client.query(names.fill('UPDATE {data}.publication SET rows = $2 WHERE seq = $1'), [seq, rows]);
  });
}

async function shownMarts(
  client: pg.Client,
  names: ServingNames,
): Promise<ReadonlyMap<string, { readonly view: string; readonly structure: string }>> {
  const { rows } = await client.query<{ mart: string; view: string; structure: string }>(
    names.fill('SELECT mart, view, structure FROM {data}.shown'),
  );
  return new Map(rows.map((row) => [row.mart, row]));
}

/**
 * Deletes publications that no transaction younger than `keepMs` can see, the copies only they had, and what killed runs left. A copy
 * that someone reads is left for the next time.
 *
 * @returns copies deleted
 */
export async function retire(client: pg.Client, names: ServingNames, keepMs: number): Promise<number> {
  await client.query(
    names.fill(`DELETE FROM {data}.publication WHERE seq < (SELECT max(seq) FROM {data}.publication
      WHERE visible_from <= clock_timestamp() - $1 * interval '1 ms')`),
    [keepMs],
  );
  const { rows } = await client.query<{ load: string; view: string; structure: string }>(
    names.fill(`SELECT load, replace(mart, '.', '_') AS view, structure FROM {data}.load l
      WHERE NOT EXISTS (SELECT FROM {data}.served s WHERE s.load = l.load) ORDER BY load`),
  );
  let deleted = 0;
  for (const { load, view, structure } of rows) {
    const table = `${ident(names.data)}.${ident(`${view}_${structure}`)}`;
    const partition = `${ident(names.data)}.${ident(`${view}_${structure}_${load}`)}`;
    try {
      await inOwnersTransaction(client, names, async () => {
        await client.query(`SET LOCAL lock_timeout = ${RETIRE_LOCK_WAIT_MS}`);
        await client.query(`ALTER TABLE ${table} DETACH PARTITION ${partition}`);
        await client.query(`DROP TABLE ${partition}`);
        await client.query(names.fill('DELETE FROM {data}.load WHERE load = $1'), [load]);
      });
      deleted++;
    } catch (error) {
      if (!isLockWait(error)) throw error;
    }
  }
  await dropEmptyTables(client, names);
  return deleted;
}

/** Tables of columns that no view shows any more and that have no copies left. */
async function dropEmptyTables(client: pg.Client, names: ServingNames): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    names.fill(`SELECT c.relname AS name FROM pg_class c
      WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'p'
        AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid)
        AND NOT EXISTS (SELECT FROM {data}.shown s WHERE s.view || '_' || s.structure = c.relname)`),
    [ident(names.data)],
  );
  for (const { name } of rows) {
    await inOwnersTransaction(client, names, async () => {
      await client.query(`SET LOCAL lock_timeout = ${RETIRE_LOCK_WAIT_MS}`);
      await client.query(`DROP TABLE ${ident(names.data)}.${ident(name)}`);
    }).catch((error: unknown) => {
      if (!isLockWait(error)) throw error;
    });
  }
}

export function isLockWait(error: unknown): boolean {
  return (error as { code?: unknown }).code === '55P03';
}
