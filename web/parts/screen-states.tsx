import { Button, Spin } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api-client.ts';
import { said } from '../texts/i18n.ts';

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="state" role="status">
      <Spin />
      <p style={{ marginTop: 12 }}>{t('loading')}</p>
    </div>
  );
}

/** Nothing to show, and what that means. */
export function Empty({
  title,
  next,
  tight,
  children,
}: {
  title: string;
  next?: string;
  tight?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={tight ? 'state tight' : 'state'}>
      <h2>{title}</h2>
      {next && <p>{next}</p>}
      {children && <div className="acts">{children}</div>}
    </div>
  );
}

/** What went wrong, in the server's words. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="state" role="alert">
      <h2>{t('problem.title')}</h2>
      <p>{problemText(error, t('problem.unknown'))}</p>
      {retry && (
        <div className="acts">
          <Button onClick={retry}>{t('retry')}</Button>
        </div>
      )}
    </div>
  );
}

export function problemText(error: unknown, otherwise: string): string {
  return error instanceof ApiError ? said(error.body.message) : otherwise;
}

interface Query<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Shows a query's data; until it is there, that it loads or what went wrong. */
export function Loaded<Data>({ query, children }: { query: Query<Data>; children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  return query.error ? <Problem error={query.error} retry={() => void query.refetch()} /> : <Loading />;
}
