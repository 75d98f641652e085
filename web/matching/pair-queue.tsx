import { Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MatchFeature } from '../api-types.ts';
import { Empty } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { PairTable } from './pair-table.tsx';

/** A pair that waits for a person. */
export interface WaitingPair {
  readonly id: string;
  readonly title: string;
  readonly left: string;
  readonly right: string;
  readonly score: number;
  readonly note: string | null;
  readonly features: readonly MatchFeature[];
}

export type Verdict = 'same' | 'different';

const LEAST_REASON = 2;

/**
 * One pair after the other, likeliest first, decided by key: S same, D different, N later. The reason is kept from one to the next:
 * who works through a stack decides all of it for the same one.
 */
export function PairQueue<Pair extends WaitingPair>({
  pairs,
  total,
  busy,
  words,
  decide,
}: {
  pairs: readonly Pair[];
  /** Pairs that wait, shown or not. */
  total: number;
  busy: boolean;
  words: { readonly same: string; readonly different: string; readonly none: string; readonly noneNext: string };
  decide: (pair: Pair, verdict: Verdict, reason: string) => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set());
  const field = useRef<HTMLInputElement | null>(null);
  const pair = pairs.find(({ id }) => !skipped.has(id));

  const say = (verdict: Verdict) => {
    if (!pair || busy) return;
    const why = reason.trim();
    if (why.length >= LEAST_REASON) return decide(pair, verdict, why);
    setAsked(true);
    field.current?.focus();
  };
  const skip = () => {
    if (pair) setSkipped(new Set([...skipped, pair.id]));
  };

  const act = useRef<(key: string) => boolean>(() => false);
  act.current = (key) => {
    if (key === 's') say('same');
    else if (key === 'd') say('different');
    else if (key === 'n') skip();
    else return false;
    return true;
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const at = event.target instanceof Element ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
      if (at?.closest('input, textarea, select, [contenteditable], [role=dialog]')) return;
      if (act.current(event.key.toLowerCase())) event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);

  if (!pair) {
    return skipped.size === 0 || pairs.length === 0 ? (
      <Empty title={words.none} next={words.noneNext} />
    ) : (
      <Empty title={t('matching.allSkipped', { n: grouped(skipped.size) })}>
        <Button onClick={() => setSkipped(new Set())}>{t('matching.again')}</Button>
      </Empty>
    );
  }
  const unexplained = asked && reason.trim().length < LEAST_REASON;
  return (
    <section className="card flush" aria-label={pair.title}>
      <div className="between" style={{ padding: '12px 20px', borderBottom: '1px solid #e3e9f0' }}>
        <div>
          <h2 style={{ fontSize: 16, fontWeight: 600 }}>{pair.title}</h2>
          {pair.note && <div className="quiet small">{pair.note}</div>}
        </div>
        <div className="nowrap">
          {t('matching.score')} <b style={{ fontSize: 20 }}>{pair.score}</b>
          <span className="quiet" style={{ marginLeft: 16 }}>
            {t('matching.waiting', { n: grouped(total) })}
          </span>
        </div>
      </div>
      <PairTable left={pair.left} right={pair.right} features={pair.features} />
      <div className="between" style={{ padding: '12px 20px', borderTop: '1px solid #e3e9f0', gap: 16 }}>
        <div style={{ flex: 1, maxWidth: 460 }}>
          <Input
            ref={(input) => {
              field.current = input?.input ?? null;
            }}
            aria-label={t('matching.reason')}
            placeholder={t('matching.reasonPlaceholder')}
            maxLength={500}
            value={reason}
            status={unexplained ? 'error' : ''}
            onChange={(event) => setReason(event.target.value)}
            onPressEnter={(event) => event.currentTarget.blur()}
          />
          <div className="quiet small" role={unexplained ? 'alert' : undefined} style={{ marginTop: 4 }}>
            {unexplained ? t('matching.reasonMissing') : t('matching.reasonKept')}
          </div>
        </div>
        <span className="row" style={{ flexWrap: 'nowrap' }}>
          <Button type="primary" loading={busy} onClick={() => say('same')}>
            {words.same} <kbd>S</kbd>
          </Button>
          <Button disabled={busy} onClick={() => say('different')}>
            {words.different} <kbd>D</kbd>
          </Button>
          <Button type="text" disabled={busy} onClick={skip}>
            {t('matching.skip')} <kbd>N</kbd>
          </Button>
        </span>
      </div>
    </section>
  );
}
