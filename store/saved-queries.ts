import type { Json, Role } from '../core/index.ts';
import { newId } from '../core/index.ts';
import { audit } from './audit.ts';
import { savedQueriesFull } from './errors.ts';
import { asJson, type JsonColumn } from './json-column.ts';
import type { Tx } from './store.ts';

/** A parameter of a saved query with the value it starts from. */
export interface SavedParameter {
  readonly name: string;
  readonly value: string | number | boolean | null;
}

export type QueryShare = 'private' | 'everyone' | Role;

export interface SavedQueryTable {
  id: string;
  owner_id: string;
  title: string;
  statement: string;
  parameters: JsonColumn<Json>;
  share: QueryShare;
  updated_at: Date;
}

export interface SavedQuery {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly statement: string;
  readonly parameters: readonly SavedParameter[];
  readonly share: QueryShare;
  readonly updatedAt: Date;
}

const LIST_LIMIT = 500;
/** Below the list's, so that nobody's own are ever missing from it. */
const OWN_LIMIT = 200;

/** The user's own first, then those shared with him, each by title; at most 500. */
export async function listSavedQueries(tx: Tx): Promise<SavedQuery[]> {
  const rows = await tx.db
    .selectFrom('saved_query')
    .selectAll()
    .orderBy((row) => row('owner_id', '=', tx.user?.id ?? 'platform'), 'desc')
    .orderBy('title')
    .orderBy('id')
    .limit(LIST_LIMIT)
    .execute();
  return rows.map(toSaved);
}

/**
 * Saves a new query of the transaction's user, or changes one of his; null when the id is not his.
 *
 * @throws FillOnceError `store.saved-queries` when he has 200
 *
 * @example await saveQuery(tx, { title: '空置房按网格', statement, parameters: [], share: 'analyst' })
 */
export async function saveQuery(
  tx: Tx,
  query: Pick<SavedQuery, 'title' | 'statement' | 'parameters' | 'share'> & { readonly id?: string | undefined },
): Promise<SavedQuery | null> {
  const values = {
    title: query.title,
    statement: query.statement,
    parameters: asJson<Json>(query.parameters.map(({ name, value }) => ({ name, value }))),
    share: query.share,
    updated_at: tx.clock.now(),
  };
  const owner = tx.user?.id ?? 'platform';
  if (query.id === undefined) await mustHaveRoom(tx, owner);
  const row =
    query.id === undefined
      ? await tx.db
          .insertInto('saved_query')
          .values({ id: newId('sql', tx.clock.now()), owner_id: owner, ...values })
          .returningAll()
          .executeTakeFirstOrThrow()
      : await tx.db
          .updateTable('saved_query')
          .set(values)
          .where('id', '=', query.id)
          .where('owner_id', '=', owner)
          .returningAll()
          .executeTakeFirst();
  if (row) await audit(tx, { action: 'sql.save', subject: row.id, detail: { title: row.title, share: row.share } });
  return row ? toSaved(row) : null;
}

async function mustHaveRoom(tx: Tx, owner: string): Promise<void> {
  const { own } = await tx.db
    .selectFrom('saved_query')
    .where('owner_id', '=', owner)
    .select(({ fn }) => fn.countAll<number>().as('own'))
    .executeTakeFirstOrThrow();
  if (Number(own) >= OWN_LIMIT) throw savedQueriesFull(OWN_LIMIT);
}

/** True when the query was there and the user's own. */
export async function deleteSavedQuery(tx: Tx, id: string): Promise<boolean> {
  const result = await tx.db
    .deleteFrom('saved_query')
    .where('id', '=', id)
    .where('owner_id', '=', tx.user?.id ?? 'platform')
    .executeTakeFirst();
  const deleted = Number(result.numDeletedRows) > 0;
  if (deleted) await audit(tx, { action: 'sql.delete', subject: id });
  return deleted;
}

function toSaved(row: {
  id: string;
  owner_id: string;
  title: string;
  statement: string;
  parameters: Json;
  share: QueryShare;
  updated_at: Date;
}): SavedQuery {
  return {
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    statement: row.statement,
    parameters: row.parameters as unknown as SavedParameter[],
    share: row.share,
    updatedAt: row.updated_at,
  };
}
