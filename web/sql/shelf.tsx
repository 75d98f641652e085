import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { SavedSql, SqlHistoryEntry } from '../api-types.ts';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';

/** Queries one saved, and those that others share. */
export function SavedList({ open, forgotten }: { open: (saved: SavedSql) => void; forgotten: (id: string) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [sought, setSought] = useState('');
  const query = useQuery({ queryKey: ['sql', 'saved'], queryFn: () => call('listSavedSql') });
  const forget = useMutation({
    mutationFn: (id: string) => call('deleteSavedSql', { params: { id } }),
    onSuccess: (_done, id) => {
      forgotten(id);
      return client.invalidateQueries({ queryKey: ['sql', 'saved'] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  return (
    <Loaded query={query}>
      {({ items }) => {
        if (items.length === 0) return <Empty tight title={t('sql.saved.empty')} next={t('sql.saved.emptyNext')} />;
        const needle = sought.trim().toLowerCase();
        const found = items.filter(
          ({ title, statement }) => title.toLowerCase().includes(needle) || statement.toLowerCase().includes(needle),
        );
        return (
          <>
            <div className="sql-search">
              <Input
                allowClear
                value={sought}
                placeholder={t('sql.saved.search')}
                aria-label={t('sql.saved.search')}
                onChange={(event) => setSought(event.target.value)}
              />
            </div>
            <ul className="sql-shelf">
              {found.length === 0 && <li className="quiet sql-none">{t('sql.saved.nothing')}</li>}
              {found.map((saved) => (
                <li key={saved.id}>
                  <button type="button" className="sql-entry" title={saved.statement} onClick={() => open(saved)}>
                    <b>{saved.title}</b>
                    <small>
                      {saved.mine
                        ? t(saved.share === 'private' ? 'sql.saved.private' : 'sql.saved.shared')
                        : t('sql.saved.of', { name: saved.owner.name })}
                      {' · '}
                      {shortTime(saved.updatedAt)}
                    </small>
                  </button>
                  {saved.mine && (
                    <Popconfirm
                      title={t('sql.saved.forget', { title: saved.title })}
                      okText={t('sql.saved.delete')}
                      cancelText={t('cancel')}
                      onConfirm={() => forget.mutate(saved.id)}
                    >
                      <Button size="small" type="text" aria-label={t('sql.saved.deleteOf', { title: saved.title })}>
                        ×
                      </Button>
                    </Popconfirm>
                  )}
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}

/** What one asked lately, and what came of it. */
export function HistoryList({ open }: { open: (entry: SqlHistoryEntry) => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['sql', 'history'],
    queryFn: () => call('sqlHistory', { query: { limit: 100 } }),
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty tight title={t('sql.history.empty')} next={t('sql.history.emptyNext')} />
        ) : (
          <ul className="sql-shelf">
            {items.map((entry) => (
              <li key={entry.queryId}>
                <button type="button" className="sql-entry" title={entry.statement} onClick={() => open(entry)}>
                  <code>{entry.statement.replace(/\s+/g, ' ').slice(0, 160)}</code>
                  <small>
                    <i className={`sql-dot ${entry.outcome}`} aria-hidden="true" />
                    {t(`sql.history.outcome.${entry.outcome}`)} · {shortTime(entry.at)}
                    {entry.rows !== null && ` · ${t('sql.history.rows', { n: grouped(entry.rows) })}`}
                    {entry.elapsedMs !== null && ` · ${(entry.elapsedMs / 1000).toFixed(1)} s`}
                  </small>
                </button>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
