import { useTranslation } from 'react-i18next';
import type { OpenRule } from '../api-types.ts';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';

export const ruleKey = (rule: OpenRule) => `${rule.source}.${rule.dataset} ${rule.rule}`;

/** The rules that open records break: where the work of the day is. */
export function RuleList({
  rules,
  chosen,
  choose,
}: {
  rules: readonly OpenRule[];
  chosen: string;
  choose: (key: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('desk.rules')} className="stack" style={{ display: 'grid', gap: 8 }}>
      {rules.map((rule) => (
        <button
          key={ruleKey(rule)}
          type="button"
          style={{ marginTop: 0 }}
          className={ruleKey(rule) === chosen ? 'choice on' : 'choice'}
          aria-pressed={ruleKey(rule) === chosen}
          onClick={() => choose(ruleKey(rule))}
        >
          <span className="between">
            <b>{said(rule.words)}</b>
            <span className="num nowrap">{t('desk.rows', { n: grouped(rule.rows) })}</span>
          </span>
          <small>
            {rule.column && <code>{rule.column}</code>}{' '}
            {t('desk.of', { source: rule.sourceName, dataset: rule.datasetName })}
          </small>
        </button>
      ))}
    </nav>
  );
}
