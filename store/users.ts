import { type Generated, type Selectable, sql } from 'kysely';
import { newId, type OrgPath, type Role, type Sensitivity, type Theme, type User, type UserId } from '../core/index.ts';
import { isUniqueViolation, loginTaken, notFound } from './errors.ts';
import type { Tx } from './store.ts';

export interface UserTable {
  id: string;
  login: string;
  name: string;
  password_hash: string;
  roles: string[];
  scope: string;
  themes: string[];
  sensitivity: string;
  failed_logins: number;
  locked_until: Generated<Date | null>;
  disabled_at: Generated<Date | null>;
  created_at: Date;
  updated_at: Date;
}

export interface UserNameView {
  id: string;
  name: string;
}

export interface NewUser {
  readonly login: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
  readonly scope: OrgPath;
  readonly themes: '*' | readonly Theme[];
  readonly sensitivity: Sensitivity;
}

export interface UserRecord extends User {
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
}

/** @throws FillOnceError `store.login-taken` */
export async function createUser(tx: Tx, user: NewUser): Promise<UserRecord> {
  const now = tx.clock.now();
  try {
    const row = await tx.db
      .insertInto('app_user')
      .values({
        id: newId<UserId>('user', now),
        login: user.login,
        name: user.name,
        password_hash: user.passwordHash,
        roles: [...user.roles],
        scope: user.scope,
        themes: user.themes === '*' ? ['*'] : [...user.themes],
        sensitivity: user.sensitivity,
        failed_logins: 0,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toUser(row);
  } catch (error) {
    throw isUniqueViolation(error) ? loginTaken(user.login) : error;
  }
}

export interface UserChange {
  readonly name?: string;
  readonly passwordHash?: string;
  readonly roles?: readonly Role[];
  readonly scope?: OrgPath;
  readonly themes?: '*' | readonly Theme[];
  readonly sensitivity?: Sensitivity;
  readonly disabled?: boolean;
}

/** Changes a user; a changed password or right, or a disabling, ends his sessions. @throws FillOnceError `store.not-found` */
export async function updateUser(tx: Tx, id: UserId, change: UserChange): Promise<UserRecord> {
  const now = tx.clock.now();
  const row = await tx.db
    .updateTable('app_user')
    .set({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.passwordHash === undefined
        ? {}
        : { password_hash: change.passwordHash, failed_logins: 0, locked_until: null }),
      ...(change.roles === undefined ? {} : { roles: [...change.roles] }),
      ...(change.scope === undefined ? {} : { scope: change.scope }),
      ...(change.themes === undefined ? {} : { themes: change.themes === '*' ? ['*'] : [...change.themes] }),
      ...(change.sensitivity === undefined ? {} : { sensitivity: change.sensitivity }),
      ...(change.disabled === undefined ? {} : { disabled_at: change.disabled ? now : null }),
      updated_at: now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw notFound('user', id);
  const { name: _, ...rights } = change;
  if (Object.values(rights).some((value) => value !== undefined)) {
    await tx.db.deleteFrom('session').where('user_id', '=', id).execute();
  }
  return toUser(row);
}

export async function listUsers(
  tx: Tx,
  page: { readonly limit: number; readonly offset: number },
): Promise<UserRecord[]> {
  const rows = await tx.db
    .selectFrom('app_user')
    .selectAll()
    .orderBy('login')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return rows.map(toUser);
}

export async function findUser(tx: Tx, id: UserId): Promise<UserRecord | null> {
  const row = await tx.db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toUser(row) : null;
}

/** Names by user id; ids of nobody are absent. */
export async function userNames(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.db
    .selectFrom('app_user_name')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Who answers for each of the places: the name of the first clerk with exactly that scope. */
export async function clerksOf(tx: Tx, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const rows = await tx.db
    .selectFrom('app_user')
    .distinctOn('scope')
    .select(['scope', 'name'])
    .where('scope', 'in', [...new Set(paths)])
    .where('disabled_at', 'is', null)
    .where(sql<boolean>`roles @> ARRAY['clerk']`)
    .orderBy('scope')
    .orderBy('login')
    .execute();
  return new Map(rows.map((row) => [row.scope, row.name]));
}

/** The users with one of the roles whose scope covers a place, nearest scope first: those to tell about it. */
export async function usersResponsibleFor(tx: Tx, orgPath: string, roles: readonly Role[]): Promise<UserRecord[]> {
  const ancestors = orgPath.split('/').map((_, index, segments) => segments.slice(0, index + 1).join('/'));
  const rows = await tx.db
    .selectFrom('app_user')
    .selectAll()
    .where('disabled_at', 'is', null)
    .where('scope', 'in', ancestors)
    .orderBy('login')
    .limit(1_000)
    .execute();
  return rows
    .map(toUser)
    .filter((user) => user.roles.some((role) => roles.includes(role)))
    .sort((a, b) => b.scope.length - a.scope.length);
}

export function toUser(row: Selectable<UserTable>): UserRecord {
  return {
    id: row.id as UserId,
    login: row.login,
    name: row.name,
    roles: row.roles as Role[],
    scope: row.scope as OrgPath,
    themes: row.themes.includes('*') ? '*' : (row.themes as Theme[]),
    sensitivity: row.sensitivity as Sensitivity,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
  };
}
