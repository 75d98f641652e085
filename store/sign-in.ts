import { FillOnceError, type User } from '../core/index.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { Store } from './store.ts';
import { toUser } from './users.ts';

const ATTEMPTS = 8;
const LOCK_MS = 15 * 60_000;

/**
 * Gives the user with this login and password.
 *
 * @throws FillOnceError `store.sign-in` (401, the same for an unknown login and a wrong password),
 *   `store.sign-in-locked` (429) after eight wrong passwords in a row
 */
export type SignIn = (login: string, password: string) => Promise<User>;

/** Checks passwords outside any transaction: hashing takes a fifth of a second, and the embedded database has one connection. */
export function createSignIn({ store }: { readonly store: Store }): SignIn {
  // Checked against for unknown logins, so that they take as long as known ones.
  let decoy: Promise<string> | undefined;

  return async (login, password) => {
    const row = await store.system.transaction((tx) =>
      tx.db.selectFrom('app_user').selectAll().where('login', '=', login).executeTakeFirst(),
    );
    const now = store.clock.now();
    if (row?.locked_until && row.locked_until > now) throw locked(row.locked_until);
    decoy ??= hashPassword('no such user');
    const fits = await verifyPassword(password, row?.password_hash ?? (await decoy));
    if (!row) throw refused();
    if (!fits) {
      const failed = row.failed_logins + 1;
      await store.system.transaction((tx) =>
        tx.db
          .updateTable('app_user')
          .set((eb) => ({
            failed_logins: failed >= ATTEMPTS ? 0 : eb('failed_logins', '+', 1),
            ...(failed >= ATTEMPTS ? { locked_until: new Date(now.getTime() + LOCK_MS) } : {}),
          }))
          .where('id', '=', row.id)
          .execute(),
      );
      throw refused();
    }
    if (row.disabled_at) throw refused();
    if (row.failed_logins > 0) {
      await store.system.transaction((tx) =>
        tx.db.updateTable('app_user').set({ failed_logins: 0, locked_until: null }).where('id', '=', row.id).execute(),
      );
    }
    return toUser(row);
  };
}

function refused(): FillOnceError {
  return new FillOnceError({
    code: 'store.sign-in',
    status: 401,
    message: {
      zh: '登录名或密码不对。请检查大小写与输入法；忘记密码请联系管理员重置。',
      en: 'The login or the password is wrong. Check capitals and keyboard; ask the administrator to reset a forgotten password.',
    },
  });
}

function locked(until: Date): FillOnceError {
  return new FillOnceError({
    code: 'store.sign-in-locked',
    status: 429,
    message: {
      zh: '密码连续输错次数过多，账号已暂时锁定，请在 15 分钟后再试，或联系管理员重置密码。',
      en: 'Too many wrong passwords: the account is locked for up to 15 minutes. Wait, or ask the administrator to reset the password.',
    },
    details: { until: until.toISOString() },
  });
}
