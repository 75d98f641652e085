import type { Clock, OrgPath } from '../../core/index.ts';
import { closeSession, createSignIn, findSession, listOrgUnits, openSession, type Store } from '../../store/index.ts';
import type { OrgUnits, Sessions, Users } from '../ports.ts';

export function wireUsers(store: Store): Users {
  const signIn = createSignIn({ store });
  return { signIn };
}

/** How long a session that was looked up is believed: each page asks several times a second. */
const BELIEVED_MS = 10_000;
const MOST_BELIEVED = 10_000;

/** Sessions of the store; a lookup is believed for ten seconds, so what another server ends is felt within them. */
export function wireSessions(store: Store, clock: Clock, lastsMs: number): Sessions {
  const believed = new Map<string, { session: Awaited<ReturnType<Sessions['find']>>; until: number }>();
  return {
    open: (user) => store.system.transaction((tx) => openSession(tx, user.id, lastsMs)),
    find: async (token) => {
      const now = clock.now().getTime();
      const known = believed.get(token);
      if (known && known.until > now) return known.session;
      const session = await store.system.transaction((tx) => findSession(tx, token));
      believed.delete(token);
      if (session) believed.set(token, { session, until: Math.min(now + BELIEVED_MS, session.expiresAt.getTime()) });
      while (believed.size > MOST_BELIEVED) believed.delete(believed.keys().next().value!);
      return session;
    },
    close: async (token) => {
      believed.delete(token);
      await store.system.transaction((tx) => closeSession(tx, token));
    },
  };
}

export function wireOrgUnits(store: Store): OrgUnits {
  return {
    find: async (path) => {
      const unit = await store.system.transaction((tx) =>
        tx.db.selectFrom('org_unit').select(['path', 'name', 'kind']).where('path', '=', path).executeTakeFirst(),
      );
      return unit ? { ...unit, path: unit.path as OrgPath } : null;
    },
    under: async (path, limit) =>
      (await store.system.transaction((tx) => listOrgUnits(tx, path as OrgPath))).slice(0, limit),
  };
}
