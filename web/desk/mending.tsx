import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { BrokenRule, DeskOutcome, MendingPreview, OpenRule, RecordSelection } from '../api-types.ts';
import { newOpId } from '../ids.ts';
import { problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { FunctionHelp } from './function-help.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

/** Typing pauses this long before the expression is worked out. */
const PAUSE_MS = 350;

/** Writing an expression, seeing what it would do, and doing it; or leaving the records out. */
export function Mending({
  rule,
  selection,
  count,
  columns,
  decided,
}: {
  rule: OpenRule;
  selection: RecordSelection;
  count: number;
  columns: readonly string[];
  decided: (outcome: DeskOutcome) => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [expression, setExpression] = useState('');
  const [tried, setTried] = useState('');
  const [reason, setReason] = useState('');
  const [dismissing, setDismissing] = useState(false);
  const [key, setKey] = useState(newOpId);
  const area = useRef<HTMLTextAreaElement | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setTried(expression.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [expression]);

  const preview = useQuery({
    queryKey: ['mendingPreview', selection, tried],
    queryFn: ({ signal }) => call('previewMending', { body: { selection, expression: tried, samples: 8 }, signal }),
    enabled: tried !== '',
    retry: false,
    gcTime: 0,
  });
  const settled = (outcome: DeskOutcome) => {
    setKey(newOpId());
    setExpression('');
    setTried('');
    for (const stale of ['openRules', 'records', 'quarantine']) void client.invalidateQueries({ queryKey: [stale] });
    decided(outcome);
  };
  const failed = (error: Error) => {
    void message.error(problemText(error, t('problem.unknown')), 8);
    void preview.refetch();
  };
  const fix = useMutation({
    mutationFn: (expected: number) =>
      call('mendRecords', { body: { key, selection, expression: tried, reason: reason.trim(), expected } }),
    onSuccess: settled,
    onError: failed,
  });
  const replay = useMutation({
    mutationFn: () => call('replayRecords', { body: { key, selection, reason: t('desk.replay') } }),
    onSuccess: settled,
    onError: failed,
  });
  const dismiss = useMutation({
    mutationFn: (why: string) => call('dismissRecords', { body: { key, selection, reason: why } }),
    onSuccess: (outcome) => {
      setDismissing(false);
      void message.success(t('desk.dismissed', { n: grouped(outcome.done) }));
      settled({ ...outcome, done: 0 });
    },
    onError: failed,
  });
  const progress = useQuery({
    queryKey: ['deskOrder', key],
    queryFn: () => call('readDeskOrder', { params: { key } }),
    enabled: fix.isPending,
    retry: false,
    refetchInterval: 400,
  });

  /** Puts a word where the cursor stands; for a function the cursor then stands between its brackets. */
  function insert(text: string, back = 0): void {
    const element = area.current;
    const [from, to] = [element?.selectionStart ?? expression.length, element?.selectionEnd ?? expression.length];
    const next = expression.slice(0, from) + text + expression.slice(to);
    setExpression(next);
    requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(from + text.length - back, from + text.length - back);
    });
  }

  const found = tried === expression.trim() ? preview.data : undefined;
  const ready = found !== undefined && found.passing > 0 && reason.trim().length >= 2;
  const shown = columns.includes(rule.column ?? '') ? (rule.column ?? '') : (columns[0] ?? 'idNo');
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('desk.mend')}</h2>
        <span className="row">
          <Button size="small" loading={replay.isPending} onClick={() => replay.mutate()}>
            {t('desk.replay')}
          </Button>
          <Button size="small" danger onClick={() => setDismissing(true)}>
            {t('desk.dismiss', { n: grouped(count) })}
          </Button>
        </span>
      </div>
      <p className="quiet" style={{ marginBottom: 8 }}>
        {t('desk.mendLead')}
      </p>
      <Input.TextArea
        ref={(element) => {
          area.current = element?.resizableTextArea?.textArea ?? null;
        }}
        autoSize={{ minRows: 2, maxRows: 8 }}
        maxLength={4000}
        spellCheck={false}
        style={{ fontFamily: 'ui-monospace, Consolas, monospace', fontSize: 15 }}
        aria-label={t('desk.mend')}
        placeholder={t('desk.placeholder', { column: shown })}
        value={expression}
        onChange={(event) => setExpression(event.target.value)}
      />
      <FunctionHelp columns={columns} broken={rule.column} insert={insert} />
      <Codes rules={[rule, ...(found?.left ?? [])]} />
      {preview.error && tried !== '' && (
        <p role="alert" style={{ color: '#b42318', marginTop: 10 }}>
          {problemText(preview.error, t('problem.unknown'))}
        </p>
      )}
      {preview.isFetching && !found && (
        <p className="quiet" style={{ marginTop: 10 }}>
          {t('desk.previewing')}
        </p>
      )}
      {found && <Verdict preview={found} />}
      {found && (
        <form
          className="row"
          style={{ marginTop: 14 }}
          onSubmit={(event) => {
            event.preventDefault();
            if (ready && !fix.isPending) fix.mutate(found.selected);
          }}
        >
          <Input
            style={{ flex: 1, minWidth: 220 }}
            maxLength={500}
            aria-label={t('desk.reason')}
            placeholder={t('desk.reasonPlaceholder')}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <Button type="primary" htmlType="submit" disabled={!ready} loading={fix.isPending}>
            {fix.isPending && progress.data && progress.data.of > 0
              ? t('desk.applying', { done: grouped(progress.data.done), of: grouped(progress.data.of) })
              : t('desk.apply', { n: grouped(found.passing) })}
          </Button>
        </form>
      )}
      {found && <Samples samples={found.samples} />}
      {dismissing && (
        <ReasonDialog
          title={t('desk.dismissTitle', { n: grouped(count) })}
          ok={t('desk.dismiss', { n: grouped(count) })}
          danger
          busy={dismiss.isPending}
          decide={(why) => dismiss.mutate(why)}
          close={() => setDismissing(false)}
        />
      )}
    </section>
  );
}

/** What the source may send in the code columns at hand. */
function Codes({ rules }: { rules: readonly BrokenRule[] }) {
  const { t } = useTranslation();
  const coded = new Map(rules.flatMap(({ column, codes }) => (column && codes ? [[column, codes] as const] : [])));
  return [...coded].map(([column, codes]) => (
    <p key={column} className="small quiet" style={{ marginTop: 6 }}>
      <code>{column}</code> {t('desk.codes')}
      {codes.map(({ code, value }) => (code === value ? code : `${code}=${value}`)).join('、')}
    </p>
  ));
}

/** How many would pass, and what stands in the way of the others. */
function Verdict({ preview: { selected, passing, left } }: { preview: MendingPreview }) {
  const { t } = useTranslation();
  const colour = passing === selected ? '#18794e' : passing === 0 ? '#b42318' : '#a15c00';
  return (
    <div style={{ marginTop: 14 }} aria-live="polite">
      <p className="figure" style={{ color: colour }}>
        {t('desk.passing', { passing: grouped(passing), selected: grouped(selected) })}
      </p>
      {left.length > 0 && (
        <p className="row" style={{ marginTop: 4 }}>
          {t('desk.notPassing', { n: grouped(selected - passing) })}
          {left.slice(0, 4).map((one) => (
            <span key={one.rule} className="chip stale">
              {one.column && <code>{one.column}</code>} {said(one.words)} {grouped(one.rows)}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** A few records before and after. */
function Samples({ samples }: { samples: MendingPreview['samples'] }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x" style={{ marginTop: 10, border: '1px solid #e3e9f0', borderRadius: 8 }}>
      <table className="plain">
        <caption className="quiet small" style={{ textAlign: 'left', padding: '6px 12px', captionSide: 'bottom' }}>
          {t('desk.sample', { n: samples.length })}
        </caption>
        <thead>
          <tr>
            <th>{t('desk.column')}</th>
            <th>{t('desk.before')}</th>
            <th>{t('desk.after')}</th>
            <th>{t('desk.verdict')}</th>
          </tr>
        </thead>
        <tbody>
          {samples.map((one) => (
            <tr key={`${one.batch} ${one.row}`}>
              <td>
                {one.changes.map((change) => (
                  <div key={change.column}>
                    <code>{change.column}</code>
                  </div>
                ))}
              </td>
              <td>
                {one.changes.length === 0 && <span className="quiet">{t('desk.unchanged')}</span>}
                {one.changes.map((change) => (
                  <div key={change.column} style={{ color: '#b42318' }}>
                    {change.before ?? t('desk.blank')}
                  </div>
                ))}
              </td>
              <td>
                {one.changes.map((change) => (
                  <div key={change.column} style={{ color: '#18794e' }}>
                    {change.after ?? t('desk.blank')}
                  </div>
                ))}
              </td>
              <td className="nowrap">
                {one.breaks.length === 0 ? (
                  <span className="chip good">{t('desk.willPass')}</span>
                ) : (
                  one.breaks.map((rule) => (
                    <span key={rule.rule} className="chip failed" style={{ marginRight: 4 }}>
                      {said(rule.words)}
                    </span>
                  ))
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
