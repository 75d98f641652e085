import { matchingCodes, type Parsed, type Problem, parseCell } from './cell-value.ts';
import type { GridColumn } from './grid-model.ts';

export interface CellEditor {
  /** The text area that always has the focus: a browser hands the first key of pinyin to what is focused already. */
  readonly element: HTMLTextAreaElement;
  /** Lays the editor over a cell without opening it. */
  place(at: { left: number; top: number; width: number; height: number }, column: GridColumn, editable: boolean): void;
  open(text: string): void;
  readonly editing: boolean;
  /** The typed value when it fits the column; otherwise says why it does not, and stays open. */
  commit(): Parsed;
  cancel(): void;
  /** Moves the mark in the list of a code column; false when there is no list. */
  choose(step: 1 | -1): boolean;
  close(): void;
}

/** One editor for the whole grid: a text area over the active cell, with the values of its code list below. */
export function createCellEditor(options: {
  host: HTMLElement;
  label: string;
  words: (problem: Problem, column: GridColumn) => string;
  onPick: () => void;
}): CellEditor {
  const { host, words, onPick } = options;
  const element = document.createElement('textarea');
  element.className = 'fg-editor';
  element.rows = 1;
  element.spellcheck = false;
  element.autocomplete = 'off';
  element.setAttribute('aria-label', options.label);
  const list = document.createElement('ul');
  list.className = 'fg-codes';
  list.setAttribute('role', 'listbox');
  const problem = document.createElement('div');
  problem.className = 'fg-problem';
  problem.setAttribute('role', 'alert');
  host.append(element, list, problem);

  let column: GridColumn | null = null;
  let editing = false;
  let marked = -1;
  let shown: string[] = [];

  function show(): void {
    editing = true;
    element.classList.add('fg-editing');
    problem.textContent = '';
    suggest();
  }

  function suggest(): void {
    shown = column?.type === 'code' && editing ? matchingCodes(column.codes ?? [], element.value) : [];
    marked = element.value.trim() === '' ? -1 : 0;
    list.replaceChildren(...shown.map(option));
    list.classList.toggle('fg-open', shown.length > 0);
    mark(Math.min(marked, shown.length - 1));
  }

  function option(code: string, i: number): HTMLLIElement {
    const item = document.createElement('li');
    item.textContent = code;
    item.setAttribute('role', 'option');
    // mousedown, not click: the text area must not lose the focus.
    item.addEventListener('mousedown', (event) => {
      event.preventDefault();
      mark(i);
      onPick();
    });
    return item;
  }

  function mark(at: number): void {
    marked = at;
    Array.from(list.children).forEach((item, i) => {
      item.setAttribute('aria-selected', String(i === at));
    });
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  function hide(): void {
    editing = false;
    element.value = '';
    element.classList.remove('fg-editing');
    list.classList.remove('fg-open');
    problem.textContent = '';
  }

  element.addEventListener('compositionstart', () => {
    if (!editing && !element.readOnly) show();
  });
  element.addEventListener('input', () => {
    if (element.readOnly) return;
    if (!editing) show();
    else {
      problem.textContent = '';
      suggest();
    }
  });

  return {
    element,
    get editing() {
      return editing;
    },
    place: (at, of, editable) => {
      column = of;
      element.readOnly = !editable;
      for (const [part, offset] of [
        [element, 0],
        [list, at.height],
        [problem, at.height],
      ] as const) {
        part.style.left = `${at.left}px`;
        part.style.top = `${at.top + offset}px`;
        part.style.minWidth = `${at.width}px`;
      }
      element.style.width = `${at.width}px`;
      element.style.height = `${at.height}px`;
      element.inputMode = of.type === 'integer' ? 'numeric' : of.type === 'decimal' ? 'decimal' : 'text';
    },
    open: (text) => {
      if (element.readOnly) return;
      element.value = text;
      show();
      element.setSelectionRange(text.length, text.length);
      if (column?.type === 'code') {
        // Opened on a value that is chosen already: all values are on offer.
        shown = [...(column.codes ?? [])];
        list.replaceChildren(...shown.map(option));
        list.classList.toggle('fg-open', shown.length > 0);
        mark(shown.indexOf(text));
      }
    },
    commit: () => {
      if (!column) return { ok: true, value: null };
      const picked = list.classList.contains('fg-open') ? shown[marked] : undefined;
      const parsed = parseCell(column, picked ?? element.value);
      if (parsed.ok) hide();
      else {
        list.classList.remove('fg-open');
        problem.textContent = words(parsed.problem, column);
      }
      return parsed;
    },
    cancel: hide,
    choose: (step) => {
      if (!list.classList.contains('fg-open') || shown.length === 0) return false;
      mark((marked + step + shown.length) % shown.length);
      return true;
    },
    close: () => {
      element.remove();
      list.remove();
      problem.remove();
    },
  };
}
