import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { MatchHistory } from '../api-types.ts';
import { ReasonDialog } from '../desk/reason-dialog.tsx';
import { newOpId } from '../ids.ts';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { MATCHING_QUERIES } from './doubtful-records.tsx';

const SHOWN = 200;

/** Who linked, merged or split what, when and why; what stands can be taken back. */
export function DecidedPairs() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [choice, setChoice] = useState<{ pair: MatchHistory; order: string } | null>(null);
  const query = useQuery({
    queryKey: ['matchHistory'],
    queryFn: ({ signal }) => call('listMatchHistory', { query: { limit: SHOWN }, signal }),
  });
  const split = useMutation({
    mutationFn: ({ pair: { identity, key }, order, reason }: { pair: MatchHistory; order: string; reason: string }) =>
      call('decideMatchPair', { body: { order, identity, key, verdict: 'different', reason } }),
    onSuccess: () => {
      setChoice(null);
      void message.success(t('matching.splitDone'));
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
    onSettled: () => Promise.all(MATCHING_QUERIES.map((stale) => client.invalidateQueries({ queryKey: [stale] }))),
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('matching.noHistory')} next={t('matching.noHistoryNext')} />
        ) : (
          <div className="card flush scroll-x">
            <table className="plain">
              <thead>
                <tr>
                  <th>{t('matching.at')}</th>
                  <th>{t('matching.by')}</th>
                  <th>{t('matching.decision')}</th>
                  <th>{t('matching.pair')}</th>
                  <th>{t('matching.why')}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {items.map((pair) => (
                  <tr key={`${pair.at} ${pair.identity}>${pair.key} ${pair.verdict} ${pair.stands}`}>
                    <td className="nowrap">{pair.at.slice(0, 16)}</td>
                    <td>{pair.by === 'matching' ? t('matching.platform') : (pair.byName ?? pair.by)}</td>
                    <td className="nowrap">
                      <span className={`chip ${pair.stands && pair.verdict === 'same' ? 'good' : ''}`}>
                        {t(`matching.${pair.kind}Verdict.${pair.verdict}`)}
                      </span>
                      {!pair.stands && <div className="quiet small">{t('matching.over')}</div>}
                    </td>
                    <td>
                      {pair.identity}
                      <div className="quiet small">→ {pair.key}</div>
                    </td>
                    <td>{pair.reason}</td>
                    <td className="nowrap">
                      {pair.stands && pair.verdict === 'same' && (
                        <Button danger onClick={() => setChoice({ pair, order: newOpId() })}>
                          {t('matching.split')}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {choice && (
              <ReasonDialog
                title={t('matching.splitTitle')}
                means={
                  <>
                    {t('matching.splitMeans')}
                    <br />
                    <span className="quiet small">
                      {choice.pair.identity} → {choice.pair.key}
                    </span>
                  </>
                }
                ok={t('matching.split')}
                danger
                busy={split.isPending}
                decide={(reason) => split.mutate({ ...choice, reason })}
                close={() => setChoice(null)}
              />
            )}
          </div>
        )
      }
    </Loaded>
  );
}
