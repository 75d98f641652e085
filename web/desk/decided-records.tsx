import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { RecordState } from '../api-types.ts';
import { Empty, Loaded } from '../parts/screen-states.tsx';
import { grouped, shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

const SHOWN = 100;

/** What was mended or dismissed, and why. */
export function DecidedRecords() {
  const { t } = useTranslation();
  const [state, setState] = useState<Extract<RecordState, 'fixed' | 'dismissed'>>('fixed');
  const query = useQuery({
    queryKey: ['records', 'decided', state],
    queryFn: () => call('listQuarantinedRecords', { query: { state, limit: SHOWN } }),
  });
  return (
    <div className="stack">
      <Segmented
        value={state}
        onChange={setState}
        options={(['fixed', 'dismissed'] as const).map((value) => ({ value, label: t(`desk.state.${value}`) }))}
      />
      <Loaded query={query}>
        {({ items, total }) =>
          items.length === 0 ? (
            <Empty title={t('desk.noneDecided')} />
          ) : (
            <section className="card flush scroll-x">
              <p className="quiet" style={{ padding: '10px 20px' }}>
                {t('desk.found', { n: grouped(total), shown: items.length })}
              </p>
              <table className="plain">
                <thead>
                  <tr>
                    <th>{t('desk.dataset')}</th>
                    <th>{t('desk.why')}</th>
                    <th>{t('desk.reason')}</th>
                    <th>{t('desk.raw')}</th>
                    <th>{t('desk.received')}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((record) => (
                    <tr key={`${record.batch} ${record.row}`}>
                      <td className="nowrap">
                        {t('desk.of', { source: record.sourceName, dataset: record.datasetName })}
                      </td>
                      <td className="nowrap">
                        {record.rules.map((rule) => (
                          <div key={rule.rule}>
                            {rule.column && <code>{rule.column}</code>} {said(rule.words)}
                          </div>
                        ))}
                      </td>
                      <td>{record.reason}</td>
                      <td className="quiet small" style={{ maxWidth: 420, overflowWrap: 'anywhere' }}>
                        {JSON.stringify(record.raw).slice(0, 240)}
                      </td>
                      <td className="nowrap">{shortTime(record.receivedAt)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
    </div>
  );
}
