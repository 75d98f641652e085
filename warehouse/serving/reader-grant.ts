import type pg from 'pg';
import { SENSITIVITIES, type Sensitivity, THEMES, type Theme } from '../../core/catalogue.ts';
import type { OrgPath } from '../../core/org.ts';
import { ident } from '../sql-text.ts';
import { readerRefused } from './errors.ts';
import { inOwnersTransaction } from './load.ts';
import type { ServingNames } from './names.ts';

/** What a role of the database may read: rows of an org unit and what lies under it, values up to a sensitivity. */
export interface ServingReader {
  readonly role: string;
  readonly scope: OrgPath;
  /** Absent: all themes. */
  readonly themes?: readonly Theme[];
  readonly sensitivity: Sensitivity;
}

/**
 * Lets an existing role read. Called again it adds another org unit; the sensitivity and themes named last hold for the role as a whole.
 *
 * @throws FillOnceError `warehouse.serving.reader` for a role that does not exist or that would not be held by the rules
 */
export async function grantReader(client: pg.Client, names: ServingNames, reader: ServingReader): Promise<void> {
  const { role, scope, themes, sensitivity } = reader;
  const oid = await oidOf(client, role);
  if (oid === null) {
    throw readerRefused(role, {
      zh: '数据库中没有这个角色，请先 CREATE ROLE',
      en: 'there is no such role, CREATE ROLE first',
    });
  }
  await mustBeHeld(client, names, role);
  await mustExist(client, names, role, scope);
  const unknown = themes?.find((theme) => !THEMES.includes(theme));
  if (unknown !== undefined)
    throw readerRefused(role, { zh: `没有专题 ${unknown}`, en: `there is no theme ${unknown}` });
  await client.query('BEGIN');
  try {
    await revokeSensitivities(client, names, role);
    await client.query(`GRANT ${ident(names.readers[sensitivity])} TO ${ident(role)}`);
    await client.query(`SET LOCAL ROLE ${ident(names.owner)}`);
    await client.query(names.fill('INSERT INTO {data}.org VALUES ($1) ON CONFLICT DO NOTHING'), [scope]);
    await client.query(
      names.fill(
        `INSERT INTO {data}.reader VALUES ($1, $2, $3, $4) ON CONFLICT (role, scope) DO UPDATE SET role_oid = $2`,
      ),
      [role, oid, scope, themes ?? null],
    );
    await client.query(names.fill('UPDATE {data}.reader SET themes = $2 WHERE role = $1'), [role, themes ?? null]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Takes everything from a role; one that has nothing is left as it is. */
export async function revokeReader(client: pg.Client, names: ServingNames, role: string): Promise<void> {
  if ((await oidOf(client, role)) !== null) await revokeSensitivities(client, names, role);
  await inOwnersTransaction(client, names, async () => {
    await client.query(names.fill('DELETE FROM {data}.reader WHERE role = $1'), [role]);
  });
}

/** Row-level security does not hold a superuser, a role that bypasses it, nor whoever may act as the owner of the tables. */
async function mustBeHeld(client: pg.Client, { owner }: ServingNames, role: string): Promise<void> {
  const { rows } = await client.query<{ super: boolean; bypass: boolean; member: boolean }>(
    `SELECT rolsuper AS super, rolbypassrls AS bypass, pg_has_role(oid, $2, 'MEMBER') AS member FROM pg_roles WHERE rolname = $1`,
    [role, owner],
  );
  const found = rows[0];
  if (!found) return;
  if (found.super) {
    throw readerRefused(role, {
      zh: '它是超级用户，行级权限对它不起作用，会看到全部数据；请另建一个普通角色',
      en: 'it is a superuser, whom row-level security does not hold: it would see everything; make a plain role instead',
    });
  }
  if (found.bypass) {
    throw readerRefused(role, {
      zh: '它有 BYPASSRLS，行级权限对它不起作用；请先 ALTER ROLE … NOBYPASSRLS',
      en: 'it has BYPASSRLS, so row-level security does not hold it; ALTER ROLE … NOBYPASSRLS first',
    });
  }
  if (found.member) {
    throw readerRefused(role, {
      zh: `它是 ${owner} 的成员，可直接读取全部数据表；请另建一个普通角色`,
      en: `it is a member of ${owner}, which reads all tables directly; make a plain role instead`,
    });
  }
}

/** Where the org tree is served, a scope is one of its units: rows of any other would never come. */
async function mustExist(client: pg.Client, names: ServingNames, role: string, scope: OrgPath): Promise<void> {
  const view = names.fill('{app}.platform_org_unit');
  const { rows: served } = await client.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [view]);
  if (!served[0]?.is) return;
  const units = await inOwnersTransaction(client, names, () =>
    client.query<{ path: string }>(`SELECT path FROM ${view} ORDER BY path LIMIT 20000`),
  );
  const paths = units.rows.map(({ path }) => path);
  if (paths.length === 0 || paths.includes(scope)) return;
  const above = scope.split('/').slice(0, -1).join('/');
  const near = paths.filter((path) => path.startsWith(`${above}/`) && !path.slice(above.length + 1).includes('/'));
  const shown = (near.length > 0 ? near : paths).slice(0, 10).join(', ');
  throw readerRefused(role, {
    zh: `没有组织单元 ${scope}，相近的有：${shown}`,
    en: `there is no org unit ${scope}; near ones: ${shown}`,
  });
}

async function oidOf(client: pg.Client, role: string): Promise<string | null> {
  const { rows } = await client.query<{ oid: string }>('SELECT oid FROM pg_roles WHERE rolname = $1', [role]);
  return rows[0]?.oid ?? null;
}

async function revokeSensitivities(client: pg.Client, { readers }: ServingNames, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT g.rolname AS name FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
     WHERE r.rolname = $1 AND g.rolname = ANY ($2)`,
    [role, SENSITIVITIES.map((each) => readers[each])],
  );
  for (const { name } of rows) await client.query(`REVOKE ${ident(name)} FROM ${ident(role)}`);
}
