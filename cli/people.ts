import { randomBytes } from 'node:crypto';
import { type OrgUnit, orgPath, type Role, type Sensitivity } from '../core/index.ts';
import { createUser, hashPassword, listUsers, type Store } from '../store/index.ts';

export interface Login {
  readonly login: string;
  readonly password: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

const DEMO_PASSWORD = 'fill-once';

interface Person {
  readonly login: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly scope: OrgUnit['path'];
  readonly sensitivity: Sensitivity;
}

/** One person for each role of the simulated subdistrict and one clerk for each community. */
export function demoPeople(units: readonly OrgUnit[]): readonly Person[] {
  const office = units.find((unit) => unit.kind === 'subdistrict');
  if (office === undefined) throw new Error('the org tree has no subdistrict');
  const person = (login: string, name: string, roles: readonly Role[], sensitivity: Sensitivity): Person => ({
    login,
    name,
    roles,
    scope: office.path,
    sensitivity,
  });
  const communities = units.filter((unit) => unit.kind === 'community');
  return [
    person('admin', '管理员', ['admin'], 'sensitive'),
    person('reviewer', '审核员', ['reviewer'], 'sensitive'),
    person('leader', '街道领导', ['leader'], 'internal'),
    person('analyst', '分析员', ['analyst'], 'internal'),
    person('duty', '值班员', ['duty'], 'internal'),
    person('clerk', '街道填报员', ['clerk'], 'sensitive'),
    ...communities.map(
      (community): Person => ({
        login: `clerk-${community.path.split('/').at(-1)}`,
        name: `${community.name}填报员`,
        roles: ['clerk'],
        scope: community.path,
        sensitivity: 'sensitive',
      }),
    ),
  ];
}

/** Creates the demo's people where they are missing; returns all logins for printing. */
export async function ensureDemoPeople(store: Store, units: readonly OrgUnit[]): Promise<readonly Login[]> {
  const people = demoPeople(units);
  const known = new Set(
    (await store.system.transaction((tx) => listUsers(tx, { limit: 1_000, offset: 0 }))).map((user) => user.login),
  );
  const missing = people.filter((each) => !known.has(each.login));
  if (missing.length > 0) {
    const passwordHash = await hashPassword(DEMO_PASSWORD);
    await store.system.transaction(async (tx) => {
      for (const each of missing) await createUser(tx, { ...each, passwordHash, themes: '*' });
    });
  }
  return people.map(({ login, name, roles }) => ({ login, password: DEMO_PASSWORD, name, roles }));
}

/**
 * A platform without any user gets an administrator with a random password, which is printed once. The scope is the root of the org
 * tree when one is there.
 */
export async function ensureFirstAdmin(store: Store): Promise<readonly Login[]> {
  return store.system.transaction(async (tx) => {
    if ((await listUsers(tx, { limit: 1, offset: 0 })).length > 0) return [];
    const password = randomBytes(9).toString('base64url');
    const root = await tx.db.selectFrom('org_unit').select('path').where('parent', 'is', null).executeTakeFirst();
    const roles: readonly Role[] = ['admin', 'reviewer'];
    await createUser(tx, {
      login: 'admin',
      name: '管理员',
      roles,
      scope: orgPath(root?.path ?? '000000'),
      sensitivity: 'sensitive',
      themes: '*',
      passwordHash: await hashPassword(password),
    });
    return [{ login: 'admin', password, name: '管理员', roles }];
  });
}
