import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { call } from '../api-client.ts';
import type { Scalar, SqlCheck } from '../api-types.ts';

/** Typing pauses this long before the server is asked. */
const PAUSE_MS = 350;

export interface Checked {
  /** Of what stands there now, or while that is on its way of what stood there before; absent without a statement. */
  readonly check: SqlCheck | undefined;
  /** True when `check` is about what stands there now. */
  readonly current: boolean;
  readonly error: unknown;
}

/** What the server says of a statement while it is typed. */
export function useCheck(statement: string, parameters: Readonly<Record<string, Scalar>>): Checked {
  const asked = useMemo(() => ({ statement, parameters }), [statement, parameters]);
  const [settled, setSettled] = useState(asked);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(asked), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const empty = statement.trim() === '';
  const query = useQuery({
    queryKey: ['sql', 'check', settled],
    queryFn: async ({ signal }) => {
      const check = await call('checkSql', { body: settled, signal });
      // The process that checks may have had to start first; the second time it stands.
      return isUndecided(check) ? call('checkSql', { body: settled, signal }) : check;
    },
    enabled: settled.statement.trim() !== '' && !empty,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
  });
  if (empty) return { check: undefined, current: true, error: null };
  return { check: query.data, current: settled === asked && !query.isPlaceholderData, error: query.error };
}

/** True when the check came too late or was lost: that says nothing of the statement. */
export function isUndecided({ problems }: SqlCheck): boolean {
  return problems.some(({ code }) => code === 'analytics.sql.unchecked');
}
