import { App, Button, Dropdown, Segmented } from 'antd';
import { lazy, memo, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api-client.ts';
import type { Message, SqlPage } from '../api-types.ts';
import { officeTime } from '../parts/office-time.ts';
import { Empty, Loading, problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { ResultGrid } from './result-grid.tsx';
import type { Run } from './use-run.ts';

const ResultChart = lazy(async () => ({ default: (await import('./result-chart.tsx')).ResultChart }));

const FORMATS = ['csv', 'xlsx', 'parquet', 'arrow'] as const;
type Format = (typeof FORMATS)[number];
/** What is sent as Arrow is its stream form, which has an ending of its own. */
const ENDINGS: Readonly<Record<Format, string>> = { csv: 'csv', xlsx: 'xlsx', parquet: 'parquet', arrow: 'arrows' };

/** What came of the last run: waiting, rows as a grid or a chart, or why there are none. */
export function ResultPanel({
  run,
  changed,
  meaning,
  cancel,
  again,
}: {
  run: Run | null;
  /** The statement is another one by now. */
  changed: boolean;
  meaning: (column: string) => string | null;
  cancel: () => void;
  again: () => void;
}) {
  const { t } = useTranslation();
  if (run === null) return <Empty tight title={t('sql.result.none')} next={t('sql.result.noneNext')} />;
  if (run.state === 'queued' || run.state === 'running') return <Waiting run={run} cancel={cancel} />;
  if (run.state === 'cancelled') {
    return (
      <Empty tight title={t('sql.result.cancelled')} next={t('sql.result.cancelledNext')}>
        <Button onClick={again}>{t('sql.result.again')}</Button>
      </Empty>
    );
  }
  const error = run.page?.error ?? (run.error instanceof ApiError ? run.error.body : null);
  if (run.state === 'failed' || !run.page) {
    return (
      <div className="state tight" role="alert">
        <h2>{t('sql.result.failed')}</h2>
        <p>{error ? said(error.message) : t('problem.unknown')}</p>
        {isMessage(error?.details.next) && <p>{said(error.details.next)}</p>}
        {error?.retryable && (
          <div className="acts">
            <Button onClick={again}>{t('sql.result.again')}</Button>
          </div>
        )}
      </div>
    );
  }
  return <Rows key={run.page.queryId} page={run.page} changed={changed} meaning={meaning} />;
}

function Waiting({ run, cancel }: { run: Run; cancel: () => void }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((now - run.startedAt) / 1000));
  return (
    <div className="state tight" role="status">
      <div className="sql-running" aria-hidden="true" />
      <h2>
        {run.state === 'queued'
          ? run.position === null
            ? t('sql.result.queued')
            : t('sql.result.position', { n: run.position })
          : t('sql.result.running')}
      </h2>
      <p className="num">{t('sql.result.seconds', { n: seconds })}</p>
      <div className="acts">
        <Button danger onClick={cancel}>
          {t('sql.cancel')}
        </Button>
      </div>
    </div>
  );
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'zh' in value && 'en' in value;
}

/** Drawn anew for a new result only, not for each key in the editor. */
const Rows = memo(function Rows({
  page,
  changed,
  meaning,
}: {
  page: SqlPage;
  changed: boolean;
  meaning: (column: string) => string | null;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [view, setView] = useState<'grid' | 'chart'>('grid');
  const [saving, setSaving] = useState<Format | null>(null);

  async function save(format: Format) {
    setSaving(format);
    try {
      const file = await call('exportSql', { query: { queryId: page.queryId, format } });
      const { date, time } = officeTime(new Date());
      download(file, `${t('sql.export.file')}-${date}-${time.replace(':', '')}.${ENDINGS[format]}`);
    } catch (error) {
      void message.error(problemText(error, t('problem.unknown')));
    } finally {
      setSaving(null);
    }
  }

  return (
    <>
      <div className="sql-result-head">
        <Segmented<'grid' | 'chart'>
          value={view}
          onChange={setView}
          options={[
            { value: 'grid', label: t('sql.result.grid') },
            { value: 'chart', label: t('sql.chart.title') },
          ]}
        />
        <span className="quiet num" role="status">
          {t('sql.result.rows', { n: grouped(page.total), seconds: (page.elapsedMs / 1000).toFixed(2) })}
          {page.publicationId && (
            <span className="sql-version"> · {t('sql.result.publication', { id: page.publicationId })}</span>
          )}
        </span>
        {changed && <span className="chip">{t('sql.result.changed')}</span>}
        {page.truncated && <span className="chip late">{t('sql.result.truncated', { n: grouped(page.total) })}</span>}
        <span className="spacer" />
        <Dropdown
          trigger={['click']}
          menu={{
            items: FORMATS.map((format) => ({ key: format, label: t(`sql.export.${format}`) })),
            onClick: ({ key }) => void save(key as Format),
          }}
        >
          <Button disabled={saving !== null}>{saving === null ? t('sql.export.title') : t('sql.export.saving')}</Button>
        </Dropdown>
      </div>
      {page.total === 0 && <Empty tight title={t('sql.result.noRows')} next={t('sql.result.noRowsNext')} />}
      {page.total > 0 && view === 'grid' && (
        <ResultGrid
          first={page}
          meaning={meaning}
          copied={(n) => void message.success(t('sql.result.copied', { n: grouped(n) }))}
        />
      )}
      {page.total > 0 && view === 'chart' && (
        <Suspense fallback={<Loading />}>
          <ResultChart page={page} />
        </Suspense>
      )}
    </>
  );
});

function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
