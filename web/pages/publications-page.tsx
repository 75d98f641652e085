import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { Publication, PublicationComparison } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

/** What was published and who keeps it; and how two publications differ. */
export function PublicationsPage() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['publications'],
    queryFn: () => call('listPublications', { query: { limit: 100 } }),
  });
  return (
    <div className="page">
      <PageHead title={t('publications.title')} lead={t('publications.lead')} />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('publications.empty')} next={t('publications.emptyNext')} />
          ) : (
            <div className="stack">
              <List items={items} />
              {items.length > 1 && <Compare items={items} />}
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

function List({ items }: { items: readonly Publication[] }) {
  const { t } = useTranslation();
  return (
    <section className="card flush scroll-x">
      <table className="plain">
        <thead>
          <tr>
            <th>{t('publications.at')}</th>
            <th>{t('publications.id')}</th>
            <th className="num">{t('publications.records')}</th>
            <th>{t('publications.keptHead')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <td className="nowrap">{shortTime(item.createdAt)}</td>
              <td>
                <code>{item.id}</code>{' '}
                {item.warnings > 0 && (
                  <span className="chip stale">{t('publications.warnings', { n: item.warnings })}</span>
                )}
              </td>
              <td className="num">{grouped(item.records)}</td>
              <td>
                <span className={item.kept === 'current' ? 'chip good' : item.kept === 'pinned' ? 'chip busy' : 'chip'}>
                  {t(`publications.kept.${item.kept}`, { time: item.keptUntil ? shortTime(item.keptUntil) : '' })}
                </span>
                {item.pinnedBy.length > 0 && (
                  <div className="quiet small">{t('publications.pinnedBy', { names: item.pinnedBy.join('、') })}</div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Compare({ items }: { items: readonly Publication[] }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(items[1]?.id ?? '');
  const [to, setTo] = useState(items[0]?.id ?? '');
  const query = useQuery({
    queryKey: ['comparePublications', from, to],
    queryFn: ({ signal }) => call('comparePublications', { query: { from, to }, signal }),
    enabled: from !== to,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const options = items.map((item) => ({
    value: item.id,
    label: `${shortTime(item.createdAt)} · ${item.id.slice(-6)}`,
  }));
  return (
    <section className="card flush">
      <div className="row" style={{ padding: '14px 20px' }}>
        <h2 style={{ margin: 0 }}>{t('publications.compare')}</h2>
        <span className="quiet">{t('publications.from')}</span>
        <Select
          style={{ width: 200 }}
          aria-label={t('publications.from')}
          value={from}
          onChange={setFrom}
          options={options}
        />
        <span className="quiet">{t('publications.to')}</span>
        <Select
          style={{ width: 200 }}
          aria-label={t('publications.to')}
          value={to}
          onChange={setTo}
          options={options}
        />
      </div>
      {from === to ? (
        <Empty tight title={t('publications.none')} />
      ) : (
        <Loaded query={query}>{(comparison) => <Comparison of={comparison} />}</Loaded>
      )}
    </section>
  );
}

function Comparison({ of }: { of: PublicationComparison }) {
  const { t } = useTranslation();
  if (of.marts.length === 0) return <Empty tight title={t('publications.none')} />;
  return (
    <>
      <div className="scroll-x">
        <table className="plain">
          <thead>
            <tr>
              <th>{t('publications.mart')}</th>
              <th className="num">{t('publications.before')}</th>
              <th className="num">{t('publications.after')}</th>
              <th className="num">{t('publications.added')}</th>
              <th className="num">{t('publications.removed')}</th>
              <th className="num">{t('publications.changed')}</th>
              <th>{t('publications.samples')}</th>
            </tr>
          </thead>
          <tbody>
            {of.marts.map((mart) => (
              <tr key={mart.mart}>
                <td>
                  {said(mart.title)}
                  <div className="quiet small">{mart.mart}</div>
                  {mart.columnsAdded.length > 0 && (
                    <div className="small">
                      {t('publications.columnsAdded', { names: mart.columnsAdded.join('、') })}
                    </div>
                  )}
                  {mart.columnsRemoved.length > 0 && (
                    <div className="small">
                      {t('publications.columnsRemoved', { names: mart.columnsRemoved.join('、') })}
                    </div>
                  )}
                </td>
                <td className="num">{grouped(mart.rowsBefore)}</td>
                <td className="num">{grouped(mart.rowsAfter)}</td>
                <td className="num" style={{ color: mart.added > 0 ? '#18794e' : undefined }}>
                  {mart.added > 0 ? `+${grouped(mart.added)}` : 0}
                </td>
                <td className="num" style={{ color: mart.removed > 0 ? '#b42318' : undefined }}>
                  {mart.removed > 0 ? `−${grouped(mart.removed)}` : 0}
                </td>
                <td className="num" style={{ color: mart.changed > 0 ? '#a15c00' : undefined }}>
                  {grouped(mart.changed)}
                </td>
                <td>
                  {mart.sample.length === 0 && <span className="quiet small">{t('publications.noSample')}</span>}
                  {mart.sample.length > 0 && (
                    <details>
                      <summary className="small" style={{ cursor: 'pointer' }}>
                        {mart.sample[0]?.key.join(' · ')}…
                      </summary>
                      <ul className="small" style={{ marginTop: 6 }}>
                        {mart.sample.map((row) => (
                          <li key={`${row.change} ${row.key.join(' ')}`}>
                            <span
                              className={`chip ${row.change === 'added' ? 'good' : row.change === 'removed' ? 'failed' : 'stale'}`}
                            >
                              {t(`publications.${row.change}`)}
                            </span>{' '}
                            {row.key.join(' · ')}
                            {row.columns.length > 0 && (
                              <span className="quiet">
                                {' '}
                                {t('publications.fields', { names: row.columns.join('、') })}
                              </span>
                            )}
                          </li>
                        ))}
                      </ul>
                    </details>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet small" style={{ padding: '10px 20px' }}>
        {t('publications.same', { n: of.same })}
      </p>
    </>
  );
}
