import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { call } from '../api-client.ts';
import type { SourceDataset } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { ago, grouped, shortTime } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';

/** What comes from where, what does not come, since when, and what to do about it. */
export function SourcesPage() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['sources'],
    queryFn: () => call('listSources'),
    refetchInterval: (q) => (q.state.data?.items.some((item) => item.state === 'pulling') ? 2000 : 30_000),
  });
  return (
    <div className="page">
      <Loaded query={query}>
        {({ items }) => {
          const bad = items.filter((item) => item.state !== 'ok' && item.state !== 'pulling').length;
          const sources = [...new Set(items.map((item) => item.source))];
          return (
            <>
              <PageHead
                title={t('sources.title')}
                lead={
                  bad === 0
                    ? t('sources.summaryGood', { count: items.length })
                    : t('sources.summaryBad', { bad, count: items.length })
                }
              />
              {items.length === 0 && <Empty title={t('sources.empty')} next={t('sources.emptyNext')} />}
              {sources.map((source) => (
                <OneSource key={source} datasets={items.filter((item) => item.source === source)} />
              ))}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function OneSource({ datasets }: { datasets: readonly SourceDataset[] }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const source = datasets[0]!;
  const pull = useMutation({
    mutationFn: () => call('pullSource', { params: { name: source.source } }),
    onSuccess: () => {
      void message.success(t('sources.pulled'));
      void client.invalidateQueries({ queryKey: ['sources'] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const pulling = datasets.some((dataset) => dataset.state === 'pulling');
  return (
    <section className="card flush">
      <div className="card-head" style={{ padding: '14px 20px 0', marginBottom: 8 }}>
        <h2>
          {source.sourceName} <span className="quiet small">{source.source}</span>
        </h2>
        {may(me, 'source.manage') && (
          <Button loading={pull.isPending || pulling} onClick={() => pull.mutate()}>
            {t('sources.pull')}
          </Button>
        )}
      </div>
      <div className="scroll-x">
        <table className="plain">
          <thead>
            <tr>
              <th style={{ width: 200 }}>{t('sources.dataset')}</th>
              <th style={{ width: 130 }}>{t('sources.stateHead')}</th>
              <th>{t('sources.lastSuccess')}</th>
              <th className="num" style={{ width: 130 }}>
                {t('sources.records')}
              </th>
              <th className="num" style={{ width: 110 }}>
                {t('sources.quarantined')}
              </th>
            </tr>
          </thead>
          <tbody>
            {datasets.map((dataset) => (
              <Dataset key={dataset.dataset} dataset={dataset} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Dataset({ dataset }: { dataset: SourceDataset }) {
  const { t } = useTranslation();
  return (
    <tr>
      <td>{dataset.datasetName}</td>
      <td>
        <span className={`chip ${dataset.state}`}>{t(`sources.state.${dataset.state}`)}</span>
        {dataset.pulling !== null && (
          <div className="small quiet num">{t('sources.pulling', { n: grouped(dataset.pulling) })}</div>
        )}
      </td>
      <td>
        {dataset.lastSuccess
          ? `${shortTime(dataset.lastSuccess)}（${ago(t, dataset.lastSuccess)}）`
          : t('sources.never')}
        {dataset.error && (
          <div role="alert" style={{ color: '#b42318', marginTop: 4 }}>
            {dataset.errorSince && `${t('sources.since', { time: shortTime(dataset.errorSince) })} `}
            {said(dataset.error)}
          </div>
        )}
        {dataset.nextStep && (
          <div style={{ marginTop: 4 }}>
            <b>{t('sources.nextStep')}</b>
            {said(dataset.nextStep)}
          </div>
        )}
      </td>
      <td className="num">{grouped(dataset.records)}</td>
      <td className="num">
        {dataset.quarantined > 0 ? (
          <Link to={`/runs?source=${dataset.source}`}>{grouped(dataset.quarantined)}</Link>
        ) : (
          <span className="quiet">0</span>
        )}
      </td>
    </tr>
  );
}
