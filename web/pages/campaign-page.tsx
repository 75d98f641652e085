import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Spin } from 'antd';
import { useState } from 'react';
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

type Order = 'prefill' | 'issue' | 'merge' | 'release';

/** What is ordered, and how the campaign stood then: once it stands otherwise, the order is carried out. */
interface Ordered {
  readonly step: Order;
  readonly standing: string;
}

/** One campaign: how far it is, and the one thing to do next. */
export function CampaignPage() {
  const { id = '' } = useParams();
  const [ordered, setOrdered] = useState<Ordered | null>(null);
  const query = useQuery({
    queryKey: ['campaign', id],
    queryFn: () => call('readCampaign', { params: { id } }),
    // Live events bring the news; while long work runs it is looked at often as well.
    refetchInterval: (q) => (q.state.data && workingOn(q.state.data, ordered) ? 1500 : false),
  });
  return (
    <div className="page">
      {
        <Loaded query={query}>
          {(campaign) => <Details campaign={campaign} ordered={ordered} order={setOrdered} />}
        </Loaded>
      }
    </div>
  );
}

function standingOf(campaign: Campaign): string {
  return [campaign.stage, campaign.mergedAt, campaign.releases.length, campaign.failure?.at].join(' ');
}

/** The step that workers are at, or null. */
function workingOn(campaign: Campaign, ordered: Ordered | null): Order | null {
  if (ordered && ordered.standing === standingOf(campaign)) return ordered.step;
  return campaign.stage === 'created' && !campaign.failure ? 'prefill' : null;
}

function Details({
  campaign,
  ordered,
  order,
}: {
  campaign: Campaign;
  ordered: Ordered | null;
  order: (ordered: Ordered) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const exportable = may(me, 'release.export') && ['merged', 'released'].includes(campaign.stage);
  return (
    <>
      <PageHead
        up={{ to: '/campaigns', label: t('campaigns.title') }}
        title={
          <span className="row">
            {campaign.title} <StageChip stage={campaign.stage} />
          </span>
        }
        lead={
          <>
            {campaign.scopeName} · {campaign.asOf && `${t('asOf.lead', { day: campaign.asOf })} · `}
            <Deadline at={campaign.deadline} settled={campaign.stage === 'released'} />
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
        <NextStep campaign={campaign} working={workingOn(campaign, ordered)} ordered={order} />
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
              {release.reason && <span className="quiet">{release.reason}</span>}
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
  prefilled: 1,
  issued: 2,
  merged: 4,
  released: 5,
  cancelled: -1,
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

function NextStep({
  campaign,
  working,
  ordered,
}: {
  campaign: Campaign;
  working: Order | null;
  ordered: (ordered: Ordered) => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const order = useMutation({
    mutationFn: (step: Order) => call(`${step}Campaign`, { params: { id: campaign.id } }),
    onSuccess: (_done, step) => {
      ordered({ step, standing: standingOf(campaign) });
      void client.invalidateQueries({ queryKey: ['campaign', campaign.id] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const ask = (step: 'merge' | 'release', note: string) =>
    modal.confirm({
      title: t('campaigns.confirm', { what: t(`campaigns.${step}`) }),
      content: note,
      icon: null,
      okText: t(`campaigns.${step}`),
      cancelText: t('cancel'),
      onOk: () => order.mutateAsync(step).catch(() => undefined),
    });

  if (working) {
    return (
      <div className="row" style={{ marginTop: 18 }} role="status">
        <Spin size="small" /> {t(`campaigns.running.${working}`)}
      </div>
    );
  }
  return (
    <>
      {campaign.failure && (
        <p className="clash" role="alert" style={{ marginTop: 16 }}>
          <b>{t('campaigns.failed')}</b>（{shortTime(campaign.failure.at)}）
          <br />
          {said(campaign.failure.message)}
        </p>
      )}
      <Orders campaign={campaign} busy={order.isPending} now={(step) => order.mutate(step)} ask={ask} />
    </>
  );
}

function Orders({
  campaign,
  busy,
  now,
  ask,
}: {
  campaign: Campaign;
  busy: boolean;
  now: (step: Order) => void;
  ask: (step: 'merge' | 'release', note: string) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  if (!may(me, 'campaign.manage')) return null;
  const doubtful = campaign.counts.stale + campaign.counts.conflicting + campaign.counts.missing;
  const unapproved = campaign.tasks - campaign.tasksApproved;
  return (
    <div className="row" style={{ marginTop: 18 }}>
      {campaign.stage === 'created' && (
        <Button type="primary" size="large" loading={busy} onClick={() => now('prefill')}>
          {t('campaigns.prefill')}
        </Button>
      )}
      {campaign.stage === 'prefilled' && (
        <>
          <Button type="primary" size="large" loading={busy} onClick={() => now('issue')}>
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
              loading={busy}
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
            loading={busy}
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
