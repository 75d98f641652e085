import { orgPath, type Role, type User } from '../../core/index.ts';
import { createUser, type Store } from '../../store/index.ts';

/** A user of the store with the given role and scope. */
export async function addUser(
  store: Store,
  login: string,
  role: Role,
  scope: string,
  change: Partial<User> = {},
): Promise<User> {
  return store.system.transaction((tx) =>
    createUser(tx, {
      login,
      name: login,
      passwordHash: 'none',
      roles: change.roles ?? [role],
      scope: orgPath(scope),
      themes: change.themes ?? '*',
      sensitivity: change.sensitivity ?? 'sensitive',
    }),
  );
}
