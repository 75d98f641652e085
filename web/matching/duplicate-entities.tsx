import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { MatchDuplicate } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { Loaded, problemText } from '../parts/screen-states.tsx';
import { said } from '../texts/i18n.ts';
import { MATCHING_QUERIES } from './doubtful-records.tsx';
import { PairQueue, type Verdict } from './pair-queue.tsx';

const SHOWN = 200;

/** Golden records with keys of their own that look like one entity: merged, or said to be two. */
export function DuplicateEntities() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['matchDuplicates'],
    queryFn: ({ signal }) => call('listMatchDuplicates', { query: { limit: SHOWN }, signal }),
  });
  // Asked again after the network dropped, the same decision is the same order.
  const orders = useRef(new Map<string, string>());
  const decide = useMutation({
    mutationFn: ({ pair, verdict, reason }: { pair: MatchDuplicate; verdict: Verdict; reason: string }) => {
      const body = { identity: pair.identity, key: pair.key, verdict, reason };
      const order = orders.current.get(JSON.stringify(body)) ?? newOpId();
      orders.current = new Map([[JSON.stringify(body), order]]);
      return call('decideMatchPair', { body: { order, ...body } });
    },
    onSuccess: (_outcome, { verdict }) =>
      void message.success(verdict === 'same' ? t('matching.mergedOne') : t('matching.keptApart')),
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
    onSettled: () => Promise.all(MATCHING_QUERIES.map((stale) => client.invalidateQueries({ queryKey: [stale] }))),
  });
  return (
    <Loaded query={query}>
      {({ items }) => (
        <PairQueue
          pairs={items.map((pair) => ({
            pair,
            id: `${pair.identity}>${pair.key}`,
            title: said(pair.entityName),
            left: t('matching.drop', { key: pair.drop }),
            right: t('matching.keep', { key: pair.key }),
            score: pair.score,
            note: t('matching.mergeMeans'),
            features: pair.features,
          }))}
          total={items.length}
          busy={decide.isPending}
          words={{
            same: t('matching.merge'),
            different: t('matching.different'),
            none: t('matching.noDuplicates'),
            noneNext: t('matching.noDuplicatesNext'),
          }}
          decide={({ pair }, verdict, reason) => decide.mutate({ pair, verdict, reason })}
        />
      )}
    </Loaded>
  );
}
