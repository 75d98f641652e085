import { App } from 'antd';
import { type RefObject, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../grid/cell-value.ts';
import { createGrid, type Grid } from '../grid/grid.ts';
import '../grid/grid.css';
import type { GridColumn, Position } from '../grid/grid-model.ts';
import type { OpenTask } from './open-task.ts';

/** Puts the grid on the page and its doings into the outbox. */
export function GridHost({
  opened,
  grid,
  onActive,
  autoFocus,
}: {
  opened: OpenTask;
  grid: RefObject<Grid | null>;
  onActive: (at: Position | null) => void;
  autoFocus: boolean;
}) {
  const host = useRef<HTMLDivElement>(null);
  const { t } = useTranslation();
  const { message } = App.useApp();
  const focusFirst = useRef(autoFocus);

  useEffect(() => {
    const { rows } = opened;
    const say = (problem: Problem, column: GridColumn): string =>
      t(`task.problems.${problem}`, { codes: (column.codes ?? []).slice(0, 8).join('、') });
    const made = createGrid({
      host: host.current!,
      source: rows,
      words: {
        label: t('task.grid'),
        blank: t('blank'),
        doubt: (of) => t(`classes.${of}`),
        state: (of) => t(`cellState.${of}`),
        problem: say,
        describe: (at) => {
          const cell = rows.detail(at.row, at.column);
          if (!cell) return t('loading');
          const standing = cell.state === 'open' ? '' : t(`cellState.${cell.state}`);
          const why = cell.doubt ? t(`classes.${cell.doubt.class}`) : '';
          return [rows.title(at.row), cell.column.title, why, cell.value ?? t('blank'), standing]
            .filter((text) => text !== '')
            .join('，');
        },
      },
      events: {
        active: onActive,
        edits: (edits) => {
          for (const edit of edits) void answer(opened, edit, edit.value);
        },
        confirm: (cells) => {
          for (const at of cells) confirmAsIs(opened, at);
        },
        alternative: (at, n) => {
          const alternative = rows.detail(at.row, at.column)?.doubt?.alternatives[n];
          if (!alternative || !rows.cell(at.row, at.column)?.editable) return;
          void answer(opened, at, alternative.value);
          void made.goNext({ direction: 1, along: 'row', openOnly: true });
        },
        none: (at) => {
          if (!rows.cell(at.row, at.column)?.editable) return;
          void answer(opened, at, null);
          void made.goNext({ direction: 1, along: 'row', openOnly: true });
        },
        pasted: ({ accepted, skipped, problems }) => {
          const first = problems[0];
          const column = first && rows.columns()[first.column];
          const text = [
            t('task.pasted', { accepted }),
            skipped > 0 ? t('task.pastedSkipped', { count: skipped }) : '',
            first && column
              ? t('task.pastedProblems', {
                  count: problems.length,
                  row: first.row + 1,
                  column: column.title,
                  why: say(first.problem, column),
                })
              : '',
          ].join('');
          void (first ? message.warning(text, 8) : message.success(text));
        },
      },
    });
    grid.current = made;
    if (focusFirst.current) {
      void made.goNext({ direction: 1, along: 'row', openOnly: true }).then((found) => {
        if (!found && rows.rowCount() > 0) made.goTo({ row: 0, column: 0 });
      });
      made.focus();
    }
    return () => {
      grid.current = null;
      made.close();
    };
  }, [opened, grid, onActive, t, message]);

  return <div ref={host} style={{ height: '100%' }} />;
}

/** Puts an answer into the outbox, with what the person saw as its base. */
export async function answer(opened: OpenTask, at: Position, value: string | null): Promise<void> {
  const detail = opened.rows.detail(at.row, at.column);
  if (!detail?.doubt) return;
  const base = detail.rejection ? detail.rejection.current : detail.value;
  // The same answer once more says nothing new, unless it is the first: then it confirms.
  if (detail.value === value && detail.state !== 'open' && detail.rejection === null) return;
  await opened.outbox.put({ rowKey: detail.row.rowKey, column: detail.column.id, base, value });
}

/** Vouches for a cell as it stands; a blank only where a blank may stand. */
export function confirmAsIs(opened: OpenTask, at: Position): void {
  const detail = opened.rows.detail(at.row, at.column);
  if (!detail?.doubt || detail.state !== 'open') return;
  if (detail.value === null && !detail.column.optional) return;
  void opened.outbox.put({
    rowKey: detail.row.rowKey,
    column: detail.column.id,
    base: detail.value,
    value: detail.value,
  });
}
