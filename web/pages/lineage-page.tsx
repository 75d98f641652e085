import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api-client.ts';
import type { LineageColumn } from '../api-types.ts';
import '../assets/assets.css';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { said } from '../texts/i18n.ts';

const KINDS = ['template', 'publication', 'mart', 'golden', 'staged', 'landing'] as const;
type Kind = (typeof KINDS)[number];

/** From any column to what it is made of and what is made of it, a step at a time. */
export function LineagePage() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const column = search.get('column') ?? '';
  const query = useQuery({
    queryKey: ['lineage', column],
    queryFn: () => call('readLineage', { query: { column } }),
    enabled: column !== '',
  });
  if (column === '') {
    return (
      <div className="page">
        <Empty title={t('assets.lineage.none')} next={t('assets.lineage.noneNext')}>
          <Link to="/dictionary">{t('assets.dictionary.title')}</Link>
        </Empty>
      </div>
    );
  }
  return (
    <div className="page">
      <Loaded query={query}>
        {({ column: here, upstream, downstream }) => (
          <>
            <PageHead title={t('assets.lineage.title')} lead={t('assets.lineage.lead')} />
            <div className="walk">
              <Side
                title={t('assets.lineage.up')}
                empty={t('assets.lineage.nothingUp')}
                columns={upstream}
                order={here}
              />
              <div className="card here">
                <Here column={here} />
              </div>
              <Side title={t('assets.lineage.down')} empty={t('assets.lineage.nothingDown')} columns={downstream} />
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}

function Here({ column }: { column: LineageColumn }) {
  const { t } = useTranslation();
  return (
    <>
      <h2 style={{ marginBottom: 4 }}>{column.title ? said(column.title) : column.column}</h2>
      <p className="small quiet">
        {kindOf(column) === 'template' ? column.asset : <Link to={`/warehouse/${column.asset}`}>{column.asset}</Link>} /{' '}
        {column.column}
      </p>
      <p style={{ marginTop: 8 }}>
        <span className="chip">{t(`assets.lineage.step.${column.step}`)}</span>
      </p>
      {column.counts.length > 0 && (
        <p className="small" style={{ marginTop: 8 }}>
          {t('assets.lineage.counts', { list: column.counts.join('、') })}
        </p>
      )}
      {column.step === 'chosen' && column.from.length > 1 && (
        <div className="small" style={{ marginTop: 8 }}>
          {t('assets.lineage.order')}
          <ol style={{ listStyle: 'decimal', paddingLeft: 20 }}>
            {column.from.map((key) => (
              <li key={key}>
                <Link to={addressOf(key)}>{key}</Link>
              </li>
            ))}
          </ol>
        </div>
      )}
      {column.expression && <code className="sql">{column.expression}</code>}
      {column.element && (
        <p className="small" style={{ marginTop: 8 }}>
          <Link to={`/dictionary?words=${encodeURIComponent(column.element)}`}>{t('assets.navDictionary')}</Link>
        </p>
      )}
    </>
  );
}

function Side({
  title,
  empty,
  columns,
  order,
}: {
  title: string;
  empty: string;
  columns: readonly LineageColumn[];
  /** The column whose own sources stand first. */
  order?: LineageColumn;
}) {
  const { t } = useTranslation();
  const near = new Map(order?.from.map((key, i) => [key, i]));
  const rank = ({ key }: LineageColumn) => near.get(key) ?? near.size;
  const kinds = order ? KINDS : [...KINDS].reverse();
  return (
    <section>
      <h2>{title}</h2>
      {columns.length === 0 && <p className="quiet">{empty}</p>}
      {kinds.map((kind) => {
        const own = columns.filter((column) => kindOf(column) === kind).sort((a, b) => rank(a) - rank(b));
        if (own.length === 0) return null;
        return (
          <div key={kind}>
            <h3>
              {t(`assets.kinds.${kind}`)} {own.length > 8 && own.length}
            </h3>
            {own.slice(0, 60).map((column) => (
              <Link key={column.key} className="step" to={addressOf(column.key)}>
                <b>
                  {column.title ? said(column.title) : column.column}{' '}
                  <span className="chip">{t(`assets.lineage.step.${column.step}`)}</span>
                </b>
                <span className="small quiet">{column.key}</span>
              </Link>
            ))}
          </div>
        );
      })}
    </section>
  );
}

function addressOf(key: string): string {
  return `/lineage?column=${encodeURIComponent(key)}`;
}

function kindOf({ asset }: LineageColumn): Kind {
  return KINDS.find((kind) => asset === kind || asset.startsWith(`${kind}.`)) ?? 'landing';
}
