import { useTranslation } from 'react-i18next';
import type { ClassCounts, DoubtCounts, Stage, TaskStatus } from '../api-types.ts';
import { grouped, shortTime, timeLeft } from './times.ts';

export function TaskStatusChip({ status }: { status: TaskStatus }) {
  const { t } = useTranslation();
  return <span className={`chip ${status}`}>{t(`tasks.status.${status}`)}</span>;
}

export function StageChip({ stage }: { stage: Stage }) {
  const { t } = useTranslation();
  const tone = stage === 'released' ? 'good' : stage === 'cancelled' ? '' : 'busy';
  return <span className={`chip ${tone}`}>{t(`campaigns.stage.${stage}`)}</span>;
}

export function DoubtChips({ counts }: { counts: DoubtCounts }) {
  const { t } = useTranslation();
  return (
    <>
      {(['stale', 'conflicting', 'missing'] as const)
        .filter((name) => counts[name] > 0)
        .map((name) => (
          <span key={name} className={`chip ${name}`}>
            {t(`classes.${name}`)} {grouped(counts[name])}
          </span>
        ))}
    </>
  );
}

export function Deadline({ at, settled }: { at: string; settled?: boolean }) {
  const { t } = useTranslation();
  const left = timeLeft(t, at);
  return (
    <span className="nowrap">
      {t('tasks.deadline', { time: shortTime(at) })}
      {!settled && (
        <span className={left.tone === '' ? '' : `chip ${left.tone}`} style={{ marginLeft: 8 }}>
          {left.text}
        </span>
      )}
    </span>
  );
}

/** A plain progress bar that says its value to a screen reader. */
export function Bar({ done, of, label, tone }: { done: number; of: number; label: string; tone?: 'good' }) {
  const share = of === 0 ? 0 : Math.min(1, done / of);
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuenow={done}
      aria-valuemin={0}
      aria-valuemax={of}
    >
      <i className={tone ?? (share === 1 ? 'good' : '')} style={{ width: `${share * 100}%` }} />
    </div>
  );
}

const CLASSES = ['held', 'derived', 'stale', 'conflicting', 'missing'] as const;
const COLOURS = {
  held: '#2c9a68',
  derived: '#7cc6a3',
  stale: '#e3a53c',
  conflicting: '#d2554a',
  missing: '#4b8fe0',
} as const;

/** How the cells of a form fall into the review classes. */
export function ClassBar({ counts }: { counts: ClassCounts }) {
  const { t } = useTranslation();
  const total = CLASSES.reduce((sum, name) => sum + counts[name], 0);
  return (
    <>
      <div className="bar" style={{ height: 14, borderRadius: 7 }}>
        {CLASSES.map((name) => (
          <i key={name} className={name} style={{ width: `${total === 0 ? 0 : (counts[name] / total) * 100}%` }} />
        ))}
      </div>
      <div className="legend">
        {CLASSES.map((name) => (
          <span key={name}>
            <i style={{ background: COLOURS[name] }} />
            {t(`classes.${name}`)} <b>{grouped(counts[name])}</b>
          </span>
        ))}
      </div>
    </>
  );
}
