import { useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api-client.ts';
import type { Scalar, SqlPage } from '../api-types.ts';
import { toTsv } from '../grid/tsv.ts';
import { problemText } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { isNumber } from './chart-choice.ts';
import { columnWidths, shown } from './column-width.ts';
import { copyText } from './copy-text.ts';
import { PAGE_ROWS } from './use-run.ts';

const ROW_PX = 30;
/** A head that says in a second line what the columns mean. */
const HEAD_PX = 46;
const NUMBERS_PX = 62;

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A result of any length: only what is in sight is drawn, and only the pages that are looked at are fetched. */
export function ResultGrid({
  first,
  meaning,
  copied,
}: {
  first: SqlPage;
  meaning: (column: string) => string | null;
  copied: (cells: number) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Cell>({ row: 0, column: 0 });
  const { columns, total } = first;
  const meanings = columns.map(({ name }) => meaning(name));
  const headPx = meanings.some((one) => one !== null) ? HEAD_PX : ROW_PX;
  const widths = useMemo(() => columnWidths(columns, first.items.slice(0, 100)), [columns, first]);
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollPaddingStart: headPx,
  });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => widths[i]!,
    overscan: 4,
    paddingStart: NUMBERS_PX,
    scrollPaddingStart: NUMBERS_PX,
  });
  const inSight = rows.getVirtualItems();
  const wanted = [...new Set(inSight.map(({ index }) => Math.floor(index / PAGE_ROWS)))].filter((page) => page > 0);
  const pages = useQueries({
    queries: wanted.map((page) => ({
      queryKey: ['sqlPage', first.queryId, page],
      queryFn: () =>
        call('sqlPage', {
          params: { id: first.queryId },
          query: { offset: page * PAGE_ROWS, limit: PAGE_ROWS, waitMs: 0 },
        }),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 300_000,
    })),
  });
  const itemsOf = new Map<number, SqlPage['items']>([[0, first.items]]);
  pages.forEach(({ data }, i) => {
    if (data) itemsOf.set(wanted[i]!, data.items);
  });
  const rowAt = (row: number): readonly Scalar[] | undefined =>
    itemsOf.get(Math.floor(row / PAGE_ROWS))?.[row % PAGE_ROWS];
  const failed = pages.find(({ error }) => error)?.error;

  const [top, bottom] = [Math.min(anchor.row, active.row), Math.max(anchor.row, active.row)];
  const [left, right] = [Math.min(anchor.column, active.column), Math.max(anchor.column, active.column)];
  const cellId = ({ row, column }: Cell) => `${id}-${row}-${column}`;

  function go(to: Cell, extend: boolean) {
    const cell = {
      row: Math.max(0, Math.min(total - 1, to.row)),
      column: Math.max(0, Math.min(columns.length - 1, to.column)),
    };
    setActive(cell);
    if (!extend) setAnchor(cell);
    rows.scrollToIndex(cell.row);
    across.scrollToIndex(cell.column);
  }

  function press(event: KeyboardEvent) {
    const { key, ctrlKey, metaKey, shiftKey } = event;
    const control = ctrlKey || metaKey;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);
    const moves: Record<string, Cell> = {
      ArrowUp: { row: control ? 0 : active.row - 1, column: active.column },
      ArrowDown: { row: control ? total - 1 : active.row + 1, column: active.column },
      ArrowLeft: { row: active.row, column: control ? 0 : active.column - 1 },
      ArrowRight: { row: active.row, column: control ? columns.length - 1 : active.column + 1 },
      PageUp: { row: active.row - page, column: active.column },
      PageDown: { row: active.row + page, column: active.column },
      Home: { row: control ? 0 : active.row, column: 0 },
      End: { row: control ? total - 1 : active.row, column: columns.length - 1 },
    };
    const to = moves[key];
    if (to) go(to, shiftKey);
    else if (control && key.toLowerCase() === 'c') void copy();
    else return;
    event.preventDefault();
  }

  async function copy() {
    const block: string[][] = [];
    for (let row = top; row <= bottom; row++) {
      const items = rowAt(row);
      // Rows that are not here any more were scrolled past long ago: what is copied stays whole.
      if (!items) break;
      block.push(items.slice(left, right + 1).map(shown));
    }
    if (block.length > 0 && (await copyText(toTsv(block)))) copied(block.length * (right - left + 1));
  }

  return (
    <>
      {failed !== undefined && <p className="notice">{problemText(failed, t('problem.unknown'))}</p>}
      {/* biome-ignore lint/a11y/useSemanticElements: rows that are not drawn leave gaps which a table cannot have */}
      <div
        ref={scroller}
        className="sql-grid"
        role="grid"
        aria-label={t('sql.result.grid')}
        aria-rowcount={total + 1}
        aria-colcount={columns.length}
        aria-activedescendant={cellId(active)}
        tabIndex={0}
        onKeyDown={press}
      >
        <div style={{ height: rows.getTotalSize() + headPx, width: across.getTotalSize() }}>
          {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus */}
          <div
            className="sql-grid-head"
            role="row"
            aria-rowindex={1}
            style={{ width: across.getTotalSize(), height: headPx }}
          >
            <div className="sql-grid-corner" />
            {across.getVirtualItems().map(({ index, start, size }) => (
              // biome-ignore lint/a11y/useSemanticElements: see the grid
              // biome-ignore lint/a11y/useFocusableInteractive: see the grid
              <div
                key={index}
                role="columnheader"
                aria-colindex={index + 1}
                className={isNumber(columns[index]!) ? 'num' : ''}
                title={`${columns[index]?.name} · ${columns[index]?.sqlType}`}
                style={{ left: start, width: size }}
              >
                {columns[index]?.name}
                {meanings[index] && <small>{meanings[index]}</small>}
              </div>
            ))}
          </div>
          {inSight.map(({ index: row, start }) => {
            const items = rowAt(row);
            return (
              // biome-ignore lint/a11y/useSemanticElements: see the grid
              // biome-ignore lint/a11y/useFocusableInteractive: see the grid
              <div
                key={row}
                className="sql-grid-row"
                role="row"
                aria-rowindex={row + 2}
                style={{ transform: `translateY(${start + headPx}px)`, width: across.getTotalSize() }}
              >
                <div className="sql-grid-number num">{grouped(row + 1)}</div>
                {across.getVirtualItems().map(({ index: column, start: from, size }) => {
                  const value = items?.[column];
                  const within = row >= top && row <= bottom && column >= left && column <= right;
                  const is = row === active.row && column === active.column;
                  return (
                    // biome-ignore lint/a11y/useSemanticElements: see the grid
                    // biome-ignore lint/a11y/useFocusableInteractive: see the grid
                    <div
                      key={column}
                      id={cellId({ row, column })}
                      role="gridcell"
                      aria-colindex={column + 1}
                      aria-selected={within}
                      className={`${isNumber(columns[column]!) ? 'num' : ''}${within ? ' in' : ''}${is ? ' at' : ''}`}
                      title={shown(value)}
                      style={{ left: from, width: size }}
                      onMouseDown={(event) => go({ row, column }, event.shiftKey)}
                      onMouseEnter={(event) => event.buttons === 1 && go({ row, column }, true)}
                    >
                      {items === undefined ? '…' : value === null ? <i>NULL</i> : shown(value)}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
