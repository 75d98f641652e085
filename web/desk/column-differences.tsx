import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { ColumnDifference } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { Toggle } from '../parts/toggle.tsx';
import { may, useMe } from '../session/me.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

interface Choice {
  readonly of: ColumnDifference;
  readonly decision: 'accept' | 'refuse';
  readonly key: string;
}

/** How the columns that sources send differ from what they promised, and what is said to it. */
export function ColumnDifferences() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [all, setAll] = useState(false);
  const [choice, setChoice] = useState<Choice | null>(null);
  const query = useQuery({
    queryKey: ['drift', all],
    queryFn: () => call('listColumnDifferences', { query: { open: all ? 'false' : 'true', limit: 100 } }),
  });
  const decide = useMutation({
    mutationFn: ({ of: { source, dataset, kind, column }, decision, key, reason }: Choice & { reason: string }) =>
      call('decideColumnDifference', { body: { source, dataset, kind, column, decision, key, reason } }),
    onSuccess: (_outcome, { decision }) => {
      setChoice(null);
      void message.success(decision === 'accept' ? t('desk.accepted') : t('desk.refusedDrift'));
      for (const stale of ['drift', 'stoppedBatches', 'openRules'])
        void client.invalidateQueries({ queryKey: [stale] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  return (
    <div className="stack">
      <Toggle label={t('desk.showDecided')} on={all} change={setAll} />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('desk.noDrift')} next={t('desk.noDriftNext')} />
          ) : (
            <div className="card flush scroll-x">
              <table className="plain">
                <thead>
                  <tr>
                    <th>{t('desk.change')}</th>
                    <th>{t('desk.column')}</th>
                    <th>{t('desk.dataset')}</th>
                    <th>{t('desk.samples')}</th>
                    <th>{t('desk.since')}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {items.map((item) => (
                    <DifferenceRow
                      key={`${item.source}.${item.dataset} ${item.kind} ${item.column}`}
                      item={item}
                      choose={(decision) => setChoice({ of: item, decision, key: newOpId() })}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      {choice && (
        <ReasonDialog
          title={choice.decision === 'accept' ? t('desk.acceptTitle') : t('desk.refuseDriftTitle')}
          means={choice.decision === 'accept' ? t('desk.acceptMeans') : t('desk.refuseMeans')}
          ok={choice.decision === 'accept' ? t('desk.accept') : t('desk.refuseChange')}
          danger={choice.decision === 'refuse'}
          busy={decide.isPending}
          decide={(reason) => decide.mutate({ ...choice, reason })}
          close={() => setChoice(null)}
        />
      )}
    </div>
  );
}

const TONES = { unknown: 'busy', missing: 'failed', alias: 'stale', retyped: 'failed' } as const;

function DifferenceRow({ item, choose }: { item: ColumnDifference; choose: (decision: 'accept' | 'refuse') => void }) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <tr>
      <td>
        <span className={`chip ${TONES[item.kind]}`}>{t(`desk.kind.${item.kind}`)}</span>
      </td>
      <td>
        <code>{item.column}</code>
        {item.knownAs && <div className="quiet small">{t('desk.knownAs', { name: item.knownAs })}</div>}
        {item.blocked > 0 && (
          <div>
            <span className="chip failed">{t('desk.blocked', { n: grouped(item.blocked) })}</span>
          </div>
        )}
      </td>
      <td>{t('desk.of', { source: item.sourceName, dataset: item.datasetName })}</td>
      <td className="quiet">{item.samples.join('、')}</td>
      <td className="nowrap">{shortTime(item.since)}</td>
      <td className="nowrap">
        {item.decision && (
          <div style={{ marginBottom: 6 }}>
            <span className={item.decision.accepted ? 'chip good' : 'chip failed'}>
              {item.decision.accepted ? t('desk.accepted') : t('desk.refusedDrift')}
            </span>{' '}
            <span className="quiet small">{item.decision.reason}</span>
          </div>
        )}
        {may(me, 'quarantine.decide') && (
          <span className="row" style={{ flexWrap: 'nowrap' }}>
            {item.decision?.accepted !== true && <Button onClick={() => choose('accept')}>{t('desk.accept')}</Button>}
            {item.decision?.accepted !== false && (
              <Button danger onClick={() => choose('refuse')}>
                {t('desk.refuseChange')}
              </Button>
            )}
          </span>
        )}
      </td>
    </tr>
  );
}
