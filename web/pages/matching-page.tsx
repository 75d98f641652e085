import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { DecidedPairs } from '../matching/decided-pairs.tsx';
import { DoubtfulRecords } from '../matching/doubtful-records.tsx';
import { DuplicateEntities } from '../matching/duplicate-entities.tsx';
import { PageHead } from '../parts/page-head.tsx';

const TABS = ['records', 'duplicates', 'history'] as const;
type Tab = (typeof TABS)[number];

/** Whose a record is that came without a usable key: doubtful pairs are decided here, and decisions taken back. */
export function MatchingPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const tab: Tab = TABS.find((one) => one === search.get('tab')) ?? 'records';
  return (
    <div className="page">
      <PageHead title={t('matching.title')} lead={t('matching.lead')}>
        <Segmented<Tab>
          value={tab}
          onChange={(value) => setSearch({ tab: value }, { replace: true })}
          options={TABS.map((value) => ({ value, label: t(`matching.tab.${value}`) }))}
        />
      </PageHead>
      {tab === 'records' && <DoubtfulRecords />}
      {tab === 'duplicates' && <DuplicateEntities />}
      {tab === 'history' && <DecidedPairs />}
    </div>
  );
}
