import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { addressOf, call } from '../api-client.ts';
import type { CampaignSummary } from '../api-types.ts';
import { Bar, StageChip } from '../parts/chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Loaded } from '../parts/screen-states.tsx';
import { grouped, percent, shortTime } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { TaskItem } from './tasks-page.tsx';

/** What matters now to this person, each part with its next step. */
export function HomePage() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className="page stack">
      <PageHead
        title={t('home.hello', { name: me.name })}
        lead={`${me.scopeName} · ${me.roles.map((role) => t(`roles.${role}`)).join('、')}`}
      />
      {may(me, 'task.answer') && <MyTasks />}
      {may(me, 'task.review') && <ToReview />}
      {may(me, 'campaign.manage') && <CampaignsNow />}
      {may(me, 'release.export') && <Released />}
      <div className="grid-2">
        {may(me, 'incident.read') && <IncidentsNow />}
        {may(me, 'source.read') && <SourcesNow />}
        {may(me, 'mart.read') && <DataNow />}
      </div>
    </div>
  );
}

function useTasks() {
  return useQuery({ queryKey: ['tasks'], queryFn: () => call('listTasks', { query: { limit: 500 } }) });
}

function MyTasks() {
  const { t } = useTranslation();
  return (
    <Loaded query={useTasks()}>
      {({ items }) => {
        const todo = items
          .filter((task) => task.status === 'open' || task.status === 'returned')
          .sort((a, b) => a.deadline.localeCompare(b.deadline));
        const cells = todo.reduce((sum, task) => sum + task.doubtful - task.answered, 0);
        return (
          <section>
            <div className="between" style={{ marginBottom: 12 }}>
              <h2>
                {todo.length === 0
                  ? t('home.clerkDone')
                  : t('home.clerkLead', { count: todo.length, cells: grouped(cells) })}
              </h2>
              <Link to="/tasks">{t('home.seeAll')}</Link>
            </div>
            <ul className="task-list">
              {todo.slice(0, 4).map((task) => (
                <TaskItem key={task.id} task={task} />
              ))}
            </ul>
          </section>
        );
      }}
    </Loaded>
  );
}

function ToReview() {
  const { t } = useTranslation();
  return (
    <Loaded query={useTasks()}>
      {({ items }) => {
        const waiting = items.filter((task) => task.status === 'submitted');
        return (
          <section>
            <h2 style={{ marginBottom: 12 }}>{t('home.reviewLead', { count: waiting.length })}</h2>
            <ul className="task-list">
              {waiting.slice(0, 4).map((task) => (
                <TaskItem key={task.id} task={task} />
              ))}
            </ul>
          </section>
        );
      }}
    </Loaded>
  );
}

function CampaignsNow() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['campaigns'], queryFn: () => call('listCampaigns', { query: { limit: 50 } }) });
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('home.campaignsNow')}</h2>
        <Link to="/campaigns/new">
          <Button type="primary" tabIndex={-1}>
            {t('home.newCampaign')}
          </Button>
        </Link>
      </div>
      <Loaded query={query}>
        {({ items }) => {
          const now = items
            .filter((campaign) => campaign.stage !== 'released' && campaign.stage !== 'cancelled')
            .slice(0, 5);
          return now.length === 0 ? (
            <p className="quiet">{t('campaigns.empty')}</p>
          ) : (
            now.map((campaign) => <CampaignLine key={campaign.id} campaign={campaign} />)
          );
        }}
      </Loaded>
    </section>
  );
}

function CampaignLine({ campaign }: { campaign: CampaignSummary }) {
  const { t } = useTranslation();
  const progress = t('campaigns.tasksOf', { submitted: campaign.tasksSubmitted, total: campaign.tasks });
  return (
    <div className="between" style={{ padding: '8px 0' }}>
      <span className="row">
        <Link to={`/campaigns/${campaign.id}`}>{campaign.title}</Link>
        <StageChip stage={campaign.stage} />
      </span>
      <span className="row" style={{ width: 340 }}>
        <span className="small quiet num nowrap">{progress}</span>
        <span style={{ flex: 1 }}>
          <Bar done={campaign.tasksSubmitted} of={campaign.tasks} label={progress} />
        </span>
        <span className="small quiet num nowrap">
          {t('campaigns.coverage')} {percent(campaign.coverage)}%
        </span>
      </span>
    </div>
  );
}

/** The newest reports, one click from their workbook. */
function Released() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['campaigns', 'released'],
    queryFn: () => call('listCampaigns', { query: { stage: 'released', limit: 5 } }),
  });
  if (query.data?.items.length === 0) return null;
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('home.released')}</h2>
        <Link to="/campaigns">{t('home.seeAll')}</Link>
      </div>
      <Loaded query={query}>
        {({ items }) =>
          items.map((campaign) => (
            <div key={campaign.id} className="between" style={{ padding: '6px 0' }}>
              <Link to={`/campaigns/${campaign.id}`}>{campaign.title}</Link>
              <a href={addressOf('exportCampaign', { params: { id: campaign.id } })} download>
                {t('campaigns.export')}
              </a>
            </div>
          ))
        }
      </Loaded>
    </section>
  );
}

function IncidentsNow() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['incidents', 'count'],
    queryFn: () => call('listIncidents', { query: { open: true, limit: 1 } }),
  });
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('nav.duty')}</h2>
        <Link to="/duty">{t('home.seeAll')}</Link>
      </div>
      <Loaded query={query}>
        {({ total }) => <p>{total > 0 ? <b>{t('home.openIncidents', { count: total })}</b> : t('home.noIncidents')}</p>}
      </Loaded>
    </section>
  );
}

function SourcesNow() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['sources'], queryFn: () => call('listSources') });
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('nav.sources')}</h2>
        <Link to="/sources">{t('home.seeAll')}</Link>
      </div>
      <Loaded query={query}>
        {({ items }) => {
          const bad = items.filter(
            (item) => item.state === 'failing' || item.state === 'never' || item.state === 'late',
          );
          return (
            <>
              <p>{bad.length > 0 ? <b>{t('home.sourcesBad', { count: bad.length })}</b> : t('home.sourcesGood')}</p>
              {bad.slice(0, 3).map((item) => (
                <p key={`${item.source} ${item.dataset}`} className="row" style={{ marginTop: 6 }}>
                  <span className={`chip ${item.state}`}>{t(`sources.state.${item.state}`)}</span>
                  {item.sourceName} · {item.datasetName}
                </p>
              ))}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function DataNow() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['themes'], queryFn: () => call('listThemes') });
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('home.dataNow')}</h2>
        <Link to="/data">{t('home.seeAll')}</Link>
      </div>
      <Loaded query={query}>
        {({ themes, publishedAt }) => (
          <>
            <p className="figure">
              {t('data.records', { n: grouped(themes.reduce((sum, theme) => sum + theme.rows, 0)) })}
            </p>
            <p className="quiet">
              {publishedAt ? t('home.published', { time: shortTime(publishedAt) }) : t('data.noPublication')}
            </p>
          </>
        )}
      </Loaded>
    </section>
  );
}
