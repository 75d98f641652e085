import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { call } from '../api-client.ts';
import type { AssetDetail, AssetRun } from '../api-types.ts';
import '../assets/assets.css';
import { BackfillPanel } from '../assets/backfill-panel.tsx';
import { byteText, tookText } from '../assets/measures.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Loaded } from '../parts/screen-states.tsx';
import { ago, grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

/** One asset: how fresh and dear it is, what checks said, what ran, its months and columns, and bringing its past again. */
export function AssetPage() {
  const { key = '' } = useParams();
  const query = useQuery({
    queryKey: ['asset', key],
    queryFn: () => call('readAsset', { params: { key } }),
    refetchInterval: (q) => (q.state.data?.backfill?.state === 'running' ? 3_000 : 30_000),
  });
  return <div className="page stack">{<Loaded query={query}>{(asset) => <Asset asset={asset} />}</Loaded>}</div>;
}

function Asset({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead
        up={{ to: '/warehouse', label: t('assets.title') }}
        title={said(asset.title)}
        lead={
          <>
            <span className="chip">{t(`assets.kinds.${asset.kind}`)}</span> {asset.key}
            {asset.about && ` · ${asset.about}`}
          </>
        }
      >
        <Link to={`/warehouse?focus=${asset.key}`}>{t('assets.graph')}</Link>
      </PageHead>
      <Facts asset={asset} />
      {asset.repull && <BackfillPanel asset={asset} />}
      {asset.checks.length > 0 && <Checks asset={asset} />}
      <Runs asset={asset} />
      {asset.partitions.length > 0 && <Partitions asset={asset} />}
      <Columns asset={asset} />
    </>
  );
}

function Facts({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const { freshness, lastRun } = asset;
  const none = t('assets.none');
  return (
    <section className="card">
      <dl className="facts">
        <div>
          <dt>{t('assets.freshnessHead')}</dt>
          <dd>
            <span className={`chip ${freshness.state}`}>{t(`assets.freshness.${freshness.state}`)}</span>
            {freshness.since && <small>{t('assets.since', { time: shortTime(freshness.since) })}</small>}
            <small>
              {freshness.receivedAt
                ? t('assets.received', { time: ago(t, freshness.receivedAt) })
                : t('assets.neverReceived')}
            </small>
            <small>
              {freshness.withinHours === null ? t('assets.noRule') : t('assets.rule', { hours: freshness.withinHours })}
            </small>
            {freshness.because && freshness.because !== asset.key && (
              <small>
                <Link to={`/warehouse/${freshness.because}`}>{t('assets.because', { key: freshness.because })}</Link>
              </small>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('assets.rowsHead')}</dt>
          <dd className="num">{asset.rows === null ? none : grouped(asset.rows)}</dd>
        </div>
        <div>
          <dt>{t('assets.bytes')}</dt>
          <dd className="num">{asset.bytes === null ? none : byteText(asset.bytes)}</dd>
        </div>
        <div>
          <dt>{t('assets.took')}</dt>
          <dd className="num">
            {asset.tookMs === null ? none : tookText(asset.tookMs)}
            {asset.tookMs !== null && (asset.kind === 'golden' || asset.kind === 'mart') && (
              <small>{t('assets.together')}</small>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('assets.lastRun')}</dt>
          <dd>
            {lastRun ? (
              <>
                <span className={`chip ${lastRun.state}`}>{t(`assets.runState.${lastRun.state}`)}</span>
                <small>{shortTime(lastRun.startedAt)}</small>
              </>
            ) : (
              none
            )}
          </dd>
        </div>
        <div>
          <dt>{t('assets.nextRun')}</dt>
          <dd>{asset.nextRun ? shortTime(asset.nextRun) : none}</dd>
        </div>
        <div>
          <dt>{t('assets.owner')}</dt>
          <dd>{asset.owner}</dd>
        </div>
        <div>
          <dt>{t('assets.code')}</dt>
          <dd>
            <code>{asset.codeVersion.slice(0, 12)}</code>
          </dd>
        </div>
      </dl>
      {lastRun?.error && (
        <p role="alert" style={{ color: '#b42318', marginTop: 12 }}>
          {said(lastRun.error.message)}
        </p>
      )}
    </section>
  );
}

function Checks({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  return (
    <section className="card flush scroll-x">
      <h2 style={{ padding: '14px 20px 0' }}>{t('assets.checks')}</h2>
      <table className="plain">
        <tbody>
          {asset.checks.map((check) => (
            <tr key={check.id}>
              <td style={{ width: 120 }}>
                <span className={`chip ${check.state}`}>{t(`assets.checkState.${check.state}`)}</span>
              </td>
              <td>
                {check.about}
                <div className="small quiet">{check.id}</div>
              </td>
              <td className="nowrap">{t(`assets.severity.${check.severity}`)}</td>
              <td className="num nowrap">{check.rows ? t('assets.checkRows', { n: grouped(check.rows) }) : ''}</td>
              <td className="nowrap quiet">{check.since && t('assets.since', { time: shortTime(check.since) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Runs({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  return (
    <section className="card flush scroll-x">
      <h2 style={{ padding: '14px 20px 0' }}>{t('assets.runs')}</h2>
      {asset.runs.length === 0 ? (
        <p className="quiet" style={{ padding: '0 20px 16px' }}>
          {t('assets.noRuns')}
        </p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th>{t('assets.started')}</th>
              <th>{t('assets.result')}</th>
              <th>{t('assets.partition')}</th>
              <th className="num">{t('assets.rowsHead')}</th>
              <th className="num">{t('runs.took')}</th>
              <th>{t('assets.log')}</th>
            </tr>
          </thead>
          <tbody>
            {asset.runs.map((run) => (
              <Run key={run.id} run={run} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Run({ run }: { run: AssetRun }) {
  const { t } = useTranslation();
  return (
    <tr>
      <td className="nowrap">{shortTime(run.startedAt)}</td>
      <td>
        <span className={`chip ${run.state}`}>{t(`assets.runState.${run.state}`)}</span>
        {run.error && (
          <div style={{ color: '#b42318', marginTop: 4 }}>
            {said(run.error.message)} <span className="small quiet">{run.error.code}</span>
          </div>
        )}
      </td>
      <td>{run.partition}</td>
      <td className="num">{run.rows === null ? '' : grouped(run.rows)}</td>
      <td className="num nowrap">{run.tookMs === null ? '' : tookText(run.tookMs)}</td>
      <td>
        {run.log.length > 0 && (
          <details>
            <summary>{grouped(run.log.length)}</summary>
            <div className="asset-log">{run.log.slice(0, 200).map(lineOf).join('\n')}</div>
          </details>
        )}
      </td>
    </tr>
  );
}

function lineOf(entry: { readonly [name: string]: unknown }): string {
  return Object.entries(entry)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ');
}

function Partitions({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const most = Math.max(...asset.partitions.map(({ rows }) => rows));
  return (
    <section className="card">
      <h2>{t('assets.partitions')}</h2>
      <table className="plain">
        <tbody>
          {asset.partitions.slice(0, 24).map(({ partition, rows }) => (
            <tr key={partition}>
              <td style={{ width: 110 }}>{partition}</td>
              <td style={{ width: 110 }} className="num">
                {grouped(rows)}
              </td>
              <td>
                <div className="bar" aria-hidden="true">
                  <i style={{ width: `${(rows / most) * 100}%` }} />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Columns({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  if (asset.columns.length === 0) return null;
  return (
    <section className="card flush scroll-x">
      <h2 style={{ padding: '14px 20px 0' }}>{t('assets.columns')}</h2>
      <table className="plain">
        <thead>
          <tr>
            <th>{t('assets.column')}</th>
            <th>{t('assets.meaning')}</th>
            <th>{t('assets.madeOf')}</th>
          </tr>
        </thead>
        <tbody>
          {asset.columns.map((column) => (
            <tr key={column.key}>
              <td>
                <Link to={`/lineage?column=${encodeURIComponent(column.key)}`}>{column.column}</Link>
              </td>
              <td>{column.title && said(column.title)}</td>
              <td className="small">
                <span className="chip">{t(`assets.lineage.step.${column.step}`)}</span>{' '}
                {column.from.slice(0, 6).join('、')}
                {column.from.length > 6 && ` … ${column.from.length}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
