import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { ColumnDifferences } from '../desk/column-differences.tsx';
import { DecidedRecords } from '../desk/decided-records.tsx';
import { OpenRecords } from '../desk/open-records.tsx';
import { StoppedBatches } from '../desk/stopped-batches.tsx';
import { PageHead } from '../parts/page-head.tsx';

const TABS = ['records', 'batches', 'drift', 'decided'] as const;
type Tab = (typeof TABS)[number];

/** The quarantine desk: records, batches and columns that broke a contract, and what is done about them. */
export function QuarantinePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const tab: Tab = TABS.find((one) => one === search.get('tab')) ?? 'records';
  return (
    <div className="page">
      <PageHead title={t('desk.title')} lead={t('desk.lead')}>
        <Segmented<Tab>
          value={tab}
          onChange={(value) => setSearch({ tab: value }, { replace: true })}
          options={TABS.map((value) => ({ value, label: t(`desk.tab.${value}`) }))}
        />
      </PageHead>
      {tab === 'records' && <OpenRecords source={search.get('source') ?? undefined} />}
      {tab === 'batches' && <StoppedBatches />}
      {tab === 'drift' && <ColumnDifferences />}
      {tab === 'decided' && <DecidedRecords />}
    </div>
  );
}
