import {
  type KeyboardEvent,
  type Ref,
  useDeferredValue,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { SqlSchema } from '../api-types.ts';
import { codeLines, type Mark } from './code-lines.ts';
import { type Completion, complete } from './completion.ts';

/** What the screen around the editor may do to its text; every change can be undone with Ctrl+Z. */
export interface SqlEditorHandle {
  /** What is selected there. */
  selected(): string;
  /** Puts a word in at the caret, with spaces where it would run into its neighbours. */
  insert(word: string): void;
  goTo(position: number, length: number): void;
}

/**
 * A field for a statement: a plain textarea, so that input methods, undo and screen readers work as everywhere, over a
 * coloured copy of its text. Tab leaves it unless a list of words is open.
 */
export function SqlEditor({
  value,
  change,
  marks,
  schema,
  run,
  handle,
}: {
  value: string;
  change: (statement: string) => void;
  marks: readonly Mark[];
  schema: SqlSchema;
  run: () => void;
  handle: Ref<SqlEditorHandle>;
}) {
  const { t, i18n } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const copy = useRef<HTMLDivElement>(null);
  const listId = useId();
  const [offered, setOffered] = useState<Completion | null>(null);
  const [chosen, setChosen] = useState(0);
  const [place, setPlace] = useState<OfferPlace>({ left: 0, top: 0, maxHeight: MOST_OFFER_PX });
  const shownMarks = useDeferredValue(marks);
  const lines = useMemo(() => codeLines(value, shownMarks), [value, shownMarks]);

  useImperativeHandle(handle, () => ({
    selected: () => area.current!.value.slice(area.current!.selectionStart, area.current!.selectionEnd),
    insert: (word) => {
      const field = area.current!;
      const { selectionStart: from, selectionEnd: to, value: text } = field;
      const before = from > 0 && /[\p{L}\p{N}_"]$/u.test(text.slice(0, from)) ? ' ' : '';
      const after = /^[\p{L}\p{N}_"]/u.test(text.slice(to)) ? ' ' : '';
      write(field, from, to, `${before}${word}${after}`);
      setOffered(null);
    },
    goTo: (position, length) => {
      area.current!.focus();
      area.current!.setSelectionRange(position, position + length);
    },
  }));

  function offer(asked: boolean) {
    const field = area.current!;
    const language = i18n.language === 'en' ? 'en' : 'zh';
    const found =
      field.selectionStart === field.selectionEnd
        ? complete(field.value, field.selectionStart, schema, { language, asked })
        : null;
    setOffered(found);
    setChosen(0);
  }

  useLayoutEffect(() => {
    if (offered && copy.current) setPlace(placeAt(copy.current, value, offered.from));
  }, [offered, value]);

  function take(index: number) {
    const item = offered?.items[index];
    if (!offered || !item) return;
    write(area.current!, offered.from, area.current!.selectionStart, item.insert);
    setOffered(null);
  }

  function press(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const { key } = event;
    if (key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      setOffered(null);
      run();
    } else if (key === ' ' && event.ctrlKey) {
      offer(true);
    } else if (offered && (key === 'ArrowDown' || key === 'ArrowUp')) {
      const { length } = offered.items;
      setChosen((chosen + (key === 'ArrowDown' ? 1 : length - 1)) % length);
    } else if (offered && (key === 'Enter' || key === 'Tab') && !event.shiftKey) {
      take(chosen);
    } else if (offered && key === 'Escape') {
      setOffered(null);
    } else if (key === 'Enter' && !event.shiftKey) {
      const field = area.current!;
      const line = field.value.slice(0, field.selectionStart).split('\n').at(-1) ?? '';
      write(field, field.selectionStart, field.selectionEnd, `\n${/^\s*/.exec(line)?.[0] ?? ''}`);
    } else {
      if (key === 'ArrowLeft' || key === 'ArrowRight' || key === 'Home' || key === 'End') setOffered(null);
      return;
    }
    event.preventDefault();
  }

  return (
    <div className="sql-editor">
      <div className="sql-sheet">
        <div className="sql-copy" ref={copy} aria-hidden="true">
          {lines.map((pieces, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line of a text has no identity but its place
            <div key={i} className="sql-line">
              {pieces.map((piece) => (
                <span key={piece.at} data-at={piece.at} className={`sql-${piece.kind}${piece.wrong ? ' wrong' : ''}`}>
                  {piece.text}
                </span>
              ))}
              {pieces.length === 0 && <br />}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          value={value}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          wrap="soft"
          role="combobox"
          aria-label={t('sql.statement')}
          aria-autocomplete="list"
          aria-expanded={offered !== null}
          aria-controls={listId}
          aria-activedescendant={offered ? `${listId}-${chosen}` : undefined}
          aria-invalid={marks.length > 0}
          placeholder={t('sql.placeholder')}
          onChange={(event) => {
            change(event.target.value);
            if (!(event.nativeEvent as InputEvent).isComposing) offer(false);
          }}
          onCompositionEnd={() => offer(false)}
          onKeyDown={press}
          onBlur={() => setOffered(null)}
          onMouseDown={() => setOffered(null)}
        />
        <div
          id={listId}
          className="sql-offer"
          role="listbox"
          aria-label={t('sql.completion')}
          hidden={!offered}
          style={place}
        >
          {offered?.items.map((item, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus
            <div
              key={`${item.kind} ${item.name}`}
              id={`${listId}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              ref={i === chosen ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(i)}
            >
              <code>{item.name}</code>
              <span>{item.meaning || t(`sql.kind.${item.kind}`)}</span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** Writes as if typed, so that the browser's undo knows of it. */
function write(field: HTMLTextAreaElement, from: number, to: number, text: string): void {
  field.focus();
  field.setSelectionRange(from, to);
  const written = document.execCommand(text === '' ? 'delete' : 'insertText', false, text);
  if (written) return;
  field.setRangeText(text, from, to, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

const LINE_PX = 22;
const MOST_OFFER_PX = 246;
/** Room for three words, even where the field ends sooner. */
const LEAST_OFFER_PX = 96;

interface OfferPlace {
  readonly left: number;
  readonly top: number;
  readonly maxHeight: number;
}

/** Where the list stands: under the line in which the word begins, inside the sheet. */
function placeAt(copy: HTMLElement, statement: string, at: number): OfferPlace {
  const sheet = copy.getBoundingClientRect();
  const line = copy.children[statement.slice(0, at).split('\n').length - 1];
  if (!line) return { left: 0, top: 0, maxHeight: MOST_OFFER_PX };
  const range = document.createRange();
  const piece = [...line.querySelectorAll<HTMLElement>('[data-at]')]
    .filter((node) => Number(node.dataset.at) <= at)
    .at(-1);
  const node = piece?.firstChild;
  const box = (() => {
    if (!piece || !node) return { left: line.getBoundingClientRect().left + 52, top: line.getBoundingClientRect().top };
    const offset = Math.min(at - Number(piece.dataset.at), node.textContent?.length ?? 0);
    range.setStart(node, offset);
    range.setEnd(node, offset);
    return range.getBoundingClientRect();
  })();
  const field = copy.closest('.sql-editor')?.getBoundingClientRect() ?? sheet;
  return {
    left: Math.min(box.left - sheet.left, Math.max(0, sheet.width - 360)),
    top: box.top - sheet.top + LINE_PX,
    maxHeight: Math.min(MOST_OFFER_PX, Math.max(LEAST_OFFER_PX, field.bottom - box.top - LINE_PX - 6)),
  };
}
