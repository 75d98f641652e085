import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api-client.ts';
import type { Run } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

type Tab = 'runs' | 'quarantine';

/** What the warehouse made, and what it refused. */
export function RunsPage() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const source = search.get('source') ?? undefined;
  const [tab, setTab] = useState<Tab>(source ? 'quarantine' : 'runs');
  return (
    <div className="page">
      <PageHead
        title={t('runs.title')}
        lead={
          tab === 'quarantine' ? (
            <>
              {t('runs.quarantineLead')} <Link to="/quarantine">{t('runs.toDesk')}</Link>
            </>
          ) : undefined
        }
      >
        <Segmented<Tab>
          value={tab}
          onChange={setTab}
          options={(['runs', 'quarantine'] as const).map((value) => ({ value, label: t(`runs.${value}`) }))}
        />
      </PageHead>
      {tab === 'runs' ? <Runs /> : <Quarantine source={source} />}
    </div>
  );
}

function Runs() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['runs'],
    queryFn: () => call('listRuns', { query: { limit: 200 } }),
    refetchInterval: 15_000,
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('runs.emptyRuns')} next={t('runs.emptyRunsNext')} />
        ) : (
          <div className="card flush scroll-x">
            <table className="plain">
              <thead>
                <tr>
                  <th>{t('runs.asset')}</th>
                  <th>{t('runs.result')}</th>
                  <th>{t('runs.started')}</th>
                  <th className="num">{t('runs.took')}</th>
                  <th className="num">{t('runs.rows')}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((run) => (
                  <tr key={run.id}>
                    <td>
                      {run.asset}
                      {run.partition && <span className="quiet"> · {run.partition}</span>}
                    </td>
                    <td>
                      <span className={`chip ${run.state}`}>{t(`runs.state.${run.state}`)}</span>
                      {run.error && <div style={{ color: '#b42318', marginTop: 4 }}>{said(run.error)}</div>}
                    </td>
                    <td className="nowrap">{shortTime(run.startedAt)}</td>
                    <td className="num nowrap">{took(run)}</td>
                    <td className="num">{run.rows === null ? '' : grouped(run.rows)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Loaded>
  );
}

function Quarantine({ source }: { source: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['quarantine', source ?? ''],
    queryFn: () => call('listQuarantine', { query: { limit: 200, ...(source ? { source } : {}) } }),
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('runs.emptyQuarantine')} next={t('runs.emptyQuarantineNext')} />
        ) : (
          <div className="card flush scroll-x">
            <table className="plain">
              <thead>
                <tr>
                  <th>{t('runs.dataset')}</th>
                  <th>{t('runs.why')}</th>
                  <th>{t('runs.field')}</th>
                  <th className="num">{t('runs.count')}</th>
                  <th>{t('runs.examples')}</th>
                  <th>{t('runs.since')}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={`${item.batchId} ${item.rule} ${item.field}`}>
                    <td>
                      {item.sourceName} · {item.dataset}
                    </td>
                    <td>{said(item.reason)}</td>
                    <td>{item.field}</td>
                    <td className="num">{grouped(item.count)}</td>
                    <td className="quiet">{item.examples.slice(0, 3).join('、')}</td>
                    <td className="nowrap">{shortTime(item.since)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Loaded>
  );
}

function took(run: Run): string {
  if (!run.finishedAt) return '';
  const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
