import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { call } from '../api-client.ts';
import type { Conflict, ConflictDecision, ConflictList } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, problemText } from '../parts/screen-states.tsx';
import { Provenance } from './provenance.tsx';

/** The cells on which answers and newer data disagree, one decision each. */
export function ConflictsPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['conflicts', id],
    queryFn: () => call('listConflicts', { params: { id }, query: { limit: 500 } }),
  });
  const [traced, setTraced] = useState<Conflict | null>(null);
  return (
    <div className="page">
      <Loaded query={query}>
        {({ items, total }) => {
          const left = total - items.filter((item) => item.decided).length;
          return (
            <>
              <PageHead
                up={{ to: `/campaigns/${id}`, label: t('back') }}
                title={t('conflicts.title')}
                lead={`${t('conflicts.lead')} ${t('conflicts.left', { count: left })}`}
              />
              {left === 0 && (
                <Empty tight title={t('conflicts.empty')} next={t('conflicts.emptyNext')}>
                  <Link to={`/campaigns/${id}`}>{t('back')}</Link>
                </Empty>
              )}
              {items.length > 0 && (
                <div className="card flush scroll-x">
                  <table className="plain">
                    <thead>
                      <tr>
                        <th>{t('review.row')}</th>
                        <th>{t('review.column')}</th>
                        <th>{t('conflicts.base')}</th>
                        <th style={{ minWidth: 420 }}>{t('conflicts.title')}</th>
                        <th />
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((conflict) => (
                        <ConflictRow
                          key={conflict.id}
                          campaign={id}
                          conflict={conflict}
                          trace={() => setTraced(conflict)}
                        />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
      {traced && (
        <Provenance campaign={id} rowKey={traced.rowKey} column={traced.column} close={() => setTraced(null)} />
      )}
    </div>
  );
}

function ConflictRow({ campaign, conflict, trace }: { campaign: string; conflict: Conflict; trace: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [other, setOther] = useState('');
  const decide = useMutation({
    mutationFn: (body: ConflictDecision) =>
      call('decideConflict', { params: { id: campaign, conflictId: conflict.id }, body }),
    onSuccess: (decided) => {
      client.setQueryData<ConflictList>(['conflicts', campaign], (before) =>
        before ? { ...before, items: before.items.map((item) => (item.id === decided.id ? decided : item)) } : before,
      );
      void client.invalidateQueries({ queryKey: ['campaign', campaign] });
    },
    onError: (error) => void message.error(problemText(error, t('problem.unknown'))),
  });
  const { decided } = conflict;
  return (
    <tr>
      <td>{conflict.rowTitle}</td>
      <td className="nowrap">{conflict.columnTitle}</td>
      <td className="quiet">{conflict.base ?? t('blank')}</td>
      <td>
        <div style={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 8 }}>
          {conflict.candidates.map((candidate) => (
            <button
              type="button"
              key={candidate.choice}
              className={decided?.choice === candidate.choice ? 'choice on' : 'choice'}
              aria-pressed={decided?.choice === candidate.choice}
              disabled={decide.isPending}
              onClick={() => decide.mutate({ choice: candidate.choice })}
            >
              <b>{candidate.value ?? t('blank')}</b>
              <small>
                {t(`conflicts.${candidate.choice}`)} · {candidate.sourceName}
                {candidate.observed && ` · ${candidate.observed}`}
              </small>
            </button>
          ))}
        </div>
        <div className="row" style={{ marginTop: 8 }}>
          <Input
            size="small"
            style={{ width: 200 }}
            value={other}
            placeholder={t('conflicts.otherPlaceholder')}
            aria-label={t('conflicts.other')}
            onChange={(event) => setOther(event.target.value)}
          />
          <Button
            size="small"
            disabled={other.trim() === ''}
            loading={decide.isPending}
            onClick={() => decide.mutate({ choice: 'other', value: other.trim() })}
          >
            {t('conflicts.other')}
          </Button>
          {decided && (
            <span className="chip good">{t('conflicts.decided', { value: decided.value ?? t('blank') })}</span>
          )}
        </div>
      </td>
      <td>
        <Button size="small" type="link" onClick={trace}>
          {t('conflicts.provenance')}
        </Button>
      </td>
    </tr>
  );
}
