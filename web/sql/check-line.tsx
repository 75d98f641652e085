import { useTranslation } from 'react-i18next';
import type { SqlCheck, SqlProblem } from '../api-types.ts';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { placeOf } from './sql-tokens.ts';
import { isUndecided } from './use-check.ts';

/** What the statement would cost, or what is wrong with it and where. */
export function CheckLine({
  statement,
  check,
  checking,
  missing,
  goTo,
}: {
  statement: string;
  check: SqlCheck | undefined;
  checking: boolean;
  /** Parameters without a value. */
  missing: readonly string[];
  goTo: (problem: SqlProblem) => void;
}) {
  const { t, i18n } = useTranslation();
  const round = (n: number) =>
    new Intl.NumberFormat(i18n.language === 'en' ? 'en' : 'zh-CN', { notation: 'compact' }).format(n);
  const undecided = check !== undefined && isUndecided(check);
  // A value that is not typed yet is no mistake.
  const problems =
    (undecided ? [] : check?.problems)?.filter(
      ({ code }) => code !== 'analytics.sql.parameter' || missing.length === 0,
    ) ?? [];
  return (
    <div className="sql-check" role="status" aria-busy={checking}>
      {statement.trim() === '' && <span className="quiet">{t('sql.check.empty')}</span>}
      {problems.map((problem) => (
        <p key={`${problem.code} ${problem.position} ${problem.message.zh}`} className="sql-problem">
          {problem.position !== null && (
            <button type="button" onClick={() => goTo(problem)}>
              {t('sql.check.place', placeOf(statement, problem.position))}
            </button>
          )}
          <span>
            {said(problem.message)}
            {problem.next && <em> {said(problem.next)}</em>}
          </span>
        </p>
      ))}
      {undecided && <span className="quiet">{t('sql.check.undecided')}</span>}
      {check && problems.length === 0 && missing.length > 0 && (
        <span className="quiet">{t('sql.check.missing', { names: missing.map((name) => `$${name}`).join('、') })}</span>
      )}
      {check?.ok && check.estimate && (
        <>
          <span className={`chip ${TONES[check.estimate.cost]}`}>{t(`sql.check.cost.${check.estimate.cost}`)}</span>
          <span className="quiet num">
            {t('sql.check.estimate', {
              rows: round(check.estimate.rows),
              handled: round(check.estimate.handledRows),
              bytes: bytes(check.estimate.bytes),
            })}
          </span>
          {check.estimate.warnings.map((warning) => (
            <span key={warning.zh} className="sql-warning">
              {said(warning)}
            </span>
          ))}
        </>
      )}
      {checking && !check && statement.trim() !== '' && <span className="quiet">{t('sql.check.checking')}</span>}
    </div>
  );
}

const TONES = { small: 'good', medium: 'busy', large: 'late', huge: 'failed' } as const;

/** `1 MB`; estimates are powers of ten. */
function bytes(n: number): string {
  const [size, unit] = n < 1e3 ? [n, 'B'] : n < 1e6 ? [n / 1e3, 'KB'] : n < 1e9 ? [n / 1e6, 'MB'] : [n / 1e9, 'GB'];
  return `${grouped(Math.round(size))} ${unit}`;
}
