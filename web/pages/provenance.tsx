import { useQuery } from '@tanstack/react-query';
import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { call } from '../api-client.ts';
import { Loaded } from '../parts/screen-states.tsx';
import { shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

/** Where the value of one cell came from, step by step. */
export function Provenance({
  campaign,
  rowKey,
  column,
  close,
}: {
  campaign: string;
  rowKey: string;
  column: string;
  close: () => void;
}) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['campaign', campaign, 'cell', rowKey, column],
    queryFn: () => call('readProvenance', { params: { id: campaign, rowKey, column } }),
  });
  const form = useQuery({
    queryKey: ['campaign', campaign],
    queryFn: () => call('readCampaign', { params: { id: campaign } }),
  }).data?.templateId;
  return (
    <Drawer open title={t('provenance.title')} onClose={close}>
      <Loaded query={query}>
        {(cell) => (
          <>
            <p className="quiet">{cell.columnTitle}</p>
            <p className="figure" style={{ marginBottom: 20, fontSize: 22 }}>
              {cell.value ?? t('blank')}
            </p>
            <ol className="timeline">
              {cell.steps.map((step) => (
                <li key={`${step.kind} ${step.at} ${step.by} ${step.value}`}>
                  <b>{step.value ?? t('blank')}</b> <span className="chip">{t(`provenance.steps.${step.kind}`)}</span>
                  <p className="quiet small">
                    {step.by}
                    {step.at && ` · ${step.at.length > 10 ? shortTime(step.at) : step.at}`}
                  </p>
                  <p className="small">{said(step.note)}</p>
                </li>
              ))}
            </ol>
            {form !== undefined && (
              <p style={{ marginTop: 16 }}>
                <Link to={`/lineage?column=${encodeURIComponent(cellOf(form, column))}`}>
                  {t('assets.lineage.title')}
                </Link>
              </p>
            )}
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

/** The key of a form's cell in the lineage; the quarters of a cross-tab (`vat_2026q3`) share one. */
function cellOf(form: string, column: string): string {
  return `template.${form}/${column.replace(/_\d{4}q[1-4]$/, '')}`;
}
