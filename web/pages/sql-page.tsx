import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import '../sql/sql.css';
import { Workbench } from '../sql/workbench.tsx';

/** Analyst SQL over the published marts. */
export function SqlPage() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['sql', 'schema'], queryFn: () => call('sqlSchema'), staleTime: 60_000 });
  if (query.data && query.data.publicationId !== null) return <Workbench schema={query.data} />;
  return (
    <div className="page">
      <PageHead title={t('sql.title')} />
      <Loaded query={query}>{() => <Empty title={t('data.noPublication')} next={t('sql.noPublicationNext')} />}</Loaded>
    </div>
  );
}
