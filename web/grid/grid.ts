// Above the usual size: the keyboard, mouse and clipboard of one widget share its active cell; apart they would only pass it around.
import { createCellEditor } from './cell-editor.ts';
import { type Problem, parseCell } from './cell-value.ts';
import { clipboardTable } from './clipboard-table.ts';
import { type GridColumn, type GridSource, type Position, type Range, rangeOf } from './grid-model.ts';
import { type GridLayout, HEADER_HEIGHT, layoutOf, NUMBER_WIDTH, ROW_HEIGHT } from './layout.ts';
import { nextDoubt, type Search } from './navigation.ts';
import { createRowWindow, type GridWords } from './row-window.ts';
import { toTsv } from './tsv.ts';

export interface CellEdit extends Position {
  readonly value: string | null;
}

export interface PasteReport {
  readonly accepted: number;
  /** Cells that the paste covered but that are not asked for. */
  readonly skipped: number;
  readonly problems: readonly { readonly row: number; readonly column: number; readonly problem: Problem }[];
}

export interface GridEvents {
  active(at: Position | null): void;
  edits(edits: readonly CellEdit[]): void;
  /** The person vouches for the values as they stand. */
  confirm(cells: readonly Position[]): void;
  /** The n-th alternative value of the active cell was asked for, counted from 0. */
  alternative(at: Position, n: number): void;
  /** There is no value: a blank that the person vouches for. */
  none(at: Position): void;
  pasted(report: PasteReport): void;
}

export interface Grid {
  focus(): void;
  /** Goes to the next cell to answer; false when there is none left after the active one. */
  goNext(search: Search): Promise<boolean>;
  goTo(at: Position): void;
  active(): Position | null;
  /** Draws everything anew after columns or rows have changed altogether. */
  reset(): void;
  close(): void;
}

export interface GridOptions {
  readonly host: HTMLElement;
  readonly source: GridSource;
  readonly words: GridWords & {
    problem(problem: Problem, column: GridColumn): string;
    /** The active cell in words, for those who do not see it. */
    describe(at: Position): string;
    readonly label: string;
  };
  readonly events: GridEvents;
}

/**
 * The keyboard grid. Arrows move by cell, Tab and Enter by cell to answer, typing edits, Space confirms, Alt+1…9 takes an
 * alternative, Alt+0 says that there is none, Delete empties what may be blank, paste fills a block. Keys that belong to an input method are left to it.
 *
 * @example const grid = createGrid({ host, source, words, events }); grid.focus();
 */
export function createGrid({ host, source, words, events }: GridOptions): Grid {
  const scroller = element('div', 'fg-scroller');
  const header = element('div', 'fg-header');
  const body = element('div', 'fg-body');
  scroller.append(header, body);
  scroller.setAttribute('role', 'grid');
  scroller.setAttribute('aria-label', words.label);
  host.append(scroller);

  let layout: GridLayout = layoutOf(source.columns(), scroller.clientWidth);
  const rows = createRowWindow({ scroller, body, source, layout, words });
  const editor = createCellEditor({
    host: body,
    label: words.label,
    words: (problem, column) => words.problem(problem, column),
    onPick: () => void commitAndGo({ direction: 1, along: 'row', openOnly: true }),
  });

  let active: Position | null = null;
  let anchor: Position | null = null;
  let dragging = false;
  let moves = 0;

  const selection = (): Range | null => (active && anchor ? rangeOf(active, anchor) : null);
  const columnAt = (at: Position): GridColumn => source.columns()[at.column]!;

  function drawHeader(): void {
    const number = element('div', 'fg-number fg-head');
    number.style.width = `${NUMBER_WIDTH}px`;
    header.style.width = `${layout.width}px`;
    header.style.height = `${HEADER_HEIGHT}px`;
    header.setAttribute('role', 'row');
    header.replaceChildren(
      number,
      ...source.columns().map((column, i) => {
        const cell = element('div', column.pinned ? 'fg-head fg-pinned' : 'fg-head');
        cell.style.width = `${layout.widths[i]}px`;
        if (column.pinned) cell.style.left = `${layout.left[i]}px`;
        cell.setAttribute('role', 'columnheader');
        cell.textContent = column.unit ? `${column.title}（${column.unit}）` : column.title;
        cell.title = cell.textContent;
        return cell;
      }),
    );
    scroller.setAttribute('aria-rowcount', String(source.rowCount() + 1));
    scroller.setAttribute('aria-colcount', String(source.columns().length));
  }

  function placeEditor(): void {
    if (!active) return;
    const column = columnAt(active);
    const cell = source.cell(active.row, active.column);
    const left = layout.left[active.column]! + (column.pinned ? scroller.scrollLeft : 0);
    const box = { left, top: active.row * ROW_HEIGHT, width: layout.widths[active.column]!, height: ROW_HEIGHT };
    editor.place(box, column, cell?.editable ?? false);
    editor.element.setAttribute('aria-label', words.describe(active));
  }

  function moveTo(at: Position, extend = false): void {
    const next = {
      row: Math.max(0, Math.min(source.rowCount() - 1, at.row)),
      column: Math.max(0, Math.min(source.columns().length - 1, at.column)),
    };
    if (source.rowCount() === 0) return;
    active = next;
    if (!extend || !anchor) anchor = next;
    reveal(next);
    placeEditor();
    rows.select(active, selection());
    events.active(active);
  }

  function reveal(at: Position): void {
    const top = at.row * ROW_HEIGHT;
    const room = scroller.clientHeight - HEADER_HEIGHT;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW_HEIGHT > scroller.scrollTop + room) scroller.scrollTop = top + ROW_HEIGHT - room;
    if (columnAt(at).pinned) return;
    const left = layout.left[at.column]!;
    const right = left + layout.widths[at.column]!;
    if (left < scroller.scrollLeft + layout.pinnedWidth) scroller.scrollLeft = left - layout.pinnedWidth;
    else if (right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = right - scroller.clientWidth;
  }

  async function goNext(search: Search): Promise<boolean> {
    moves += 1;
    const move = moves;
    const from = active ?? { row: 0, column: -1 };
    const found = (await nextDoubt(source, from, search)) ?? (await firstOpen(search));
    // A key pressed while rows were loading has moved on already.
    if (move !== moves) return true;
    if (found) moveTo(found);
    return found !== null;
  }

  /** Past the last cell the way goes on at the first one that is still to be answered. */
  async function firstOpen({ direction }: Search): Promise<Position | null> {
    if (direction === -1) return null;
    return nextDoubt(source, { row: 0, column: -1 }, { direction, along: 'row', openOnly: true });
  }

  /** Takes over what was typed; false when it does not fit and the editor stays open. */
  function commit(): boolean {
    if (!active || !editor.editing) return true;
    const at = active;
    const parsed = editor.commit();
    if (!parsed.ok) return false;
    events.edits([{ ...at, value: parsed.value }]);
    return true;
  }

  async function commitAndGo(search: Search): Promise<void> {
    if (commit()) await goNext(search);
  }

  /** The cells of the selection that can be answered and are loaded. */
  function selected(): Position[] {
    const range = selection();
    if (!range) return [];
    const cells: Position[] = [];
    for (let row = range.top; row <= range.bottom; row++) {
      for (let column = range.left; column <= range.right; column++) {
        if (source.cell(row, column)?.editable) cells.push({ row, column });
      }
    }
    return cells;
  }

  function confirmSelected(): void {
    const cells = selected();
    if (cells.length === 0) return;
    events.confirm(cells);
    if (cells.length === 1) void goNext({ direction: 1, along: 'row', openOnly: true });
  }

  function emptySelected(): void {
    // A value that must be there is not wiped out by one key: Alt+0 says on purpose that there is none.
    const cells = selected().filter((at) => columnAt(at).optional || source.cell(at.row, at.column)?.value === null);
    if (cells.length > 0) events.edits(cells.map((at) => ({ ...at, value: null })));
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229 || !active) return;
    const handled = editor.editing ? editingKey(event) : movingKey(event, active);
    if (handled) event.preventDefault();
  }

  function editingKey(event: KeyboardEvent): boolean {
    const back = event.shiftKey ? -1 : 1;
    switch (event.key) {
      case 'Enter':
        if (event.altKey) return false;
        void commitAndGo({ direction: back, along: 'column', openOnly: false });
        return true;
      case 'Tab':
        void commitAndGo({ direction: back, along: 'row', openOnly: false });
        return true;
      case 'Escape':
        editor.cancel();
        return true;
      case 'ArrowDown':
        return editor.choose(1);
      case 'ArrowUp':
        return editor.choose(-1);
      default:
        return false;
    }
  }

  function movingKey(event: KeyboardEvent, at: Position): boolean {
    const { key, shiftKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey && key === '0') {
      events.none(at);
      return true;
    }
    if (event.altKey && /^[1-9]$/.test(key)) {
      events.alternative(at, Number(key) - 1);
      return true;
    }
    if (event.altKey && key === 'ArrowDown') {
      editor.open(source.cell(at.row, at.column)?.value ?? '');
      return true;
    }
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW_HEIGHT) - 2);
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [command ? -at.row : -1, 0],
      ArrowDown: [command ? source.rowCount() : 1, 0],
      ArrowLeft: [0, command ? -at.column : -1],
      ArrowRight: [0, command ? source.columns().length : 1],
      PageUp: [-page, 0],
      PageDown: [page, 0],
      Home: [command ? -at.row : 0, -at.column],
      End: [command ? source.rowCount() : 0, source.columns().length],
    };
    const step = steps[key];
    if (step) {
      moves += 1;
      moveTo({ row: at.row + step[0], column: at.column + step[1] }, shiftKey);
      return true;
    }
    if (command) return false;
    const direction = shiftKey ? -1 : 1;
    switch (key) {
      case 'Enter':
        void goNext({ direction, along: 'column', openOnly: false });
        return true;
      case 'Tab':
        void goNext({ direction, along: 'row', openOnly: false });
        return true;
      case 'F2':
        editor.open(source.cell(at.row, at.column)?.value ?? '');
        return true;
      case ' ':
        confirmSelected();
        return true;
      case 'Delete':
      case 'Backspace':
        emptySelected();
        return true;
      default:
        return false;
    }
  }

  async function onPaste(event: ClipboardEvent): Promise<void> {
    if (editor.editing || !active || !event.clipboardData) return;
    event.preventDefault();
    const at = active;
    const block = clipboardTable(event.clipboardData, (html) => new DOMParser().parseFromString(html, 'text/html'));
    const height = Math.min(block.length, source.rowCount() - at.row);
    await source.load(at.row, at.row + height);
    const edits: CellEdit[] = [];
    const problems: { row: number; column: number; problem: Problem }[] = [];
    let skipped = 0;
    for (let i = 0; i < height; i++) {
      block[i]!.forEach((text, j) => {
        const target = { row: at.row + i, column: at.column + j };
        const column = source.columns()[target.column];
        if (!column) return;
        if (!source.cell(target.row, target.column)?.editable) {
          skipped += 1;
          return;
        }
        const parsed = parseCell(column, text);
        if (parsed.ok) edits.push({ ...target, value: parsed.value });
        else problems.push({ ...target, problem: parsed.problem });
      });
    }
    if (edits.length > 0) events.edits(edits);
    events.pasted({ accepted: edits.length, skipped, problems });
  }

  function onCopy(event: ClipboardEvent): void {
    const range = selection();
    if (editor.editing || !range || !event.clipboardData) return;
    event.preventDefault();
    const values: (string | null)[][] = [];
    for (let row = range.top; row <= range.bottom; row++) {
      const line: (string | null)[] = [];
      for (let column = range.left; column <= range.right; column++) line.push(source.cell(row, column)?.value ?? null);
      values.push(line);
    }
    event.clipboardData.setData('text/plain', toTsv(values));
  }

  function positionOf(event: MouseEvent): Position | null {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-column]');
    const row = cell?.closest<HTMLElement>('[data-row]');
    return cell && row ? { row: Number(row.dataset.row), column: Number(cell.dataset.column) } : null;
  }

  function onMouseDown(event: MouseEvent): void {
    const at = positionOf(event);
    if (!at || event.button > 1) return;
    event.preventDefault();
    if (!commit()) return;
    moves += 1;
    dragging = true;
    moveTo(at, event.shiftKey);
    editor.element.focus({ preventScroll: true });
  }

  function onMouseOver(event: MouseEvent): void {
    if (!dragging || (event.buttons & 1) === 0) return;
    const at = positionOf(event);
    const range = selection();
    if (at && range && !(active?.row === at.row && active.column === at.column)) moveTo(at, true);
  }

  function onDoubleClick(event: MouseEvent): void {
    const at = positionOf(event);
    if (at) editor.open(source.cell(at.row, at.column)?.value ?? '');
  }

  const endDrag = (): void => {
    dragging = false;
  };
  const onScroll = (): void => {
    rows.draw(false);
    if (active && columnAt(active).pinned) placeEditor();
  };
  const onBlur = (): void => {
    // Leaving the grid keeps what fits and gives up what does not.
    if (editor.editing && !commit()) editor.cancel();
    scroller.classList.remove('fg-focused');
  };

  scroller.addEventListener('scroll', onScroll, { passive: true });
  body.addEventListener('mousedown', onMouseDown);
  body.addEventListener('mouseover', onMouseOver);
  body.addEventListener('dblclick', onDoubleClick);
  document.addEventListener('mouseup', endDrag);
  editor.element.addEventListener('keydown', onKey);
  editor.element.addEventListener('paste', (event) => void onPaste(event));
  editor.element.addEventListener('copy', onCopy);
  editor.element.addEventListener('blur', onBlur);
  editor.element.addEventListener('focus', () => scroller.classList.add('fg-focused'));
  const resized = new ResizeObserver(() => {
    layout = layoutOf(source.columns(), scroller.clientWidth);
    drawHeader();
    rows.relayout(layout);
    placeEditor();
  });
  resized.observe(scroller);

  let drawing = 0;
  const stopListening = source.onChange(() => {
    // Many cells change in one paste: one drawing per frame.
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      scroller.setAttribute('aria-rowcount', String(source.rowCount() + 1));
      rows.draw(true);
      if (!editor.editing) placeEditor();
    });
  });

  drawHeader();
  rows.draw(true);

  return {
    focus: () => editor.element.focus({ preventScroll: true }),
    goNext,
    goTo: (at) => moveTo(at),
    active: () => active,
    reset: () => {
      editor.cancel();
      layout = layoutOf(source.columns(), scroller.clientWidth);
      active = null;
      anchor = null;
      scroller.scrollTop = 0;
      scroller.scrollLeft = 0;
      drawHeader();
      rows.select(null, null);
      rows.relayout(layout);
      events.active(null);
    },
    close: () => {
      cancelAnimationFrame(drawing);
      stopListening();
      resized.disconnect();
      document.removeEventListener('mouseup', endDrag);
      editor.close();
      scroller.remove();
    },
  };
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
