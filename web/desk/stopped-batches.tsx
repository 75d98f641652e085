import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import { newOpId } from '../ids.ts';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';
import { ReasonDialog } from './reason-dialog.tsx';

interface Choice {
  readonly batch: string;
  readonly decision: 'release' | 'refuse';
  readonly key: string;
}

/** Batches that broke their contract as a whole: let in, or left out for good. */
export function StoppedBatches() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [choice, setChoice] = useState<Choice | null>(null);
  const query = useQuery({ queryKey: ['stoppedBatches'], queryFn: () => call('listStoppedBatches') });
  const decide = useMutation({
    mutationFn: ({ batch, decision, key, reason }: Choice & { reason: string }) =>
      call('decideStoppedBatch', { params: { batch }, body: { key, reason, decision } }),
    onSuccess: (_outcome, { decision }) => {
      setChoice(null);
      void message.success(decision === 'release' ? t('desk.released') : t('desk.refused'));
      for (const stale of ['stoppedBatches', 'openRules', 'records']) {
        void client.invalidateQueries({ queryKey: [stale] });
      }
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('desk.noBatches')} next={t('desk.noBatchesNext')} />
        ) : (
          <div className="card flush scroll-x">
            <table className="plain">
              <thead>
                <tr>
                  <th>{t('desk.dataset')}</th>
                  <th>{t('desk.why')}</th>
                  <th className="num">{t('desk.batchRows')}</th>
                  <th>{t('desk.received')}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.batch}>
                    <td>
                      {t('desk.of', { source: item.sourceName, dataset: item.datasetName })}
                      <div className="quiet small">{item.batch}</div>
                    </td>
                    <td>{said(item.why)}</td>
                    <td className="num">{grouped(item.rows)}</td>
                    <td className="nowrap">{shortTime(item.receivedAt)}</td>
                    <td className="nowrap">
                      {may(me, 'quarantine.decide') && (
                        <span className="row" style={{ flexWrap: 'nowrap' }}>
                          <Button onClick={() => setChoice({ batch: item.batch, decision: 'release', key: newOpId() })}>
                            {t('desk.release')}
                          </Button>
                          <Button
                            danger
                            onClick={() => setChoice({ batch: item.batch, decision: 'refuse', key: newOpId() })}
                          >
                            {t('desk.refuse')}
                          </Button>
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {choice && (
              <ReasonDialog
                title={choice.decision === 'release' ? t('desk.releaseTitle') : t('desk.refuseTitle')}
                means={<span className="quiet small">{choice.batch}</span>}
                ok={choice.decision === 'release' ? t('desk.release') : t('desk.refuse')}
                danger={choice.decision === 'refuse'}
                busy={decide.isPending}
                decide={(reason) => decide.mutate({ ...choice, reason })}
                close={() => setChoice(null)}
              />
            )}
          </div>
        )
      }
    </Loaded>
  );
}
