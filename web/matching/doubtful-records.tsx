import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { MatchPair } from '../api-types.ts';
import { ReasonDialog } from '../desk/reason-dialog.tsx';
import { newOpId } from '../ids.ts';
import { Loaded, problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { PairQueue, type Verdict } from './pair-queue.tsx';

const SHOWN = 100;

/** Everything that a decision makes out of date. */
export const MATCHING_QUERIES = ['matchPairs', 'matchDuplicates', 'matchHistory', 'openRules', 'records'];

/** Records without a usable key, each beside the entity it resembles most. */
export function DoubtfulRecords() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['matchPairs'],
    queryFn: ({ signal }) => call('listMatchPairs', { query: { verdict: 'doubtful', limit: SHOWN }, signal }),
  });
  // Asked again after the network dropped, the same decision is the same order.
  const orders = useRef(new Map<string, string>());
  const decide = useMutation({
    mutationFn: ({ pair, verdict, reason }: { pair: MatchPair; verdict: Verdict; reason: string }) => {
      const body = { identity: pair.identity, key: pair.key, verdict, reason };
      const order = orders.current.get(JSON.stringify(body)) ?? newOpId();
      orders.current = new Map([[JSON.stringify(body), order]]);
      return call('decideMatchPair', { body: { order, ...body } });
    },
    onSuccess: (_outcome, { verdict }) =>
      void message.success(verdict === 'same' ? t('matching.linkedOne') : t('matching.keptApart')),
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
    // The next pair is shown once the list is read again: no pair can be decided twice.
    onSettled: () => Promise.all(MATCHING_QUERIES.map((stale) => client.invalidateQueries({ queryKey: [stale] }))),
  });
  return (
    <Loaded query={query}>
      {({ items, certain, doubtful }) => (
        <div className="stack">
          {certain > 0 && <LinkCertain certain={certain} />}
          <PairQueue
            pairs={items.map((pair) => ({
              pair,
              id: `${pair.identity}>${pair.key}`,
              title: said(pair.entityName),
              left: t('matching.record', { source: pair.source, dataset: pair.dataset }),
              right: t('matching.golden', { key: pair.key }),
              score: pair.score,
              note: pair.second && t('matching.second', { key: pair.second.key, score: pair.second.score }),
              features: pair.features,
            }))}
            total={doubtful}
            busy={decide.isPending}
            words={{
              same: t('matching.same'),
              different: t('matching.different'),
              none: t('matching.none'),
              noneNext: t('matching.noneNext'),
            }}
            decide={({ pair }, verdict, reason) => decide.mutate({ pair, verdict, reason })}
          />
        </div>
      )}
    </Loaded>
  );
}

/** Says how many would be linked, and links them when told why. */
function LinkCertain({ certain }: { certain: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [order, setOrder] = useState<string | null>(null);
  const link = useMutation({
    mutationFn: (body: { order: string; reason: string }) => call('linkMatchPairs', { body }),
    onSuccess: ({ linked }) => {
      setOrder(null);
      void message.success(t('matching.linked', { n: grouped(linked) }));
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
    onSettled: () => Promise.all(MATCHING_QUERIES.map((stale) => client.invalidateQueries({ queryKey: [stale] }))),
  });
  return (
    <div className="card between">
      <span>{t('matching.certain', { n: grouped(certain) })}</span>
      <Button onClick={() => setOrder(newOpId())}>{t('matching.link', { n: grouped(certain) })}</Button>
      {order && (
        <ReasonDialog
          title={t('matching.linkTitle', { n: grouped(certain) })}
          means={t('matching.linkMeans')}
          ok={t('matching.link', { n: grouped(certain) })}
          busy={link.isPending}
          decide={(reason) => link.mutate({ order, reason })}
          close={() => setOrder(null)}
        />
      )}
    </div>
  );
}
