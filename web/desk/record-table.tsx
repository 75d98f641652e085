import { Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import type { QuarantinedRecord } from '../api-types.ts';
import { shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

export const placeKey = (record: Pick<QuarantinedRecord, 'batch' | 'row'>) => `${record.batch} ${record.row}`;

/** Columns of raw records, those that rules speak of first. */
export function rawColumns(records: readonly QuarantinedRecord[]): readonly string[] {
  const broken = records.flatMap(({ rules }) => rules.flatMap(({ column }) => column ?? []));
  return [...new Set([...broken, ...records.flatMap(({ raw }) => Object.keys(raw))])];
}

/** Raw records as their source sent them; what broke the contract stands out. */
export function RecordTable({
  records,
  chosen,
  choose,
}: {
  records: readonly QuarantinedRecord[];
  chosen: ReadonlySet<string>;
  choose: ((key: string) => void) | null;
}) {
  const { t } = useTranslation();
  const columns = rawColumns(records);
  return (
    <div style={{ overflow: 'auto', maxHeight: 236 }}>
      <table className="plain sticky">
        <thead>
          <tr>
            {choose && <th />}
            <th>{t('desk.place')}</th>
            {columns.map((column) => (
              <th key={column}>{column}</th>
            ))}
            <th>{t('desk.received')}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => {
            const broken = new Map(record.rules.map((rule) => [rule.column, rule]));
            return (
              <tr key={placeKey(record)}>
                {choose && (
                  <td>
                    <Checkbox
                      aria-label={t('desk.pick', { row: record.row })}
                      checked={chosen.has(placeKey(record))}
                      onChange={() => choose(placeKey(record))}
                    />
                  </td>
                )}
                <td className="nowrap quiet" title={record.batch}>
                  {t('desk.batchRow', { row: record.row })}
                </td>
                {columns.map((column) => {
                  const rule = broken.get(column);
                  return (
                    <td
                      key={column}
                      className="nowrap"
                      title={rule ? said(rule.words) : undefined}
                      style={rule ? { background: '#fff3f1', color: '#b42318', fontWeight: 600 } : undefined}
                    >
                      {text(record.raw[column]) ?? <span className="quiet">{rule ? t('desk.blank') : ''}</span>}
                    </td>
                  );
                })}
                <td className="nowrap quiet">{shortTime(record.receivedAt)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function text(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
