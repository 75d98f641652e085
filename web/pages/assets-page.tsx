import { useQuery } from '@tanstack/react-query';
import { Button, Input, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api-client.ts';
import type { AssetList, AssetSummary } from '../api-types.ts';
import { AssetGraph } from '../assets/asset-graph.tsx';
import '../assets/assets.css';
import { related } from '../assets/graph-layout.ts';
import { byteText, tookText } from '../assets/measures.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

type View = 'graph' | 'list';

/** What the warehouse makes of what, and how fresh it is. Theme, view and focus are in the address, so that they can be sent on. */
export function AssetsPage() {
  const query = useQuery({ queryKey: ['assets'], queryFn: () => call('listAssets'), refetchInterval: 30_000 });
  return (
    <div className="page" style={{ maxWidth: 1500 }}>
      <Loaded query={query}>{(list) => <Assets list={list} />}</Loaded>
    </div>
  );
}

function Assets({ list }: { list: AssetList }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view: View = search.get('view') === 'list' ? 'list' : 'graph';
  const theme = search.get('theme') ?? '';
  const words = search.get('words') ?? '';
  const focus = search.get('focus');
  const focused = list.items.find(({ key }) => key === focus) ?? null;
  const change = (name: string, value: string | null) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value === null || value === '') next.delete(name);
      else next.set(name, value);
      return next;
    });
  const late = list.items.filter(
    ({ kind, freshness }) => kind === 'landing' && freshness.withinHours !== null && freshness.state !== 'pass',
  ).length;
  const items =
    focused || view === 'list' || theme !== '' ? list.items : list.items.filter((item) => !isAboutItself(item));
  const shown = focused ? items : ofTheme(items, theme).filter((item) => matches(item, words));
  return (
    <>
      <PageHead
        title={t('assets.title')}
        lead={`${t('assets.lead', { n: grouped(list.items.length) })} · ${late === 0 ? t('assets.allFresh') : t('assets.late', { n: late })}`}
      >
        <Select
          style={{ width: 150 }}
          value={theme}
          aria-label={t('assets.allThemes')}
          onChange={(value) => change('theme', value)}
          options={[
            { value: '', label: t('assets.allThemes') },
            ...list.themes.map((one) => ({ value: one.theme, label: said(one.title) })),
          ]}
        />
        <Input.Search
          style={{ width: 190 }}
          allowClear
          placeholder={t('assets.search')}
          defaultValue={words}
          onSearch={(value) => change('words', value)}
        />
        <Segmented<View>
          value={view}
          onChange={(value) => change('view', value === 'graph' ? null : value)}
          options={(['graph', 'list'] as const).map((value) => ({ value, label: t(`assets.${value}`) }))}
        />
      </PageHead>
      {focused && (
        <div className="card between" style={{ marginBottom: 12, padding: '10px 16px' }}>
          <span>{t('assets.focus', { name: said(focused.title) })}</span>
          <span className="row">
            <Link to={`/warehouse/${focused.key}`}>{t('assets.openAsset')}</Link>
            <Button size="small" onClick={() => change('focus', null)}>
              {t('assets.leaveFocus')}
            </Button>
          </span>
        </div>
      )}
      {shown.length === 0 ? (
        <Empty title={t('assets.nothing')} next={t('assets.nothingNext')} />
      ) : view === 'graph' ? (
        <div className="card">
          <AssetGraph assets={shown} focus={focused?.key ?? null} onFocus={(key) => change('focus', key)} />
        </div>
      ) : (
        <AssetTable items={focused ? shown.filter(({ key }) => related(shown, focused.key).has(key)) : shown} />
      )}
    </>
  );
}

function AssetTable({ items }: { items: readonly AssetSummary[] }) {
  const { t } = useTranslation();
  return (
    <div className="card flush scroll-x">
      <table className="plain">
        <thead>
          <tr>
            <th>{t('runs.asset')}</th>
            <th>{t('assets.freshnessHead')}</th>
            <th>{t('assets.checks')}</th>
            <th className="num">{t('assets.rowsHead')}</th>
            <th className="num">{t('assets.bytes')}</th>
            <th className="num">{t('assets.took')}</th>
            <th>{t('assets.nextRun')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.key}>
              <td>
                <Link to={`/warehouse/${item.key}`}>{said(item.title)}</Link>{' '}
                <span className="chip">{t(`assets.kinds.${item.kind}`)}</span>
                <div className="small quiet">{item.key}</div>
              </td>
              <td>
                <span className={`chip ${item.freshness.state}`}>{t(`assets.freshness.${item.freshness.state}`)}</span>
                {item.freshness.since && (
                  <div className="small quiet">{t('assets.since', { time: shortTime(item.freshness.since) })}</div>
                )}
              </td>
              <td className="nowrap">
                {(['fail', 'warn', 'pass', 'unknown'] as const)
                  .filter((state) => item.checks[state] > 0)
                  .map((state) => (
                    <span key={state} className={`chip ${state}`} style={{ marginRight: 4 }}>
                      {t(`assets.checkState.${state}`)} {item.checks[state]}
                    </span>
                  ))}
              </td>
              <td className="num">{item.rows === null ? '' : grouped(item.rows)}</td>
              <td className="num nowrap">{item.bytes === null ? '' : byteText(item.bytes)}</td>
              <td className="num nowrap">{item.tookMs === null ? '' : tookText(item.tookMs)}</td>
              <td className="nowrap">{item.nextRun ? shortTime(item.nextRun) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A theme's own assets and what they rest on, wherever that belongs. */
function ofTheme(items: readonly AssetSummary[], theme: string): readonly AssetSummary[] {
  if (theme === '') return items;
  const byKey = new Map(items.map((item) => [item.key, item]));
  const keep = new Set<string>();
  const add = (key: string) => {
    const item = byKey.get(key);
    if (!item || keep.has(key)) return;
    keep.add(key);
    for (const dep of item.deps) add(dep);
  };
  for (const item of items) if (item.theme === theme && item.kind !== 'publication') add(item.key);
  return items.filter(({ key }) => keep.has(key));
}

/** The warehouse about itself: read by nobody's form, made from everything, so that its lines would hide the others. */
function isAboutItself({ kind, theme }: AssetSummary): boolean {
  return kind === 'mart' && theme === 'platform';
}

function matches(item: AssetSummary, words: string): boolean {
  const text = `${item.key} ${item.title.zh} ${item.title.en} ${item.owner}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
