import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { call } from '../api-client.ts';
import { Bar, Deadline, StageChip } from '../parts/chips.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { percent } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';

/** All campaigns, the newest first. */
export function CampaignsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const query = useQuery({ queryKey: ['campaigns'], queryFn: () => call('listCampaigns', { query: { limit: 200 } }) });
  const create = may(me, 'campaign.manage') && (
    <Link to="/campaigns/new">
      <Button type="primary" tabIndex={-1}>
        {t('campaigns.new')}
      </Button>
    </Link>
  );
  return (
    <div className="page">
      <PageHead title={t('campaigns.title')}>{create}</PageHead>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('campaigns.empty')} next={t('campaigns.emptyNext')}>
              {create}
            </Empty>
          ) : (
            <div className="card flush scroll-x">
              <table className="plain">
                <thead>
                  <tr>
                    <th>{t('campaigns.name')}</th>
                    <th>{t('campaigns.scope')}</th>
                    <th>{t('campaigns.stageHead')}</th>
                    <th>{t('campaigns.tasks')}</th>
                    <th className="num">{t('campaigns.coverage')}</th>
                    <th>{t('campaigns.deadline')}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((campaign) => {
                    const progress = t('campaigns.tasksOf', {
                      submitted: campaign.tasksSubmitted,
                      total: campaign.tasks,
                    });
                    return (
                      <tr key={campaign.id}>
                        <td>
                          <Link to={`/campaigns/${campaign.id}`}>{campaign.title}</Link>
                        </td>
                        <td>{campaign.scopeName}</td>
                        <td>
                          <StageChip stage={campaign.stage} />
                        </td>
                        <td style={{ width: 180 }}>
                          <div className="small quiet num">{progress}</div>
                          <Bar done={campaign.tasksSubmitted} of={campaign.tasks} label={progress} />
                        </td>
                        <td className="num">{campaign.rows > 0 ? `${percent(campaign.coverage)}%` : '–'}</td>
                        <td>
                          <Deadline
                            at={campaign.deadline}
                            settled={campaign.stage === 'released' || campaign.stage === 'cancelled'}
                          />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </div>
  );
}
