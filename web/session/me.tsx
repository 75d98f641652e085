import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { call } from '../api-client.ts';
import type { Me } from '../api-types.ts';

const MeContext = createContext<Me | null>(null);
export const MeProvider = MeContext.Provider;

/** The signed-in person; only below the shell. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside of the shell');
  return me;
}

/** Who is signed in; null when nobody is. */
export function useSession() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => (await call('readSession')).me,
    staleTime: 60_000,
  });
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await call('signOut').catch(() => undefined);
    startAnew(client, null);
  };
}

/** Forgets what was shown to the person before; what stands on screen follows the new one. */
export function startAnew(client: QueryClient, me: Me | null): void {
  client.setQueryData(['me'], me);
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' && query.queryKey[0] !== 'session' });
}

export function may(me: Me, action: string): boolean {
  return me.actions.includes(action);
}
