import { useTranslation } from 'react-i18next';
import type { MatchFeature } from '../api-types.ts';
import { said } from '../texts/i18n.ts';
import { textDifference } from './text-difference.ts';

const TONES = { agree: 'good', near: 'late', partial: 'late', differ: 'failed', unknown: '' } as const;

/** Two descriptions side by side, field by field: what differs is marked, and what each field says of the pair. */
export function PairTable({
  left,
  right,
  features,
}: {
  left: string;
  right: string;
  features: readonly MatchFeature[];
}) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <table className="plain pair-table">
        <thead>
          <tr>
            <th>{t('matching.field')}</th>
            <th>{left}</th>
            <th>{right}</th>
            <th>{t('matching.says')}</th>
            <th className="num">{t('matching.weight')}</th>
          </tr>
        </thead>
        <tbody>
          {features.map((feature) => (
            <tr key={feature.field} className={feature.outcome}>
              <td className="nowrap">{said(feature.fieldName)}</td>
              <td>
                <Value text={feature.left} other={feature.right} />
              </td>
              <td>
                <Value text={feature.right} other={feature.left} />
              </td>
              <td>
                <span className={`chip ${TONES[feature.outcome]}`}>{t(`matching.outcome.${feature.outcome}`)}</span>
                <div className="quiet small">{said(feature.why)}</div>
              </td>
              <td className="num">{signed(feature.weight)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ text, other }: { text: string | null; other: string | null }) {
  const { t } = useTranslation();
  if (text === null || text === '') return <span className="quiet">{t('blank')}</span>;
  if (other === null || other === '') return <>{text}</>;
  return (
    <>
      {textDifference(text, other).map((piece, i) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in its order
        piece.differs ? <mark key={i}>{piece.text}</mark> : <span key={i}>{piece.text}</span>,
      )}
    </>
  );
}

function signed(weight: number): string {
  return weight > 0 ? `+${weight}` : String(weight);
}
