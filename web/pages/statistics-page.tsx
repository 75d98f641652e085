import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { StatisticTable } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, Loading } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

const Chart = lazy(async () => ({ default: (await import('./statistic-chart.tsx')).StatisticChart }));

/** The numbers, now: one statistic at a time, as a chart and as a table. */
export function StatisticsPage() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['statistics'], queryFn: () => call('listStatistics') });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="page">
      <PageHead title={t('statistics.title')} />
      <Loaded query={list}>
        {({ items }) => {
          const name = chosen ?? items[0]?.name;
          if (name === undefined) return <Empty title={t('statistics.empty')} next={t('statistics.emptyNext')} />;
          return (
            <div style={{ display: 'grid', gridTemplateColumns: '220px minmax(0, 1fr)', gap: 20 }}>
              <nav className="stack" aria-label={t('statistics.title')}>
                {items.map((item) => (
                  <button
                    key={item.name}
                    type="button"
                    className={item.name === name ? 'choice on' : 'choice'}
                    style={{ marginTop: 0, marginBottom: 8 }}
                    onClick={() => setChosen(item.name)}
                  >
                    {said(item.title)}
                  </button>
                ))}
              </nav>
              <OneStatistic key={name} name={name} />
            </div>
          );
        }}
      </Loaded>
    </div>
  );
}

function OneStatistic({ name }: { name: string }) {
  const query = useQuery({
    queryKey: ['statistics', name],
    queryFn: () => call('readStatistic', { params: { name } }),
  });
  return <Loaded query={query}>{(table) => <Table table={table} />}</Loaded>;
}

function Table({ table }: { table: StatisticTable }) {
  const { t } = useTranslation();
  const suppressed = table.rows.some((row) => row.slice(table.dimensions.length).includes(null));
  return (
    <section className="card">
      <div className="card-head">
        <h2>{said(table.title)}</h2>
        {table.publicationId && table.publishedAt && (
          <span className="quiet small">
            {t('data.publication', { id: table.publicationId, time: shortTime(table.publishedAt) })}
          </span>
        )}
      </div>
      {table.rows.length === 0 && <Empty tight title={t('data.empty')} />}
      {table.chart !== 'none' && table.rows.length > 0 && (
        <Suspense fallback={<Loading />}>
          <Chart table={table} />
        </Suspense>
      )}
      <div className="scroll-x">
        <table className="plain">
          <thead>
            <tr>
              {table.dimensions.map((dimension) => (
                <th key={dimension.id}>{said(dimension.title)}</th>
              ))}
              {table.measures.map((measure) => (
                <th key={measure.id} className="num">
                  {said(measure.title)}
                  {measure.unit && `（${measure.unit}）`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={row.slice(0, table.dimensions.length).join(' ')}>
                {row.map((value, j) => (
                  <td
                    key={(table.dimensions[j] ?? table.measures[j - table.dimensions.length])?.id ?? j}
                    className={j < table.dimensions.length ? '' : 'num'}
                  >
                    {j < table.dimensions.length ? (
                      (value ?? t('blank'))
                    ) : value === null ? (
                      <span className="quiet">{t('statistics.suppressed')}</span>
                    ) : (
                      grouped(Number(value))
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {suppressed && <p className="quiet small">{t('statistics.suppressedNote')}</p>}
    </section>
  );
}
