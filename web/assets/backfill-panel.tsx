import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { AssetDetail, BackfillInput, BackfillProgress } from '../api-types.ts';
import { Bar } from '../parts/chips.tsx';
import { problemText } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { may, useMe } from '../session/me.tsx';
import { said } from '../texts/i18n.ts';

/** Orders, shows and cancels the backfill of a dataset that can be asked for again. */
export function BackfillPanel({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const me = useMe();
  const { message } = App.useApp();
  const client = useQueryClient();
  const repull = asset.repull!;
  const [by, setBy] = useState<'day' | 'month'>('month');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const refresh = () => client.invalidateQueries({ queryKey: ['asset', asset.key] });
  const failed = (error: unknown) => void message.error(problemText(error, t('problem.unknown')));
  const start = useMutation({
    mutationFn: (body: BackfillInput) => call('startBackfill', { body }),
    onSuccess: () => {
      void message.success(t('assets.backfill.started'));
      void refresh();
    },
    onError: failed,
  });
  const cancel = useMutation({
    mutationFn: () => call('cancelBackfill', { params: { source: repull.source } }),
    onSuccess: () => void refresh(),
    onError: failed,
  });
  const order = { source: repull.source, dataset: repull.dataset };
  const running = asset.backfill?.state === 'running' || asset.backfill?.state === 'cancelling';
  const manages = may(me, 'source.manage');
  const form = by === 'day' ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}$/;
  return (
    <section className="card">
      <h2>{t('assets.backfill.title')}</h2>
      <p className="quiet">
        {t('assets.backfill.lead')} {t('assets.backfill.atOnce', { n: repull.atOnce })}
      </p>
      {manages && !running && (
        <div className="row" style={{ marginTop: 12 }}>
          {t('assets.backfill.by')}
          <Segmented<'day' | 'month'>
            value={by}
            onChange={setBy}
            options={repull.by.map((value) => ({ value, label: t(`assets.backfill.${value}`) }))}
          />
          <label htmlFor="backfill-from">{t('assets.backfill.from')}</label>
          <Input
            id="backfill-from"
            style={{ width: 130 }}
            placeholder={by === 'day' ? '2026-10-01' : '2026-10'}
            value={from}
            onChange={(event) => setFrom(event.target.value.trim())}
          />
          <label htmlFor="backfill-to">{t('assets.backfill.to')}</label>
          <Input
            id="backfill-to"
            style={{ width: 130 }}
            placeholder={by === 'day' ? '2026-10-31' : '2026-11'}
            value={to}
            onChange={(event) => setTo(event.target.value.trim())}
          />
          <Button
            type="primary"
            disabled={!form.test(from) || !form.test(to)}
            loading={start.isPending}
            onClick={() => start.mutate({ ...order, by, from, to })}
          >
            {t('assets.backfill.start')}
          </Button>
        </div>
      )}
      {asset.backfill && (
        <Progress progress={asset.backfill}>
          {manages && running && (
            <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              {t('assets.backfill.cancel')}
            </Button>
          )}
          {manages && !running && asset.backfill.failed.length > 0 && asset.backfill.dataset === repull.dataset && (
            <Button
              size="small"
              loading={start.isPending}
              onClick={() => {
                const { partitions, failed: list } = asset.backfill!;
                start.mutate({ ...order, ...partitions, only: list.map(({ partition }) => partition) });
              }}
            >
              {t('assets.backfill.retry')}
            </Button>
          )}
        </Progress>
      )}
    </section>
  );
}

function Progress({ progress, children }: { progress: BackfillProgress; children: React.ReactNode }) {
  const { t } = useTranslation();
  const { done, total, failed, failedCount, running } = progress;
  const text = t('assets.backfill.progress', {
    done: grouped(done),
    total: grouped(total),
    records: grouped(progress.records),
  });
  return (
    <div style={{ marginTop: 16 }} role="status">
      <div className="between" style={{ marginBottom: 6 }}>
        <span>
          <span className={`chip ${progress.state}`}>{t(`assets.backfill.state.${progress.state}`)}</span>{' '}
          {progress.partitions.from} – {progress.partitions.to} · {text}
        </span>
        {children}
      </div>
      <Bar done={done} of={total} label={text} />
      <p className="small quiet" style={{ marginTop: 6 }}>
        {t('assets.backfill.by_', {
          by: progress.by,
          time: shortTime(progress.startedAt),
          dataset: `${progress.source}.${progress.dataset}`,
        })}
        {running.length > 0 && ` · ${t('assets.backfill.running', { list: running.join('、') })}`}
      </p>
      {failedCount > 0 && (
        <details style={{ marginTop: 8 }} open>
          <summary style={{ color: '#b42318' }}>{t('assets.backfill.failed', { n: grouped(failedCount) })}</summary>
          <ul className="small">
            {failed.slice(0, 50).map((one) => (
              <li key={one.partition}>
                <b>{one.partition}</b> {said(one.message)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
