import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Segmented, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { call } from '../api-client.ts';
import type { MartColumn, MartDescription, Theme } from '../api-types.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded, Problem } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { type Condition, MartFilter } from './mart-filter.tsx';

const PAGE = 100;

/** One mart: its rows, filtered and sorted by the server, and its dictionary. */
export function MartPage() {
  const { theme = '', mart = '' } = useParams();
  const query = useQuery({
    queryKey: ['mart', theme, mart],
    queryFn: () => call('readMart', { params: { theme: theme as Theme, mart } }),
  });
  return (
    <div className="page">
      {<Loaded query={query}>{(description) => <Mart key={mart} mart={description} />}</Loaded>}
    </div>
  );
}

function Mart({ mart }: { mart: MartDescription }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<'rows' | 'dictionary'>('rows');
  return (
    <>
      <PageHead
        up={{ to: '/data', label: t('data.title') }}
        title={said(mart.title)}
        lead={t('data.size', { n: grouped(mart.rows), count: mart.columns.length })}
      >
        <Segmented<'rows' | 'dictionary'>
          value={shown}
          onChange={setShown}
          options={[
            { value: 'rows', label: t('data.rows') },
            { value: 'dictionary', label: t('data.dictionary') },
          ]}
        />
      </PageHead>
      {shown === 'rows' ? <Rows mart={mart} /> : <Dictionary columns={mart.columns} />}
    </>
  );
}

function Rows({ mart }: { mart: MartDescription }) {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const [sort, setSort] = useState<string | undefined>();
  const [conditions, setConditions] = useState<readonly Condition[]>([]);
  const filter = conditions.length > 0 ? JSON.stringify(conditions) : undefined;
  const query = useQuery({
    queryKey: ['martRows', mart.theme, mart.name, offset, sort, filter],
    queryFn: ({ signal }) =>
      call('listMartRows', {
        params: { theme: mart.theme, mart: mart.name },
        query: { offset, limit: PAGE, ...(sort ? { sort } : {}), ...(filter ? { filter } : {}) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  const page = query.data;

  function turn(column: MartColumn) {
    setOffset(0);
    setSort((before) => (before === column.id ? `-${column.id}` : before === `-${column.id}` ? undefined : column.id));
  }

  return (
    <>
      <MartFilter
        columns={mart.columns}
        apply={(next) => {
          setOffset(0);
          setConditions(next);
        }}
      />
      {query.error && !page && <Problem error={query.error} retry={() => void query.refetch()} />}
      {query.error && page && <Problem error={query.error} />}
      {!page && !query.error && <Spin style={{ margin: 40 }} />}
      {page && page.items.length === 0 && <Empty title={t('data.empty')} />}
      {page && page.items.length > 0 && (
        <div className="card flush" style={{ opacity: query.isPlaceholderData ? 0.6 : 1 }}>
          <div style={{ overflow: 'auto', maxHeight: 'calc(100vh - 300px)', minHeight: 240 }}>
            <table className="plain sticky">
              <thead>
                <tr>
                  {mart.columns.map((column) => (
                    <th key={column.id} className={isNumber(column) ? 'num' : ''} aria-sort={sortOf(column, sort)}>
                      <button type="button" className="sorter" disabled={column.masked} onClick={() => turn(column)}>
                        {column.title}
                        {column.unit && `（${column.unit}）`}
                        <i>{sort === column.id ? ' ↑' : sort === `-${column.id}` ? ' ↓' : ''}</i>
                      </button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {page.items.map((row, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a page of rows is drawn as a whole, its rows have no identity
                  <tr key={page.offset + i}>
                    {row.map((value, j) => {
                      const column = mart.columns[j];
                      return (
                        <td
                          key={column?.id ?? j}
                          className={column && isNumber(column) ? 'num nowrap' : 'nowrap'}
                          title={column?.masked ? t('data.masked') : undefined}
                        >
                          {column?.masked ? <span className="quiet">***</span> : value === null ? '' : String(value)}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="between" style={{ padding: '10px 16px', borderTop: '1px solid #e3e9f0' }}>
            <span className="quiet num">
              {t('data.page', {
                from: grouped(page.offset + 1),
                to: grouped(page.offset + page.items.length),
                total: grouped(page.total),
              })}
            </span>
            <span className="row">
              <Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                {t('data.prev')}
              </Button>
              <Button disabled={offset + PAGE >= page.total} onClick={() => setOffset(offset + PAGE)}>
                {t('data.next')}
              </Button>
            </span>
          </div>
        </div>
      )}
    </>
  );
}

function Dictionary({ columns }: { columns: readonly MartColumn[] }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="card flush scroll-x">
      <table className="plain">
        <thead>
          <tr>
            <th>{t('data.field')}</th>
            <th>{t('data.meaning')}</th>
            <th>{t('data.owner')}</th>
            <th>{t('data.sourcesHead')}</th>
            <th className="num">{t('data.ttl')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.id}>
              <td>
                <code>{column.id}</code>
              </td>
              <td>
                {i18n.language === 'en' ? column.titleEn : column.title}
                {column.unit && <span className="quiet">（{column.unit}）</span>}
                {column.codes && <div className="quiet small">{column.codes.join('、')}</div>}
              </td>
              <td className="nowrap">{column.owner}</td>
              <td>{column.sources.join(' › ')}</td>
              <td className="num nowrap">{column.ttlDays === null ? '' : t('data.days', { n: column.ttlDays })}</td>
              <td className="nowrap">
                <span className={column.masked ? 'chip conflicting' : 'chip'}>
                  {t(`data.sensitivity.${column.sensitivity}`)}
                  {column.masked && ` · ${t('data.masked')}`}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isNumber(column: MartColumn): boolean {
  return column.type === 'integer' || column.type === 'decimal';
}

function sortOf(column: MartColumn, sort: string | undefined): 'ascending' | 'descending' | 'none' {
  return sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : 'none';
}
