import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { addressOf, call } from '../api-client.ts';
import type { Campaign, Stage } from '../api-types.ts';
import { Bar, ClassBar, Deadline, StageChip, TaskStatusChip } from '../parts/chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped, percent, shortTime } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';

const WORKING: readonly Stage[] = ['created', 'prefilling', 'issuing', 'merging', 'releasing'];

/** One campaign: how far it is, and the one thing to do next. */
export function CampaignPage() {
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['campaign', id],
    queryFn: () => call('readCampaign', { params: { id } }),
    // Live events bring the news; while long work runs its figures are read often as well.
    refetchInterval: (q) => (q.state.data && WORKING.includes(q.state.data.stage) ? 2000 : false),
  });
  return <div className="page">{<Loaded query={query}>{(campaign) => <Details campaign={campaign} />}</Loaded>}</div>;
}

function Details({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const me = useMe();
  const exportable = may(me, 'release.export') && ['merged', 'releasing', 'released'].includes(campaign.stage);
  return (
    <>
      <PageHead
        up={{ to: '/campaigns', label: t('campaigns.title') }}
        title={
          <span className="row">
            {campaign.title} · {campaign.periodTitle} <StageChip stage={campaign.stage} />
          </span>
        }
        lead={
          <>
            {campaign.scopeName} · <Deadline at={campaign.deadline} settled={campaign.stage === 'released'} />
          </>
        }
      >
        {exportable && (
          <a
            href={addressOf('exportCampaign', { params: { id: campaign.id } })}
            download
            title={t('campaigns.exportHint')}
          >
            <Button tabIndex={-1}>{t('campaigns.export')}</Button>
          </a>
        )}
      </PageHead>
      <section className="card">
        <Steps stage={campaign.stage} />
        <NextStep campaign={campaign} />
      </section>
      {campaign.rows > 0 && (
        <section className="card">
          <div className="between" style={{ marginBottom: 12 }}>
            <h2>
              {t('campaigns.coverage')} <span className="figure">{percent(campaign.coverage)}%</span>
            </h2>
            <span className="quiet small">
              {t('campaigns.rows', { n: grouped(campaign.rows) })}
              {campaign.publicationId && ` · ${t('campaigns.publication', { id: campaign.publicationId })}`}
            </span>
          </div>
          <ClassBar counts={campaign.counts} />
        </section>
      )}
      {campaign.taskList.length > 0 && <Tasks campaign={campaign} />}
      {campaign.releases.length > 0 && (
        <section className="card">
          <h2>{t('campaigns.releases')}</h2>
          {campaign.releases.map((release) => (
            <p key={release.id} className="row">
              <span className="chip good">{t('campaigns.releaseNo', { n: release.number })}</span>
              {release.approvedBy} · {shortTime(release.approvedAt)}
              <span className="quiet small">SHA-256 {release.sha256.slice(0, 16)}…</span>
            </p>
          ))}
        </section>
      )}
    </>
  );
}

const STEPS = ['prefill', 'issue', 'answer', 'merge', 'release'] as const;
const REACHED: Readonly<Record<Stage, number>> = {
  created: 0,
  prefilling: 0,
  prefilled: 1,
  issuing: 1,
  issued: 2,
  merging: 3,
  merged: 4,
  releasing: 4,
  released: 5,
  failed: 0,
};

function Steps({ stage }: { stage: Stage }) {
  const { t } = useTranslation();
  const at = REACHED[stage];
  return (
    <ol className="steps">
      {STEPS.map((step, i) => (
        <li key={step} className={i < at ? 'done' : i === at ? 'now' : ''} aria-current={i === at ? 'step' : undefined}>
          {t(`campaigns.steps.${step}`)}
        </li>
      ))}
    </ol>
  );
}

function NextStep({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const order = useMutation({
    mutationFn: (step: 'issue' | 'merge' | 'release') => call(`${step}Campaign`, { params: { id: campaign.id } }),
    onSuccess: () => {
      void message.success(t('campaigns.ordered'));
      void client.invalidateQueries({ queryKey: ['campaign', campaign.id] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const ask = (step: 'issue' | 'merge' | 'release', note: string) =>
    Modal.confirm({
      title: t('campaigns.confirm', { what: t(`campaigns.${step}`) }),
      content: note,
      icon: null,
      okText: t(`campaigns.${step}`),
      cancelText: t('cancel'),
      onOk: () => order.mutateAsync(step).catch(() => undefined),
    });

  if (campaign.failure) {
    return (
      <p className="clash" role="alert" style={{ marginTop: 16 }}>
        <b>{t('campaigns.failed')}</b>
        <br />
        {said(campaign.failure)}
      </p>
    );
  }
  if (WORKING.includes(campaign.stage)) {
    const { progress } = campaign;
    return (
      <div style={{ marginTop: 16 }} role="status">
        <p style={{ marginBottom: 8 }}>
          {progress ? said(progress.message) : `${t(`campaigns.stage.${campaign.stage}`)}…`}
        </p>
        {progress && progress.total > 0 && (
          <Bar done={progress.done} of={progress.total} label={said(progress.message)} />
        )}
      </div>
    );
  }
  if (!may(me, 'campaign.manage')) return null;
  const doubtful = campaign.counts.stale + campaign.counts.conflicting + campaign.counts.missing;
  const unapproved = campaign.tasks - campaign.tasksApproved;
  return (
    <div className="row" style={{ marginTop: 18 }}>
      {campaign.stage === 'prefilled' && (
        <>
          <Button type="primary" size="large" loading={order.isPending} onClick={() => order.mutate('issue')}>
            {t('campaigns.issue')}
          </Button>
          <span className="quiet">
            {t('campaigns.issueHint', { cells: grouped(doubtful), percent: percent(campaign.coverage) })}
          </span>
        </>
      )}
      {(campaign.stage === 'issued' || campaign.stage === 'merged') && (
        <>
          {campaign.stage === 'merged' && campaign.conflicts === 0 && (
            <Button
              type="primary"
              size="large"
              loading={order.isPending}
              onClick={() => ask('release', t('campaigns.releaseHint'))}
            >
              {t('campaigns.release')}
            </Button>
          )}
          {campaign.conflicts > 0 && (
            <Link to={`/campaigns/${campaign.id}/conflicts`}>
              <Button type={campaign.stage === 'merged' ? 'primary' : 'default'} size="large" tabIndex={-1}>
                {t('campaigns.conflicts', { count: campaign.conflicts })}
              </Button>
            </Link>
          )}
          <Button
            size="large"
            type={campaign.stage === 'issued' ? 'primary' : 'default'}
            loading={order.isPending}
            onClick={() =>
              ask('merge', unapproved > 0 ? t('campaigns.mergeEarly', { count: unapproved }) : t('campaigns.mergeHint'))
            }
          >
            {t('campaigns.merge')}
          </Button>
          <span className="quiet">
            {campaign.stage === 'merged' && campaign.conflicts > 0
              ? t('campaigns.releaseBlocked', { count: campaign.conflicts })
              : campaign.stage === 'merged'
                ? t('campaigns.releaseHint')
                : t('campaigns.mergeHint')}
          </span>
        </>
      )}
    </div>
  );
}

function Tasks({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  if (campaign.taskList.length === 0) return <Empty tight title={t('tasks.empty')} />;
  return (
    <section className="card flush">
      <div className="card-head" style={{ padding: '16px 20px 0' }}>
        <h2>{t('campaigns.byUnit')}</h2>
        <span className="quiet">
          {t('campaigns.tasksOf', { submitted: campaign.tasksSubmitted, total: campaign.tasks })}
        </span>
      </div>
      <div className="scroll-x">
        <table className="plain">
          <thead>
            <tr>
              <th>{t('campaigns.unit')}</th>
              <th>{t('campaigns.stageHead')}</th>
              <th>{t('campaigns.cells')}</th>
              <th>{t('campaigns.deadline')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {campaign.taskList.map((task) => {
              const progress = t('tasks.progress', {
                answered: grouped(task.answered),
                doubtful: grouped(task.doubtful),
              });
              return (
                <tr key={task.id}>
                  <td>{task.orgName}</td>
                  <td>
                    <TaskStatusChip status={task.status} />
                  </td>
                  <td style={{ width: 220 }}>
                    <div className="small quiet num">{progress}</div>
                    <Bar done={task.answered} of={task.doubtful} label={progress} />
                  </td>
                  <td>
                    <Deadline at={task.deadline} settled={task.status === 'approved'} />
                  </td>
                  <td className="nowrap">
                    <Link to={task.status === 'submitted' ? `/tasks/${task.id}/review` : `/tasks/${task.id}`}>
                      {task.status === 'submitted' ? t('tasks.review') : t('tasks.view')}
                    </Link>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
