import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { call } from '../api-client.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

/** The themes with their counts; from here into every mart. */
export function DataPage() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['themes'], queryFn: () => call('listThemes') });
  return (
    <div className="page">
      <Loaded query={query}>
        {({ themes, publicationId, publishedAt }) => (
          <>
            <PageHead
              title={t('data.title')}
              lead={
                publicationId && publishedAt
                  ? t('data.publication', { id: publicationId, time: shortTime(publishedAt) })
                  : undefined
              }
            />
            {publicationId === null ? (
              <Empty title={t('data.noPublication')} next={t('data.noPublicationNext')} />
            ) : (
              <div className="grid-4">
                {themes.map((entry) => (
                  <section className="card" key={entry.theme}>
                    <h2 style={{ marginBottom: 0 }}>{said(entry.title)}</h2>
                    <p className="figure">{grouped(entry.rows)}</p>
                    <ul style={{ marginTop: 8 }}>
                      {entry.marts.map((mart) => (
                        <li key={mart.name} className="between" style={{ padding: '3px 0' }}>
                          <Link to={`/data/${entry.theme}/${mart.name}`}>{said(mart.title)}</Link>
                          <span className="quiet num">{grouped(mart.rows)}</span>
                        </li>
                      ))}
                    </ul>
                  </section>
                ))}
              </div>
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
