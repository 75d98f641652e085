import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { addressOf, call } from '../api-client.ts';
import type { DictionaryEntry } from '../api-types.ts';
import '../assets/assets.css';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

/** Every element with what it means, who says it, how long it is good, and where it appears; searched, printed, taken away. */
export function DictionaryPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const words = search.get('words') ?? '';
  const query = useQuery({
    queryKey: ['dictionary', words],
    queryFn: () => call('readDictionary', { query: { words } }),
    placeholderData: keepPreviousData,
  });
  return (
    <div className="page" style={{ maxWidth: 1500 }}>
      <Loaded query={query}>
        {({ items }) => (
          <>
            <PageHead
              title={t('assets.dictionary.title')}
              lead={t('assets.dictionary.lead', { n: grouped(items.length) })}
            >
              <Input.Search
                style={{ width: 340 }}
                allowClear
                placeholder={t('assets.dictionary.search')}
                defaultValue={words}
                onSearch={(value) => setSearch(value === '' ? {} : { words: value })}
              />
              <Button href={addressOf('exportDictionary', { query: { format: 'xlsx' } })}>
                {t('assets.dictionary.exportXlsx')}
              </Button>
              <Button href={addressOf('exportDictionary', { query: { format: 'csv' } })}>
                {t('assets.dictionary.exportCsv')}
              </Button>
              <Button onClick={() => window.print()}>{t('assets.dictionary.print')}</Button>
            </PageHead>
            {items.length === 0 ? (
              <Empty title={t('assets.dictionary.nothing')} next={t('assets.dictionary.nothingNext')} />
            ) : (
              [...new Set(items.map(({ entity }) => entity))].map((entity) => (
                <Entity key={entity} entries={items.filter((item) => item.entity === entity)} />
              ))
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Entity({ entries }: { entries: readonly DictionaryEntry[] }) {
  const { t } = useTranslation();
  const first = entries[0]!;
  return (
    <section className="card flush scroll-x">
      <h2 style={{ padding: '14px 20px 0' }}>
        {said(first.themeTitle)} · {said(first.entityTitle)}{' '}
        <span className="quiet small">{grouped(entries.length)}</span>
      </h2>
      <table className="plain">
        <thead>
          <tr>
            <th style={{ width: '22%' }}>{t('assets.dictionary.element')}</th>
            <th style={{ width: '22%' }}>{t('assets.dictionary.type')}</th>
            <th style={{ width: '20%' }}>{t('assets.dictionary.sources')}</th>
            <th style={{ width: '12%' }}>{t('assets.dictionary.rules')}</th>
            <th>{t('assets.dictionary.where')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ entry }: { entry: DictionaryEntry }) {
  const { t } = useTranslation();
  const lineage = `/lineage?column=${encodeURIComponent(`golden.${entry.entity}/${entry.field}`)}`;
  const forms = [...new Set(entry.forms.map(({ title }) => title))];
  return (
    <tr>
      <td>
        <b>{entry.title.zh}</b> <span className="quiet">{entry.title.en}</span>
        <div className="small">
          <Link to={lineage}>{entry.id}</Link>
        </div>
        {entry.synonyms.length > 0 && <div className="small quiet">{entry.synonyms.join('、')}</div>}
      </td>
      <td>
        {t(`assets.dictionary.types.${entry.type}`)}
        {entry.unit && ` · ${entry.unit}`}
        {entry.codeList && (
          <div className="small quiet">
            {t('assets.dictionary.codes', { title: entry.codeList.title, values: entry.codeList.values.join('、') })}
          </div>
        )}
      </td>
      <td>
        {entry.sources.map(({ title }) => said(title)).join(' › ')}
        <div className="small quiet">{entry.owner}</div>
      </td>
      <td className="small">
        <span className="chip">{t(`assets.dictionary.sensitivity.${entry.sensitivity}`)}</span>
        <div>
          {entry.ttlDays === null ? t('assets.dictionary.noTtl') : t('assets.dictionary.ttl', { n: entry.ttlDays })}
        </div>
        {entry.optional && <div>{t('assets.dictionary.optional')}</div>}
        {isCheck(entry.check) && <div>{t(`assets.dictionary.check.${entry.check}`)}</div>}
      </td>
      <td className="small">
        {entry.marts.length > 0 && <div>{t('assets.dictionary.marts', { list: entry.marts.join('、') })}</div>}
        {forms.length > 0 && <div>{t('assets.dictionary.forms', { list: forms.join('、') })}</div>}
      </td>
    </tr>
  );
}

function isCheck(check: string | null): check is 'idNumber' | 'creditCode' | 'phone' {
  return check === 'idNumber' || check === 'creditCode' || check === 'phone';
}
