import { Button } from 'antd';
import { type RefObject, useEffect, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grid } from '../grid/grid.ts';
import type { Position } from '../grid/grid-model.ts';
import { shortTime } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { answer, confirmAsIs } from './grid-host.tsx';
import type { OpenTask } from './open-task.ts';
import type { CellDetail } from './task-rows.ts';

/** Beside the grid: why the active cell is asked for, and the values that other sources have for it. */
export function Inspector({
  opened,
  active,
  editable,
  grid,
}: {
  opened: OpenTask;
  active: Position | null;
  editable: boolean;
  grid: RefObject<Grid | null>;
}) {
  const { t } = useTranslation();
  useRedraw(opened);
  const detail = active ? opened.rows.detail(active.row, active.column) : undefined;

  const next = () => {
    void grid.current?.goNext({ direction: 1, along: 'row', openOnly: true });
    grid.current?.focus();
  };

  return (
    <aside className="inspector" aria-label={t('task.reason')}>
      {!detail || !active ? (
        <p className="quiet">{t('task.pick')}</p>
      ) : (
        <>
          <h2>{detail.column.title}</h2>
          <p className="quiet small">{titleOf(opened, active, detail)}</p>
          <section>
            <h3>{t('task.now')}</h3>
            <p className="now">{detail.value ?? t('blank')}</p>
            <Standing detail={detail} />
          </section>
          {detail.column.masked && <p className="quiet">{t('task.masked')}</p>}
          {!detail.doubt && <p className="quiet">{t('task.context')}</p>}
          {detail.doubt && <Reason detail={detail} />}
          {detail.rejection && (
            <Clash
              detail={detail}
              mine={() => void answer(opened, active, detail.value).then(next)}
              theirs={() => {
                opened.outbox.drop(detail.row.rowKey, detail.column.id);
                grid.current?.focus();
              }}
            />
          )}
          {detail.doubt && !detail.column.masked && (
            <Choices
              detail={detail}
              editable={editable}
              take={(value) => void answer(opened, active, value).then(next)}
              confirm={() => {
                confirmAsIs(opened, active);
                next();
              }}
            />
          )}
        </>
      )}
      {editable && <Keys />}
    </aside>
  );
}

function Standing({ detail }: { detail: CellDetail }) {
  const { t } = useTranslation();
  const given = detail.doubt?.answer;
  if (detail.state === 'waiting') return <p className="quiet small">{t('cellState.waiting')}</p>;
  if (!given || detail.state === 'open') return null;
  const words = { by: given.by, time: shortTime(given.at) };
  return <p className="quiet small">{given.confirmed ? t('task.confirmedBy', words) : t('task.byAt', words)}</p>;
}

function Reason({ detail }: { detail: CellDetail }) {
  const { t } = useTranslation();
  const doubt = detail.doubt!;
  return (
    <section>
      <h3>{t('task.reason')}</h3>
      <p>
        <span className={`chip ${doubt.class}`}>{t(`classes.${doubt.class}`)}</span> {said(doubt.reason)}
      </p>
      {detail.column.optional && detail.value === null && detail.state === 'open' && (
        <p className="quiet small">{t('task.emptyOk')}</p>
      )}
    </section>
  );
}

function Clash({ detail, mine, theirs }: { detail: CellDetail; mine: () => void; theirs: () => void }) {
  const { t } = useTranslation();
  const rejection = detail.rejection!;
  const conflict = rejection.reason === 'conflict';
  return (
    <section className="clash" role="alert">
      <b>{conflict ? t('task.conflictTitle') : t('task.invalidTitle')}</b>
      <p>
        {conflict
          ? t('task.conflictText', {
              by: rejection.currentBy ?? '',
              current: rejection.current ?? t('blank'),
              mine: detail.value ?? t('blank'),
            })
          : said(rejection.message)}
      </p>
      <div className="row">
        {conflict && (
          <Button size="small" type="primary" danger onClick={mine}>
            {t('task.conflictMine')}
          </Button>
        )}
        <Button size="small" onClick={theirs}>
          {conflict ? t('task.conflictTheirs') : t('cancel')}
        </Button>
      </div>
    </section>
  );
}

function Choices({
  detail,
  editable,
  take,
  confirm,
}: {
  detail: CellDetail;
  editable: boolean;
  take: (value: string | null) => void;
  confirm: () => void;
}) {
  const { t } = useTranslation();
  const doubt = detail.doubt!;
  const mayConfirm = editable && detail.state === 'open' && (detail.value !== null || detail.column.optional);
  return (
    <section>
      {mayConfirm && (
        <button type="button" className="alt" onClick={confirm}>
          <kbd>{'␣'}</kbd>
          <b>{t('task.confirmOne')}</b>
          <small>
            {detail.value ?? t('blank')}
            {doubt.sourceName && ` · ${doubt.sourceName}`}
            {doubt.observed && ` · ${t('task.observed', { date: doubt.observed })}`}
          </small>
        </button>
      )}
      {doubt.alternatives.length > 0 && <h3>{t('task.alternatives')}</h3>}
      {doubt.alternatives.map((alternative, i) => (
        <button
          type="button"
          className="alt"
          key={`${alternative.source} ${alternative.value}`}
          disabled={!editable}
          onClick={() => take(alternative.value)}
        >
          <kbd>Alt {i + 1}</kbd>
          <b>{alternative.value ?? t('blank')}</b>
          <small>
            {alternative.sourceName} ·{' '}
            {alternative.observed ? t('task.observed', { date: alternative.observed }) : t('task.unknownDate')}
          </small>
        </button>
      ))}
      {editable && !(detail.value === null && detail.state !== 'open') && (
        <button type="button" className="alt" onClick={() => take(null)}>
          <kbd>Alt 0</kbd>
          <b>{t('task.none')}</b>
          <small>{t('task.noneHint')}</small>
        </button>
      )}
    </section>
  );
}

function Keys() {
  const { t } = useTranslation();
  const keys = [
    ['␣', t('task.keyList.confirm')],
    ['Alt 1–9', t('task.keyList.alternative')],
    ['Alt 0', t('task.keyList.none')],
    ['Enter', t('task.keyList.down')],
    ['Tab', t('task.keyList.next')],
    ['F2', t('task.keyList.edit')],
    ['Ctrl V', t('task.keyList.paste')],
  ] as const;
  return (
    <section>
      <h3>{t('task.keys')}</h3>
      <div className="keys">
        {keys.map(([key, what]) => (
          <div key={key} style={{ display: 'contents' }}>
            <span>
              <kbd>{key}</kbd>
            </span>
            <span>{what}</span>
          </div>
        ))}
      </div>
    </section>
  );
}

/** What tells the active row from others, in words. */
function titleOf(opened: OpenTask, active: Position, detail: CellDetail): string {
  return [opened.rows.title(active.row), detail.row.orgName].filter((text) => text).join(' · ');
}

/** Draws the panel anew whenever rows or answers change. */
function useRedraw(opened: OpenTask): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => opened.rows.onChange(redraw), [opened]);
}
