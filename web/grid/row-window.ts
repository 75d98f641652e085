import type { GridSource, Position, Range } from './grid-model.ts';
import { inRange } from './grid-model.ts';
import { type GridLayout, NUMBER_WIDTH, ROW_HEIGHT } from './layout.ts';

/** Rows kept ready above and below what is visible. */
const MARGIN = 8;

export interface GridWords {
  doubt(of: 'stale' | 'conflicting' | 'missing'): string;
  state(of: 'waiting' | 'saved' | 'conflict' | 'invalid'): string;
  readonly blank: string;
}

export interface RowWindow {
  /** Draws the rows around the scroll position. `all` redraws those that stand already. */
  draw(all: boolean): void;
  select(active: Position | null, range: Range | null): void;
  /** A different set of columns. */
  relayout(layout: GridLayout): void;
}

/** Draws only the rows in sight; their elements are used again as rows come and go. */
export function createRowWindow(options: {
  scroller: HTMLElement;
  body: HTMLElement;
  source: GridSource;
  layout: GridLayout;
  words: GridWords;
}): RowWindow {
  const { scroller, body, source, words } = options;
  let { layout } = options;
  const rows = new Map<number, HTMLElement>();
  const spare: HTMLElement[] = [];
  let active: Position | null = null;
  let range: Range | null = null;

  function visible(): { from: number; to: number } {
    const first = Math.floor(scroller.scrollTop / ROW_HEIGHT);
    const count = Math.ceil(scroller.clientHeight / ROW_HEIGHT);
    return { from: Math.max(0, first - MARGIN), to: Math.min(source.rowCount(), first + count + MARGIN) };
  }

  function draw(all: boolean): void {
    const { from, to } = visible();
    body.style.height = `${source.rowCount() * ROW_HEIGHT}px`;
    for (const [index, element] of rows) {
      if (index >= from && index < to) continue;
      rows.delete(index);
      element.remove();
      if (spare.length < 100) spare.push(element);
    }
    for (let index = from; index < to; index++) {
      const standing = rows.get(index);
      if (standing && !all) continue;
      const element = standing ?? spare.pop() ?? newRow();
      fill(element, index);
      if (!standing) {
        rows.set(index, element);
        body.append(element);
      }
    }
    void source.load(from, to);
  }

  function newRow(): HTMLElement {
    const element = document.createElement('div');
    element.className = 'fg-row';
    element.setAttribute('role', 'row');
    return element;
  }

  function fill(element: HTMLElement, index: number): void {
    const columns = source.columns();
    element.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    element.style.width = `${layout.width}px`;
    element.setAttribute('aria-rowindex', String(index + 2));
    element.dataset.row = String(index);
    while (element.childElementCount > columns.length + 1) element.lastElementChild?.remove();
    while (element.childElementCount < columns.length + 1) element.append(document.createElement('div'));
    const number = element.firstElementChild as HTMLElement;
    number.className = 'fg-number';
    number.style.width = `${NUMBER_WIDTH}px`;
    number.textContent = String(index + 1);
    columns.forEach((column, i) => {
      const cell = element.children[i + 1] as HTMLElement;
      cell.style.width = `${layout.widths[i]}px`;
      cell.style.left = column.pinned ? `${layout.left[i]}px` : '';
      cell.dataset.column = String(i);
      cell.setAttribute('role', 'gridcell');
      paint(cell, index, i, column.pinned, column.type === 'integer' || column.type === 'decimal');
    });
  }

  function paint(element: HTMLElement, row: number, column: number, pinned: boolean, numeric: boolean): void {
    const cell = source.cell(row, column);
    const names = ['fg-cell'];
    if (pinned) names.push('fg-pinned');
    if (numeric) names.push('fg-numeric');
    if (!cell) names.push('fg-loading');
    else if (cell.doubt) names.push('fg-doubt', `fg-${cell.doubt}`, `fg-is-${cell.state}`);
    if (cell?.doubt && !cell.editable) names.push('fg-locked');
    if (active?.row === row && active.column === column) names.push('fg-active');
    else if (range && inRange(range, row, column)) names.push('fg-selected');
    element.className = names.join(' ');
    if (cell?.doubt) {
      const chip = document.createElement('span');
      chip.className = 'fg-chip';
      chip.textContent = cell.state === 'open' ? words.doubt(cell.doubt) : words.state(cell.state);
      const text = document.createElement('span');
      text.className = 'fg-text';
      text.textContent = cell.value ?? (cell.state === 'open' ? '' : words.blank);
      element.replaceChildren(chip, text);
    } else element.textContent = cell?.value ?? '';
    element.title = cell?.value ?? '';
  }

  return {
    draw,
    select: (nextActive, nextRange) => {
      active = nextActive;
      range = nextRange;
      draw(true);
    },
    relayout: (next) => {
      layout = next;
      draw(true);
    },
  };
}
